// Soft targets under the finger: logits come from the server once, everything that T changes is computed here.
// A picture is drawn at most once a frame of the screen; nothing is sent while T or a logit moves.
// For tests and measurements: window.kdSoftTargets = { frames: pictures drawn, state: what the last one shows }.

const REST = 400; // milliseconds without a change until the words follow
const ARROW = 0.1, PAGE = 1; // steps of T by key
const LOGIT_ARROW = 0.5, LOGIT_PAGE = 5;
const REVEAL = 2000; // milliseconds for the way to the highest T after the guess

export default (component) => mount(component, View);

// Arithmetic ----------------------------------------------------------------------------------------------------------

const entropy = (logP) => -logP.reduce((sum, l) => sum + Math.exp(l) * l, 0);
const divergence = (logP, logQ) => logP.reduce((sum, l, c) => sum + Math.exp(l) * (l - logQ[c]), 0);
const ranking = (values) => values.map((_, c) => c).sort((a, b) => values[b] - values[a] || a - b);

function measure(logits, temperature) {
  const logP = logSoften(logits, temperature);
  const p = logP.map(Math.exp);
  return { logP, p, entropy: entropy(logP), order: ranking(logP) };
}

class View {
  constructor(parent) {
    this.root = parent.querySelector(".kd-soft");
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
    this.bars = new Bars(this.find(".kd-soft-bars"));
    this.curve = new Curve(this.find(".kd-soft-curve"));
    this.sizes = new ResizeObserver(() => this.data && this.layOut());
    this.sizes.observe(this.root);
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
    return say(text, values);
  }

  number(value, digits) {
    return number(value, digits, this.data.language);
  }

  short(value) {
    return short(value, this.data.language);
  }

  share(share) {
    return share < 0.0005 ? `<${percent(0.001, 1, this.data.language)}` : percent(share, 1, this.data.language);
  }

  // What the server says ------------------------------------------------------------------------------------------------

