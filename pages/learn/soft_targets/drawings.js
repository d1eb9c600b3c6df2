// The two drawings of the soft targets: bars of two networks back to back, and their entropies over T.

class Bars {
  constructor(svg) {
    this.svg = svg;
  }

  // Everything but the lengths of the bars, for the svg's present size.
  layOut(classes) {
    const { svg } = this;
    const unit = inPixels(1);
    const [width, row, top, centre] = [svg.clientWidth, 2 * unit, 1.2 * unit, 2.8 * unit];
    const full = Math.max(20, (width - centre) / 2 - 3.6 * unit);
    const edge = { teacher: (width - centre) / 2, student: (width + centre) / 2 };
    Object.assign(this, { full, edge, unit, rows: [] });
    svg.dataset.full = full;
    svg.innerHTML = '<defs><pattern id="kd-soft-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="kd-soft-hatch" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>';
    for (const [side, sign] of [["teacher", -1], ["student", 1]]) {
      for (const share of [0, 0.5, 1]) {
        const x = edge[side] + sign * share * full;
        svg.append(shape("line", { class: "kd-soft-grid", x1: x, x2: x, y1: top, y2: top + classes.length * row }));
        const tick = shape("text", { class: "kd-soft-tick", x, y: top - 0.3 * unit, "text-anchor": "middle" });
        tick.textContent = share ? `${100 * share} %` : "";
        svg.append(tick);
      }
    }
    classes.forEach((label, c) => {
      const y = top + c * row;
      const box = shape("rect", { class: "kd-soft-box", x: (width - 1.5 * unit) / 2, y: y + 0.25 * unit, width: 1.5 * unit, height: 1.5 * unit, rx: 3 });
      const name = shape("text", { class: "kd-soft-class", x: width / 2, y: y + 1.35 * unit });
      name.textContent = label;
      svg.append(box, name);
      const parts = { box, name };
      for (const side of ["teacher", "student"]) {
        const rect = (kind, at, height) => shape("rect", { class: `kd-soft-${kind} kd-soft-of-${side}`, "data-class": c, y: y + at * unit, height: height * unit });
        const value = shape("text", { y: y + 1.65 * unit, "text-anchor": side === "teacher" ? "end" : "start", "data-value": side });
        parts[side] = { hard: rect("hard", 0.14, 0.3), one: rect("one", 0.54, 0.34), now: rect("bar", 1, 0.84), value };
        svg.append(...Object.values(parts[side]));
      }
      this.rows.push(parts);
    });
  }

  // The shares `now`, which `inWords` turns into text; with `fresh`, the true class and the shares at T = 1 too.
  draw(now, inWords, fresh) {
    const { full, edge, unit } = this;
    this.rows.forEach((parts, c) => {
      if (fresh) {
        parts.box.style.display = c === fresh.truth ? "" : "none";
        parts.name.classList.toggle("kd-soft-true", c === fresh.truth);
      }
      for (const side of ["teacher", "student"]) {
        const put = (bar, share) => {
          bar.setAttribute("width", share * full);
          bar.setAttribute("x", side === "teacher" ? edge.teacher - share * full : edge.student);
        };
        const share = now[side]?.p[c] ?? 0;
        const bars = parts[side];
        if (fresh) {
          put(bars.hard, c === fresh.truth ? 1 : 0);
          put(bars.one, fresh.one[side]?.p[c] ?? 0);
        }
        put(bars.now, share);
        bars.value.setAttribute("x", edge[side] + (side === "teacher" ? -1 : 1) * (share * full + 0.35 * unit));
        write(bars.value, now[side] ? inWords(share) : "");
      }
    });
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
      shape("line", { class: "kd-soft-grid", x1: left, x2: right, y1: y(0), y2: y(0) }),
      text(words.most, { x: left, y: y(most) - 4 }),
      ...[0, 1, 2].filter((h) => h < most - 0.15).map((h) => text(h, { x: left - 6, y: y(h) + 4, "text-anchor": "end" })),
      ...[1, 5, 10, 15, 20].map((t) => text(t, { x: x(t), y: bottom + unit, "text-anchor": "middle" })),
      text(words.axis, { x: (left + right) / 2, y: bottom + 2.1 * unit, "text-anchor": "middle" }),
      (this.marker = shape("line", { class: "kd-soft-marker", y1: top, y2: bottom })),
    ];
    this.points = {};
    for (const side of ["teacher", "student"]) {
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
