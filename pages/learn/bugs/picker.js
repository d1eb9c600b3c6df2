// A chip for every bug: which are open, found, shown.

export default (component) => mount(component, Picker);

class Picker {
  constructor(parent) {
    this.root = parent.querySelector(".kd-picker");
    this.legend = make("p", {});
    this.buttons = [];
  }

  show(data, trigger) {
    this.root.setAttribute("aria-label", data.label);
    while (this.buttons.length < data.chips.length) this.buttons.push(make("button", { type: "button" }));
    data.chips.forEach((chip, i) => {
      const button = put(this.buttons[i], { "aria-label": chip.label, title: chip.label, "data-status": chip.status, "aria-current": chip.number === data.now });
      button.textContent = [chip.number, chip.mark].filter(Boolean).join(" ");
      button.onclick = () => trigger("picked", chip.number);
    });
    this.legend.textContent = data.legend;
    if (!this.legend.isConnected) this.root.append(...this.buttons, this.legend);
  }

  close() {}
}
