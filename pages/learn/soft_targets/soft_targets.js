// Soft targets under the finger: logits come from the server once, everything that T changes is computed here.
// A picture is drawn at most once a frame of the screen; nothing is sent while T or a logit moves.
// For tests and measurements: window.kdSoftTargets = { frames: pictures drawn, state: what the last one shows }.

const REST = 400; // milliseconds without a change until the words follow
const ARROW = 0.1, PAGE = 1; // steps of T by key
const LOGIT_ARROW = 0.5, LOGIT_PAGE = 5;
const CURVE_STEP = 0.25;
const REVEAL = 2000; // milliseconds for the way to the highest T after the guess

const views = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = new View(parentElement.querySelector(".kd-soft"))));
  clearTimeout(view.leaving);
  view.show(data, setTriggerValue);
  return () => {
    // A busy browser now and then leaves and comes back at once: then the view stays, with all that the reader chose.
    view.leaving = setTimeout(() => {
      view.close();
      views.delete(parentElement);
    }, 300);
  };
}

// Arithmetic ----------------------------------------------------------------------------------------------------------

// ln softmax(z / T), stable: the largest exponent is 0.
function logSoften(logits, temperature) {
  const top = Math.max(...logits);
  const scaled = logits.map((logit) => (logit - top) / temperature);
  const norm = Math.log(scaled.reduce((sum, z) => sum + Math.exp(z), 0));
  return scaled.map((z) => z - norm);
}

const entropy = (logP) => -logP.reduce((sum, l) => sum + Math.exp(l) * l, 0);
const divergence = (logP, logQ) => logP.reduce((sum, l, c) => sum + Math.exp(l) * (l - logQ[c]), 0);
const ranking = (values) => values.map((_, c) => c).sort((a, b) => values[b] - values[a] || a - b);

function measure(logits, temperature) {
  const logP = logSoften(logits, temperature);
  const p = logP.map(Math.exp);
  return { logP, p, entropy: entropy(logP), order: ranking(logP) };
}

class View {
  constructor(root) {
    this.root = root;
    this.student = "distilled";
    this.own = null; // the reader's logits, once they are free
    this.picked = false;
    this.told = window.kdSoftTargets = { frames: 0, state: null };
    this.slider = this.find(".kd-soft-slider");
    this.signs = this.all(".kd-soft-now, .kd-soft-legend-now");
    this.slider.addEventListener("input", () => this.setT(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    for (const input of this.all("input[type=radio]")) input.addEventListener("change", () => this.choose(input));
    this.find(".kd-soft-picker").addEventListener("keydown", (event) => this.pickByKey(event));
    this.find(".kd-soft-reset").addEventListener("click", () => this.free(true));
    this.find(".kd-soft-link").addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault(); // without loading the app anew
      this.trigger("open", this.t);
    });
    this.sizes = new ResizeObserver(() => this.data && this.layOut());
    this.sizes.observe(root);
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
    cancelAnimationFrame(this.pending);
    cancelAnimationFrame(this.moving);
    clearTimeout(this.resting);
  }

