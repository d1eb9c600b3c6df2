// What Streamlit leaves out: the page's language for those who listen, tables that can be scrolled by key, the theme's
// scheme for what lies outside the app's own element, such as a dialog, a history in which a page stands once, a menu
// that closes on a phone when a page was chosen, and a page that was lost on its way.

const TABLES = "[data-testid=stTable] > div";
const PHONE = "(max-width: 768px)";

const reach = () => {
  for (const table of document.querySelectorAll(TABLES)) table.tabIndex = 0;
};
const changes = new MutationObserver(reach);

// Streamlit counts every address as a page visited. What one has moved on a page is none: Back leads to the page before.
function visitPagesOnly() {
  if (history.visitsPagesOnly) return;
  history.visitsPagesOnly = true;
  const push = history.pushState.bind(history);
  let left = null; // what an address of this page said before it was last replaced
  history.pushState = (state, unused, url) => {
    const next = new URL(url ?? location.href, location.href);
    if (next.pathname === location.pathname) {
      left = { url: location.href, search: next.search };
      return history.replaceState(state, unused, url);
    }
    // A page that turns to another has Streamlit write the other's query first, and its path then: take that back.
    if (left && left.search === next.search && location.search === next.search) history.replaceState(history.state, "", left.url);
    left = null;
    push(state, unused, url);
    if (matchMedia(PHONE).matches) closeMenu();
  };
}

function closeMenu() {
  document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}

// A part's message that leaves the browser just before Back, and arrives just after it, has Streamlit 1.67 drop the page
// that Back leads to: an address with nothing below it, for good. A page without its title, with nothing on its way, is
// asked for again as Back asks for it; ever more rarely, should it not come.
const LOST = 1000; // milliseconds
const LOOK_EVERY = 250;

function askForLostPages() {
  if (history.asksForLostPages) return;
  history.asksForLostPages = true;
  let since = null;
  let patience = LOST;
  setInterval(() => {
    const isShown = document.querySelector("main h1, main [data-testid=stException]");
    if (isShown) patience = LOST;
    if (isShown || isAtWork()) since = null;
    else if (performance.now() - (since ??= performance.now()) >= patience) {
      since = null;
      patience *= 2;
      dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
    }
  }, LOOK_EVERY);
}

export default function ({ data }) {
  // Called again whenever the language or the theme changes; to observe the same node again changes nothing. It
  // observes as long as the document lives, as the frame does.
  visitPagesOnly();
  askForLostPages();
  document.documentElement.lang = data.language;
  document.documentElement.style.colorScheme = getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme;
  changes.observe(document.body, { childList: true, subtree: true });
  reach();
}
