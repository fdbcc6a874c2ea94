// A page in a frame tells the page around it five words and a height, nothing else: no text, no address, no choice.
// They go to the partner's own origins, given by the server; the frame itself listens to nobody.

const allowed = (document.body.dataset.origins ?? "").split(" ").filter(Boolean);
const around = window.location.ancestorOrigins?.[0]; // Firefox does not say: each allowed origin is then tried
const targets = around ? allowed.filter((origin) => origin === around) : allowed;

function tell(guichet, more = {}) {
  if (window.parent === window) return;
  for (const origin of targets) window.parent.postMessage({ guichet, ...more }, origin);
}

let told = 0;
let waiting = 0;
function measure() {
  waiting = 0;
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (Math.abs(height - told) < 2) return; // a pixel of rounding must not become a conversation
  told = height;
  tell("resize", { height });
}

tell("ready");
if (document.body.dataset.announced) tell(document.body.dataset.announced);
new ResizeObserver(() => (waiting ||= requestAnimationFrame(measure))).observe(document.body);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) tell("close");
});

// A host that frames us by hand in a sandbox without allow-same-origin: forms could never be accepted. Say so at once.
const notice = document.querySelector("[data-boxed]");
if (notice && window.origin === "null") notice.hidden = false;
