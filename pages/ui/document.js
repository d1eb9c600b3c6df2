// What Streamlit leaves out: the page's language for those who listen, tables that can be scrolled by key, and the
// theme's scheme for what lies outside the app's own element, such as a dialog.

const TABLES = "[data-testid=stTable] > div";

const reach = () => {
  for (const table of document.querySelectorAll(TABLES)) table.tabIndex = 0;
};
const changes = new MutationObserver(reach);

export default function ({ data }) {
  // Called again whenever the language or the theme changes; to observe the same node again changes nothing. It
  // observes as long as the document lives, as the frame does.
  document.documentElement.lang = data.language;
  document.documentElement.style.colorScheme = getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme;
  changes.observe(document.body, { childList: true, subtree: true });
  reach();
}
