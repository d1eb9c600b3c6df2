// The picture of distillation: a digit, the teacher, its soft targets under a dial, and two students that race.
// Logits and the race's snapshots come from the server; all that moves is computed here, and nothing moves for long.

const SWING = 3200; // milliseconds in which T shows at first what it does: from 1 up to 8 and to where it is set
const RACE = 4500; // milliseconds from the first epoch to the last
const MIX = 450; // milliseconds from one digit's bars to another's
const REST = 350; // milliseconds without a change until the server and the text for listeners hear of it
const NETS = { teacher: [6, 10, 10, 10], distilled: [4, 3, 5], alone: [4, 3, 5] }; // units drawn, layer by layer
export default (component) => mount(component, View);

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const soften = (logits, temperature) => logSoften(logits, temperature).map(Math.exp);
const ease = (share) => (1 - Math.cos(Math.PI * Math.min(1, Math.max(0, share)))) / 2;

class View extends HandView {
  constructor(parent) {
    super(parent.querySelector(".kd-home"));
    this.asked = {}; // what was sent to the server and has not come back yet
    this.position = 0; // of the race, in epochs
    this.dial = this.find(".dial input");
    this.dial.addEventListener("input", () => this.turn(Number(this.dial.value)));
    this.find(".picker").addEventListener("keydown", (event) => this.pickByKey(event));
    this.find(".again").addEventListener("click", () => this.race());
    for (const touch of ["pointerdown", "keydown"]) this.root.addEventListener(touch, () => this.settle());
    for (const [actor, layers] of Object.entries(NETS)) drawNet(this.find(`.${actor} .net`), layers, actor === "teacher" ? 130 : 62);
    for (const element of [this.root, this.find(".bars"), this.find(".chart")]) this.sizes.observe(element);
  }

  say(name, values = {}) {
    return say(this.data.words[name], { ...this.data.values, ...values });
  }

  percent(share, digits = 1) {
    return percent(share, digits, this.data.language);
  }

  // What the server says ----------------------------------------------------------------------------------------------

  show(data, trigger) {
    const before = this.data;
    [this.data, this.trigger] = [data, trigger];
    for (const element of this.root.querySelectorAll("[data-w]")) element.textContent = this.say(element.dataset.w);
    this.root.setAttribute("aria-label", this.say("title"));
    this.root.classList.toggle("lecture", data.lecture);
    this.root.dataset.live = data.live;
    [this.dial.min, this.dial.max] = data.range;
    this.dial.setAttribute("aria-label", this.say("temperature"));
    this.find(".hint").textContent = this.say("hint");
    this.find(".picker").setAttribute("aria-label", this.say("pick"));
    for (const actor of Object.keys(NETS)) {
      this.find(`.${actor} .name`).textContent = data.actors[actor].name;
      this.find(`.${actor} .size`).textContent = data.actors[actor].size;
    }
    if (before?.language !== data.language || before.examples.length !== data.examples.length) this.makePicker();
    this.adopt("digit", data.digit, (digit) => this.look(digit));
    this.adopt("temperature", data.temperature, (t) => (this.t = t));
    if (!this.swung && data.logits) this.swing();
    this.askOrRace(before);
    this.resize();
  }

  // What the reader has just chosen is not undone by what the server said before it heard of it.
  adopt(name, value, take) {
    if (this.sending) return;
    if (!(name in this.asked)) take(value);
    else if (this.asked[name] === value) delete this.asked[name];
  }

  tell(name, value) {
    this.sending = { ...this.sending, [name]: value };
    this.rest();
  }

  rest() {
    clearTimeout(this.resting);
    if (!this.sending || this.held) return;
    this.resting = setTimeout(() => {
      const sent = this.sending;
      this.sending = null;
      Object.assign(this.asked, sent);
      for (const name in sent) this.trigger(name, sent[name]);
    }, REST);
  }

