// The tour: it points at what to do and goes on when the visitor has done it. It shows itself once in a browser, as an
// invitation; after that only when it is called.

const SEEN = "kd-lab-tour";
const LOOK_EVERY = 150; // milliseconds, while it is open

const live = () => document.querySelector(".kd");
const status = () => live()?.dataset.status;
const temperature = () => document.querySelector(".st-key-temperature [aria-valuetext]")?.getAttribute("aria-valuetext");
const digit = () => [...document.querySelectorAll(".kd-examples button")].findIndex((one) => one.ariaChecked === "true");
const isStale = () => live()?.hasAttribute("data-stale");

// Where each step points, and when it is done: `since` is what `look` saw when the step began.
const STEPS = [
  { name: "start", at: ".st-key-start button, .st-key-pause button", look: status, done: (now) => now === "running" },
  { name: "temperature", at: ".st-key-temperature", look: temperature, done: (now, since) => now !== since },
  { name: "digit", at: ".kd-examples", look: digit, done: (now, since) => now !== since },
  { name: "result", at: ".kd-headline-box", aside: true, look: status, done: (now) => now === "done" || now === "stopped" },
  { name: "change", at: ".st-key-labels", look: isStale, done: (now, since) => since === true && now === false, renew: (now) => now === true },
];

export default (component) => mount(component, Tour);

class Tour {
  constructor(parent) {
    this.root = parent.querySelector(".kd-tour");
    this.find(".kd-tour-call").onclick = () => this.go(0);
    this.find(".kd-tour-go").onclick = () => this.go(0);
    this.find(".kd-tour-end").onclick = () => this.close();
    this.onKey = (event) => event.key === "Escape" && this.close();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  show(data) {
    this.words = data.words;
    this.find(".kd-tour-call").textContent = this.words.call;
    this.find(".kd-tour-go").textContent = this.words.go;
    this.find(".kd-tour-end").textContent = this.words.end;
    if (this.step !== undefined) this.write();
    else if (data.invites && remembers() && !localStorage.getItem(SEEN)) this.open(-1);
  }

  go(step) {
    if (step >= STEPS.length) return this.open(STEPS.length);
    this.open(step);
    this.since = STEPS[step].look();
  }

  open(step) {
    if (remembers()) localStorage.setItem(SEEN, "1");
    this.step = step;
    this.find(".kd-tour-card").hidden = false;
    this.write();
    this.place();
    document.addEventListener("keydown", this.onKey);
    this.looking ??= setInterval(() => this.look(), LOOK_EVERY);
  }

  write() {
    const step = STEPS[this.step];
    this.find(".kd-tour-text").textContent = step ? this.words.steps[step.name] : this.words[this.step < 0 ? "invitation" : "done"];
    this.find(".kd-tour-place").textContent = step ? `${this.step + 1} / ${STEPS.length}` : "";
    this.find(".kd-tour-go").hidden = this.step >= 0;
    this.find(".kd-tour-end").textContent = this.words[this.step < 0 ? "no" : this.step < STEPS.length ? "end" : "close"];
  }

  look() {
    const step = STEPS[this.step];
    if (step) {
      const now = step.look();
      if (step.done(now, this.since)) return this.go(this.step + 1);
      if (step.renew?.(now)) this.since = now;
    }
    this.place();
  }

  place() {
    const [ring, card] = [this.find(".kd-tour-ring"), this.find(".kd-tour-card")];
    const target = STEPS[this.step] && document.querySelector(STEPS[this.step].at);
    const box = target?.getBoundingClientRect();
    ring.hidden = !box || !box.width;
    const put = (element, [left, top]) => Object.assign(element.style, { left: `${left}px`, top: `${top}px` });
    if (ring.hidden) return put(card, [innerWidth - card.offsetWidth - 16, innerHeight - card.offsetHeight - 16]);
    put(ring, [box.left - 5, box.top - 5]);
    Object.assign(ring.style, { width: `${box.width + 4}px`, height: `${box.height + 4}px` });
    if (STEPS[this.step].aside) return put(card, [innerWidth - card.offsetWidth - 16, innerHeight - card.offsetHeight - 16]);
    const left = Math.max(12, Math.min(box.left, innerWidth - card.offsetWidth - 12));
    const below = box.bottom + 14 + card.offsetHeight < innerHeight;
    put(card, [left, below ? box.bottom + 14 : Math.max(8, box.top - card.offsetHeight - 14)]);
  }

  close() {
    clearInterval(this.looking);
    this.looking = this.step = undefined;
    document.removeEventListener("keydown", this.onKey);
    for (const part of [".kd-tour-card", ".kd-tour-ring"]) this.find(part).hidden = true;
  }
}

// A browser may forbid to keep anything: then the tour does not invite, or it would do so each time.
function remembers() {
  try {
    return Boolean(window.localStorage);
  } catch {
    return false;
  }
}
