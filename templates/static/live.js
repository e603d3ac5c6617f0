// A running call: the page asks for itself anew whenever the server tells of something, at most three times a second.

const KINDS = ["score", "band_crossed", "tracker_hit", "risk", "finished"];
const PAUSE = 300; // milliseconds

const live = document.getElementById("live");
const source = new EventSource(`${live.dataset.live}?after=${live.dataset.after}`);
let waits = false;

function refresh() {
  if (waits) return;
  waits = true;
  setTimeout(() => {
    waits = false;
    htmx.trigger("#live", "told");
  }, PAUSE);
}

KINDS.forEach((kind) => source.addEventListener(kind, refresh));
source.addEventListener("finished", () => source.close());
window.addEventListener("pagehide", () => source.close());