  // The digit, and T --------------------------------------------------------------------------------------------------

  makePicker() {
    const buttons = this.data.examples.map((example, i) => {
      const name = this.say("digit", { number: i + 1, label: example.label });
      const button = make("button", { type: "button", role: "radio", "aria-label": name });
      const canvas = make("canvas", {});
      paintDigit(canvas, example.input, this.data.image);
      button.append(canvas);
      button.onclick = () => this.pick(i);
      return button;
    });
    this.find(".picker").replaceChildren(...buttons);
    if (this.digit !== undefined) check(buttons, this.digit);
  }

  pick(digit) {
    this.look(digit);
    this.tell("digit", digit);
  }

  pickByKey(event) {
    const count = this.data.examples.length;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.pick((this.digit + step + count) % count);
    this.find(".picker").children[this.digit].focus();
  }

  look(digit) {
    if (digit === this.digit) return;
    [this.from, this.mixed] = [this.shares, performance.now()];
    this.digit = digit;
    const { input, label } = this.data.examples[digit];
    paintDigit(this.find(".digit"), input, this.data.image);
    check(this.find(".picker").children, digit);
    this.strip(label);
    if (!still()) this.send();
    this.request();
  }

  // The hard label: a one among zeros.
  strip(label) {
    const cells = this.data.classes.map((name, c) => {
      const cell = make("span", c === label ? { class: "hot" } : {});
      cell.textContent = c === label ? 1 : 0;
      return cell;
    });
    this.find(".strip").replaceChildren(...cells);
  }

  // The digit goes to the teacher, and what it sees runs through its layers.
  send() {
    const [from, to] = [this.find(".digit"), this.find(".teacher .net")];
    const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    if (a.width && b.width) {
      const twin = put(from.cloneNode(), { class: "twin", "aria-hidden": "true" });
      twin.getContext("2d").drawImage(from, 0, 0);
      const home = this.root.getBoundingClientRect();
      Object.assign(twin.style, { left: `${a.left - home.left}px`, top: `${a.top - home.top}px`, width: `${a.width}px`, height: `${a.height}px` });
      this.root.append(twin);
      const [x, y] = [b.left + b.width / 4 - a.left - a.width / 2, b.top + b.height / 2 - a.top - a.height / 2];
      const move = [{ opacity: 0.9 }, { opacity: 0.7, offset: 0.7 }, { opacity: 0, transform: `translate(${x}px, ${y}px) scale(.3)` }];
      twin.animate(move, { duration: 600, easing: "ease-in" }).onfinish = () => twin.remove();
    }
    [...to.querySelectorAll("g")].forEach((layer, i) =>
      layer.animate([{ opacity: 1 }, { opacity: 0.15 }, { opacity: 1 }], { duration: 450, delay: 350 + 130 * i }),
    );
  }

  turn(temperature) {
    this.t = temperature;
    this.tell("temperature", temperature);
    this.request();
  }

  swing() {
    this.swung = true;
    if (!still()) this.swinging = performance.now();
  }

  settle() {
    this.swinging = null;
    this.request();
  }

  // T now: where it is set, unless it still swings.
  temperature(now) {
    if (!this.swinging) return this.t;
    const share = (now - this.swinging) / SWING;
    if (share >= 1) this.swinging = null;
    return share < 0.6 ? 1 + 7 * ease(share / 0.6) : 8 + (this.t - 8) * ease((share - 0.6) / 0.4);
  }

  // The guess, and the race -------------------------------------------------------------------------------------------

  askOrRace(before) {
    const { race, guess } = this.data;
    const ask = this.find(".ask");
    ask.hidden = guess !== null || Boolean(this.guessed);
    if (!ask.hidden) this.makeAnswers();
    if (race && !before?.race) this.race();
    this.request();
  }

