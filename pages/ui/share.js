// Copies the page's address, and with it the reader's guess if the sender wants that.

const FRAME = ["lang", "lecture", "hide"];

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector("span");
  const button = (name, address) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = `kd-share-${name}`;
    element.textContent = data.words[name];
    element.onclick = async () => {
      element.textContent = (await copied(address())) ? data.words.copied : data.words.not_copied;
      setTimeout(() => (element.textContent = data.words[name]), 1800);
    };
    return element;
  };
  const withGuess = () => {
    const url = new URL(location.href);
    url.searchParams.set("guess", data.guess);
    return url.href;
  };
  // Of the results on screen, and in the frame (language, lecture) of the address.
  const ofQuery = () => {
    const url = new URL(location.href);
    const wanted = new URLSearchParams(data.query);
    for (const name of FRAME) if (url.searchParams.has(name)) wanted.set(name, url.searchParams.get(name));
    url.search = wanted;
    return url.href.replaceAll("%3A", ":").replaceAll("%2C", ",");
  };
  root.replaceChildren(button(data.label, () => (data.query === null ? location.href : ofQuery())), ...(data.guess ? [button("with_guess", withGuess)] : []));
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https there is no clipboard object; the old way still works there.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
