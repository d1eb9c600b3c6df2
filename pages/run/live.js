// One view of a run: it listens to the server's WebSocket, keeps every frame, and draws the one that the scrubber is at.
// Mounted once per page; Streamlit calls the default export again on every rerun and theme change.

const ACTORS = ["teacher", "alone", "distilled"];
const DASHES = { teacher: "dash", alone: "dot", distilled: "solid" };
const HEAD = 16; // pixels: of the names above the bars' numbers
const MOST_ROWS = 12; // classes that have a row each; of more, those with the largest shares
const DRAW_EVERY = 70; // milliseconds between pictures: two small charts take about 30 to redraw on a slow machine

export default (component) => mount(component, View);

class View {
  constructor(parent) {
    this.root = parent.querySelector(".kd");
    this.frames = [];
    this.position = -1;
    this.following = true;
    this.held = {}; // of each chart, the range it was told, and whether somebody has zoomed in since
    this.listening = new WeakSet();
    this.example = 0;
    this.picked = false; // until somebody picks an example, it is the one the teacher is least sure of
    this.drawn = 0;
    const on = (selector, event, act) => this.find(selector).addEventListener(event, act);
    on(".kd-scrub", "input", (event) => this.moveTo(Number(event.target.value)));
    on(".kd-replay", "click", () => (this.replaying ? this.stopReplay() : this.replay()));
    on(".kd-live", "click", () => this.moveTo(this.frames.length - 1));
    on(".kd-update", "click", () => this.trigger("update", this.run));
    on(".kd-split", "click", () => this.trigger("splits", this.run));
    for (const name of ["measure", "loss-term", "part"]) on(`.kd-${name}`, "change", () => this.draw());
    on(".kd-measure", "change", () => this.tellView());
    on(".kd-examples", "keydown", (event) => this.pickByKey(event));
    // The temperature slider reports to the server when it is let go; its text moves with the finger, and so do the bars.
    this.slider = new MutationObserver((changes) => {
      for (const { target } of changes) {
        if (target.closest(".st-key-temperature")) {
          this.temperature = Number(target.getAttribute("aria-valuetext"));
          this.drawBars();
        }
      }
    });
    this.slider.observe(document.body, { subtree: true, attributes: true, attributeFilter: ["aria-valuetext"] });
    this.sizes = new ResizeObserver(() => this.scene && this.request());
    this.sizes.observe(this.root);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  show(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.told = null;
    this.temperature = data.temperature;
    if (this.language !== data.language) this.speak(data.language);
    this.root.classList.toggle("kd-dark", isDark(this.root));
    this.mark();
    if (!this.looked) this.look(data.view);
    loadPlotly(data.plotly).then((library) => {
      this.plotly = library;
      this.request();
    });
    this.root.toggleAttribute("data-fetching", data.fetching); // what is on screen is of the run before, for a while
    if (this.news) this.tell();
    if (this.run !== data.run) return this.listen();
    if (this.state) this.report(this.state);
    this.request();
  }

  speak(language) {
    // The reader's language: what is drawn anew with every picture takes its words from `this.words` by itself.
    this.language = language;
    this.words = this.data.words;
    const word = (path) => path.split(".").reduce((found, key) => found[key], this.words);
    const marked = (name) => [this.root, ...this.root.querySelectorAll("*")].filter((element) => element.dataset[name]);
    for (const element of marked("text")) element.textContent = word(element.dataset.text);
    for (const element of marked("label")) element.setAttribute("aria-label", word(element.dataset.label));
    for (const list of marked("options")) for (const option of list.options) option.textContent = word(list.dataset.options)[option.value];
    this.find(".kd-replay").textContent = this.replaying ? this.words.hold : this.words.replay;
    if (this.news) this.tell();
    if (this.scene) this.nameExamples();
  }

  close() {
    this.closed = true;
    clearTimeout(this.reporting);
    this.socket?.close();
    this.slider.disconnect();
    this.sizes.disconnect();
    this.stopReplay();
    if (this.plotly) for (const plot of this.root.querySelectorAll(".kd-plot")) this.plotly.purge(plot);
  }

  // The run ---------------------------------------------------------------------------------------------------------

  listen() {
    this.socket?.close();
    this.stopReplay();
    this.run = this.data.run;
    this.state = null;
    this.following = true;
    this.fresh = true; // the last run stays on screen until the first frame of this one
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/live/${this.run}?viewer=${this.data.viewer}`);
    this.socket = socket;
    socket.onmessage = (event) => this.socket === socket && this.receive(JSON.parse(event.data));
    socket.onclose = () => {
      if (this.socket !== socket || this.closed) return;
      setTimeout(() => this.socket === socket && !this.closed && this.listen(), this.status === "gone" ? 5000 : 1000);
    };
  }

  receive(news) {
    if (news.status === "gone") {
      // Told again, every time that it is heard, until there is another run: where the server was gone itself,
      // Streamlit may not be connected yet, and then says nothing.
      this.status = news.status;
      return this.trigger("state", `${this.run} gone`);
    }
    if (news.revision !== undefined) this.fresh = true;
    if (news.scene) {
      if (this.fresh) this.frames = [];
      this.fresh = false;
      const shapeBefore = JSON.stringify(this.scene?.examples);
      this.scene = news.scene;
      if (shapeBefore !== JSON.stringify(this.scene.examples)) this.makeExamples();
    }
    this.frames.push(...news.frames);
    this.status = news.status;
    this.news = { failure: news.failure, message: news.message, status: news.status, queue: news.queue };
    this.tell();
    this.root.dataset.status = this.state = news.paused ? "paused" : news.status;
    this.report(this.state);
    this.request();
  }

  look({ example, measure }) {
    // What a link says of how the run is looked at; from then on the reader's hand does.
    this.looked = true;
    if (measure) this.find(".kd-measure").value = measure;
    if (example) [this.example, this.picked] = [Number(example) - 1, true];
  }

  tellView() {
    this.trigger("view", { measure: this.find(".kd-measure").value, ...(this.picked && { example: this.example + 1 }) });
  }

  mark() {
    // What is shown belongs to the settings shown, or says to which it belongs.
    const { stale } = this.data;
    this.root.toggleAttribute("data-stale", Boolean(stale));
    this.root.toggleAttribute("data-stale-bars", Boolean(stale) && !stale.softer); // the bars follow T
    this.find(".kd-stale").hidden = !stale;
    if (stale) this.find(".kd-stale-of").textContent = say(this.words.stale, stale);
  }

  tell() {
    const { status, queue } = this.news;
    const [failure, message] = [this.news.failure, this.news.message].map((said) => said[this.data.language]);
    const box = this.find(".kd-message");
    box.textContent = failure || message || (status === "waiting" ? (queue?.[this.data.language] ?? (this.data.fetching ? "" : this.words.waiting)) : "");
    box.classList.toggle("kd-bad", Boolean(failure) || status === "failed");
  }

  report(state) {
    // The buttons are drawn by the server: if the run is no longer as they say, one rerun. A moment's patience
    // keeps a state that passes at once (waiting, running) from costing one.
    clearTimeout(this.reporting);
    const told = `${this.run} ${state}`;
    const live = (name) => name === "waiting" || name === "running";
    if (state === this.data.state || (live(state) && live(this.data.state))) return;
    // What was told while the server was out of reach was not heard: told again, until the buttons say so.
    const wait = this.told === told ? 5000 : live(state) ? 300 : 0;
    this.reporting = setTimeout(() => {
      this.trigger("state", (this.told = told));
      this.report(state);
    }, wait);
  }

  // Time ------------------------------------------------------------------------------------------------------------

  moveTo(position) {
    this.stopReplay();
    this.position = position;
    this.following = position >= this.frames.length - 1;
    this.request();
  }

  replay() {
    const begun = performance.now();
    const last = this.frames.length - 1;
    const span = Math.min(8000, Math.max(1500, last * 60));
    this.following = false;
    this.find(".kd-replay").textContent = this.words.hold;
    const tick = (now) => {
      this.position = Math.min(last, Math.floor(((now - begun) / span) * last));
      this.request();
      if (this.position < last) this.replaying = requestAnimationFrame(tick);
      else {
        this.stopReplay();
        this.following = true;
      }
    };
    this.replaying = requestAnimationFrame(tick);
  }

  stopReplay() {
    if (this.replaying) cancelAnimationFrame(this.replaying);
    this.replaying = null;
    this.find(".kd-replay").textContent = this.words.replay;
  }

  request() {
    if (this.waiting || this.closed) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      requestAnimationFrame(() => !this.closed && this.draw());
    }, Math.max(0, this.drawn + DRAW_EVERY - performance.now()));
  }

  // Drawing ---------------------------------------------------------------------------------------------------------

  draw() {
    if (!this.frames.length || !this.scene) return;
    this.drawn = performance.now();
    const last = this.frames.length - 1;
    if (this.following || this.position > last) this.position = last;
    if (this.position < 0) this.position = 0;
    const frame = this.frames[this.position];
    const scrub = this.find(".kd-scrub");
    scrub.max = last;
    scrub.value = this.position;
    const where = say(frame.phase === "teacher" ? this.words.teacher_at[this.scene.unit] : this.words.students_at, {
      ...frame,
      temperature: short(frame.temperature, this.language), alpha: short(frame.alpha, this.language), seconds: number(frame.seconds, 1, this.language),
    });
    this.find(".kd-where").textContent = where;
    scrub.setAttribute("aria-valuetext", where);
    const { headline, sure, more } = frame.reading[this.language];
    this.find(".kd-headline").textContent = headline;
    this.explain(".kd-sure", sure);
    this.find(".kd-split").hidden = !(this.data.may_split && this.status === "done" && this.position === last && frame.gain !== null);
    this.find(".kd-reading").textContent = [this.data.hint && `${this.words.try} ${this.data.hint}`, more].filter(Boolean).join(" ");
    const live = ["running", "waiting"].includes(this.state) && !this.following;
    this.find(".kd-live").hidden = !live;
    if (live) this.find(".kd-live").textContent = say(this.words.back_to_live, this.frames[last]);
    if (!this.picked && this.chosenFor !== this.run && this.position >= this.scene.taught) this.pickUnsure();
    this.drawCurves();
    this.drawBars();
    this.drawMaps();
    this.root.dataset.drawn = this.position; // how many pictures there have been can be counted from outside
  }

  explain(selector, text) {
    // Words of the field explain themselves where they stand, on hover, focus and tap.
    const element = this.find(selector);
    if (element.dataset.said === text) return;
    element.dataset.said = text;
    const { tips } = this.data;
    const parts = text.split(new RegExp(`(${Object.keys(tips).join("|")})`));
    element.replaceChildren(...parts.map((part) => (tips[part] ? term(part, tips[part]) : part)));
  }

  actor(name) {
    // The newest measures of an actor at or before the scrubber: the teacher is frozen once the students train.
    const teacher = Math.min(this.position, this.scene.taught - 1);
    return this.frames[name === "teacher" ? teacher : this.position]?.actors[name];
  }

  drawCurves() {
    if (!this.plotly) return;
    const { words } = this;
    const measure = this.find(".kd-measure").value;
    let hint = words.hints[measure] + (this.scene.splits > 1 ? ` ${say(words.band_splits, this.scene)}` : this.scene.seeds > 1 ? ` ${words.band}` : "");
    const pick = (actor) => measure.split(".").reduce((value, key) => value[key], actor);
    const overlays = measure === "accuracy.test" ? this.data.overlays : [];
    const axis = { tickformat: measure === "calibration" ? ".2f" : ".0%", name: measure, title: words.measures[measure] };
    if (measure.startsWith("accuracy")) axis.range = this.closeUp(pick);
    if (measure === "accuracy.test") axis.gap = this.gap(pick);
    this.plot(".kd-plot-measure", pick, axis, overlays);
    const grey = [...new Set(overlays.map((run) => run.of))];
    if (grey.length) hint += ` ${say(words.overlays, { runs: grey.join("; ") })}`;
    if (measure !== "accuracy.train") hint += this.partly(this.frames[0]);
    this.explain(".kd-hint-measure", hint);
    const [term, part] = [this.find(".kd-loss-term").value, this.find(".kd-part").value];
    this.plot(".kd-plot-loss", (actor) => actor.loss[part][term], { rangemode: "tozero", name: `${term} ${part}`, title: `${words.terms[term]} ${words.parts[part]}` }, []);
  }

  partly(frame) {
    // Of a large test set a part is looked at while networks train.
    const { test_size: all } = this.scene;
    return frame.tested < all ? ` ${say(this.words.partly, { tested: whole(frame.tested), all: whole(all) })}` : "";
  }

  closeUp(pick) {
    // An axis on which a few points can be seen: from the lowest that anyone scores once a tenth of the epochs is over.
    const { epochs } = this.scene;
    const late = this.frames.slice(0, this.position + 1).filter((frame) => frame.epoch >= epochs[frame.phase] / 10);
    if (!late.some((frame) => frame.phase === "students")) return [0, 1.02];
    const lowest = Math.min(...late.flatMap((frame) => Object.values(frame.actors).map((actor) => pick(actor)[0] - (pick(actor)[1] ?? 0))));
    return [Math.max(0, Math.floor(20 * (lowest - 0.01)) / 20), 1.01];
  }

  gap(pick) {
    // At the end, the difference that the headline speaks of, between the two curves' ends.
    const frame = this.frames[this.position];
    if (frame.phase !== "students" || frame.epoch < frame.epochs || frame.gain === null) return null;
    return { from: pick(frame.actors.alone)[0], to: pick(frame.actors.distilled)[0], text: signed(100 * frame.gain, 1, this.language) };
  }

  plot(selector, pick, axis, overlays) {
    const { words, language } = this;
    const write = (value) => (axis.tickformat === ".0%" ? percent(value, 1, language) : number(value, 3, language));
    const colours = Object.fromEntries(ACTORS.map((name) => [name, this.colour(name)]));
    const traces = overlays.map((run) => ({
      x: run.epochs, y: run[run.actor], name: run.label, mode: "lines", line: { color: "#888", width: 1.2, dash: DASHES[run.actor] },
      hovertemplate: `${run.label}: %{y:.1%}<extra></extra>`, showlegend: false,
    }));
    const seen = [];
    // Trees are no epochs: a teacher that grows in them has the axis to itself, and once it is frozen it is a level.
    const [isApart, now] = [this.scene.unit !== "epochs", this.frames[this.position].phase];
    for (const name of ACTORS) {
      const phase = name === "teacher" ? "teacher" : "students";
      const frames = this.frames.slice(0, this.position + 1).filter((frame) => frame.phase === phase);
      const isLevel = isApart && name === "teacher" && now === "students" && frames.length > 0;
      const x = isLevel ? [0, this.scene.epochs.students] : frames.map((frame) => frame.epoch);
      const values = (isLevel ? [frames.at(-1), frames.at(-1)] : frames).map((frame) => pick(frame.actors[name]));
      const mean = values.map(([m]) => m);
      if (values.length && values[0][1] !== null) {
        traces.push({
          x: [...x, ...x.toReversed()], y: [...values.map(([m, s]) => m + s), ...values.map(([m, s]) => m - s).toReversed()],
          mode: "none", fill: "toself", fillcolor: colours[name] + "2e", hoverinfo: "skip", showlegend: false,
        });
      }
      traces.push({
        x, y: mean, name: words.actors[name], mode: isApart && phase === now && x.length === 1 ? "markers" : "lines", line: { color: colours[name], width: 2.4, dash: DASHES[name] },
        hovertemplate: axis.tickformat === ".0%" ? "%{y:.1%}" : "%{y:.3f}",
      });
      if (mean.length && mean.at(-1) !== null) seen.push(`${words.actors[name]} ${write(mean.at(-1))}`);
    }
    const text = getComputedStyle(this.root).color;
    const [grid, paper] = isDark(this.root) ? ["#33404d", "#1b222b"] : ["#e3e7eb", "#fff"];
    const element = this.find(selector);
    const revision = `${this.run}${axis.name}${isApart ? now : ""}`; // zoom outlives updates, not another run or another measure
    // plotly gives a zoom up for a range that it is told anew, so while somebody has zoomed in it is told the old one.
    const held = this.held[selector];
    const range = held?.zoomed && held.revision === revision ? held.range : axis.range;
    this.held[selector] = { revision, range, zoomed: held?.zoomed && held.revision === revision };
    element.setAttribute("aria-label", say(words.chart, { title: axis.title, values: seen.join(", ") }));
    const { changes } = this.frames[this.position];
    const lines = { gridcolor: grid, zerolinecolor: grid, fixedrange: false };
    this.plotly.react(element, traces, {
      uirevision: revision,
      height: element.clientHeight || 250, margin: { l: inPixels(2.9), r: 10, t: 22, b: 34 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text, family: getComputedStyle(this.root).fontFamily, size: inPixels(0.8) }, hovermode: "x unified", hoverlabel: { bgcolor: paper }, separators: separators(language),
      legend: { orientation: "h", x: 0.5, xanchor: "center", y: 1.02, yanchor: "bottom", font: { size: inPixels(0.73) } },
      xaxis: { ...lines, range: [0, (axis.gap === undefined ? 1 : 1.09) * (isApart ? this.scene.epochs[now] : Math.max(this.scene.epochs.teacher, this.scene.epochs.students))], title: { text: !isApart ? words.epoch : now === "teacher" ? words.axes[this.scene.unit] : words.epoch_students, standoff: 4, font: { size: inPixels(0.73) } } },
      yaxis: { ...lines, tickformat: axis.tickformat, rangemode: axis.rangemode, ...(range && { range }) },
      // Where T or alpha was moved by hand.
      shapes: [...bracket(axis.gap, this.scene.epochs.students, text), ...changes.map(([epoch]) => ({ type: "line", x0: epoch, x1: epoch, yref: "paper", y0: 0, y1: 1, line: { color: text, width: 1, dash: "dot" } }))],
      annotations: [...written(axis.gap, this.scene.epochs.students, text), ...changes.map(([epoch, temperature, alpha]) => ({
        x: epoch, y: 1, yref: "paper", yanchor: "top", xanchor: "left", showarrow: false, font: { size: inPixels(0.67) },
        text: `T ${short(temperature, language)}<br>α ${short(alpha, language)}`,
      }))],
    }, { displaylogo: false, responsive: true, displayModeBar: false });
    if (!this.listening.has(element)) {
      this.listening.add(element);
      element.on("plotly_relayout", (change) => {
        if ("yaxis.range[0]" in change) this.held[selector].zoomed = true;
        if ("yaxis.autorange" in change) this.held[selector].zoomed = false;
      });
    }
  }

  rows(shares, truth) {
    // The classes that have a row: all, or the true one and those that somebody finds likely.
    const { classes } = this.scene;
    const all = classes.map((_, c) => c);
    if (all.length <= MOST_ROWS) return all;
    const largest = all.map((c) => (c === truth ? 2 : Math.max(...ACTORS.map((name) => shares[name]?.[c] ?? 0))));
    return all.toSorted((a, b) => largest[b] - largest[a]).slice(0, MOST_ROWS - 2).sort((a, b) => a - b);
  }

  drawBars() {
    if (!this.scene || !this.frames.length || this.position < 0) return;
    const svg = this.find(".kd-bars");
    const { classes, examples } = this.scene;
    const truth = examples[this.example].label;
    const shares = Object.fromEntries(ACTORS.map((name) => [name, this.actor(name) ? soften(this.actor(name).logits[this.example], this.temperature) : null]));
    const shown = this.rows(shares, truth);
    const width = svg.clientWidth || 300;
    const row = ((svg.clientHeight || 290) - HEAD) / shown.length;
    const thick = Math.min(12, (row - 3) / 3);
    const em = inPixels(0.78);
    const column = 4.2 * em; // of numbers
    const style = getComputedStyle(this.root);
    const wide = (text) => textWidth(text, `700 ${em}px ${style.fontFamily}`);
    // Where the bars begin: after the longest name, unless that would leave them no room.
    const left = Math.max(4 * em, Math.min(14 + Math.max(...shown.map((c) => wide(classes[c]))), 0.55 * (width - 3 * column)));
    const room = Math.max(20, width - left - 3 * column);
    const drawn = shown.map((c) => classes[c]).join("\n");
    if (svg.dataset.rows !== drawn) {
      svg.dataset.rows = drawn;
      svg.replaceChildren(...ACTORS.map((name) => shape("text", { class: name, "text-anchor": "end", y: 11 })));
      for (const label of shown.map((c) => classes[c])) {
        svg.append(shape("text", { x: 2, "data-class": label }));
        for (const name of ACTORS) svg.append(shape("text", { class: name, "text-anchor": "end", "data-value": label }));
        for (const name of ACTORS) svg.append(shape("rect", { class: name, rx: 1.5 }));
      }
    }
    ACTORS.forEach((name, a) => {
      svg.children[a].textContent = this.words.short[name];
      svg.children[a].setAttribute("x", width - (2 - a) * column - 2);
    });
    shown.forEach((c, place) => {
      const label = classes[c];
      const at = ACTORS.length + 7 * place;
      const [text, ...rest] = [...svg.children].slice(at, at + 7);
      const [values, bars] = [rest.slice(0, 3), rest.slice(3)];
      const top = HEAD + row * place;
      const marked = `▸ ${say(this.words.truth, { label })}`;
      const isTrue = c === truth;
      text.textContent = isTrue ? (wide(marked) < left ? marked : fitting(`▸ ${label}`, left - 4, wide)) : `   ${fitting(label, left - 14, wide)}`;
      text.setAttribute("y", top + row / 2 + 4);
      text.setAttribute("font-weight", isTrue ? 700 : 400);
      text.setAttribute("x", isTrue ? 2 : 12);
      bars.forEach((bar, a) => {
        const share = shares[ACTORS[a]];
        values[a].setAttribute("x", width - (2 - a) * column - 2);
        values[a].setAttribute("y", top + row / 2 + 4);
        values[a].textContent = share ? number(100 * share[c], 1, this.language) : "";
        bar.setAttribute("x", left);
        bar.setAttribute("y", top + (row - 3 * thick) / 2 + a * thick);
        bar.setAttribute("height", Math.max(1, thick - 0.8));
        bar.setAttribute("width", share ? Math.max(0.5, share[c] * room) : 0);
      });
    });
    const temperature = short(this.temperature, this.language);
    this.find(".kd-softened").textContent = say(this.words.softened_at, { temperature });
    const tops = ACTORS.filter((name) => shares[name]).map((name) => {
      const top = shares[name].indexOf(Math.max(...shares[name]));
      return say(this.words.answer, { actor: this.words.actors[name], label: classes[top], share: number(100 * shares[name][top], 0, this.language) });
    });
    const said = { truth: classes[truth], temperature, answers: tops.join(", ") };
    svg.setAttribute("aria-label", say(this.words.bars, said));
    svg.dataset.temperature = this.temperature;
  }

  makeExamples() {
    const { examples, image } = this.scene;
    this.find(".kd-side").classList.toggle("kd-coarse", Boolean(image) && image[0] < 20);
    this.example = Math.min(this.example, examples.length - 1);
    const buttons = examples.map((example, i) => {
      const button = make("button", { type: "button", role: "radio" });
      const canvas = make("canvas", {});
      paintExample(canvas, example, this.scene);
      button.append(canvas);
      button.onclick = () => this.pickByHand(i);
      return button;
    });
    this.find(".kd-examples").replaceChildren(...buttons);
    this.nameExamples();
    this.pick(this.example);
  }

  nameExamples() {
    const { classes, examples } = this.scene;
    [...this.find(".kd-examples").children].forEach((button, i) => {
      const name = say(this.words.example, { number: i + 1, truth: classes[examples[i].label] });
      button.setAttribute("aria-label", name);
      button.title = name;
    });
    this.describe();
  }

  describe() {
    // The example that is picked: large, and of a row of a table what stands out in it.
    const { examples, classes } = this.scene;
    const example = examples[this.example];
    const canvas = this.find(".kd-picked");
    paintExample(canvas, example, this.scene);
    canvas.setAttribute("aria-label", say(this.words.example, { number: this.example + 1, truth: classes[example.label] }));
    const strongest = example.strongest?.map(({ feature, value }) => say(this.words.feature, { feature, value: signed(value, 1, this.language) }));
    this.find(".kd-features").textContent = strongest ? say(this.words.features, { strongest: strongest.join(", ") }) : "";
  }

  pick(i) {
    this.example = i;
    const buttons = this.find(".kd-examples").children;
    check(buttons, i);
    const [list, button] = [this.find(".kd-examples"), buttons[i]];
    if (list.scrollHeight > list.clientHeight) list.scrollTop = button.offsetTop - list.offsetTop - list.clientHeight / 2;
    this.describe();
    this.drawBars();
  }

  pickByHand(i) {
    this.picked = true;
    this.pick(i);
    this.tellView();
  }

  pickUnsure() {
    this.chosenFor = this.run;
    const tops = this.actor("teacher").logits.map((logits) => Math.max(...soften(logits, 1)));
    this.pick(tops.indexOf(Math.min(...tops)));
  }

  pickByKey(event) {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const count = this.scene.examples.length;
    this.pickByHand((this.example + move + count) % count);
    this.find(".kd-examples").children[this.example].focus();
  }

  drawMaps() {
    const plane = this.scene.plane;
    const said = plane ? this.words.plane : this.words.confusion;
    this.find(".kd-maps-title").textContent = said.title;
    this.find(".kd-maps-hint").textContent = said.hint + (plane ? "" : this.partly(this.frames[this.position]));
    for (const canvas of this.root.querySelectorAll(".kd-map")) {
      const actor = this.actor(canvas.dataset.actor);
      const size = Math.round(Math.min(480, canvas.clientWidth || 240) * Math.min(2, devicePixelRatio || 1));
      if (canvas.width !== size) canvas.width = canvas.height = size;
      canvas.getContext("2d").clearRect(0, 0, size, size);
      if (!actor) continue;
      if (plane && !actor.map) writeAcross(canvas, this.words.no_map); // answers from a file are of its rows alone
      else if (plane) paintMap(canvas, actor.map, this.scene);
      else this.drawConfusion(canvas, actor.confusion);
      const accuracy = number(100 * actor.accuracy.test[0], 1, this.language);
      canvas.setAttribute("aria-label", say(said.label, { actor: this.words.actors[canvas.dataset.actor], accuracy }));
    }
  }

  drawConfusion(canvas, counts) {
    const { actor } = canvas.dataset;
    const seeds = actor === "teacher" ? this.scene.splits : this.scene.seeds;
    const { classes } = this.scene;
    const margins = paintConfusion(canvas, counts, seeds, { classes, colour: this.colour(actor), dark: isDark(this.root), language: this.language });
    canvas.onmousemove = (event) => {
      const [x, y] = [event.offsetX, event.offsetY].map((at, i) => Math.floor(((at / canvas.clientWidth - margins[i]) / (1 - margins[i])) * counts.length));
      if (!(counts[y]?.[x] >= 0)) return (canvas.title = "");
      const [truth, answer] = [classes[y], classes[x]];
      canvas.title = say(this.words.confusion.cell, { truth, answer, count: number(counts[y][x] / seeds, 1, this.language) });
    };
  }

  colour(name) {
    return getComputedStyle(this.root).getPropertyValue(`--${name}`).trim();
  }
}

function term(word, meaning) {
  const [shown, tip] = [make("span", { class: "kd-term", tabindex: 0 }), make("span", { class: "kd-tip", role: "note" })];
  tip.textContent = meaning;
  shown.append(word, tip);
  return shown;
}

const soften = (logits, temperature) => logSoften(logits, temperature).map(Math.exp);
const whole = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u2009"); // thousands set apart, as elsewhere
const signed = (value, digits, language) => (value > 0 ? "+" : "") + number(value, digits, language);

// A bracket between the ends of two curves, and what stands at it.
const bracket = (gap, epoch, colour) =>
  gap ? [{ type: "path", path: `M ${epoch * 1.005} ${gap.from} H ${epoch * 1.02} V ${gap.to} H ${epoch * 1.005}`, line: { color: colour, width: 1.5 } }] : [];
const written = (gap, epoch, colour) =>
  gap ? [{ x: epoch * 1.025, y: (gap.from + gap.to) / 2, xanchor: "left", showarrow: false, text: `<b>${gap.text}</b>`, font: { color: colour, size: inPixels(0.85) } }] : [];
