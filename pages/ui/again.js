// Asks for a part of the page again, some time after it was drawn: a slow machine is asked less often, and one that is
// still drawing is not asked at all. What never arrived is asked for again.

const PATIENCE = 3000; // milliseconds

const stops = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let timer;
  const wait = (milliseconds) => {
    timer = setTimeout(() => {
      setTriggerValue("due", true);
      wait(PATIENCE);
    }, milliseconds);
  };
  const stop = () => clearTimeout(timer);
  stops.get(parentElement)?.();
  stops.set(parentElement, stop);
  wait(1000 * data.after);
  return stop;
}
