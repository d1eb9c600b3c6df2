// A step of training as lines to click. Which one is wrong only the server knows.

export default (component) => mount(component, Code);

class Code {
  constructor(parent) {
    this.root = parent.querySelector(".kd-code");
    this.lines = this.find(".kd-code-lines");
    this.missing = this.find(".kd-code-missing");
    this.missing.onclick = () => this.click(this.missing, 0);
    this.lines.onkeydown = (event) => this.move(event);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  show(data, trigger) {
    Object.assign(this, { data, trigger });
    for (const name of ["title", "question"]) this.find(`.kd-code-${name}`).textContent = data[name];
    this.find(".kd-code-note").replaceChildren(...asCode(data.note));
    this.lines.setAttribute("aria-label", data.label);
    // Lines stay where they are, and with them the keyboard's focus; only those that are mended come in between.
    const before = new Map([...this.lines.querySelectorAll("button")].map((button) => [button.dataset.key, button]));
    const items = data.rows.map((row) => this.item(row, before.get(`${data.bug} ${row.number}`)));
    items.forEach((item, i) => this.lines.children[i] !== item && this.lines.insertBefore(item, this.lines.children[i] ?? null));
    while (this.lines.children.length > items.length) this.lines.lastChild.remove();
    const { text, ...missing } = data.missing;
    this.dress(this.missing, missing, [text]);
    const status = this.find(".kd-code-status");
    if (status.textContent !== data.status) status.textContent = data.status;
  }

  item(row, before) {
    const line = before ?? make(row.number ? "button" : "div", row.number ? { type: "button" } : {});
    line.classList.add("kd-code-row");
    if (row.number) {
      line.dataset.key = `${this.data.bug} ${row.number}`;
      line.onclick = () => this.click(line, row.number);
    }
    const number = make("span", { class: "kd-code-number", "aria-hidden": "true" });
    number.textContent = row.number ?? "";
    const text = make("span", { class: "kd-code-text" });
    const indent = row.parts[0][0].match(/^ */)[0].length + 4; // what does not fit goes on farther to the right
    text.style.setProperty("--indent", `${indent}ch`);
    text.append(...row.parts.map(([part, differs]) => (differs ? inMark(part) : part)));
    this.dress(line, row, [number, text]);
    if (row.number) line.setAttribute("aria-label", [row.label, row.word].filter(Boolean).join(" – "));
    if (before) return before.parentElement;
    const item = make("li", {});
    if (row.begins) item.className = "kd-code-begins";
    item.append(line);
    return item;
  }

  dress(element, { state, word }, children) {
    element.dataset.state = state;
    if (element.matches("button")) element.setAttribute("aria-disabled", Boolean(state));
    const said = make("span", { class: "kd-code-word" });
    said.textContent = word;
    element.replaceChildren(...children, said);
  }

  click(button, line) {
    if (button.dataset.state) return;
    button.dataset.state = "pressed"; // until the server has judged it
    this.trigger("clicked", { bug: this.data.bug, line });
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...this.lines.querySelectorAll("button"), this.missing];
    const at = buttons.indexOf(this.root.getRootNode().activeElement);
    buttons[at + step]?.focus();
    event.preventDefault();
  }

  close() {}
}

function inMark(text) {
  const marked = make("mark", {});
  marked.textContent = text;
  return marked;
}

// A text of ours in which names of code stand between backticks.
const asCode = (text) =>
  text.split("`").map((part, i) => {
    if (i % 2 === 0) return part;
    const code = make("code", {});
    code.textContent = part;
    return code;
  });