  say(name, values = {}) {
    const text = name.split(".").reduce((table, key) => table[key], this.data.words);
    return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  // What the server says ------------------------------------------------------------------------------------------------

  show(data, trigger) {
    const before = this.data;
    [this.data, this.trigger] = [data, trigger];
    this.classes = data.classes.length;
    this.root.style.setProperty("--classes", this.classes);
    this.root.classList.toggle("kd-soft-dark", isDark(getComputedStyle(this.root).getPropertyValue("--st-background-color")));
    this.root.setAttribute("aria-label", this.say("region"));
    for (const element of this.all("[data-w]")) element.textContent = this.say(element.dataset.w);
    for (const element of this.all("[data-actor]")) element.textContent = data.actors[element.dataset.actor];
    this.find(".kd-soft-status").textContent = data.status;
    [this.slider.min, this.slider.max] = [data.low, data.high];
    this.slider.setAttribute("aria-label", this.say("temperature"));
    this.find(".kd-soft-presets").setAttribute("aria-label", this.say("presets"));
    this.find(".kd-soft-locked").textContent = data.revealed ? "" : this.say("locked", { T: data.high });
    this.makePresets();
    const values = Object.values(data.logits).flat(2);
    const [low, high] = [Math.floor(Math.min(...values) / 5) * 5, Math.ceil(Math.max(...values) / 5) * 5];
    if (!this.own) this.range = [low, high];
    if (JSON.stringify(before?.examples) !== JSON.stringify(data.examples)) this.example = null;
    const said = JSON.stringify(data.words);
    if (this.example === null || this.said !== said) this.makeExamples();
    this.said = said;
    const first = this.example === null || (!this.picked && data.complete && !before?.complete);
    this.makeLogits();
    this.pick(first ? data.start : this.example);
    this.layOut();
    if (!before) this.setT(Math.min(data.temperature, data.high));
    else if (data.revealed && !before.revealed) this.glide(data.high);
  }

  makePresets() {
    const group = this.find(".kd-soft-presets");
    if (group.childElementCount !== this.data.presets.length) {
      group.replaceChildren(...this.data.presets.map((t) => {
        const button = make("button", { type: "button", "data-t": t });
        button.textContent = t;
        button.onclick = () => this.setT(t);
        return button;
      }));
    }
    this.presets = [...group.children];
    for (const button of this.presets) {
      button.disabled = Number(button.dataset.t) > this.data.high;
      button.setAttribute("aria-label", `T = ${button.dataset.t}`);
    }
  }

  makeExamples() {
    const picker = this.find(".kd-soft-picker");
    picker.setAttribute("aria-label", this.say("pick"));
    picker.replaceChildren(...this.data.examples.map((example, i) => {
      const name = this.say("digit", { number: i + 1, label: this.data.classes[example.label] });
      const button = make("button", { type: "button", role: "radio", "aria-label": name, title: name });
      const canvas = make("canvas", {});
      paint(canvas, example.input, this.data.image);
      button.append(canvas);
      button.onclick = () => this.pickByHand(i);
      return button;
    }));
  }

  makeLogits() {
    const group = this.find(".kd-soft-logits");
    if (group.childElementCount === this.classes) return;
    group.replaceChildren(...this.data.classes.map((name, c) => {
      const row = make("div", { class: "kd-soft-logit" });
      row.innerHTML = '<b></b><div class="kd-soft-track"><span class="kd-soft-zero"></span><i></i><span class="kd-soft-thumb"></span></div><span class="kd-soft-value"></span>';
      row.querySelector("b").textContent = name;
      const track = row.querySelector(".kd-soft-track");
      const drag = (event) => {
        const box = track.getBoundingClientRect();
        const [low, high] = this.range;
        this.setLogit(c, Math.round(10 * (low + ((event.clientX - box.left) / box.width) * (high - low))) / 10);
      };
      track.addEventListener("pointerdown", (event) => {
        if (!this.own || event.button) return;
        event.preventDefault();
        track.setPointerCapture(event.pointerId);
        row.querySelector(".kd-soft-thumb").focus();
        drag(event);
      });
      track.addEventListener("pointermove", (event) => this.own && track.hasPointerCapture(event.pointerId) && drag(event));
      track.addEventListener("keydown", (event) => this.logitByKey(event, c));
      return row;
    }));
  }

  // What the reader does ----------------------------------------------------------------------------------------------

  setT(temperature) {
    cancelAnimationFrame(this.moving);
    this.t = Math.min(this.data.high, Math.max(this.data.low, Math.round(100 * temperature) / 100));
    this.slider.value = this.t;
    this.request();
  }

  onKey(event) {
    const value = step(event.key, this.t, ARROW, PAGE, this.data.low, this.data.high);
    if (value === null) return;
    event.preventDefault();
    this.setT(value);
  }

  glide(target) {
    // The answer to the guess, as a movement; at once for those who don't want movement.
    const [from, begun] = [this.t, performance.now()];
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.setT(target);
    const move = (now) => {
      const share = Math.min(1, Math.max(0, now - begun) / REVEAL);
      this.setT(from + (target - from) * share);
      if (share < 1) this.moving = requestAnimationFrame(move);
    };
    move(begun);
  }

  choose(input) {
    if (input.name === "kd-soft-student") this.student = input.value;
    else this.free(input.value === "own");
    this.changed();
  }

  free(yes) {
    this.picked ||= yes; // the digit stays, too, when the run ends
    this.own = yes ? [...this.data.logits.teacher[this.example]] : null;
    this.changed();
  }

  setLogit(c, value) {
    const [low, high] = this.range;
    this.own[c] = Math.min(high, Math.max(low, value));
    this.changed();
  }

  logitByKey(event, c) {
    if (!this.own) return;
    const [low, high] = this.range;
    const value = step(event.key, this.own[c], LOGIT_ARROW, LOGIT_PAGE, low, high);
    if (value === null) return;
    event.preventDefault();
    this.setLogit(c, Math.round(10 * value) / 10);
  }

  pickByHand(i) {
    this.picked = true;
    this.pick(i);
  }

  pickByKey(event) {
    const count = this.data.examples.length;
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -this.example, End: count - 1 - this.example }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    this.pickByHand((this.example + move + count) % count);
    this.find(".kd-soft-picker").children[this.example].focus();
  }

