// Lecture mode: one chart at a time, and keys for a lecturer who stands. The keys press the page's own buttons.

const views = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = new View(parentElement.querySelector(".kd-keys"))));
  view.show(data);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

class View {
  constructor(root) {
    this.root = root;
    this.chart = 0;
    this.onKey = (event) => this.press(event);
    document.addEventListener("keydown", this.onKey);
  }

  show(data) {
    this.data = data;
    this.root.textContent = data.text;
    this.turn(0);
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    delete document.documentElement.dataset.kdChart;
  }

  press(event) {
    const writing = event.target.closest?.("input:not([type=range]), textarea, select, [contenteditable=true]");
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { start, step, next } = this.data.keys;
    if (event.key === start) this.click("start", "pause");
    else if (event.key === step) this.click("step");
    else if (event.key === next) this.turn(1);
    else return;
    event.preventDefault();
  }

  click(...names) {
    for (const name of names) document.querySelector(`.st-key-${name} button:not(:disabled)`)?.click();
  }

  turn(by) {
    this.chart = (this.chart + by) % this.data.charts;
    document.documentElement.dataset.kdChart = this.chart;
    window.dispatchEvent(new Event("resize")); // a chart that was hidden takes its size now
  }
}
