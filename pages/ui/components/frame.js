// What Streamlit leaves out for those who listen or use the keyboard: the page's language, and tables that can be
// scrolled by key.

const TABLES = "[data-testid=stTable] > div";

export default function ({ data }) {
  document.documentElement.lang = data.language;
  const reach = () => {
    for (const table of document.querySelectorAll(TABLES)) {
      if (table.tabIndex !== 0) table.tabIndex = 0;
    }
  };
  reach();
  const changes = new MutationObserver(reach);
  changes.observe(document.body, { childList: true, subtree: true });
  return () => changes.disconnect();
}
