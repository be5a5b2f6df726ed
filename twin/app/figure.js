// One figure of the report, drawn again whenever its description changes.
export function render({ model, el }) {
  const controls = document.createElement("div");
  const host = document.createElement("div");
  controls.className = "controls";
  host.className = "vega";
  let drawn = null;
  async function draw() {
    drawn?.finalize();
    drawn = null;
    controls.replaceChildren();
    host.replaceChildren();
    host.dataset.drawn = "";
    const width = host.clientWidth || el.clientWidth;
    if (!model.spec || !width) return;  // a place without width yet is drawn when it is laid out
    drawn = await drawFigure(host, controls, JSON.parse(model.spec), width, model.quarters);
  }
  model.on("spec", draw);
  model.on("after_layout", () => { if (!host.dataset.drawn) draw(); });
  el.append(controls, host);
}
