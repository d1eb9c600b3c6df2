// Two voices under the finger: logits come from the server once; what T, alpha and T² make of them is computed here, as
// analysis.py does. The paragraphs beside the figure move its dials when they come into view.
// For tests and measurements: window.kdTwoVoices = { frames: pictures drawn, state: what the last one shows }.

const REST = 400; // milliseconds without a change until the words follow
const GLIDE = 600; // milliseconds for a paragraph's way to its settings
const DIALS = {
  temperature: { low: 1, high: 20, arrow: 0.1, page: 1 },
  alpha: { low: 0, high: 1, arrow: 0.05, page: 0.1 },
};
const READ_AT = 0.3; // of the screen's height: the paragraph that stands there is being read

export default (component) => mount(component, Voices);

// Arithmetic ----------------------------------------------------------------------------------------------------------

const norm = (a) => Math.hypot(...a);
const dot = (a, b) => a.reduce((sum, x, c) => sum + x * b[c], 0);
const times = (factor, a) => a.map((x) => factor * x);

// What each voice says to the student's logits: minus the gradients of CE(y, q) and of (T²) KL(p_T || q_T).
function voices(teacher, student, label, temperature, squared) {
  const [logQ, logP, logS] = [logSoften(student, 1), logSoften(teacher, temperature), logSoften(student, temperature)];
  const factor = squared ? temperature ** 2 : 1;
  return {
    hard: -logQ[label],
    kl: logP.reduce((sum, l, c) => sum + Math.exp(l) * (l - logS[c]), 0),
    factor,
    hardPush: logQ.map((l, c) => (c === label) - Math.exp(l)),
    softPush: logP.map((l, c) => (factor / temperature) * (Math.exp(l) - Math.exp(logS[c]))),
  };
}

// The same with their weights, and both together.
function weighted(said, alpha) {
  const [hardHeard, softHeard] = [times(alpha, said.hardPush), times(1 - alpha, said.softPush)];
  const both = hardHeard.map((x, c) => x + softHeard[c]);
  const cosine = dot(said.hardPush, said.softPush) / (norm(said.hardPush) * norm(said.softPush) || 1);
  const total = alpha * said.hard + (1 - alpha) * said.factor * said.kl;
  return { ...said, hardHeard, softHeard, both, angle: Math.acos(Math.min(1, Math.max(-1, cosine))), total };
}

class Voices extends HandView {
  constructor(parent) {
    super(parent.querySelector(".kd-voices"));
    this.now = {};
    this.told = window.kdTwoVoices = { frames: 0, state: null };
    this.digits = new Digits(this.find(".kd-digits"), (i) => this.set({ example: i }));
    for (const dial of this.all("[data-dial]")) {
      const name = dial.dataset.dial;
      dial.addEventListener("input", () => this.set({ [name]: Number(dial.value) }));
      dial.addEventListener("keydown", (event) => this.onKey(event, name));
    }
    this.find("[type=checkbox]").addEventListener("change", (event) => this.set({ t_squared: event.target.checked }));
    this.find("select").addEventListener("change", (event) => this.set({ epoch: Number(event.target.value) }));
    this.onScroll = () => this.read();
    document.addEventListener("scroll", this.onScroll, { capture: true, passive: true });
    this.arrows = new Arrows(this.find(".kd-voices-arrows"));
    this.bars = new Pushes(this.find(".kd-voices-bars"));
    this.sizes.observe(this.root);
  }

  close() {
    super.close();
    document.removeEventListener("scroll", this.onScroll, { capture: true });
  }

  resize() {
    this.request();
  }

  say(name, values = {}) {
    return say(this.data.words[name], values);
  }

  // What the server says ------------------------------------------------------------------------------------------------

  show(data, trigger) {
    const before = this.data;
    [this.data, this.trigger] = [data, trigger];
    this.root.setAttribute("aria-label", this.say("region"));
    for (const element of this.all("[data-w]")) element.textContent = this.say(element.dataset.w);
    this.find(".kd-voices-status").textContent = data.status;
    for (const dial of this.all("[data-dial]")) dial.setAttribute("aria-label", this.say(dial.dataset.dial));
    const said = JSON.stringify([data.words, data.examples]);
    if (this.said !== said) {
      const named = (i) => this.say("digit", { number: i + 1, label: data.classes[data.examples[i].label] });
      this.digits.show(data.examples, data.image, this.say("pick"), named);
    }
    this.said = said;
    this.makeEpochs();
    this.makeSteps();
    if (before?.visit !== data.visit) {
      this.now = { ...data.chosen };
      this.reported = JSON.stringify(this.report());
      this.step = this.steps.findIndex((step) => Object.entries(step.set).every(([name, value]) => this.now[name] === value));
    }
    this.fresh = true;
    this.request();
  }

