// What several components need. Components share no modules: this text stands before the script of each that uses it.

// Mounting: Streamlit calls a component again on every rerun and theme change ---------------------------------------------

const views = new WeakMap();

// Show a component's view, which is made when it is first shown. Returns how to leave it.
function mount({ parentElement, data, setTriggerValue }, View) {
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = new View(parentElement)));
  clearTimeout(view.leaving);
  // What a view still has to tell when the reader has gone Back would call this page up again.
  const path = location.pathname;
  view.show(data, (...told) => location.pathname === path && setTriggerValue(...told));
  return () => {
    // A busy browser now and then leaves and comes back at once: then the view stays, with all that the reader chose.
    // Nor is it taken away in the middle of the click that leads away.
    view.leaving = setTimeout(() => {
      view.close();
      views.delete(parentElement);
    }, 300);
  };
}

let plotly; // one promise for all views of a component
const loadPlotly = (source) =>
  (plotly ??= new Promise((resolve) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => (plotly = undefined); // whoever draws next tries again: the network may be back
    document.head.append(script);
  }));

// Words and numbers -------------------------------------------------------------------------------------------------------

const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]); // a text's {name} is a value's place

const decimalPoints = {}; // of each language, for some a comma
const decimalPoint = (language) => (decimalPoints[language] ??= new Intl.NumberFormat(language).format(0.5)[1]);
const separators = (language) => (decimalPoint(language) === "," ? ",." : ".,"); // as plotly wants them

const localized = (text, language) => text.replace("-", "−").replace(".", decimalPoint(language));
// A number with that many digits after the decimal point, and a real minus; what rounds to nothing has none.
const number = (value, digits, language) => localized(value.toFixed(digits).replace(/^-(?=[0.]*$)/, ""), language);
const percent = (share, digits, language) => `${number(100 * share, digits, language)} %`;
const short = (value, language) => localized(String(Math.round(value * 100) / 100), language); // T or alpha

// ln softmax(z / T), stable: the largest exponent is 0.
function logSoften(logits, temperature) {
  const top = Math.max(...logits);
  const scaled = logits.map((logit) => (logit - top) / temperature);
  const norm = Math.log(scaled.reduce((sum, z) => sum + Math.exp(z), 0));
  return scaled.map((z) => z - norm);
}

// Elements ----------------------------------------------------------------------------------------------------------------

const make = (tag, attributes) => put(document.createElement(tag), attributes);
const shape = (tag, attributes) => put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
function put(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Of a group of radio buttons, the one that is checked and that the Tab key comes to.
const check = (buttons, checked) =>
  [...buttons].forEach((button, i) => {
    button.setAttribute("aria-checked", i === checked);
    button.tabIndex = i === checked ? 0 : -1;
  });

function paintDigit(canvas, input, [rows, columns]) {
  [canvas.width, canvas.height] = [columns, rows];
  const pixels = new ImageData(columns, rows);
  input.forEach((ink, i) => {
    const grey = 255 - 255 * Math.min(1, Math.max(0, ink));
    pixels.data.set([grey, grey, grey, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

const inPixels = (rem) => rem * parseFloat(getComputedStyle(document.documentElement).fontSize); // grows in lecture mode

const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
// Whether the theme is dark where the element is.
function isDark(element) {
  const colour = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const [r, g, b] = colour.startsWith("#") ? rgb(colour) : (colour.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}