  makeAnswers() {
    const [ask, answers] = [this.find(".ask"), this.find(".answers")];
    ask.querySelector("p").textContent = this.say("question");
    ask.setAttribute("aria-label", this.say("question"));
    const said = JSON.stringify(this.data.answers);
    if (answers.dataset.said === said) return;
    answers.dataset.said = said;
    answers.replaceChildren(...this.data.answers.map(([name, text]) => {
      const button = make("button", { type: "button", "data-guess": name });
      button.textContent = text;
      button.onclick = () => {
        this.guessed = true;
        ask.hidden = true;
        this.trigger("guess", name);
        this.find(".again").focus({ preventScroll: true });
      };
      return button;
    }));
  }

  race() {
    this.position = still() ? Infinity : 0;
    this.ticked = null;
    this.request();
  }

  // How far the race is: a real run's epochs, at a pace that can be followed, and no further than they are known.
  advance(now) {
    const { race } = this.data;
    if (!race) return false;
    const known = race.epochs.at(-1) ?? 0;
    if (this.ticked) this.position += ((now - this.ticked) / RACE) * this.data.epochs;
    this.position = Math.min(this.position, known);
    this.ticked = this.position < known ? now : null;
    return this.position < known;
  }

  // Drawing -----------------------------------------------------------------------------------------------------------

  request() {
    if (!this.closed) this.pending ||= requestAnimationFrame((now) => {
      this.pending = 0;
      this.draw(now);
    });
  }

  resize() {
    if (!this.root.clientWidth) return;
    this.drawFlow();
    this.layBars();
    this.layRace();
    this.request();
  }

  draw(now) {
    const racing = this.advance(now);
    this.drawBars(now);
    this.drawScores();
    this.drawRace();
    const mixing = this.from && now - this.mixed < MIX;
    const moving = Boolean(this.swinging || mixing || racing);
    this.root.classList.toggle("racing", racing);
    Object.assign(this.root.dataset, { moving, epoch: this.data.race ? Math.floor(this.position) : "" });
    if (moving) this.request();
    else this.describe();
  }

  layBars() {
    const svg = this.find(".bars");
    const [width, height, unit] = [svg.clientWidth, svg.clientHeight, inPixels(1)];
    const count = this.data.classes.length;
    const [step, top, bottom] = [width / count, 1.1 * unit, height - 1.3 * unit];
    this.bars = { top, bottom, columns: [] };
    svg.replaceChildren();
    for (const share of [0, 0.5, 1]) {
      const y = bottom - share * (bottom - top);
      const tick = shape("text", { class: "tick", x: width, y: y - 3 });
      tick.textContent = share ? 100 * share : "";
      svg.append(shape("line", { class: "grid", x1: 0, x2: width, y1: y, y2: y }), tick);
    }
    this.data.classes.forEach((name, c) => {
      const x = (c + 0.5) * step;
      const bar = shape("rect", { x: x - 0.36 * step, width: 0.72 * step, rx: 2 });
      const value = shape("text", { x, class: "value" });
      const label = shape("text", { x, y: height - 0.2 * unit, class: "class" });
      label.textContent = name;
      svg.append(bar, value, label);
      this.bars.columns.push({ bar, value, label });
    });
  }

  drawBars(now) {
    const T = this.temperature(now);
    const shown = short(Math.round(10 * T) / 10, this.data.language);
    this.find(".t").textContent = `T = ${shown}`;
    if (document.activeElement !== this.dial || this.swinging || Number(this.dial.value) !== T) this.dial.value = T;
    this.dial.setAttribute("aria-valuetext", `T = ${shown}`);
    this.root.dataset.t = T.toFixed(2);
    const logits = this.data.logits?.[this.digit];
    if (!logits || !this.bars) return;
    const shares = soften(logits, T);
    const mix = this.from ? ease((now - this.mixed) / MIX) : 1;
    this.shares = shares.map((share, c) => (mix < 1 ? this.from[c] + mix * (share - this.from[c]) : share));
    const { top, bottom, columns } = this.bars;
    const { label } = this.data.examples[this.digit];
    const outputs = this.find(".teacher .net g:last-child").children;
    columns.forEach((column, c) => {
      const share = this.shares[c];
      const height = Math.max(1, share * (bottom - top));
      put(column.bar, { y: bottom - height, height });
      column.value.setAttribute("y", bottom - height - 4);
      column.value.textContent = share >= 0.005 ? number(100 * share, 0, this.data.language) : "";
      column.label.classList.toggle("true", c === label);
      outputs[c]?.setAttribute("fill-opacity", 0.12 + 0.88 * share);
    });
  }