  makeEpochs() {
    const select = this.find("select");
    const epochs = Object.keys(this.data.students);
    if (select.childElementCount === epochs.length) return;
    select.replaceChildren(...epochs.map((epoch) => {
      const choice = make("option", { value: epoch });
      choice.textContent = epoch;
      return choice;
    }));
  }

  makeSteps() {
    const made = JSON.stringify(this.data.steps);
    if (this.made === made) return;
    this.made = made;
    this.steps = this.data.steps;
    this.find(".kd-voices-steps").replaceChildren(...this.steps.map((step, i) => {
      const item = make("li", {});
      item.innerHTML = `<h3></h3><p>${step.html}</p><button type="button"></button>`; // words of our own
      item.firstChild.textContent = step.title;
      item.lastChild.textContent = step.button;
      item.lastChild.onclick = () => {
        this.take(i);
        if (!this.isBeside()) this.find(".kd-voices-dials").scrollIntoView({ behavior: this.calm() ? "auto" : "smooth" });
      };
      return item;
    }));
    this.line = this.atLine();
  }

  // What the reader does ----------------------------------------------------------------------------------------------

  set(values) {
    cancelAnimationFrame(this.moving);
    for (const name of Object.keys(DIALS)) if (name in values) values[name] = Math.round(100 * values[name]) / 100;
    this.fresh ||= Object.keys(values).some((name) => !(name in DIALS));
    Object.assign(this.now, values);
    this.request();
  }

