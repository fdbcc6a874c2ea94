// The follow-up: print, a warning before the view ends, and nothing left on the screen of a shared computer after it.
// Without this script the page stays as it was shown, and the server refuses what an old view asks for.

const SOON = 120_000; // milliseconds before the end

const shown = document.querySelector("[data-view]");
const over = document.querySelector("[data-over]");
const soon = document.querySelector("[data-soon]");

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

if (shown && over) {
  const ends = Date.now() + Number(shown.dataset.lasts);
  const message = shown.querySelector("textarea[name=message]");

  function end() {
    // What is being written or joined is not taken away; sending it gives the words back.
    if (message?.value.trim() || [...shown.querySelectorAll("input[type=file]")].some((each) => each.files.length)) return;
    shown.remove();
    over.hidden = false;
    over.querySelector("h1").focus();
  }

  function look() {
    const left = ends - Date.now();
    if (left <= 0) return end();
    if (left <= SOON && soon) soon.textContent = soon.dataset.words;
    setTimeout(look, Math.min(left, left > SOON ? left - SOON : left));
  }

  look();
  // A phone that slept, or a page brought back by the Back button: look at the clock at once.
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", (event) => event.persisted && look());
}
