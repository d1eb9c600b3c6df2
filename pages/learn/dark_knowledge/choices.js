// What the reader has chosen, here at once and on the server a moment later.
// `waiting` are the choices told to the server that it has not shown yet: what it shows of these is no news.
class Choices {
  constructor() {
    this.waiting = [];
    this.held = null;
  }

  // The server's choice if it is another's doing (a link, another control of the page), else null.
  news(held) {
    const text = JSON.stringify(held);
    if (text === this.held) return null;
    this.held = text;
    const at = this.waiting.indexOf(text);
    this.waiting.splice(0, at < 0 ? Infinity : at + 1);
    return at < 0 ? held : null;
  }

  // As a state: a trigger can be lost where a run of the page meets that of a part. `at` makes each choice a new one.
  tell(set, chosen) {
    const text = JSON.stringify(chosen);
    if (text === (this.waiting.at(-1) ?? this.held)) return;
    this.waiting.push(text);
    set("chosen", { ...chosen, at: Date.now() });
  }
}

// What gallery and nudge have in common: `root`, `data`, `chosen`, and `choices`, which tell the server.
class ChoosingView {
  constructor(root) {
    this.root = root;
    this.choices = new Choices();
    this.sizes = new ResizeObserver(() => this.data && this.resize());
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  close() {
    this.sizes.disconnect();
  }

  say(name, values = {}) {
    return say(this.data.words[name], values);
  }

  tell() {
    this.choices.tell(this.set, this.chosen);
  }
}

// A letter a feature, from the least to the most that is shown.
const CODES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW";
const featuresOf = (text, [least, most]) => [...text].map((letter) => least + ((most - least) * CODES.indexOf(letter)) / (CODES.length - 1));

// A group of radio buttons that arrow keys move in.
function radios(group, names, choose) {
  group.replaceChildren(...names.map((name, i) => {
    const button = make("button", { type: "button", role: "radio" });
    button.textContent = name;
    button.onclick = () => choose(i);
    return button;
  }));
  group.onkeydown = (event) => {
    const at = [...group.children].indexOf(event.target);
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!move || at < 0) return;
    event.preventDefault();
    const next = (at + move + names.length) % names.length;
    choose(next);
    group.children[next].focus();
  };
}

// A picture of an example, painted once.
function picture(input, data) {
  const canvas = make("canvas", { "aria-hidden": true });
  paintExample(canvas, { input }, data);
  return canvas;
}

// How wide a list of names is, in rem, between these bounds.
const widthOf = (names, least, most) => Math.min(most, Math.max(least, 0.6 + 0.52 * Math.max(...names.map((name) => name.length))));
