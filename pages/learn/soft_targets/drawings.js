// The two drawings of the soft targets: the bars of three networks side by side, and their entropies over T.

const SIDES = ["teacher", "distilled", "alone"];

class Bars {
  constructor(svg, pick) {
    [this.svg, this.pick] = [svg, pick];
  }

  // Everything but the lengths of the bars, for the svg's present size. Returns how wide the names of the classes are.
  layOut(classes, label, actors) {
    const { svg } = this;
    const unit = inPixels(1);
    const [width, top] = [svg.clientWidth, 2.5 * unit];
    const row = (svg.clientHeight - top) / classes.length;
    svg.innerHTML = '<defs><pattern id="kd-soft-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="kd-soft-hatch" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>';
    const text = (words, attributes) => {
      const element = shape("text", attributes);
      element.textContent = words;
      svg.append(element);
      return element;
    };
    const { fontSize, fontFamily } = getComputedStyle(text("", { class: "kd-soft-class" }));
    const wide = (name) => textWidth(name, `700 ${fontSize} ${fontFamily}`);
    const names = Math.min(Math.max(1.4 * unit, ...classes.map((name) => wide(name) + 0.6 * unit)), Math.max(0.2 * width, 4 * unit));
    const more = names - 1.4 * unit; // than a digit takes
    // Room for the label and the logits beside the classes, for the logits alone, for neither.
    const room = width - more > 38 * unit ? 2 : width - more > 26 * unit ? 1 : 0;
    const begin = [2, 5, 8.6][room] * unit + more;
    const [logits, labels] = [4.2 * unit + more, 5.2 * unit + more];
    const panel = (width - begin) / SIDES.length;
    const full = Math.max(12, panel - 4.1 * unit);
    const spoken = `600 ${getComputedStyle(text("", { class: "kd-soft-answer" })).fontSize} ${fontFamily}`;
    const forAnswer = names < 2.5 * unit ? Infinity : full - 1.6 * unit; // up to the mark of 100 %
    const fit = (answer) => fitting(answer, forAnswer, (words) => textWidth(words, spoken));
    Object.assign(this, { full, unit, fit, rows: [], answers: {} });
    this.edge = Object.fromEntries(SIDES.map((side, i) => [side, begin + i * panel + 0.3 * unit]));
    svg.dataset.full = full;
    if (room > 0) text("z", { class: "kd-soft-tick", x: logits, y: top - 0.4 * unit, "text-anchor": "end" });
    if (room > 1) text(label, { class: "kd-soft-tick", x: labels, y: top - 0.4 * unit });
    for (const side of SIDES) {
      const x = this.edge[side];
      text(actors[side], { class: `kd-soft-head kd-soft-of-${side}`, x, y: 0.95 * unit });
      this.answers[side] = text("", { class: "kd-soft-answer", x, y: top - 0.4 * unit });
      for (const share of [0, 0.5, 1]) {
        svg.append(shape("line", { class: "kd-soft-line", x1: x + share * full, x2: x + share * full, y1: top, y2: top + classes.length * row }));
        const isFree = share === 1 || names < 2.5 * unit; // of the answer, which stands there too
        if (share && isFree && full > 8 * unit) text(`${100 * share} %`, { class: "kd-soft-tick", x: x + share * full, y: top - 0.4 * unit, "text-anchor": "middle" });
      }
    }
    const [thick, middle] = [0.62 * row, 0.5 * row + 0.3 * unit];
    classes.forEach((name, c) => {
      const y = top + c * row;
      const parts = {
        chosen: shape("rect", { class: "kd-soft-chosen", x: 0, y, width, height: row, rx: 4 }),
        box: shape("rect", { class: "kd-soft-box", x: 0.25 * unit, y: y + 0.5 * row - 0.7 * unit, width: names, height: 1.4 * unit, rx: 3 }),
        name: shape("text", { class: "kd-soft-class", x: 0.25 * unit + names / 2, y: y + middle }),
        logit: shape("text", { x: logits, y: y + middle, "text-anchor": "end", class: "kd-soft-logit-value" }),
        hard: shape("rect", { class: "kd-soft-hard", x: labels, y: y + 0.5 * (row - thick), height: thick, width: 2.2 * unit }),
        zero: shape("text", { class: "kd-soft-tick", x: labels, y: y + middle }),
      };
      parts.name.textContent = fitting(name, names - 0.4 * unit, wide);
      for (const side of SIDES) {
        const rect = (kind) => shape("rect", { class: `kd-soft-${kind} kd-soft-of-${side}`, "data-class": c, x: this.edge[side], y: y + 0.5 * (row - thick), height: thick });
        parts[side] = { now: rect("bar"), one: rect("one"), value: shape("text", { y: y + middle, "data-value": side }) };
      }
      const hit = shape("rect", { class: "kd-soft-hit", x: 0, y, width, height: row });
      hit.addEventListener("click", () => this.pick(c));
      const beside = [[], [parts.logit], [parts.logit, parts.hard, parts.zero]][room];
      const bars = SIDES.flatMap((side) => Object.values(parts[side]));
      svg.append(parts.chosen, parts.box, parts.name, ...beside, ...bars, hit);
      this.rows.push(parts);
    });
    return names;
  }

