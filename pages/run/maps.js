// Pictures on canvas for the live view: decision maps and confusion matrices, and an example on the plane.

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

function paintConfusion(canvas, counts, seeds, { colour, dark, language }) {
  const context = canvas.getContext("2d");
  const [r, g, b] = rgb(colour);
  const cell = canvas.width / counts.length;
  context.font = `${Math.round(cell * 0.36)}px ${getComputedStyle(canvas).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const text = getComputedStyle(canvas).color;
  counts.forEach((row, y) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    row.forEach((count, x) => {
      const share = count / total;
      const strength = count ? 0.12 + 0.75 * Math.sqrt(share) : 0;
      context.fillStyle = `rgba(${r},${g},${b},${strength})`;
      context.fillRect(x * cell, y * cell, cell - 1, cell - 1);
      if (!count) return;
      const ground = dark ? [17, 22, 28] : [255, 255, 255];
      context.fillStyle = inkOn([r, g, b].map((full, i) => strength * full + (1 - strength) * ground[i]));
      const each = count / seeds;
      context.fillText(number(each, each >= 9.95 || each % 1 === 0 ? 0 : 1, language), (x + 0.5) * cell, (y + 0.5) * cell);
    });
  });
}

// Black or white, whichever reads better on this colour: always at least 4.5 : 1 (WCAG 2.1, 1.4.3).
function inkOn(colour) {
  const [r, g, b] = colour.map((c) => (c <= 10.31475 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return (luminance + 0.05) ** 2 >= 1.05 * 0.05 ? "#000" : "#fff";
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
