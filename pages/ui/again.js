// Asks for a part of the page again, some time after it was drawn: a slow machine is asked less often, and one that is
// still drawing is not asked at all. What never arrived is asked for again.
//
// One part at a time: of two that are asked for together Streamlit 1.67 draws one only, and forgets that the other asked
// ("Multiple different fragmentIds detected in a single batch"). So all parts of the document take turns.

const PATIENCE = 3000; // milliseconds
const LOOK_EVERY = 20;

const stops = new WeakMap();
const turns = (window.kdTurns ??= { of: null, until: 0 }); // whose part is being drawn, and how long the others wait for it

export default function ({ parentElement, data, setTriggerValue }) {
  let timer;
  const wait = (milliseconds) => {
    timer = setTimeout(() => {
      const taken = turns.of !== null && turns.of !== parentElement && performance.now() < turns.until;
      if (taken) return wait(LOOK_EVERY);
      Object.assign(turns, { of: parentElement, until: performance.now() + PATIENCE });
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