  // Of every actor its test accuracy, or how far it has come.
  drawScores() {
    const { actors, race, teacher } = this.data;
    this.score("teacher", teacher.score, teacher.note);
    for (const actor of ["distilled", "alone"]) {
      if (!race) this.score(actor, "?", actors[actor].waits);
      else if (this.isOver()) this.score(actor, race[actor].score, this.say("mean"));
      else this.score(actor, this.percent(this.at(actor)), this.say("epoch", { epoch: Math.floor(this.position), epochs: this.data.epochs }));
    }
  }

  score(actor, score, note) {
    this.find(`.${actor} .score`).textContent = score;
    this.find(`.${actor} .note`).textContent = note;
  }

  isOver() {
    const { race } = this.data;
    return Boolean(race) && this.position >= this.data.epochs;
  }

  // The mean accuracy of an actor where the race is; between two snapshots a line leads from one to the other.
  at(actor, values = this.data.race[actor].mean) {
    const { epochs } = this.data.race;
    let i = 0;
    while (i < epochs.length - 2 && epochs[i + 1] <= this.position) i += 1;
    if (epochs.length < 2) return values[0] ?? 0;
    const share = Math.min(1, (this.position - epochs[i]) / (epochs[i + 1] - epochs[i]));
    return values[i] + share * (values[i + 1] - values[i]);
  }

  layRace() {
    const { race, teacher, low, epochs } = this.data;
    const svg = this.find(".chart");
    const [width, height, unit] = [svg.clientWidth, svg.clientHeight, inPixels(1)];
    const [left, right, top, bottom] = [2.7 * unit, width - 0.7 * unit, 0.6 * unit, height - 1.5 * unit];
        const x = (epoch) => left + (epoch / epochs) * (right - left);
    const y = (share) => bottom - ((share - low) / (1 - low)) * (bottom - top);
    const text = (words, at) => Object.assign(shape("text", at), { textContent: words });
    const parts = [];
    for (let share = low; share < 1.001; share += 0.1) {
      parts.push(shape("line", { class: "grid", x1: left, x2: right, y1: y(share), y2: y(share) }));
      parts.push(text(this.percent(share, 0), { class: "tick", x: left - 5, y: y(share) + 4, "text-anchor": "end" }));
    }
    parts.push(text(this.say("epochs"), { class: "tick", x: right, y: height - 3, "text-anchor": "end" }));
    parts.push(text("0", { class: "tick", x: left, y: height - 3 }));
    if (teacher.accuracy !== null) {
      const at = y(teacher.accuracy);
      parts.push(shape("line", { class: "goal", x1: left, x2: right, y1: at, y2: at }));
      parts.push(text(`${this.data.actors.teacher.short} ${teacher.score}`, { class: "goal-name", x: left + 6, y: at + unit }));
    }
    const clip = shape("clipPath", { id: "kd-run" });
    const window = shape("rect", { x: left, y: top - unit, width: 0, height: bottom - top + unit });
    clip.append(window);
    const lines = shape("g", { "clip-path": "url(#kd-run)" });
    const heads = {};
    for (const actor of ["alone", "distilled"]) {
      if (race) {
        const path = (values) => "M" + values.map((share, i) => `${x(race.epochs[i]).toFixed(1)} ${y(share).toFixed(1)}`).join("L");
        for (const pair of race[actor].pairs) lines.append(shape("path", { class: `pair ${actor}`, d: path(pair) }));
        lines.append(shape("path", { class: `mean ${actor}`, d: path(race[actor].mean) }));
      }
      heads[actor] = { dot: shape("circle", { class: `head ${actor}`, r: 0.42 * unit }), name: shape("text", { class: `who ${actor}` }) };
    }
    svg.replaceChildren(...parts, clip, lines, ...Object.values(heads).flatMap(({ dot, name }) => [dot, name]));
    this.track = { x, y, left, right, bottom, unit, window, heads };
  }

