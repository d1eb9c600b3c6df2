// A card's chart, as the server has drawn it: HTML that `st.html` would take the picture out of.

export default function ({ parentElement, data }) {
  parentElement.querySelector(".kd-card").innerHTML = data.html;
}
