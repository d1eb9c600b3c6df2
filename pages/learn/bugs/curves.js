// How training went with the step on screen: accuracy of three students, the loss of two. What is trained already is drawn
// at a pace that can be followed; the numbers are those of the epoch that is drawn.

const DURATION = 5000; // milliseconds for a whole run
const MARGIN = { left: 2.4, right: 0.5, top: 0.4, bottom: 1.3 }; // rem

export default (component) => mount(component, Curves);

class Curves {
  constructor(parent) {
    this.root = parent.querySelector(".kd-curves");
    this.accuracy = this.find(".kd-curves-accuracy");
    this.losses = { buggy: this.find(".kd-curves-buggy"), correct: this.find(".kd-curves-correct") };
    this.find(".kd-curves-again").onclick = () => {
      this.shown = 0;
      this.go();
    };
    this.accuracy.onpointermove = (event) => this.point(event);
    this.accuracy.onpointerleave = () => this.point(null);
    this.sizes = new ResizeObserver(() => this.data && this.draw());
    this.sizes.observe(this.root);
    this.shown = 0; // the epoch that is drawn
    this.pointed = null; // the epoch under the pointer
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  show(data) {
    const isNew = this.data?.bug !== data.bug;
    const isOver = data.over && !(this.data?.over && !isNew); // now nobody waits for the curve
    this.data = data;
    const { words } = data;
    this.find(".kd-curves-again").textContent = words.again;
    this.find(".kd-curves-axis").textContent = words.accuracy;
    this.find(".kd-curves-look").textContent = words.look;
    for (const [name, svg] of Object.entries(this.losses)) svg.previousElementSibling.textContent = words.losses[name];
    this.accuracy.setAttribute("aria-label", data.text);
    this.find(".kd-curves-hidden").textContent = data.loss_text;
    if (isNew) this.shown = 0;
    if (isOver) this.shown = this.last;
    this.go();
  }

  get last() {
    return this.data.at.at(-1) ?? 0;
  }

  go() {
    cancelAnimationFrame(this.moving);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.shown = this.last;
    let before = performance.now();
    const step = (now) => {
      this.shown = Math.min(this.last, this.shown + ((now - before) / DURATION) * this.data.epochs);
      before = now;
      this.draw();
      if (this.shown < this.last) this.moving = requestAnimationFrame(step);
    };
    step(before);
  }

  point(event) {
    const { left, width } = this.accuracy.getBoundingClientRect();
    const [from, to] = [inPixels(MARGIN.left), width - inPixels(MARGIN.right)];
    const share = event ? (event.clientX - left - from) / (to - from) : NaN;
    this.pointed = share >= 0 && share <= 1 ? Math.min(this.shown, Math.round(share * this.data.epochs)) : null;
    this.draw();
  }

  draw() {
    this.say();
    if (!this.accuracy.clientWidth) return; // not laid out yet
    const { students, at } = this.data;
    const chart = new Drawing(this.accuracy, this.range(), (share) => percent(share, 0, this.data.language), this.data.epochs);
    if (this.pointed !== null) chart.rule(this.pointed);
    for (const student of students) chart.band(at, student, this.shown);
    for (const student of students) chart.line(at, student.accuracy, student.name, this.shown);
    for (const [name, svg] of Object.entries(this.losses)) this.drawLoss(svg, students.find((student) => student.name === name));
  }

  drawLoss(svg, student) {
    const known = student.loss.filter((value) => value !== null);
    const [low, high] = known.length ? [Math.min(0, ...known), Math.max(0, ...known)] : [0, 1];
    const chart = new Drawing(svg, [low, high], known.length ? (value) => compact(value, this.data.language) : () => "", this.data.epochs);
    if (known.length) chart.line(this.data.at, student.loss, student.name, this.shown);
    else if (student.loss.length > 1) chart.write(this.data.words.nan);
  }

  // From the tens below where the curves settle, so that a few points can be seen.
  range() {
    const settled = this.data.at.findIndex((epoch) => epoch >= this.data.epochs / 2);
    if (settled < 0) return [0, 1];
    const lows = this.data.students.flatMap((student) => student.low.slice(settled));
    return [Math.max(0, Math.floor(Math.min(...lows) * 10 - 0.5) / 10), 1];
  }

  say() {
    const { words, students, epochs, at, live, language } = this.data;
    const now = this.pointed ?? this.shown;
    const isEnd = !live && now >= epochs;
    const values = { epoch: Math.floor(now), epochs };
    const text = at.length ? say(isEnd ? words.at_end : words.so_far, values) : words.waiting;
    const when = this.find(".kd-curves-when");
    if (when.textContent !== text) when.textContent = text;
    this.root.classList.toggle("kd-curves-waits", !at.length);
    const legend = this.find(".kd-curves-legend");
    for (const [i, student] of students.entries()) {
      if (!legend.children[i]) legend.append(make("li", {}));
      const item = legend.children[i];
      if (item.dataset.name !== student.label) {
        item.dataset.name = student.label;
        item.innerHTML = `<svg viewBox="0 0 54 8" aria-hidden="true"><path class="kd-line kd-of-${student.name}" d="M0 4H54"/></svg><span></span><b></b>`;
        item.querySelector("span").textContent = student.label;
      }
      item.querySelector("b").textContent = at.length ? percent(between(at, student.accuracy, now), 1, language) : "–";
    }
  }

  close() {
    cancelAnimationFrame(this.moving);
    this.sizes.disconnect();
  }
}

// One set of axes and what is drawn in it, at the svg's present size.
class Drawing {
  constructor(svg, [low, high], format, epochs) {
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    const [left, right, top, bottom] = [MARGIN.left, MARGIN.right, MARGIN.top, MARGIN.bottom].map(inPixels);
    this.x = (epoch) => left + ((width - left - right) * epoch) / epochs;
    this.y = (value) => top + ((height - top - bottom) * (high - value)) / (high - low || 1);
    Object.assign(this, { svg, width, height, low });
    svg.replaceChildren();
    const clip = `kd-clip-${svg.classList[0]}`;
    svg.innerHTML = `<defs><clipPath id="${clip}"><rect x="${left - 4}" y="${top - 6}" width="${width - left - right + 8}" height="${height - top - bottom + 6}"/></clipPath></defs>`;
    for (const value of [...new Set([low, ...(low < 0 ? [0] : high === 1 ? middle(low) : []), high])]) {
      svg.append(shape("line", { x1: left, x2: width - right, y1: this.y(value), y2: this.y(value), class: value === 0 && low < 0 ? "kd-zero" : "" }));
      this.text(left - 4, this.y(value) + 4, format(value), "end");
    }
    for (const share of [0, 0.5, 1]) this.text(this.x(share * epochs), height - 2, String(Math.round(share * epochs)), share === 1 ? "end" : "middle");
    this.inside = shape("g", { "clip-path": `url(#${clip})` });
    svg.append(this.inside);
  }

