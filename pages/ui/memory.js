// Keeps what the server says in this tab, and hands it back to a session that knows nothing yet.

const NAME = "kd-lab";

export default function ({ data, setTriggerValue }) {
  let before = null;
  try {
    before = JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    // A tab that keeps nothing, or something else: then there is nothing to hand back.
  }
  if (data.asks && before && Object.keys(before).length) return setTriggerValue("kept", before);
  if (!data.asks) {
    try {
      sessionStorage.setItem(NAME, JSON.stringify(data.kept));
    } catch {
      // A full or forbidden store: a refresh will forget.
    }
  }
}
