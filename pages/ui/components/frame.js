// What Streamlit leaves out for those who listen or use the keyboard: the page's language, and tables that can be
// scrolled by key.

const TABLES = "[data-testid=stTable] > div";

const reach = () => {
  for (const table of document.querySelectorAll(TABLES)) table.tabIndex = 0;
};
const changes = new MutationObserver(reach);

export default function ({ data }) {
  // Called again whenever the language changes; to observe the same node again changes nothing. It observes as long as
  // the document lives, as the frame does.
  document.documentElement.lang = data.language;
  changes.observe(document.body, { childList: true, subtree: true });
  reach();
}
