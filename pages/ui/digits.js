// A held-out digit, large, and all of them to pick from, by hand or by key.

class Digits {
  constructor(root, pick) {
    this.root = root;
    this.picker = root.querySelector(".kd-digits-picker");
    this.pick = pick;
    this.picker.addEventListener("keydown", (event) => this.onKey(event));
  }

  // The examples, each of which `named` names.
  show(examples, image, title, named) {
    Object.assign(this, { examples, image, named });
    this.root.querySelector(".kd-digits-title").textContent = title;
    this.picker.setAttribute("aria-label", title);
    this.picker.replaceChildren(...examples.map((example, i) => {
      const button = make("button", { type: "button", role: "radio", "aria-label": named(i), title: named(i) });
      const canvas = make("canvas", {});
      paintDigit(canvas, example.input, image);
      button.append(canvas);
      button.onclick = () => this.pick(i);
      return button;
    }));
  }

  // Which one is picked.
  mark(i, caption) {
    this.at = i;
    check(this.picker.children, i);
    const canvas = this.root.querySelector("figure canvas");
    paintDigit(canvas, this.examples[i].input, this.image);
    canvas.setAttribute("aria-label", this.named(i));
    this.root.querySelector("figcaption").textContent = caption;
  }

  onKey(event) {
    const count = this.examples.length;
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -this.at, End: count - 1 - this.at }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    this.pick((this.at + move + count) % count);
    this.picker.children[this.at].focus();
  }
}

// A view that hands move: it draws in `pending`, moves by itself in `moving`, and tells what it holds in `resting`, a while
// after `rest()`; nothing is told while a finger is down.
class HandView {
  constructor(root) {
    this.root = root;
    root.addEventListener("pointerdown", () => (this.held = true));
    this.release = () => {
      this.held = false;
      this.rest();
    };
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, this.release);
    this.sizes = new ResizeObserver(() => this.data && this.resize());
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  all(selector) {
    return [...this.root.querySelectorAll(selector)];
  }

  close() {
    this.closed = true;
    this.sizes.disconnect();
    for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, this.release);
    cancelAnimationFrame(this.pending);
    cancelAnimationFrame(this.moving);
    clearTimeout(this.resting);
  }

  number(value, digits) {
    return number(value, digits, this.data.language);
  }

  short(value) {
    return short(value, this.data.language);
  }
}