  drawRace() {
    if (!this.track) return;
    const { x, y, left, right, bottom, unit, window, heads } = this.track;
    const { race, actors } = this.data;
    const over = this.isOver();
    const now = x(race ? this.position : 0);
    window.setAttribute("width", Math.max(0, now - left));
    const height = (actor) => (race ? Math.min(bottom - 0.4 * unit, y(this.at(actor))) : bottom - (actor === "distilled" ? 1.6 : 0.5) * unit);
    const leads = height("distilled") <= height("alone") ? "distilled" : "alone";
    for (const actor of ["alone", "distilled"]) {
      const at = height(actor);
      put(heads[actor].dot, { cx: now, cy: at });
      const after = now < left + 9 * unit;
      const above = race && !after;
      put(heads[actor].name, {
        x: after ? now + 0.8 * unit : Math.min(now + 0.3 * unit, right), "text-anchor": after ? "start" : "end",
        y: at + (above ? (leads === actor ? -0.8 : 1.6) : leads === actor ? 0.1 : 0.6) * unit,
      });
      const score = !race ? "" : over ? race[actor].score : this.percent(this.at(actor));
      heads[actor].name.textContent = `${actors[actor].short} ${score}`;
    }
    const verdict = over ? this.data.verdict : null;
    const going = race ? this.say("going", { epoch: Math.floor(this.position), epochs: this.data.epochs }) : "";
    this.write(".headline", verdict?.headline ?? "");
    this.write(".sure", verdict ? `${verdict.sure} ${verdict.guess}`.trim() : "");
    this.find(".race").dataset.leader = verdict?.leader ?? "";
    this.write(".going", verdict ? "" : going);
    this.write(".told", !race ? "" : this.data.live ? this.say("live") : this.say("replayed"));
    this.find(".again").hidden = !over;
  }

