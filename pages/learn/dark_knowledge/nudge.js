// One nudge: the bias of the left-out classes, moved by hand. Of the students' logits only this matters, and comes once:
// by how much the best left-out class lies behind the best of the others, and which two these are.
// For tests: window.kdNudge = what was drawn last.

const KINDS = ["missing", "others", "overall"];
const DASHES = { missing: "", others: "7 5", overall: "9 4 2 4" };
const LEFT = 42, RIGHT = 14, TOP = 10, BOTTOM = 22; // of the plot
const THUMB = 8; // half of a slider's knob
const MOST = { missing: 56, lost: 28 }; // pictures

export default ({ setStateValue, ...rest }) => mount({ ...rest, setTriggerValue: setStateValue }, View);

class View extends ChoosingView {
  constructor(parent) {
    super(parent.querySelector(".kd-nudge"));
    this.slider = this.find(".kd-size input");
    this.slider.addEventListener("input", () => this.choose({ nudge: Number(this.slider.value) }, false));
    this.slider.addEventListener("change", () => this.tell());
    this.find(".kd-none").onclick = () => this.choose({ nudge: 0 });
    this.find(".kd-own").onclick = () => this.choose({ nudge: this.student().chosen });
    this.sizes.observe(this.root);
  }

  resize() {
    this.redraw();
  }

  show(data, set) {
    const before = this.data;
    [this.data, this.set] = [data, set];
    if (before?.dataset !== data.dataset || String(before.missing) !== String(data.missing)) {
      this.inputs = data.pixels.map((text) => featuresOf(text, data.range));
      this.tiles = new Map();
      this.root.style.setProperty("--tile", `${widthOf(data.classes, 1.1, 3.4) + 1.8}rem`);
    }
    this.root.setAttribute("aria-label", this.say("region"));
    this.find(".kd-who").textContent = this.say("student");
    this.find(".kd-none").textContent = this.say("none");
    this.slider.setAttribute("aria-label", this.say("size"));
    if (before?.language !== data.language)
      radios(this.find(".kd-chips"), data.students.map((one) => one.name), (i) => this.choose({ student: data.students[i].key }));
    const news = this.choices.news(data.held);
    if (news) this.chosen = { ...news };
    this.redraw();
  }

  student() {
    return this.data.students.find((one) => one.key === this.chosen.student);
  }

  choose(chosen, tells = true) {
    Object.assign(this.chosen, chosen);
    if ("student" in chosen) this.redraw();
    else this.draw();
    if (tells) this.tell();
  }

  // Another student or another size of the page: the curves and the pictures' order.
  redraw() {
    const { students, labels } = this.data;
    const student = this.student();
    check(this.find(".kd-chips").children, students.indexOf(student));
    this.find(".kd-own").textContent = this.say("own", { size: this.number(student.chosen, 2) });
    this.drawPlot(student);
    const byDistance = labels.map((_, i) => i).sort((a, b) => student.distances[a] - student.distances[b] || a - b);
    this.left = byDistance.filter((i) => this.isMissing(i));
    this.rest = byDistance.filter((i) => !this.isMissing(i));
    this.draw();
  }

  isMissing(i) {
    return this.data.missing.includes(this.data.labels[i]);
  }

  answer(i, size) {
    const { distances, inside, outside } = this.student();
    return size > distances[i] ? inside[i] : outside[i];
  }

