// A Plotly figure that is updated in place: no flicker, zoom stays. Clicking a point tells the server its customdata.

export default (component) => mount(component, Chart);

class Chart {
  constructor(parent) {
    this.element = parent.querySelector(".kd-chart");
  }

  show(data, trigger) {
    const { element } = this;
    this.trigger = trigger;
    element.setAttribute("aria-label", data.text);
    loadPlotly(data.plotly).then((library) => {
      if (this.closed) return;
      const style = getComputedStyle(element);
      const figure = JSON.parse(data.figure);
      const grid = style.getPropertyValue("--st-border-color").trim();
      for (const axis of Object.keys(figure.layout).filter((name) => /^[xy]axis/.test(name))) {
        figure.layout[axis] = { gridcolor: grid, zerolinecolor: grid, automargin: true, ...figure.layout[axis] };
      }
      const none = "rgba(0,0,0,0)";
      const layout = { paper_bgcolor: none, plot_bgcolor: none, ...figure.layout };
      layout.font = { color: style.color, family: style.fontFamily, size: inPixels(0.8), ...layout.font };
      library.react(element, figure.data, layout, { displayModeBar: false, responsive: true });
      if (!this.listening) {
        this.listening = true;
        element.on("plotly_click", ({ points }) => points[0].customdata != null && this.trigger("clicked", points[0].customdata));
      }
    });
  }

  close() {
    this.closed = true;
    window.Plotly?.purge(this.element);
  }
}
