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

// Examples of all kinds: images as they are, rows of a table as bars.
class Examples extends Digits {
  show(examples, scene, title, named) {
    Object.assign(this, { examples, named });
    this.paint = (canvas, i) => paintExample(canvas, examples[i], scene);
    this.root.querySelector(".kd-digits-title").textContent = title;
    this.picker.setAttribute("aria-label", title);
    this.picker.replaceChildren(...examples.map((_, i) => {
      const button = make("button", { type: "button", role: "radio", "aria-label": named(i), title: named(i) });
      const canvas = make("canvas", {});
      this.paint(canvas, i);
      button.append(canvas);
      button.onclick = () => this.pick(i);
      return button;
    }));
  }

  mark(i, caption) {
    this.at = i;
    check(this.picker.children, i);
    const canvas = this.root.querySelector("figure canvas");
    this.paint(canvas, i);
    canvas.setAttribute("aria-label", this.named(i));
    this.root.querySelector("figcaption").textContent = caption;
  }
}

class View extends HandView {
  constructor(parent) {
    super(parent.querySelector(".kd-soft"));
    this.own = null; // the reader's logits, once they are free
    this.picked = false;
    this.chosen = null; // the class of the formula, if the reader has chosen one
    this.told = window.kdSoftTargets = { frames: 0, state: null };
    this.slider = this.find(".kd-soft-slider");
    this.signs = this.all(".kd-soft-now, .kd-soft-legend-now");
    this.formula = Object.fromEntries(this.all("[data-f]").map((element) => [element.dataset.f, element]));
    this.slider.addEventListener("input", () => this.setT(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.onKey(event));
    for (const input of this.all("input[type=radio]")) input.addEventListener("change", () => this.free(input.value === "own"));
    this.find("select").addEventListener("change", (event) => this.choose(Number(event.target.value)));
    this.digits = new Examples(this.find(".kd-digits"), (i) => this.pickByHand(i));
    this.find(".kd-soft-reset").addEventListener("click", () => this.free(false));
    this.find(".kd-soft-link").addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault(); // without loading the app anew
      this.trigger("open", this.t);
    });
    this.bars = new Bars(this.find(".kd-soft-bars"), (c) => this.choose(c));
    this.curve = new Curve(this.find(".kd-soft-curve"));
    this.sizes.observe(this.root);
  }

  resize() {
    this.layOut();
  }

  say(name, values = {}) {
    const text = name.split(".").reduce((table, key) => table[key], this.data.words);
    return say(text, values);
  }

  share(share) {
    return share < 0.0005 ? `<${percent(0.001, 1, this.data.language)}` : percent(share, 1, this.data.language);
  }

  // A number of any size in few signs: 35.2, 1.47·10⁶.
  any(value) {
    if (value >= 0.01 && value < 1e5) return this.number(value, value < 1 ? 3 : value < 100 ? 1 : 0);
    const power = Math.floor(Math.log10(value));
    const raised = [...String(power)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("");
    return `${this.number(value / 10 ** power, 2)}·10${raised}`;
  }

  // What the server says ------------------------------------------------------------------------------------------------

  show(data, trigger) {
    const before = this.data;
    [this.data, this.trigger] = [data, trigger];
    const isOther = before?.dataset !== data.dataset; // of other data nothing that was chosen holds
    if (isOther) this.own = null;
    this.classes = data.classes.length;
    this.root.style.setProperty("--classes", this.classes);
    this.root.setAttribute("aria-label", this.say("region"));
    this.root.classList.toggle("kd-soft-lecture", data.lecture);
    for (const element of this.all("[data-w]")) element.textContent = this.say(element.dataset.w);
    this.find(".kd-soft-status").textContent = data.status;
    [this.slider.min, this.slider.max] = [data.low, data.high];
    this.slider.setAttribute("aria-label", this.say("temperature"));
    this.find(".kd-soft-presets").setAttribute("aria-label", this.say("presets"));
    this.find(".kd-soft-locked").textContent = data.revealed ? "" : this.say("locked", { T: this.short(data.high) });
    this.makePresets();
    if (isOther) this.makeClasses();
    const values = Object.values(data.logits).flat(2);
    const [low, high] = [Math.floor(Math.min(...values) / 5) * 5, Math.ceil(Math.max(...values) / 5) * 5];
    if (!this.own) this.range = [low, high];
    if (JSON.stringify(before?.examples) !== JSON.stringify(data.examples)) this.example = null;
    const said = JSON.stringify(data.words);
    if (this.example === null || this.said !== said) this.makeExamples();
    this.said = said;
    const first = this.example === null || (!this.picked && data.complete && !before?.complete);
    if (isOther) this.makeLogits();
    if (isOther || before.visit !== data.visit) this.take(data.chosen);
    else this.pick(first ? data.start : this.example);
    this.layOut();
    if (before && data.revealed && !before.revealed && before.visit === data.visit) this.glide(data.high);
  }

  // What a link says: a digit, T, a class, logits of the reader's own.
  take({ digit, temperature, of, logits }) {
    this.picked = digit !== null;
    this.chosen = of;
    this.own = null;
    this.pick(digit ?? this.data.start);
    if (logits.length) {
      const [low, high] = this.range;
      this.own = logits.map((z) => Math.min(high, Math.max(low, z)));
      this.picked = this.find(".kd-soft-more").open = true;
    }
    this.setT(temperature);
    this.reported = this.report();
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

  makeClasses() {
    this.find("select").replaceChildren(...this.data.classes.map((name, c) => {
      const choice = make("option", { value: c });
      choice.textContent = name;
      return choice;
    }));
  }

  makeExamples() {
    const { examples, image, classes } = this.data;
    const named = (i) => this.say("digit", { number: i + 1, label: classes[examples[i].label] });
    this.digits.show(examples, this.data, this.say("pick"), named);
    this.find(".kd-soft-row").textContent = image ? "" : this.say("row");
  }

  makeLogits() {
    this.find(".kd-soft-logits").replaceChildren(...this.data.classes.map((name, c) => {
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

  choose(c) {
    this.chosen = c === this.data.examples[this.example].label ? null : c;
    this.changed();
  }

  free(yes) {
    this.picked ||= yes; // the digit stays, too, when the run ends
    this.own = yes ? this.data.logits.teacher[this.example].map((z) => Math.round(10 * z) / 10) : null; // as links write them
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

  pick(i) {
    const other = this.example !== i;
    this.example = i;
    this.digits.mark(i, this.say("label_is", { label: this.data.classes[this.data.examples[i].label] }));
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
    const logits = Object.fromEntries(SIDES.map((side) => [side, this.data.logits[side]?.[this.example] ?? null])); // null until it trains
    if (this.own) logits.teacher = this.own;
    const at = (t) => {
      const sides = Object.fromEntries(SIDES.map((side) => [side, logits[side] && measure(logits[side], t)]));
      for (const side of SIDES.slice(1)) if (sides[side]) sides[side].kl = divergence(sides.teacher.logP, sides[side].logP);
      return { ...sides, t };
    };
    if (this.fresh || !this.one) this.one = at(1);
    this.now = at(this.t);
    const truth = this.data.examples[this.example].label;
    const of = this.chosen ?? truth;
    if (this.resized) {
      const names = this.bars.layOut(this.data.classes, this.say("label"), this.names());
      this.root.style.setProperty("--names", `${names}px`);
    }
    if (this.fresh) {
      this.drawTexts(of);
      this.drawLogits(logits.teacher);
      this.drawCurve(logits);
    }
    const T = `T = ${this.short(this.t)}`;
    for (const element of this.signs) write(element, T);
    this.slider.setAttribute("aria-valuetext", T);
    for (const button of this.presets) button.setAttribute("aria-pressed", Number(button.dataset.t) === this.t);
    const fresh = this.fresh && {
      one: this.one, truth, chosen: of, logits: logits.teacher.map((z) => this.number(z, 1)), answers: this.answers(logits),
    };
    this.bars.draw(this.now, (share) => this.share(share), fresh);
    this.drawFormula(logits.teacher, of);
    if (this.find(".kd-soft-more").open) {
      this.curve.drawMarker(this.now);
      this.drawTable();
    }
    this.fresh = this.resized = false;
    const each = (read) => Object.fromEntries(SIDES.map((side) => [side, (this.now[side] && read(this.now[side])) ?? null]));
    this.told.frames += 1;
    this.told.state = {
      T: this.t, example: this.example, of, own: Boolean(this.own), logits,
      probabilities: each((m) => m.p), entropy: each((m) => m.entropy), order: each((m) => m.order), kl: each((m) => m.kl),
    };
    this.rest();
  }

  rest() {
    clearTimeout(this.resting);
    if (this.now) this.resting = setTimeout(() => this.describe(), REST);
  }

  names() {
    return { ...this.data.actors, ...(this.own ? { teacher: this.say("own_actor") } : {}) };
  }

  // What each network answers.
  answers(logits) {
    const text = (side) => (logits[side] ? this.say("answer", { answer: this.data.classes[ranking(logits[side])[0]] }) : "");
    return Object.fromEntries(SIDES.map((side) => [side, text(side)]));
  }

  drawTexts(of) {
    const names = this.names();
    this.root.classList.toggle("kd-soft-free", Boolean(this.own));
    for (const input of this.all("[name=kd-soft-source]")) input.checked = (input.value === "own") === Boolean(this.own);
    for (const head of this.all("th[data-side]")) head.textContent = names[head.dataset.side];
    this.find(".kd-soft-logits").setAttribute("aria-label", this.say("own_title"));
    this.find("select").value = of;
    for (const element of this.all(".kd-soft-class-now")) element.textContent = this.data.classes[of];
  }

  // The soft target of one class, in numbers.
  drawFormula(logits, of) {
    const [T, powers] = [this.short(this.t), logits.map((z) => Math.exp(z / this.t))];
    const over = (c) => `${this.number(logits[c], 1)} / ${T}`;
    const [top, bottom] = [powers[of], powers.reduce((sum, power) => sum + power)].map((value) => this.any(value));
    const said = {
      exponent: over(of), first: over(0), last: over(this.classes - 1), top, bottom, result: this.share(this.now.teacher.p[of]),
    };
    for (const [name, text] of Object.entries(said)) write(this.formula[name], text);
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
    const sides = (read) => SIDES.map((side) => [this.now, this.one].map((at) => (at[side] ? read(at[side], at.t) : null) ?? "–"));
    const rows = [
      ["entropy", sides((m) => this.number(m.entropy, 3))],
      ["share", sides((m) => this.share(m.entropy / most))],
      ["top", sides((m) => `${this.data.classes[m.order[0]]} · ${this.share(m.p[m.order[0]])}`)],
      ["kl", sides((m) => m.kl !== undefined ? this.number(m.kl, 4) : null)],
      ["kl_squared", sides((m, t) => m.kl !== undefined ? this.number(t ** 2 * m.kl, 3) : null)],
    ];
    const body = this.find(".kd-soft-table tbody");
    const heads = [this.said, this.names().teacher].join();
    if (this.headed !== heads) {
      this.headed = heads;
      body.replaceChildren(...rows.map(([name, cells]) => {
        const row = make("tr", { "data-row": name });
        row.innerHTML = `<th scope="row"></th>${"<td><b></b><small></small></td>".repeat(cells.length)}`;
        row.querySelector("th").textContent = this.say(name, { classes: this.classes, left: this.names().teacher });
        return row;
      }));
    }
    rows.forEach(([, cells], r) => cells.forEach(([now, one], i) => {
      const cell = body.children[r].children[i + 1];
      write(cell.firstChild, now);
      write(cell.lastChild, one === "–" ? "" : this.say("at_one", { value: one }));
    }));
  }

  drawOrder() {
    const line = this.find(".kd-soft-order");
    if (!this.data.guessed) return void (line.textContent = "");
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

  // At rest: the text alternatives, the link, and what the server is told --------------------------------------------

  describe() {
    this.drawOrder();
    const [names, T] = [this.names(), this.short(this.now.t)]; // of the picture: the next may be on its way
    const top = (side) => {
      const { p, order } = this.now[side];
      const [first, second] = order;
      return { first: this.data.classes[first], p: this.share(p[first]), second: this.data.classes[second], q: this.share(p[second]) };
    };
    const sides = SIDES.filter((side) => this.now[side]);
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
    const { exponent, top: above, bottom: below, result } = Object.fromEntries(Object.entries(this.formula).map(([name, element]) => [name, element.textContent]));
    this.find(".kd-soft-math").setAttribute("aria-label", `p = e^(${exponent}) / Σ = ${above} / ${below} = ${result}`);
    const spoken = sides.map((side) => this.say("spoken", { actor: names[side], ...top(side) }));
    this.find(".kd-soft-words").textContent = [this.say("spoken_at", { T }), ...spoken].join(" ");
    const link = this.find(".kd-soft-link");
    link.textContent = this.say("open", { T });
    link.href = `playground?${new URLSearchParams({ ...this.data.query, temperature: this.now.t, ...this.data.address })}`;
    const report = this.report();
    if (this.held || JSON.stringify(report) === JSON.stringify(this.reported)) return;
    this.reported = report;
    this.trigger("chosen", report);
  }

  // What the reader has chosen, as the address writes it.
  report() {
    return {
      digit: this.picked ? String(this.example) : "",
      temperature: String(this.t),
      class: this.chosen === null ? "" : String(this.chosen),
      logits: this.own ? this.own.join(" ") : "",
    };
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