  pick(i) {
    const other = this.example !== i;
    this.example = i;
    [...this.find(".kd-soft-picker").children].forEach((button, j) => {
      button.setAttribute("aria-checked", j === i);
      button.tabIndex = j === i ? 0 : -1;
    });
    const { input, label } = this.data.examples[i];
    const canvas = this.find(".kd-soft-digit canvas");
    paint(canvas, input, this.data.image);
    canvas.setAttribute("aria-label", this.say("digit", { number: i + 1, label: this.data.classes[label] }));
    if (this.own && other) this.free(true);
    this.changed();
  }

  // Other logits: what does not depend on T is drawn anew too.
  changed() {
    this.fresh = true;
    this.request();
  }

  layOut() {
    this.fresh = this.resized = true;
    this.request();
  }

  request() {
    if (!this.closed) this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  // Drawing -----------------------------------------------------------------------------------------------------------

  draw() {
    const student = this.data.logits[this.student]?.[this.example] ?? null; // null until the students train
    const logits = { teacher: this.own ?? this.data.logits.teacher[this.example], student };
    const at = (t) => {
      const sides = { teacher: measure(logits.teacher, t), student: student && measure(student, t) };
      return { ...sides, t, kl: student ? divergence(sides.teacher.logP, sides.student.logP) : null };
    };
    if (this.fresh || !this.one) this.one = at(1);
    this.now = at(this.t);
    if (this.resized) this.makeBars();
    if (this.fresh) {
      this.drawTexts();
      this.drawLogits(logits.teacher);
      this.drawCurve(logits);
    }
    const T = `T = ${short(this.t)}`;
    for (const element of this.signs) write(element, T);
    this.slider.setAttribute("aria-valuetext", T);
    for (const button of this.presets) button.setAttribute("aria-pressed", Number(button.dataset.t) === this.t);
    this.drawBars();
    this.drawMarker();
    this.drawTable();
    this.fresh = this.resized = false;
    const of = (name) => Object.fromEntries(["teacher", "student"].map((side) => [side, this.now[side]?.[name] ?? null]));
    this.told.frames += 1;
    this.told.state = {
      T: this.t, example: this.example, student: this.student, own: Boolean(this.own), logits,
      probabilities: of("p"), entropy: of("entropy"), order: of("order"), kl: this.now.kl,
    };
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.describe(), REST);
  }

  names() {
    return { teacher: this.own ? this.say("own_actor") : this.data.actors.teacher, student: this.data.actors[this.student] };
  }

  drawTexts() {
    const names = this.names();
    const truth = this.data.classes[this.data.examples[this.example].label];
    const answer = (actor) => this.data.classes[ranking(this.data.logits[actor][this.example])[0]];
    this.root.dataset.student = this.student;
    this.root.classList.toggle("kd-soft-free", Boolean(this.own));
    for (const input of this.all("[name=kd-soft-source]")) input.checked = (input.value === "own") === Boolean(this.own);
    this.find(".kd-soft-digit figcaption").textContent = [
      this.say("label_is", { label: truth }),
      ...["teacher", "distilled", "alone"].filter((actor) => this.data.logits[actor])
        .map((actor) => this.say("answer", { actor: this.data.actors[actor], answer: answer(actor) })),
    ].join("\n");
    this.find(".kd-soft-left").textContent = `◂ ${names.teacher}`;
    this.find(".kd-soft-right").textContent = `${names.student} ▸`;
    this.find(".kd-soft-head-teacher").textContent = names.teacher;
    this.find(".kd-soft-head-student").textContent = names.student;
    this.find(".kd-soft-logits-title").textContent = this.say(this.own ? "own_title" : "logits_title");
    this.find(".kd-soft-logits-hint").textContent = this.say(this.own ? "own_hint" : "logits_hint");
    this.find(".kd-soft-logits").setAttribute("aria-label", this.say(this.own ? "own_title" : "logits_title"));
  }

