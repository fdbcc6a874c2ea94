// The request form, improved: answers appear while the message is typed, so the page before sending is not needed; and
// what will be masked is said beside its field. Without this script the form is complete: its first press of the button
// shows the answers and what will be masked, the second one sends.

import { note } from "./trail.js";

const PAUSE = 400; // milliseconds of rest before a text is looked at for secrets
const WAIT = 600; // milliseconds of rest before asking: a person thinks between sentences
const SHORTEST = 12; // characters before a message says anything

let rules = null;

/** The rules of masking, loaded when somebody types; null when they cannot be had. */
const loaded = () => (rules ??= import("./masking.js").catch(() => (rules = null)));

/** Beside each text, what of it will be masked: found here, so that nothing has to be sent to know. */
function notice(form) {
  const said = JSON.parse(form.dataset.masking);
  for (const place of form.querySelectorAll(".masked[id]")) {
    const field = document.getElementById(place.id.replace(/-masked$/, ""));
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== place.id);
    let timer = 0;

    async function look() {
      const found = field.value.trim() ? (await loaded())?.secrets(field.value, said.ibans) : [];
      if (!found) return; // without the rules, what the server said stays
      const kinds = [...new Set(found.map((each) => each.kind))].map((kind) => said.kinds[kind]);
      const list = kinds.length > 1 ? kinds.slice(0, -1).join(said.comma) + said.and + kinds.at(-1) : kinds.join("");
      const words = list && said.before.replace("{kinds}", list);
      if (words === place.textContent) return; // what has been read out is not read out again
      place.replaceChildren();
      if (words) {
        const paragraph = document.createElement("p");
        paragraph.className = "notice";
        paragraph.textContent = words;
        place.append(paragraph);
      }
      field.setAttribute("aria-describedby", [...described, ...(words ? [place.id] : [])].join(" "));
      if (!field.getAttribute("aria-describedby")) field.removeAttribute("aria-describedby");
    }

    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, PAUSE);
    });
    if (field.value.trim()) look();
  }
}

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

// The control for files is improved when somebody comes near it: most people send none. What is chosen while its script
// is on the way is handed over, each choice in turn, because a second one replaces the first in the control itself.
function attend(field) {
  const input = field.querySelector("input[type=file]");
  const early = [...(input?.files ?? [])]; // back from the receipt, or a reload
  let here = null;
  const start = () => {
    here ??= import("./files.js").then(({ improve }) => {
      input?.removeEventListener("change", keep);
      improve(field, early);
    }).catch(() => (here = null));
  };
  const keep = () => early.push(...input.files);
  input?.addEventListener("change", keep);
  for (const event of ["focusin", "pointerover", "change"]) field.addEventListener(event, start);
  if (early.length) start();
}

document.querySelectorAll("form[data-request]").forEach(improve);
document.querySelectorAll("form[data-masking]").forEach(notice);
document.querySelectorAll("[data-files]").forEach(attend);
document.querySelector("[data-focus]")?.focus();
