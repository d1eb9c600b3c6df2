// Pictures on canvas for the live view: decision maps and confusion matrices, and examples of all kinds.

const CLASS_COLOURS = ["#e69f00", "#56b4e9", "#cc79a7", "#999999"];

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

function paintMap(canvas, map, { classes, plane }) {
  const { side, edge, points, labels } = plane;
  const [answer, confidence] = [bytes(map.answer), bytes(map.confidence)];
  const small = new OffscreenCanvas(side, side);
  const pixels = new ImageData(side, side);
  const least = 255 / classes.length;
  for (let i = 0; i < side * side; i++) {
    const at = 4 * ((side - 1 - Math.floor(i / side)) * side + (i % side)); // rows come from low y
    const [r, g, b] = rgb(CLASS_COLOURS[answer[i]]);
    pixels.data.set([r, g, b, 25 + (205 * Math.max(0, confidence[i] - least)) / (255 - least)], at);
  }
  small.getContext("2d").putImageData(pixels, 0, 0);
  const context = canvas.getContext("2d");
  const size = canvas.width;
  context.drawImage(small, 0, 0, size, size);
  const scale = size / (2 * edge);
  context.lineWidth = size / 300;
  context.strokeStyle = getComputedStyle(canvas).color;
  points.forEach(([x, y], i) => mark(context, (x + edge) * scale, (edge - y) * scale, size / 90, labels[i]));
}

function writeAcross(canvas, text) {
  const context = canvas.getContext("2d");
  const { fontFamily, color } = getComputedStyle(canvas);
  const pixel = canvas.width / (canvas.clientWidth || canvas.width);
  [context.font, context.fillStyle, context.textAlign] = [`${13 * pixel}px ${fontFamily}`, color, "center"];
  context.fillText(text, canvas.width / 2, canvas.height / 2);
}

// Returns how much of its width the names of the rows take, and of its height those of the columns.
function paintConfusion(canvas, counts, seeds, { classes, colour, dark, language }) {
  const context = canvas.getContext("2d");
  const { fontFamily, color: text } = getComputedStyle(canvas);
  const [size, pixel] = [canvas.width, canvas.width / (canvas.clientWidth || canvas.width)];
  const [r, g, b] = rgb(colour);
  const named = `${12 * pixel}px ${fontFamily}`;
  const wide = (name) => textWidth(name, named);
  const isNamed = size / counts.length > 13 * pixel; // of too many classes no name is readable
  const left = isNamed ? Math.min(Math.max(...classes.map(wide), 12 * pixel) + 6 * pixel, 0.24 * size) : 0;
  const cell = (size - left) / counts.length;
  const isUpright = classes.some((name) => wide(name) > cell - 2 * pixel);
  const top = isNamed && !isUpright ? 18 * pixel : left;
  const high = (size - top) / counts.length;
  context.textBaseline = "middle";
  if (isNamed) {
    context.font = named;
    context.fillStyle = text;
    classes.forEach((name, i) => {
      const shown = fitting(name, left - 5 * pixel, wide);
      context.textAlign = "right";
      context.fillText(shown, left - 4 * pixel, top + (i + 0.5) * high);
      context.save();
      context.translate(left + (i + 0.5) * cell, top - (isUpright ? 4 : 9) * pixel);
      if (isUpright) context.rotate(-Math.PI / 2);
      context.textAlign = isUpright ? "left" : "center";
      context.fillText(isUpright ? shown : name, 0, 0);
      context.restore();
    });
  }
  context.font = `${Math.round(Math.min(cell * 0.36, 20 * pixel))}px ${fontFamily}`;
  context.textAlign = "center";
  counts.forEach((row, y) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    row.forEach((count, x) => {
      const share = count / total;
      const strength = count ? 0.12 + 0.75 * Math.sqrt(share) : 0;
      const corner = [left + x * cell, top + y * high];
      context.fillStyle = `rgba(${r},${g},${b},${strength})`;
      context.fillRect(...corner, cell - 1, high - 1);
      if (!count || cell < 16 * pixel) return;
      const ground = dark ? [17, 22, 28] : [255, 255, 255];
      context.fillStyle = inkOn([r, g, b].map((full, i) => strength * full + (1 - strength) * ground[i]));
      const each = count / seeds;
      context.fillText(number(each, each >= 9.95 || each % 1 === 0 ? 0 : 1, language), corner[0] + cell / 2, corner[1] + high / 2);
    });
  });
  return [left / size, top / size];
}

const ruler = new OffscreenCanvas(1, 1).getContext("2d");
function textWidth(text, font) {
  ruler.font = font;
  return ruler.measureText(text).width;
}

// The text, or as much of it as fits.
function fitting(text, room, wide) {
  let shown = text;
  while (shown.length > 1 && wide(shown) > room) shown = `${shown.replace(/…$/, "").slice(0, -1)}…`;
  return shown;
}

// Black or white, whichever reads better on this colour: always at least 4.5 : 1 (WCAG 2.1, 1.4.3).
function inkOn(colour) {
  const [r, g, b] = colour.map((c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return (luminance + 0.05) ** 2 >= 1.05 * 0.05 ? "#000" : "#fff";
}

function paintExample(canvas, example, { image, ink, plane }) {
  if (image) paintImage(canvas, example.input, image, ink);
  else if (plane) paintSpot(canvas, example, plane.edge);
  else paintRow(canvas, example.input);
}

// Pixels of 0 to 1, channel after channel; ink is dark where there is much of it.
function paintImage(canvas, input, [rows, columns, channels = 1], ink) {
  if (ink) return paintDigit(canvas, input, [rows, columns]);
  [canvas.width, canvas.height] = [columns, rows];
  const pixels = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const colour = [0, 1, 2].map((c) => 255 * input[i + (channels === 3 ? c * rows * columns : 0)]);
    pixels.data.set([...colour, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// A row of a table: a bar for every feature, upwards where it is above the mean; three deviations are as far as they go.
function paintRow(canvas, features) {
  const side = 96;
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.fillStyle = "#222";
  context.fillRect(0, side / 2 - 0.5, side, 1);
  const each = side / features.length;
  features.forEach((value, i) => {
    const height = (Math.max(-3, Math.min(3, value)) / 3) * (side / 2 - 3);
    context.fillRect(i * each + 0.1 * each, side / 2, Math.max(0.5, 0.8 * each), -height);
  });
}

function paintSpot(canvas, example, edge) {
  canvas.width = canvas.height = 48;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, 48, 48);
  context.strokeStyle = "#222";
  const [x, y] = example.input;
  mark(context, ((x + edge) / (2 * edge)) * 48, ((edge - y) / (2 * edge)) * 48, 6, example.label);
}

function mark(context, x, y, radius, label) {
  // Each class has a colour and a shape.
  context.fillStyle = CLASS_COLOURS[label];
  context.beginPath();
  if (label === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  else if (label === 1) context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
  else {
    const corners = label === 2 ? 3 : 4;
    for (let k = 0; k < corners; k++) {
      const angle = (2 * Math.PI * k) / corners - Math.PI / 2;
      context[k ? "lineTo" : "moveTo"](x + 1.25 * radius * Math.cos(angle), y + 1.25 * radius * Math.sin(angle));
    }
    context.closePath();
  }
  context.fill();
  context.stroke();
}