  drawPlot(student) {
    const svg = this.find(".kd-plot > svg");
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    const { nudges } = this.data;
    const last = nudges.at(-1);
    this.x = (size) => LEFT + (size / last) * (width - LEFT - RIGHT);
    this.y = (share) => TOP + (1 - share) * (height - TOP - BOTTOM);
    const { x, y } = this;
    const line = (values) => values.map((value, i) => `${x(nudges[i]).toFixed(1)},${y(value).toFixed(1)}`);
    const text = (content, attributes) => {
      const element = shape("text", attributes);
      element.textContent = content;
      return element;
    };
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      parts.push(shape("line", { class: "kd-grid", x1: LEFT, x2: width - RIGHT, y1: y(share), y2: y(share) }));
      parts.push(text(percent(share, 0, this.data.language), { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }));
    }
    for (let size = 0; size <= last; size += 4)
      parts.push(text(size, { x: x(size), y: height - 5, "text-anchor": "middle" }));
    for (const kind of KINDS) {
      const { mean, low, high } = student.curves[kind];
      const area = [...line(high), ...line(low).reverse()].join(" ");
      parts.push(shape("polygon", { class: "kd-spread", points: area, fill: `var(--${kind})` }));
      const style = { stroke: `var(--${kind})`, "stroke-dasharray": DASHES[kind] };
      parts.push(shape("polyline", { class: "kd-curve", points: line(mean).join(" "), ...style }));
    }
    const at = x(student.chosen_mean);
    parts.push(shape("line", { class: "kd-mean", x1: at, x2: at, y1: y(0), y2: y(1) }));
    const side = at > width / 2 ? { x: at - 5, "text-anchor": "end" } : { x: at + 5 };
    parts.push(text(this.say("chosen", { size: this.number(student.chosen_mean, 1) }), { ...side, y: y(0.06) }));
    this.marks = [shape("line", { class: "kd-at", y1: y(0), y2: y(1) }), ...KINDS.map((kind) => shape("circle", { r: 5, fill: `var(--${kind})` }))];
    svg.replaceChildren(...parts, ...this.marks);
    svg.setAttribute("aria-label", student.text);
    Object.assign(this.slider.style, { marginLeft: `${LEFT - THUMB}px`, width: `${width - LEFT - RIGHT + 2 * THUMB}px` });
  }

  draw() {
    const [student, size] = [this.student(), this.chosen.nudge];
    const { labels, nudges } = this.data;
    const at = nudges.findIndex((each) => each >= size);
    const now = this.say("now", { size: this.number(size, 2) });
    this.slider.value = size;
    this.slider.setAttribute("aria-valuetext", now);
    this.find(".kd-now").textContent = now;
    const right = (ids) => ids.filter((i) => this.answer(i, size) === labels[i]).length;
    const counts = { missing: [right(this.left), this.left.length], others: [right(this.rest), this.rest.length] };
    counts.overall = [0, 1].map((i) => counts.missing[i] + counts.others[i]);
    put(this.marks[0], { x1: this.x(size), x2: this.x(size) });
    const shown = {};
    this.find(".kd-numbers").replaceChildren(...KINDS.map((kind, i) => {
      const { mean, low, high } = student.curves[kind];
      put(this.marks[i + 1], { cx: this.x(size), cy: this.y(mean[at]) });
      shown[kind] = { mean: mean[at], right: counts[kind][0], of: counts[kind][1] };
      const [row, name, big, small] = [make("div", {}), make("dt", {}), make("dd", { class: "kd-big" }), make("dd", { class: "kd-small" })];
      row.style.borderColor = `var(--${kind})`;
      const swatch = shape("svg", { "aria-hidden": true });
      const stroke = { stroke: `var(--${kind})`, "stroke-width": 2.5, "stroke-dasharray": DASHES[kind] };
      swatch.append(shape("line", { x1: 0, x2: "100%", y1: "50%", y2: "50%", ...stroke }));
      name.append(swatch, this.say(kind, { names: this.data.names }));
      big.textContent = percent(mean[at], 1, this.data.language);
      const ends = { low: this.percents(low[at]), high: this.percents(high[at]), n: this.data.seeds, splits: this.data.splits };
      small.textContent = `${this.say("spread", ends)} ${this.say("one", { right: counts[kind][0], of: counts[kind][1] })}`;
      row.append(name, big, small);
      return row;
    }));
    const lost = this.rest.filter((i) => this.answer(i, 0) === labels[i] && this.answer(i, size) !== labels[i]);
    const values = { names: this.data.names, n: this.left.length, right: counts.missing[0], lost: lost.length, others: this.rest.length };
    const few = this.left.length > MOST.missing ? ` ${this.say("first", { n: MOST.missing })}` : "";
    this.find(".kd-missing-title").textContent = this.say("missing_title", values) + few;
    const more = lost.length > MOST.lost ? ` ${this.say("first", { n: MOST.lost })}` : "";
    this.find(".kd-lost-title").textContent = this.say(lost.length ? "lost_title" : "lost_none", values) + more;
    this.hang(".kd-missing", this.left.slice(0, MOST.missing), size);
    this.hang(".kd-lost", lost.slice(0, MOST.lost), size);
    window.kdNudge = { ...this.chosen, missing: this.data.missing, shown, lost: lost.length };
  }

  hang(wall, ids, size) {
    const list = this.find(wall);
    const tiles = ids.map((i) => this.tile(i, size));
    if (tiles.length !== list.childElementCount || tiles.some((tile, i) => tile !== list.children[i])) list.replaceChildren(...tiles);
  }

  tile(i, size) {
    if (!this.tiles.has(i)) {
      const item = make("li", {});
      item.append(picture(this.inputs[i], this.data), make("span", {}));
      this.tiles.set(i, item);
    }
    const [item, label, answer] = [this.tiles.get(i), this.data.labels[i], this.answer(i, size)];
    const right = label === answer;
    item.className = right ? "kd-right" : this.isMissing(i) ? "" : "kd-fell";
    const named = { label: this.data.classes[label], answer: this.data.classes[answer] };
    item.lastChild.textContent = `${named.answer} ${right ? "✓" : "✗"}`;
    item.title = this.say("tile", named);
    return item;
  }

  number(value, digits) {
    return number(value, digits, this.data.language);
  }

  percents(share) {
    return number(100 * share, 1, this.data.language);
  }
}
