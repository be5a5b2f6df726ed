// Draws a figure into its place: shared by the report's page and the app. Expressions are interpreted, never
// compiled, so that a page's policy can forbid code from text.
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

async function drawFigure(host, controls, spec, width, quarters) {
  const made = await window.vegaEmbed(host, fitted(spec, width), {
    actions: false, ast: true, renderer: "svg", bind: controls, defaultStyle: false,
  });
  nameQuarters(controls, quarters);
  host.dataset.drawn = "yes";
  return made;
}