  makeBars() {
    const svg = this.find(".kd-soft-bars");
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [width, row, top, centre] = [svg.clientWidth, 2 * unit, 1.2 * unit, 2.8 * unit];
    const full = Math.max(20, (width - centre) / 2 - 3.6 * unit);
    const edge = { teacher: (width - centre) / 2, student: (width + centre) / 2 };
    this.bars = { full, edge, unit, rows: [] };
    svg.dataset.full = full;
    svg.innerHTML = '<defs><pattern id="kd-soft-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="kd-soft-hatch" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>';
    for (const [side, sign] of [["teacher", -1], ["student", 1]]) {
      for (const share of [0, 0.5, 1]) {
        const x = edge[side] + sign * share * full;
        svg.append(shape("line", { class: "kd-soft-grid", x1: x, x2: x, y1: top, y2: top + this.classes * row }));
        const tick = shape("text", { class: "kd-soft-tick", x, y: top - 0.3 * unit, "text-anchor": "middle" });
        tick.textContent = share ? `${100 * share} %` : "";
        svg.append(tick);
      }
    }
    for (let c = 0; c < this.classes; c++) {
      const y = top + c * row;
      const box = shape("rect", { class: "kd-soft-box", x: (width - 1.5 * unit) / 2, y: y + 0.25 * unit, width: 1.5 * unit, height: 1.5 * unit, rx: 3 });
      const name = shape("text", { class: "kd-soft-class", x: width / 2, y: y + 1.35 * unit });
      name.textContent = this.data.classes[c];
      svg.append(box, name);
      const parts = { box, name };
      for (const side of ["teacher", "student"]) {
        const rect = (kind, at, height) => shape("rect", { class: `kd-soft-${kind} kd-soft-of-${side}`, "data-class": c, y: y + at * unit, height: height * unit });
        const value = shape("text", { y: y + 1.65 * unit, "text-anchor": side === "teacher" ? "end" : "start", "data-value": side });
        parts[side] = { hard: rect("hard", 0.14, 0.3), one: rect("one", 0.54, 0.34), now: rect("bar", 1, 0.84), value };
        svg.append(...Object.values(parts[side]));
      }
      this.bars.rows.push(parts);
    }
  }

  drawBars() {
    const { full, edge, unit, rows } = this.bars;
    const truth = this.data.examples[this.example].label;
    rows.forEach((parts, c) => {
      if (this.fresh) {
        parts.box.style.display = c === truth ? "" : "none";
        parts.name.classList.toggle("kd-soft-true", c === truth);
      }
      for (const side of ["teacher", "student"]) {
        const put = (bar, share) => {
          bar.setAttribute("width", share * full);
          bar.setAttribute("x", side === "teacher" ? edge.teacher - share * full : edge.student);
        };
        const share = this.now[side]?.p[c] ?? 0;
        const { hard, one, now, value } = parts[side];
        if (this.fresh) {
          put(hard, c === truth ? 1 : 0);
          put(one, this.one[side]?.p[c] ?? 0);
        }
        put(now, share);
        value.setAttribute("x", edge[side] + (side === "teacher" ? -1 : 1) * (share * full + 0.35 * unit));
        write(value, this.now[side] ? percent(share) : "");
      }
    });
  }

