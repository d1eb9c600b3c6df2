// Which examples look like a 3: the teacher's logits of all held-out examples come once, T moves under the finger.
// For tests: window.kdGallery = what was drawn last.

const FEWEST = 4; // columns
const WIDTH = 6.2; // rem of a picture with its frame
const NARROW = 820; // pixels: as in gallery.css
const REST = 250; // milliseconds of a picture's way to its new place

export default ({ setStateValue, ...rest }) => mount({ ...rest, setTriggerValue: setStateValue }, View);

class View extends ChoosingView {
  constructor(parent) {
    super(parent.querySelector(".kd-gallery"));
    this.tiles = new Map();
    this.slider = this.find("input");
    this.slider.addEventListener("input", () => this.choose({ temperature: Number(this.slider.value) }, false));
    this.slider.addEventListener("change", () => this.tell());
    this.sizes.observe(this.root);
  }

  resize() {
    this.draw();
  }

  show(data, set) {
    const before = this.data;
    [this.data, this.set] = [data, set];
    const isOther = before?.dataset !== data.dataset;
    if (isOther) {
      this.inputs = data.pixels.map((text) => featuresOf(text, data.range)); // they stay the same
      this.tiles = new Map();
      const name = widthOf(data.classes, 1.2, 6);
      this.root.style.setProperty("--name", `${name}rem`);
      this.root.classList.toggle("kd-named", name > 2);
    }
    this.root.setAttribute("aria-label", this.say("region"));
    this.find(".kd-ask").textContent = this.say("ask");
    this.find(".kd-t span").textContent = this.say("temperature");
    if (isOther || before.language !== data.language) {
      radios(this.find(".kd-chips"), data.classes, (like) => this.choose({ like, example: -1 }));
      this.makeBars();
    }
    const news = this.choices.news(data.held);
    if (news) this.chosen = { ...news };
    this.slider.value = this.chosen.temperature;
    this.draw();
  }

  choose(chosen, tells = true) {
    Object.assign(this.chosen, chosen);
    this.draw();
    if (tells) this.tell();
  }

  makeBars() {
    this.find(".kd-bars").replaceChildren(...this.data.classes.map((name, like) => {
      const [item, button] = [make("li", {}), make("button", { type: "button" })];
      button.innerHTML = '<span></span><span class="kd-track"><i></i><em></em></span><span></span>';
      button.firstChild.textContent = name;
      button.onclick = () => this.choose({ like, example: this.shown });
      item.append(button);
      return item;
    }));
  }

  draw() {
    const { like, temperature, example } = this.chosen;
    const { labels, logits, classes } = this.data;
    this.soft = logits.map((z) => logSoften(z, temperature).map(Math.exp));
    const order = labels.map((_, id) => id).sort((a, b) => this.soft[b][like] - this.soft[a][like] || a - b);
    const [others, own] = [order.filter((id) => labels[id] !== like), order.filter((id) => labels[id] === like).reverse()];
    const columns = this.columns();
    const isLarge = inPixels(1) > 18; // in lecture mode, where everything has to be on one screen
    const rows = this.root.clientWidth < NARROW ? 3 : isLarge ? 1 : 2;
    this.root.classList.toggle("kd-large", isLarge);
    this.root.style.setProperty("--columns", columns);
    this.shown = example < 0 ? others[0] : example;
    check(this.find(".kd-chips").children, like);
    const [T, name] = [`T = ${short(temperature, this.data.language)}`, classes[like]];
    this.find("output").textContent = T;
    this.slider.setAttribute("aria-valuetext", T);
    this.find(".kd-others-title").textContent = this.say("others", { like: name });
    this.find(".kd-own-title").textContent = this.say("own", { like: name });
    const walls = { others: others.slice(0, columns * rows), own: own.slice(0, columns) };
    this.hang(".kd-others", walls.others);
    this.hang(".kd-own", walls.own);
    this.drawOne(this.shown);
    this.read(others, T);
    window.kdGallery = { ...this.chosen, ...walls, shown: this.shown, soft: this.soft };
  }

  columns() {
    const walls = this.find(".kd-walls").clientWidth;
    return Math.max(FEWEST, Math.floor(walls / inPixels(WIDTH)));
  }

