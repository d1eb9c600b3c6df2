// A picture that the server has drawn as SVG. (st.html takes SVG away.)

export default function ({ parentElement, data }) {
  const frame = parentElement.querySelector(".kd-home");
  const ink = getComputedStyle(frame).color.match(/\d+/g).map(Number);
  frame.classList.toggle("kd-home-dark", ink[0] + ink[1] + ink[2] > 384);
  if (frame.dataset.drawn !== data.picture) frame.innerHTML = data.picture;
  frame.dataset.drawn = data.picture;
}
