// A Plotly figure that is updated in place: no flicker, zoom stays. Clicking a point tells the server its customdata.

let plotly; // one promise for the page
const loadPlotly = (source) =>
  (plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  }));

const charts = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const element = parentElement.querySelector(".kd-chart");
  const chart = charts.get(element) ?? {};
  charts.set(element, chart);
  clearTimeout(chart.leaving);
  chart.trigger = setTriggerValue;
  element.setAttribute("aria-label", data.text);
  loadPlotly(data.plotly).then((library) => {
    if (chart.closed) return;
    const style = getComputedStyle(element);
    const figure = JSON.parse(data.figure);
    const grid = style.getPropertyValue("--st-border-color").trim();
    for (const axis of Object.keys(figure.layout).filter((name) => /^[xy]axis/.test(name))) {
      figure.layout[axis] = { gridcolor: grid, zerolinecolor: grid, automargin: true, ...figure.layout[axis] };
    }
    const layout = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", ...figure.layout };
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize); // grows in lecture mode
    layout.font = { color: style.color, size: 0.8 * rem, ...layout.font };
    library.react(element, figure.data, layout, { displayModeBar: false, responsive: true });
    if (!chart.listening) {
      chart.listening = true;
      element.on("plotly_click", ({ points }) => points[0].customdata != null && chart.trigger("clicked", points[0].customdata));
    }
  });
  return () => {
    // A busy browser now and then leaves and comes back at once: then the chart stays. Nor is it taken away in the
    // middle of the click that leads away.
    chart.leaving = setTimeout(() => {
      chart.closed = true;
      charts.delete(element);
      window.Plotly?.purge(element);
    }, 300);
  };
}