  // Pictures on a wall in this order; those that were there walk to their new places.
  hang(wall, ids) {
    const list = this.find(wall);
    const before = new Map([...list.children].map((tile) => [tile, tile.getBoundingClientRect()]));
    const tiles = ids.map((id) => this.tile(id));
    if (tiles.length === list.childElementCount && tiles.every((tile, i) => tile === list.children[i])) return;
    const focused = this.root.getRootNode().activeElement;
    list.replaceChildren(...tiles);
    if (focused && list.contains(focused)) focused.focus({ preventScroll: true });
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const tile of tiles) {
      const [old, now] = [before.get(tile), tile.getBoundingClientRect()];
      if (!old || (old.x === now.x && old.y === now.y)) continue;
      tile.animate([{ transform: `translate(${old.x - now.x}px, ${old.y - now.y}px)` }, {}], { duration: REST, easing: "ease" });
    }
  }

  tile(id) {
    if (!this.tiles.has(id)) {
      const [item, button] = [make("li", {}), make("button", { type: "button" })];
      button.append(picture(this.inputs[id], this.data));
      button.insertAdjacentHTML("beforeend", '<span class="kd-share"><i></i></span><b></b><small></small>');
      button.onclick = () => this.choose({ example: id });
      item.append(button);
      this.tiles.set(id, item);
    }
    const item = this.tiles.get(id);
    const share = this.soft[id][this.chosen.like];
    const [label, answer] = [this.data.labels[id], this.answer(id)];
    const text = this.say(label === answer ? "is" : "taken", this.named({ label, answer }));
    item.querySelector("i").style.width = `${100 * share}%`;
    item.querySelector("b").textContent = this.share(share);
    item.querySelector("small").textContent = text;
    const button = item.firstChild;
    button.setAttribute("aria-pressed", id === this.shown);
    const like = this.data.classes[this.chosen.like];
    button.setAttribute("aria-label", this.say("tile", { text, like, share: this.share(share) }));
    return item;
  }

  drawOne(id) {
    const { labels, classes } = this.data;
    const soft = this.soft[id];
    const [label, answer] = [labels[id], this.answer(id)];
    const canvas = this.find(".kd-one canvas");
    paintExample(canvas, { input: this.inputs[id] }, this.data);
    canvas.setAttribute("aria-label", this.say("is", this.named({ label })));
    const words = this.named({ label, answer, like: this.chosen.like });
    this.find(".kd-row").textContent = this.data.image ? "" : this.say("row");
    const doubts = this.say(label === answer ? "says_right" : "says_wrong", words);
    this.find(".kd-one p").textContent = `${this.say("label_says", words)}\n${doubts}`;
    const most = Math.max(...soft);
    [...this.find(".kd-bars").children].forEach((item, c) => {
      const button = item.firstChild;
      button.setAttribute("aria-pressed", c === this.chosen.like);
      button.setAttribute("aria-label", this.say("bar", { like: classes[c], share: this.share(soft[c]) }));
      button.querySelector("i").style.width = `calc((100% - var(--label)) * ${soft[c] / most})`;
      button.querySelector("em").textContent = c === label ? this.say("label") : "";
      button.lastChild.textContent = this.share(soft[c]);
    });
  }

  read(others, T) {
    const { like } = this.chosen;
    const seen = others.filter((id) => this.soft[id][like] >= 0.1);
    const counts = this.data.classes.map((name, c) => [name, seen.filter((id) => this.data.labels[id] === c).length]);
    const list = counts.filter(([, n]) => n).sort((a, b) => b[1] - a[1]).map(([name, n]) => `${n} × ${name}`).join(", ");
    const values = { T, like: this.data.classes[like], n: others.length, seen: seen.length, list };
    this.find(".kd-reading").textContent = this.say(seen.length ? "reading" : "reading_none", values);
  }

  answer(id) {
    return this.data.answers[id];
  }

  named(values) {
    return Object.fromEntries(Object.entries(values).map(([name, c]) => [name, this.data.classes[c]]));
  }

  share(share) {
    return share < 0.0005 ? `<${percent(0.001, 1, this.data.language)}` : percent(share, 1, this.data.language);
  }
}
