// A browser starts no worker for a page that was opened from a folder; search then runs in a hidden frame instead.
if (location.protocol === "file:") {
  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.srcdoc =
        "<script>self.postMessage = (message) => parent.postMessage(message, '*')</script>" +
        `<script src="${new URL(url, document.baseURI)}"></script>`;
      this.ready = new Promise((resolve) => frame.addEventListener("load", () => resolve(frame.contentWindow)));
      window.addEventListener("message", (event) => {
        if (event.source === frame.contentWindow) {
          this.dispatchEvent(new MessageEvent("message", { data: event.data }));
        }
      });
      document.body.append(frame);
    }

    postMessage(message) {
      // the frame's own postMessage answers us, so it is told of a message as an event
      this.ready.then((frame) => frame.dispatchEvent(new frame.MessageEvent("message", { data: message })));
    }
  }
  window.Worker = window.IFrameWorker = FrameWorker;
}
