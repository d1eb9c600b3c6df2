// Put into every page before its own scripts: keeps what the live view hears and draws, so that tests can wait for it.
(() => {
  const CHART = ".kd, .js-plotly-plot, .plot-container, .svg-container, .main-svg";
  const watch = (window.watch = { runs: [], removed: 0, clicked: 0 });

  // One entry per connection to /live: the frames of the run, and when the view drew which of them.
  window.WebSocket = class extends window.WebSocket {
    constructor(...args) {
      super(...args);
      const [, id] = new URL(this.url).pathname.match(/^\/live\/(\w+)$/) ?? [];
      if (!id) return;
      const run = { id, frames: [], status: "", message: "", began: null, drawn: [], shown: [], afterEnd: 0 };
      watch.runs.push(run);
      this.addEventListener("message", (event) => {
        const news = JSON.parse(event.data);
        if (news.scene) run.frames = [];
        if (run.began !== null && !["waiting", "running"].includes(run.status)) run.afterEnd += news.frames?.length ?? 0;
        run.frames.push(...(news.frames ?? []));
        [run.status, run.message] = [news.status, news.message?.en];
        run.began ??= performance.now();
      });
    }
  };

  const removes = (node) => node.nodeType === 1 && (node.matches(CHART) || node.querySelector(CHART));
  new MutationObserver((changes) => {
    const run = watch.runs.at(-1);
    for (const { type, target, attributeName, removedNodes } of changes) {
      if (type === "childList") watch.removed += [...removedNodes].filter(removes).length;
      else if (run?.frames.length && attributeName === "data-drawn") run.drawn.push([performance.now(), Number(target.dataset.drawn)]);
      else if (run?.began && attributeName === "data-status") run.shown.push([performance.now(), target.dataset.status]);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn", "data-status"] });

  addEventListener("click", () => (watch.clicked = performance.now()), { capture: true });
})();
