// The request form, improved: answers appear while the message is typed, so the page before sending is not needed; and
// what will be masked is said beside its field. Without this script the form is complete: its first press of the button
// shows the answers and what will be masked, the second one sends.

import { loaded, notice } from "./notices.js";
import { note } from "./trail.js";

const WAIT = 600; // milliseconds of rest before asking: a person thinks between sentences
const SHORTEST = 12; // characters before a message says anything

function improve(form) {
  const message = form.querySelector("textarea[name=message]");
  const place = form.querySelector("[data-answers-here]");
  const step = form.querySelector("[data-step]");
  if (!message || !place || !step) return;

  let timer = 0;
  let latest = 0;
  let asked = "";
  let current = null;

  async function ask() {
    const text = message.value.trim();
    if (text === asked) return;
    asked = text;
    current?.abort();
    if (text.length < SHORTEST) {
      place.replaceChildren();
      return;
    }
    const turn = ++latest;
    const known = await loaded();
    if (!known || turn !== latest) return; // a secret must not leave before the person sends it
    current = new AbortController();
    try {
      const answer = await fetch(form.dataset.answers, {
        method: "POST",
        body: new URLSearchParams({ message: known.without(text, known.secrets(text)) }),
        signal: current.signal,
      });
      if (!answer.ok || turn !== latest) return;
      const html = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== latest) return;
      place.replaceChildren(...[...html.body.children].map((node) => document.importNode(node, true)));
      for (const link of place.querySelectorAll("a[data-article]")) note(link.dataset.article, "shown");
      step.value = "send"; // the answers have been seen here: the next press sends
    } catch {
      // Offline or busy: the form goes on without answers.
    }
  }

  message.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  if (message.value.trim() && !form.querySelector(".before-sending")) ask(); // there they are already in view

  // A second press while the first one travels would only wait: the server knows the form by its stamp.
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  // Back from the receipt: the browser may show this page as it was.
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

document.querySelectorAll("form[data-request]").forEach(improve);
document.querySelectorAll("form[data-masking]").forEach(notice);
document.querySelector("[data-focus]")?.focus();