  // The shares `now`, which `inWords` turns into text; with `fresh`, what does not depend on T too.
  draw(now, inWords, fresh) {
    const { full, edge, unit } = this;
    this.rows.forEach((parts, c) => {
      if (fresh) {
        const isTrue = c === fresh.truth;
        parts.box.style.display = parts.hard.style.display = isTrue ? "" : "none";
        parts.zero.textContent = isTrue ? "" : "0";
        parts.name.classList.toggle("kd-soft-true", isTrue);
        parts.chosen.style.display = c === fresh.chosen ? "" : "none";
        parts.logit.textContent = fresh.logits[c];
      }
      for (const side of SIDES) {
        const share = now[side]?.p[c] ?? 0;
        const bars = parts[side];
        if (fresh) bars.one.setAttribute("width", (bars.first = fresh.one[side]?.p[c] ?? 0) * full);
        bars.now.setAttribute("width", share * full);
        bars.value.setAttribute("x", edge[side] + Math.max(share, bars.first) * full + 0.35 * unit);
        write(bars.value, now[side] ? inWords(share) : "");
      }
    });
    if (fresh) for (const side of SIDES) write(this.answers[side], this.fit(fresh.answers[side]));
  }
}

class Curve {
  static STEP = 0.25; // of T, from point to point

  constructor(svg) {
    this.svg = svg;
  }

  // Entropies of these logits from T = low to the T that the slider reaches, on an axis that goes on to `high`.
  draw(logits, { low, reached, high }, classes, words) {
    const { svg } = this;
    const unit = inPixels(1);
    const [left, right, top, bottom] = [2 * unit, svg.clientWidth - 0.6 * unit, 1.2 * unit, svg.clientHeight - 2.4 * unit];
    const most = Math.log(classes);
    const x = (t) => left + ((t - low) / (high - low)) * (right - left);
    const y = (h) => bottom - (h / most) * (bottom - top);
    Object.assign(this, { x, y });
    const text = (words, at) => Object.assign(shape("text", { class: "kd-soft-tick", ...at }), { textContent: words });
    const parts = [
      shape("line", { class: "kd-soft-limit", x1: left, x2: right, y1: y(most), y2: y(most) }),
      shape("line", { class: "kd-soft-line", x1: left, x2: right, y1: y(0), y2: y(0) }),
      text(words.most, { x: left, y: y(most) - 4 }),
      ...[0, 1, 2].filter((h) => h < most - 0.15).map((h) => text(h, { x: left - 6, y: y(h) + 4, "text-anchor": "end" })),
      ...[1, 5, 10, 15, 20].map((t) => text(t, { x: x(t), y: bottom + unit, "text-anchor": "middle" })),
      text(words.axis, { x: (left + right) / 2, y: bottom + 2.1 * unit, "text-anchor": "middle" }),
      (this.marker = shape("line", { class: "kd-soft-marker", y1: top, y2: bottom })),
    ];
    this.points = {};
    for (const side of SIDES) {
      if (!logits[side]) continue;
      const places = [];
      for (let t = low; t <= reached; t += Curve.STEP) places.push(`${x(t)} ${y(entropy(logSoften(logits[side], t)))}`);
      parts.push(shape("path", { class: `kd-soft-of-${side}`, d: `M${places.join("L")}` }));
      parts.push((this.points[side] = shape("circle", { class: `kd-soft-of-${side}` })));
    }
    svg.replaceChildren(...parts);
  }

  drawMarker(now) {
    const x = this.x(now.t);
    this.marker.setAttribute("x1", x);
    this.marker.setAttribute("x2", x);
    for (const [side, point] of Object.entries(this.points)) {
      point.setAttribute("cx", x);
      point.setAttribute("cy", this.y(now[side].entropy));
    }
  }
}