  write(selector, text) {
    const element = this.find(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  // What flows where. The thicker, the more its end listens; what is soft comes along dashes.
  drawFlow() {
    const svg = this.find(".flow");
    const home = this.root.getBoundingClientRect();
    const box = (part) => {
      const element = this.find(`.${part}`);
      const { display } = getComputedStyle(element);
      const shown = display === "contents" ? element.firstElementChild : display === "none" ? this.find(".race") : element;
      const { left, top, right, bottom } = shown.getBoundingClientRect();
      return { left: left - home.left, top: top - home.top, right: right - home.left, bottom: bottom - home.top };
    };
    const parts = [];
    svg.innerHTML = '<defs><marker id="kd-head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L8 4 L0 8 Z"/></marker></defs>';
    for (const [from, to, weight] of this.data.flow) {
      const [a, b] = [box(from), box(to)];
      const known = this.find(`.${to}`).clientWidth > 0; // in a lecture the students are in their race only
      if (from === "data" && b.left < a.right) continue; // stacked, the label stands right below the digits
      const [route, [x, y]] = connect(a, b, home.left);
      const soft = from === "soft" || to === "soft";
      parts.push(shape("path", { class: soft ? "soft" : "", d: route, "stroke-width": 1.5 + 2.5 * (weight?.share ?? 0), "marker-end": "url(#kd-head)" }));
      if (weight && known && x > 0) parts.push(Object.assign(shape("text", { x, y }), { textContent: weight.text }));
    }
    svg.append(...parts);
  }

  // At rest: the picture for those who listen ---------------------------------------------------------------------------

  describe() {
    const { data } = this;
    const { label } = data.examples[this.digit];
    const T = short(this.t, data.language);
    this.find(".digit").setAttribute("aria-label", this.say("digit", { number: this.digit + 1, label }));
    this.find(".strip").setAttribute("aria-label", this.say("strip", { label }));
    const shares = this.shares?.map((share, c) => `${data.classes[c]}: ${this.percent(share)}`).join("; ");
    this.find(".bars").setAttribute("aria-label", shares ? this.say("bars", { T, shares }) : this.say("not_yet"));
    this.find(".held-out").textContent = this.say("held_out", { label });
    const scores = data.race ? ["distilled", "alone"].map((actor) => `${data.actors[actor].name} ${this.percent(this.at(actor))}`).join("; ") : "?";
    this.find(".chart").setAttribute("aria-label", this.say("chart", { teacher: data.teacher.score, scores }));
  }
}

// A network as columns of units, all joined from column to column.
function drawNet(svg, layers, height) {
  const width = 100;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const place = (l, i) => [6 + (l * (width - 12)) / (layers.length - 1), (height * (i + 0.5)) / layers[l]];
  let wires = "";
  layers.slice(1).forEach((count, l) => {
    for (let i = 0; i < layers[l]; i++) for (let j = 0; j < count; j++) wires += `M${place(l, i)}L${place(l + 1, j)}`;
  });
  svg.append(shape("path", { class: "wires", d: wires }));
  layers.forEach((count, l) => {
    const layer = shape("g", {});
    for (let i = 0; i < count; i++) {
      const [cx, cy] = place(l, i);
      layer.append(shape("circle", { cx, cy, r: 3.1 }));
    }
    svg.append(layer);
  });
}

// An arrow's path between two boxes, and where its weight is written: to the right, down, or at the side past what stands
// between, where there is room beside the picture.
function connect(a, b, room) {
  const curve = (x1, y1, x2, y2, x3, y3, x4, y4) => [`M${x1} ${y1}C${x2} ${y2} ${x3} ${y3} ${x4} ${y4}`, [(x1 + 3 * x2 + 3 * x3 + x4) / 8, (y1 + 3 * y2 + 3 * y3 + y4) / 8]];
  const shared = (low, high) => [Math.max(a[low], b[low]), Math.min(a[high], b[high])];
  const middle = ([from, to]) => (from + to) / 2;
  if (b.left >= a.right) {
    const rows = shared("top", "bottom");
    const [x1, x2] = [a.right + 2, b.left - 3];
    const [y1, y2] = rows[0] < rows[1] ? [middle(rows), middle(rows)] : [a.top + 18, b.bottom - 18];
    const [route, [x, y]] = curve(x1, y1, (x1 + x2) / 2, y1, (x1 + x2) / 2, y2, x2, y2);
    return [route, [x, y1 === y2 ? y - 8 : y]];
  }
  const apart = b.top - a.bottom;
  if (apart > 40) {
    const left = middle([b.left, b.right]) < middle([a.left, a.right]) - 20;
    const [edge, way] = left ? ["left", -1] : ["right", 1];
    const out = way * Math.min(left ? room - 2 : 40, 12 + apart / 5);
    const [y1, y2] = [middle([a.top, a.bottom]), middle([b.top, b.bottom])];
    return curve(a[edge] + 2 * way, y1, a[edge] + out, y1, b[edge] + out, y2, b[edge] + 3 * way, y2);
  }
  const x = middle(shared("left", "right"));
  const [route, [, y]] = curve(x, a.bottom + 2, x, a.bottom + 2, x, b.top - 3, x, b.top - 3);
  return [route, [x + 14, y + 4]];
}
