// A picture that the server has drawn as SVG. (st.html takes SVG away.)

export default function ({ parentElement, data }) {
  const frame = parentElement.querySelector(".kd-home");
  frame.classList.toggle("kd-dark", isDark(frame));
  if (frame.dataset.drawn !== data.picture) frame.innerHTML = data.picture;
  frame.dataset.drawn = data.picture;
}