  onKey(event, name) {
    const { low, high, arrow, page } = DIALS[name];
    const value = this.now[name];
    const to = {
      ArrowRight: value + arrow, ArrowUp: value + arrow, ArrowLeft: value - arrow, ArrowDown: value - arrow,
      PageUp: value + page, PageDown: value - page, Home: low, End: high,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.set({ [name]: Math.min(high, Math.max(low, to)) });
  }

  // The paragraph that comes to be read moves the dials, once; the reader may move them on.
  read() {
    if (!this.steps || !this.isBeside()) return;
    const at = this.atLine();
    if (at === this.line) return;
    this.line = at;
    if (at >= 0) this.take(at);
  }

  // Which paragraph stands where one reads; -1 if none does.
  atLine() {
    const line = READ_AT * innerHeight;
    if (this.root.getBoundingClientRect().bottom < line) return -1;
    return [...this.find(".kd-voices-steps").children].findLastIndex((item) => item.getBoundingClientRect().top <= line);
  }

  // Whether the paragraphs stand beside the figure; on a narrow screen they are below, and have buttons only.
  isBeside() {
    return this.find(".kd-voices-steps").offsetLeft > this.find(".kd-voices-figure").offsetLeft;
  }

  take(i) {
    this.step = i;
    this.fresh = true;
    const target = this.steps[i].set;
    if (this.calm()) return this.set({ ...target });
    this.set(Object.fromEntries(Object.entries(target).filter(([name]) => !(name in DIALS))));
    const from = { ...this.now };
    const begun = performance.now();
    const move = (time) => {
      const share = Math.min(1, Math.max(0, (time - begun) / GLIDE));
      const eased = share * share * (3 - 2 * share);
      const values = {};
      for (const name of Object.keys(DIALS)) if (name in target) values[name] = from[name] + (target[name] - from[name]) * eased;
      this.set(values);
      if (share < 1) this.moving = requestAnimationFrame(move);
    };
    move(begun);
  }

  calm() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  request() {
    if (!this.closed) this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  // Drawing -----------------------------------------------------------------------------------------------------------

  draw() {
    const { data, now } = this;
    const example = now.example ?? data.start;
    const epoch = now.epoch in data.students ? now.epoch : Number(Object.keys(data.students).at(-1));
    const label = data.examples[example].label;
    const [teacher, student] = [data.teacher[example], data.students[epoch][example]];
    const seen = weighted(voices(teacher, student, label, now.temperature, now.t_squared), now.alpha);
    const full = voices(teacher, student, label, now.temperature, true);
    if (this.fresh) {
      const answer = data.classes[teacher.indexOf(Math.max(...teacher))];
      this.digits.mark(example, this.say("caption", { label: data.classes[label], answer }));
      this.find("select").value = epoch;
      this.find("[type=checkbox]").checked = now.t_squared;
      this.all(".kd-voices-steps li").forEach((item, i) => item.classList.toggle("kd-voices-read", i === this.step));
    }
    for (const dial of this.all("[data-dial]")) {
      const name = dial.dataset.dial;
      const text = `${name === "alpha" ? "α" : "T"} = ${this.short(now[name])}`;
      dial.value = now[name];
      dial.setAttribute("aria-valuetext", text);
      write(this.find(`[data-now=${name}]`), text);
    }
    const reach = this.reach(example, epoch);
    const names = { label: this.say("short_label"), teacher: this.say("short_teacher"), both: this.say("short_both") };
    this.arrows.draw(seen, { hard: norm(seen.hardPush), soft: norm(full.softPush) }, reach.arrows, names, (x) => this.number(x, 2));
    this.bars.draw(seen, reach.bars, data.classes, label, (x) => signed(this.number(x, 2), x), this.fresh, names);
    this.drawTable(seen);
    this.fresh = false;
    this.told.frames += 1;
    this.told.state = { ...now, example, epoch, label, seen, logits: { teacher, student }, reach: reach.bars, step: this.step };
    this.rest();
  }

  // How far arrows and bars can reach for this example and student, at any T and alpha.
  reach(example, epoch) {
    const key = `${example} ${epoch} ${this.data.status}`;
    if (this.reached?.key === key) return this.reached;
    let [long, left, right, bars] = [0, 0, 0, 0];
    for (let t = 1; t <= 20; t += 0.5) {
      const { teacher, students, examples } = this.data;
      const { hardPush, softPush, angle } = weighted(voices(teacher[example], students[epoch][example], examples[example].label, t, true), 0);
      for (const push of [hardPush, softPush]) {
        long = Math.max(long, norm(push));
        bars = Math.max(bars, ...push.map(Math.abs));
      }
      left = Math.max(left, norm(hardPush) * Math.sin(angle / 2));
      right = Math.max(right, norm(softPush) * Math.sin(angle / 2));
    }
    return (this.reached = { key, arrows: { long: long || 1, left, right: right || 1 }, bars: bars || 1 });
  }

  drawTable(seen) {
    const { alpha, t_squared } = this.now;
    const values = {
      hard_size: this.number(norm(seen.hardPush), 2),
      soft_size: this.number(norm(seen.softPush), 2),
      alpha: `× ${this.short(alpha)}`,
      rest: `× ${this.short(1 - alpha)}`,
      hard_heard: this.number(norm(seen.hardHeard), 2),
      soft_heard: this.number(norm(seen.softHeard), 2),
      both_heard: this.number(norm(seen.both), 2),
      angle: this.say("angle", { degrees: this.number((180 * seen.angle) / Math.PI, 0) }),
      hard_loss: `${this.short(alpha)} · ${this.number(seen.hard, 3)} = ${this.number(alpha * seen.hard, 3)}`,
      soft_loss: `${this.short(1 - alpha)}${t_squared ? ` · ${this.short(seen.factor)}` : ""} · ${this.number(seen.kl, 4)} = ${this.number((1 - alpha) * seen.factor * seen.kl, 3)}`,
      total: this.number(seen.total, 3),
    };
    for (const [name, text] of Object.entries(values)) write((this.cells ??= {})[name] ??= this.find(`[data-v=${name}]`), text);
  }

  // At rest: the text alternatives, and what the server is told --------------------------------------------------------

  rest() {
    clearTimeout(this.resting);
    if (this.told.state) this.resting = setTimeout(() => this.describe(), REST);
  }

  describe() {
    const { seen } = this.told.state;
    const list = (push) => push.map((x, c) => `${this.data.classes[c]} ${signed(this.number(x, 2), x)}`).join("; ");
    const sizes = { hard: this.number(norm(seen.hardHeard), 2), soft: this.number(norm(seen.softHeard), 2), both: this.number(norm(seen.both), 2) };
    const angle = this.number((180 * seen.angle) / Math.PI, 0);
    this.find(".kd-voices-arrows").setAttribute("aria-label", this.say("arrows_text", { ...sizes, angle }));
    const texts = { hard: list(seen.hardHeard), soft: list(seen.softHeard), both: list(seen.both) };
    this.find(".kd-voices-bars").setAttribute("aria-label", this.say("bars_text", texts));
    const [hard, soft] = [norm(seen.hardHeard), norm(seen.softHeard)];
    const louder = soft > 1.05 * hard ? "teacher_louder" : hard > 1.05 * soft ? "label_louder" : "equally_loud";
    this.find(".kd-voices-words").textContent = this.say(louder, { times: this.number(Math.max(hard, soft) / Math.min(hard, soft), 1) });
    if (!Math.min(hard, soft)) this.find(".kd-voices-words").textContent = this.say(hard ? "only_label" : "only_teacher");
    const report = JSON.stringify(this.report());
    if (this.held || report === this.reported) return;
    this.reported = report;
    this.trigger("chosen", this.report());
  }

  // What the reader has chosen, as the address writes it.
  report() {
    const { example, epoch, temperature, alpha, t_squared } = this.now;
    return {
      example: example === null ? "" : String(example), epoch: String(epoch),
      temperature: String(temperature), alpha: String(alpha), t_squared: t_squared ? "1" : "0",
    };
  }
}

// Drawings ------------------------------------------------------------------------------------------------------------

// The plane of both pushes: true lengths, and the true angle between them.
class Arrows {
  constructor(svg) {
    this.svg = svg;
  }

  draw(seen, full, reach, names, inWords) {
    const { svg } = this;
    const unit = inPixels(1);
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    const scale = Math.min((height - 3.4 * unit) / reach.long, (width - 3 * unit) / (reach.left + reach.right));
    const from = [0.5 * (width + scale * (reach.left - reach.right)), height - 1.2 * unit];
    const half = seen.angle / 2;
    const at = (angle, length) => [from[0] + scale * length * Math.sin(angle), from[1] - scale * length * Math.cos(angle)];
    const [a, b] = [norm(seen.hardHeard), norm(seen.softHeard)];
    const [label, teacher] = [at(-half, a), at(half, b)];
    const both = [label[0] + teacher[0] - from[0], label[1] + teacher[1] - from[1]];
    const dashed = (p, q) => shape("line", { class: "kd-voices-helper", x1: p[0], y1: p[1], x2: q[0], y2: q[1] });
    const ghost = (voice, end) => shape("line", { class: `kd-voices-ghost kd-voices-${voice}`, x1: from[0], y1: from[1], x2: end[0], y2: end[1] });
    const text = (words, [x, y], side, voice) => {
      const room = 0.52 * unit * words.length; // beside the arrow's head if it fits there, else above
      if (side === "end" && x < room) [x, y, side] = [2, y - 1.2 * unit, "start"];
      if (side === "start" && width - x < room) [x, y, side] = [width - 2, y - 1.2 * unit, "end"];
      const element = shape("text", { class: `kd-voices-${voice}`, x, y: Math.max(0.9 * unit, y), "text-anchor": side });
      element.textContent = words;
      return element;
    };
    const parts = [
      ...rings(from, scale, reach.long, unit, inWords),
      shape("circle", { class: "kd-voices-origin", cx: from[0], cy: from[1], r: 4 }),
      ghost("label", at(-half, full.hard)), ghost("teacher", at(half, full.soft)),
      dashed(label, both), dashed(teacher, both),
      ...arrow(from, label, "label"), ...arrow(from, teacher, "teacher"), ...arrow(from, both, "both"),
    ];
    const aside = 0.5 * unit;
    if (a) parts.push(text(`${names.label} ${inWords(a)}`, [label[0] - aside, label[1] + 0.2 * unit], "end", "label"));
    if (b) parts.push(text(`${names.teacher} ${inWords(b)}`, [teacher[0] + aside, teacher[1] + 0.2 * unit], "start", "teacher"));
    const crowded = Math.max(from[1] - both[1], Math.abs(label[0] - teacher[0]) / 2) < 7 * unit && from[1] - both[1] < 3 * unit;
    const above = crowded ? Math.min(label[1], teacher[1], both[1]) - 2.6 * unit : both[1] - 0.8 * unit;
    if (a && b) parts.push(text(`${names.both} ${inWords(norm(seen.both))}`, [both[0], above], "middle", "both"));
    svg.replaceChildren(...parts);
  }
}

// How long is long: arcs at round lengths.
function rings([x, y], scale, reach, unit, inWords) {
  const step = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].find((one) => reach / one <= 4) ?? 5;
  const parts = [];
  for (let length = step; length <= reach; length += step) {
    const r = scale * length;
    parts.push(shape("path", { class: "kd-voices-ring", d: `M${x - r} ${y}A${r} ${r} 0 0 1 ${x + r} ${y}` }));
    const text = shape("text", { class: "kd-voices-tick", x: x + r, y: y + 0.95 * unit, "text-anchor": "middle" });
    text.textContent = inWords(length);
    parts.push(text);
  }
  return parts;
}

function arrow([x, y], [tx, ty], voice) {
  const length = Math.hypot(tx - x, ty - y);
  if (length < 0.5) return [];
  const thick = voice === "both" ? 6 : 5;
  const [dx, dy] = [(tx - x) / length, (ty - y) / length];
  const head = Math.min(length, 3 * thick);
  const [bx, by] = [tx - head * dx, ty - head * dy];
  const wing = 0.55 * head;
  const points = [[tx, ty], [bx - wing * dy, by + wing * dx], [bx + wing * dy, by - wing * dx]];
  return [
    shape("line", { class: `kd-voices-shaft kd-voices-${voice}`, x1: x, y1: y, x2: bx, y2: by, "stroke-width": thick }),
    shape("polygon", { class: `kd-voices-head kd-voices-${voice}`, points: points.map((point) => point.join(" ")).join(",") }),
  ];
}

// What each voice does to each logit, class by class, with its numbers.
class Pushes {
  static VOICES = ["label", "teacher", "both"];

