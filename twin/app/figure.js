// One figure of the report, drawn again whenever its description changes. Expressions are interpreted.
const SITE_AXIS_PX = 110;

function fitted(spec, width) {
  if (spec.vconcat) spec.vconcat.forEach((panel) => { panel.width = Math.max(160, width - SITE_AXIS_PX); });
  const mapped = spec.projection || (spec.layer || []).some((layer) => layer.projection);
  if (mapped) spec.height = Math.min(spec.height, Math.round(1.2 * width));
  return spec;
}

function nameQuarters(controls, quarters) {
  const slider = controls.querySelector("input[type=range]");
  if (!slider || !quarters.length) return;
  const shown = document.createElement("output");
  slider.parentElement.append(shown);
  const say = () => {
    shown.textContent = quarters[slider.value];
    slider.setAttribute("aria-valuetext", quarters[slider.value]);
  };
  slider.addEventListener("input", say);
  say();
}

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
    if (!model.spec) return;
    const spec = fitted(JSON.parse(model.spec), host.clientWidth || el.clientWidth);
    drawn = await window.vegaEmbed(host, spec, {
      actions: false, ast: true, renderer: "svg", bind: controls, defaultStyle: false,
    });
    nameQuarters(controls, model.quarters);
    host.dataset.drawn = "yes";
  }
  model.on("spec", draw);
  model.on("after_layout", () => { if (!host.dataset.drawn) draw(); });
  el.append(controls, host);
}
