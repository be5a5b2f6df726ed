"use strict";
// Draws every figure of the page from the data beside it. Expressions are interpreted, never compiled, so that
// the page's policy can forbid code from text.
(async function () {
  const SITE_AXIS_PX = 110;
  function fitted(spec, width) {
    if (spec.projection || (spec.layer || []).some((layer) => layer.projection)) {
      spec.height = Math.min(spec.height, Math.round(1.2 * width));
    }
    if (spec.vconcat) spec.vconcat.forEach((panel) => { panel.width = Math.max(160, width - SITE_AXIS_PX); });
    return spec;
  }
  function nameQuarters(host, controls, quarters) {
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
  for (const host of document.querySelectorAll(".vega[data-spec]")) {
    const spec = JSON.parse(document.getElementById(host.dataset.spec).textContent);
    const controls = document.getElementById(host.dataset.controls);
    try {
      const made = await vegaEmbed(host, fitted(spec, host.clientWidth), {
        actions: false, ast: true, renderer: "svg", bind: controls, defaultStyle: false,
      });
      nameQuarters(host, controls, JSON.parse(host.dataset.quarters));
      host.dataset.drawn = "yes";
      host.vegaView = made.view;
    } catch (error) {
      host.textContent = "This figure could not be drawn here: " + error.message;
      host.dataset.drawn = "no";
    }
  }
  document.body.dataset.ready = "yes";
})();
