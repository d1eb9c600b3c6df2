// Asks for a part of the page again, some time after it was drawn: a slow machine is asked less often, and one that is
// still drawing is not asked at all. What never arrived is asked for again.
//
// Nor does a part ask while the app answers, or may be about to: somebody clicks, types, or goes Back. A part that asks
// after another page was asked for, and before it came, has Streamlit 1.67 drop that page, and nothing is left to see.
//
// One part at a time: of two that are asked for together Streamlit 1.67 draws one only, and forgets that the other asked
// ("Multiple different fragmentIds detected in a single batch"). So all parts of the document take turns.

const PATIENCE = 3000; // milliseconds
const LOOK_EVERY = 20;
const ANSWER = 500; // milliseconds in which the app begins to answer what somebody did
const DEEDS = ["click", "change", "keydown", "popstate"];

const stops = new WeakMap();
const turns = (window.kdTurns ??= attend({ of: null, until: 0, quiet: 0 })); // whose part is being drawn, and how long the others wait for it

// From when on all parts may ask again: `turns.quiet`.
function attend(turns) {
  for (const deed of DEEDS) addEventListener(deed, () => (turns.quiet = performance.now() + ANSWER), true);
  return turns;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const path = location.pathname;
  let timer;
  const wait = (milliseconds) => {
    timer = setTimeout(() => {
      const now = performance.now();
      const taken = turns.of !== null && turns.of !== parentElement && now < turns.until;
      if (taken || now < turns.quiet || location.pathname !== path || isAtWork()) return wait(LOOK_EVERY);
      Object.assign(turns, { of: parentElement, until: now + PATIENCE });
      setTriggerValue("due", true);
      wait(PATIENCE);
    }, milliseconds);
  };
  const stop = () => clearTimeout(timer);
  stops.get(parentElement)?.();
  stops.set(parentElement, stop);
  if (turns.of === parentElement) turns.of = null; // it has been drawn
  wait(1000 * data.after);
  return stop;
}