  drawLogits(logits) {
    const [low, high] = this.range;
    const place = (z) => (100 * (z - low)) / (high - low);
    [...this.find(".kd-soft-logits").children].forEach((row, c) => {
      const [z, thumb] = [logits[c], row.querySelector(".kd-soft-thumb")];
      row.querySelector(".kd-soft-zero").style.left = `${place(0)}%`;
      Object.assign(row.querySelector("i").style, { left: `${place(Math.min(0, z))}%`, width: `${place(Math.max(0, z)) - place(Math.min(0, z))}%` });
      row.querySelector(".kd-soft-value").textContent = signed(z);
      thumb.style.left = `${place(z)}%`;
      if (!this.own) return ["role", "tabindex", "aria-label", "aria-valuemin", "aria-valuemax", "aria-valuenow"].forEach((name) => thumb.removeAttribute(name));
      const name = this.say("logit_of", { name: this.data.classes[c] });
      const attributes = { role: "slider", tabindex: 0, "aria-label": name, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": Math.round(10 * z) / 10 };
      for (const [key, value] of Object.entries(attributes)) thumb.setAttribute(key, value);
    });
  }

  drawCurve(logits) {
    const svg = this.find(".kd-soft-curve");
    const unit = this.bars.unit;
    const { low } = this.data;
    const high = this.data.presets.at(-1);
    const [left, right, top, bottom] = [2 * unit, svg.clientWidth - 0.6 * unit, 1.2 * unit, svg.clientHeight - 2.4 * unit];
    const most = Math.log(this.classes);
    const x = (t) => left + ((t - low) / (high - low)) * (right - left);
    const y = (h) => bottom - (h / most) * (bottom - top);
    this.curve = { x, y };
    const text = (words, at) => Object.assign(shape("text", { class: "kd-soft-tick", ...at }), { textContent: words });
    const parts = [
      shape("line", { class: "kd-soft-limit", x1: left, x2: right, y1: y(most), y2: y(most) }),
      shape("line", { class: "kd-soft-grid", x1: left, x2: right, y1: y(0), y2: y(0) }),
      text(`ln ${this.classes} = ${most.toFixed(2)}`, { x: left, y: y(most) - 4 }),
      ...[0, 1, 2].filter((h) => h < most - 0.15).map((h) => text(h, { x: left - 6, y: y(h) + 4, "text-anchor": "end" })),
      ...[1, 5, 10, 15, 20].map((t) => text(t, { x: x(t), y: bottom + unit, "text-anchor": "middle" })),
      text(this.say("temperature"), { x: (left + right) / 2, y: bottom + 2.1 * unit, "text-anchor": "middle" }),
      (this.marker = shape("line", { class: "kd-soft-marker", y1: top, y2: bottom })),
    ];
    this.points = {};
    for (const side of ["teacher", "student"]) {
      if (!logits[side]) continue;
      const places = [];
      for (let t = low; t <= this.data.high; t += CURVE_STEP) places.push(`${x(t)} ${y(entropy(logSoften(logits[side], t)))}`);
      parts.push(shape("path", { class: `kd-soft-of-${side}`, d: `M${places.join("L")}` }));
      parts.push((this.points[side] = shape("circle", { class: `kd-soft-of-${side}` })));
    }
    svg.replaceChildren(...parts);
  }

  drawMarker() {
    const x = this.curve.x(this.t);
    this.marker.setAttribute("x1", x);
    this.marker.setAttribute("x2", x);
    for (const [side, point] of Object.entries(this.points)) {
      point.setAttribute("cx", x);
      point.setAttribute("cy", this.curve.y(this.now[side].entropy));
    }
  }

  drawTable() {
    const most = Math.log(this.classes);
    const sides = (read) => ["teacher", "student"].map((side) => [this.now, this.one].map((at) => (at[side] ? read(at[side]) : "–")));
    const both = (read) => [[this.now, this.one].map((at) => (at.kl === null ? "–" : read(at)))];
    const rows = [
      ["entropy", sides((m) => m.entropy.toFixed(3))],
      ["share", sides((m) => percent(m.entropy / most))],
      ["top", sides((m) => `${this.data.classes[m.order[0]]} · ${percent(m.p[m.order[0]])}`)],
      ["kl", both((m) => m.kl.toFixed(4))],
      ["kl_squared", both((m) => (m.t ** 2 * m.kl).toFixed(3))],
    ];
    const body = this.find(".kd-soft-table tbody");
    const { teacher: left, student: right } = this.names();
    const heads = [this.said, left, right].join();
    if (this.heads !== heads) {
      this.heads = heads;
      body.replaceChildren(...rows.map(([name, cells]) => {
        const row = make("tr", { "data-row": name });
        row.innerHTML = `<th scope="row" colspan="${3 - cells.length}"></th>${"<td><b></b><small></small></td>".repeat(cells.length)}`;
        row.querySelector("th").textContent = this.say(name, { classes: this.classes, left, right });
        return row;
      }));
    }
    rows.forEach(([, cells], r) => cells.forEach(([now, one], i) => {
      const cell = body.children[r].children[i + 1];
      write(cell.firstChild, now);
      if (this.fresh) write(cell.lastChild, this.say("at_one", { value: one }));
    }));
  }

  drawOrder() {
    const line = this.find(".kd-soft-order");
    if (!this.data.revealed) return void (line.textContent = "");
    const list = (order) => order.map((c) => this.data.classes[c]).join(" › ");
    const { order, p } = this.now.teacher;
    line.textContent = this.say("order", {
      actor: this.names().teacher, T: short(this.now.t), one: list(this.one.teacher.order), now: list(order),
      second: this.data.classes[order[1]], share: percent(p[order[1]]), even: percent(1 / this.classes), ...this.recount(),
    });
  }

  // In how many cases the order at one of the temperatures is not that at T = 1, over all examples and networks.
  recount() {
    if (this.counted?.logits !== this.data.logits) {
      let [cases, changes] = [0, 0];
      for (const logits of Object.values(this.data.logits).flat()) {
        const first = ranking(logSoften(logits, 1)).join();
        for (let t = this.data.low + 1; t <= this.data.high; t++) {
          cases += 1;
          changes += ranking(logSoften(logits, t)).join() !== first;
        }
      }
      this.counted = { logits: this.data.logits, cases, changes };
    }
    return this.counted;
  }

  // At rest: the text alternatives, and the link -----------------------------------------------------------------------

  describe() {
    this.drawOrder();
    const [names, T] = [this.names(), short(this.now.t)]; // of the picture: the next may be on its way
    const top = (side) => {
      const { p, order } = this.now[side];
      const [first, second] = order;
      return { first: this.data.classes[first], p: percent(p[first]), second: this.data.classes[second], q: percent(p[second]) };
    };
    const sides = ["teacher", "student"].filter((side) => this.now[side]);
    const all = sides.map((side) => {
      const shares = this.now[side].p.map((share, c) => `${this.data.classes[c]} ${percent(share)}`).join(", ");
      return this.say("bars_text", { actor: names[side], T, shares });
    });
    const truth = this.data.classes[this.data.examples[this.example].label];
    this.find(".kd-soft-bars").setAttribute("aria-label", [this.say("label_is", { label: truth }), ...all].join(" "));
    const most = Math.log(this.classes).toFixed(2);
    const curve = sides.map((side) => this.say("curve_text", {
      actor: names[side], one: this.one[side].entropy.toFixed(2), T, now: this.now[side].entropy.toFixed(2), most,
    }));
    this.find(".kd-soft-curve").setAttribute("aria-label", curve.join(" "));
    const spoken = sides.map((side) => this.say("spoken", { actor: names[side], ...top(side) }));
    if (this.now.kl !== null) spoken.push(this.say("spoken_kl", { kl: this.now.kl.toFixed(3) }));
    this.find(".kd-soft-words").textContent = [this.say("spoken_at", { T }), ...spoken].join(" ");
    const link = this.find(".kd-soft-link");
    link.textContent = this.say("open", { T });
    link.href = `playground?${new URLSearchParams({ dataset: "digits", temperature: T, ...this.data.address })}`;
  }
}

// Small tools ---------------------------------------------------------------------------------------------------------

function step(key, value, arrow, page, low, high) {
  // Where a key moves a slider to, or null for keys that don't.
  const moves = { ArrowRight: arrow, ArrowUp: arrow, ArrowLeft: -arrow, ArrowDown: -arrow, PageUp: page, PageDown: -page };
  if (key === "Home") return low;
  if (key === "End") return high;
  return key in moves ? value + moves[key] : null;
}

// Only what has changed is laid out anew.
function write(element, text) {
  if (element.written !== text) element.textContent = element.written = text;
}

function make(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function shape(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function paint(canvas, input, [rows, columns]) {
  [canvas.width, canvas.height] = [columns, rows];
  const pixels = new ImageData(columns, rows);
  input.forEach((ink, i) => {
    const grey = 255 - 255 * Math.min(1, Math.max(0, ink));
    pixels.data.set([grey, grey, grey, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

const short = (number) => String(Math.round(number * 100) / 100);
const percent = (share) => (share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`);
const signed = (number) => number.toFixed(1).replace("-", "−");
const isDark = (colour) => {
  const text = colour.trim();
  const [r, g, b] = text.startsWith("#") ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) : (text.match(/\d+/g) || [255, 255, 255]).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
};