  constructor(svg) {
    this.svg = svg;
  }

  draw(seen, reach, classes, truth, inWords, fresh, names) {
    const { svg } = this;
    const unit = inPixels(1);
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    if (fresh || this.width !== width || this.height !== height) this.layOut(width, height, unit, classes, truth, names);
    const { zero, full, rows } = this;
    rows.forEach((row, c) => {
      for (const [voice, values] of [["label", seen.hardHeard], ["teacher", seen.softHeard], ["both", seen.both]]) {
        const length = Math.max(-1, Math.min(1, values[c] / reach)) * full;
        row[voice].bar.setAttribute("x", zero + Math.min(0, length));
        row[voice].bar.setAttribute("width", Math.abs(length));
        write(row[voice].value, inWords(values[c]));
      }
    });
  }

  layOut(width, height, unit, classes, truth, names) {
    Object.assign(this, { width, height });
    const top = 1.7 * unit;
    const step = (height - top) / classes.length;
    const columns = width > 22 * unit ? Pushes.VOICES : ["both"];
    const right = width - 3.4 * unit * columns.length;
    this.zero = (2.2 * unit + right) / 2;
    this.full = (right - 2.2 * unit) / 2 - 2;
    const text = (words, attributes) => Object.assign(shape("text", attributes), { textContent: words });
    const parts = [shape("line", { class: "kd-voices-zero", x1: this.zero, x2: this.zero, y1: top, y2: height })];
    columns.forEach((voice, i) => parts.push(text(names[voice], { class: `kd-voices-${voice}`, x: right + 3.4 * unit * (i + 1) - 2, y: 1.1 * unit, "text-anchor": "end" })));
    this.rows = classes.map((name, c) => {
      const y = top + c * step;
      const middle = y + 0.5 * step + 0.3 * unit;
      if (c === truth) parts.unshift(shape("rect", { class: "kd-voices-truth", x: 0, y, width, height: step, rx: 4 }));
      parts.push(text(name, { class: c === truth ? "kd-voices-class kd-voices-true" : "kd-voices-class", x: 0.9 * unit, y: middle, "text-anchor": "middle" }));
      const row = {};
      Pushes.VOICES.forEach((voice, i) => {
        const bar = shape("rect", { class: `kd-voices-bar kd-voices-${voice}`, y: y + step * (0.14 + 0.25 * i), height: 0.23 * step });
        const at = columns.indexOf(voice);
        const value = text("", { class: "kd-voices-value", x: right + 3.4 * unit * (at + 1) - 2, y: middle, "text-anchor": "end" });
        row[voice] = { bar, value };
        parts.push(bar, ...(at < 0 ? [] : [value]));
      });
      return row;
    });
    this.svg.innerHTML = '<defs><pattern id="kd-voices-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="kd-voices-hatch" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>';
    this.svg.append(...parts);
  }
}

// Small tools ---------------------------------------------------------------------------------------------------------

const signed = (text, value) => (value > 0 && /[1-9]/.test(text) ? `+${text}` : text);

// Only what has changed is laid out anew.
function write(element, text) {
  if (element.written !== text) element.textContent = element.written = text;
}
