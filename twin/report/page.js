// Draws every figure of the page from the data beside it.
(async function () {
  "use strict";
  for (const host of document.querySelectorAll(".vega[data-spec]")) {
    const spec = JSON.parse(document.getElementById(host.dataset.spec).textContent);
    const controls = document.getElementById(host.dataset.controls);
    try {
      const made = await drawFigure(
        host, controls, spec, host.clientWidth, JSON.parse(host.dataset.quarters));
      host.vegaView = made.view;
    } catch (error) {
      host.textContent = "This figure could not be drawn here: " + error.message;
      host.dataset.drawn = "no";
    }
  }
  document.body.dataset.ready = "yes";
})();