  text(x, y, text, anchor) {
    const element = shape("text", { x, y, "text-anchor": anchor });
    element.textContent = text;
    this.svg.append(element);
  }

  write(text) {
    this.text(this.width / 2 + 12, this.height / 2, text, "middle");
  }

  rule(epoch) {
    this.inside.append(shape("line", { class: "kd-rule", x1: this.x(epoch), x2: this.x(epoch), y1: 0, y2: this.height }));
  }

  // The points of a curve up to an epoch, the last one on the way to the next.
  points(at, values, epoch) {
    const known = at.map((each, i) => [each, values[i]]).filter(([each, value]) => each <= epoch && value !== null);
    const now = between(at, values, epoch);
    if (known.length && now !== null && known.at(-1)[0] < epoch) known.push([epoch, now]);
    return known.map(([each, value]) => [this.x(each), this.y(value)]);
  }

  line(at, values, name, epoch) {
    const points = this.points(at, values, epoch);
    if (!points.length) return;
    this.inside.append(shape("path", { class: `kd-line kd-of-${name}`, d: `M${points.join("L")}` }));
    const [cx, cy] = points.at(-1);
    this.inside.append(shape("circle", { class: `kd-head kd-of-${name}`, cx, cy, r: 4.5 }));
  }

  band(at, { low, high, name }, epoch) {
    const [lower, upper] = [low, high].map((values) => this.points(at, values, epoch));
    if (lower.length) this.inside.append(shape("path", { class: `kd-band kd-of-${name}`, d: `M${[...upper, ...lower.reverse()].join("L")}Z` }));
  }
}

const middle = (low) => [Math.round((low + 1) * 50) / 100];
const compact = (value, language) => new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 2 }).format(value).replace("-", "−");

// A curve's value at any epoch, on the straight way from one measured epoch to the next.
function between(at, values, epoch) {
  const next = at.findIndex((each) => each >= epoch);
  if (next < 0) return values.at(-1) ?? null;
  if (at[next] === epoch || next === 0) return values[next];
  const [one, other] = [values[next - 1], values[next]];
  if (one === null || other === null) return other;
  return one + ((other - one) * (epoch - at[next - 1])) / (at[next] - at[next - 1]);
}