  show(data, trigger) {
    const before = this.data;
    [this.data, this.trigger] = [data, trigger];
    this.classes = data.classes.length;
    this.root.style.setProperty("--classes", this.classes);
    this.root.classList.toggle("kd-dark", isDark(this.root));
    this.root.setAttribute("aria-label", this.say("region"));
    for (const element of this.all("[data-w]")) element.textContent = this.say(element.dataset.w);
    for (const element of this.all("[data-actor]")) element.textContent = data.actors[element.dataset.actor];
    this.find(".kd-soft-status").textContent = data.status;
    [this.slider.min, this.slider.max] = [data.low, data.high];
    this.slider.setAttribute("aria-label", this.say("temperature"));
    this.find(".kd-soft-presets").setAttribute("aria-label", this.say("presets"));
    this.find(".kd-soft-locked").textContent = data.revealed ? "" : this.say("locked", { T: this.short(data.high) });
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
      paintDigit(canvas, example.input, this.data.image);
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
    check(this.find(".kd-soft-picker").children, i);
    const { input, label } = this.data.examples[i];
    const canvas = this.find(".kd-soft-digit canvas");
    paintDigit(canvas, input, this.data.image);
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
    if (this.resized) this.bars.layOut(this.data.classes);
    if (this.fresh) {
      this.drawTexts();
      this.drawLogits(logits.teacher);
      this.drawCurve(logits);
    }
    const T = `T = ${this.short(this.t)}`;
    for (const element of this.signs) write(element, T);
    this.slider.setAttribute("aria-valuetext", T);
    for (const button of this.presets) button.setAttribute("aria-pressed", Number(button.dataset.t) === this.t);
    const truth = this.data.examples[this.example].label;
    this.bars.draw(this.now, (share) => this.share(share), this.fresh ? { one: this.one, truth } : null);
    this.curve.drawMarker(this.now);
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

  drawLogits(logits) {
    const [low, high] = this.range;
    const place = (z) => (100 * (z - low)) / (high - low);
    [...this.find(".kd-soft-logits").children].forEach((row, c) => {
      const [z, thumb] = [logits[c], row.querySelector(".kd-soft-thumb")];
      row.querySelector(".kd-soft-zero").style.left = `${place(0)}%`;
      Object.assign(row.querySelector("i").style, { left: `${place(Math.min(0, z))}%`, width: `${place(Math.max(0, z)) - place(Math.min(0, z))}%` });
      row.querySelector(".kd-soft-value").textContent = this.number(z, 1);
      thumb.style.left = `${place(z)}%`;
      if (!this.own) return ["role", "tabindex", "aria-label", "aria-valuemin", "aria-valuemax", "aria-valuenow"].forEach((name) => thumb.removeAttribute(name));
      const name = this.say("logit_of", { name: this.data.classes[c] });
      const attributes = { role: "slider", tabindex: 0, "aria-label": name, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": Math.round(10 * z) / 10 };
      for (const [key, value] of Object.entries(attributes)) thumb.setAttribute(key, value);
    });
  }

  drawCurve(logits) {
    const most = `ln ${this.classes} = ${this.number(Math.log(this.classes), 2)}`;
    const ends = { low: this.data.low, reached: this.data.high, high: this.data.presets.at(-1) };
    this.curve.draw(logits, ends, this.classes, { most, axis: this.say("temperature") });
  }

  drawTable() {
    const most = Math.log(this.classes);
    const sides = (read) => ["teacher", "student"].map((side) => [this.now, this.one].map((at) => (at[side] ? read(at[side]) : "–")));
    const both = (read) => [[this.now, this.one].map((at) => (at.kl === null ? "–" : read(at)))];
    const rows = [
      ["entropy", sides((m) => this.number(m.entropy, 3))],
      ["share", sides((m) => this.share(m.entropy / most))],
      ["top", sides((m) => `${this.data.classes[m.order[0]]} · ${this.share(m.p[m.order[0]])}`)],
      ["kl", both((m) => this.number(m.kl, 4))],
      ["kl_squared", both((m) => this.number(m.t ** 2 * m.kl, 3))],
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
      actor: this.names().teacher, T: this.short(this.now.t), one: list(this.one.teacher.order), now: list(order),
      second: this.data.classes[order[1]], share: this.share(p[order[1]]), even: this.share(1 / this.classes), ...this.recount(),
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
    const [names, T] = [this.names(), this.short(this.now.t)]; // of the picture: the next may be on its way
    const top = (side) => {
      const { p, order } = this.now[side];
      const [first, second] = order;
      return { first: this.data.classes[first], p: this.share(p[first]), second: this.data.classes[second], q: this.share(p[second]) };
    };
    const sides = ["teacher", "student"].filter((side) => this.now[side]);
    const all = sides.map((side) => {
      const shares = this.now[side].p.map((share, c) => `${this.data.classes[c]} ${this.share(share)}`).join(", ");
      return this.say("bars_text", { actor: names[side], T, shares });
    });
    const truth = this.data.classes[this.data.examples[this.example].label];
    this.find(".kd-soft-bars").setAttribute("aria-label", [this.say("label_is", { label: truth }), ...all].join(" "));
    const most = this.number(Math.log(this.classes), 2);
    const curve = sides.map((side) => this.say("curve_text", {
      actor: names[side], one: this.number(this.one[side].entropy, 2), T, now: this.number(this.now[side].entropy, 2), most,
    }));
    this.find(".kd-soft-curve").setAttribute("aria-label", curve.join(" "));
    const spoken = sides.map((side) => this.say("spoken", { actor: names[side], ...top(side) }));
    if (this.now.kl !== null) spoken.push(this.say("spoken_kl", { kl: this.number(this.now.kl, 3) }));
    this.find(".kd-soft-words").textContent = [this.say("spoken_at", { T }), ...spoken].join(" ");
    const link = this.find(".kd-soft-link");
    link.textContent = this.say("open", { T });
    link.href = `playground?${new URLSearchParams({ dataset: "digits", temperature: this.now.t, ...this.data.address })}`;
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
