// An article: "Was this useful?" without leaving it, the same form with its answer shown in place.

import { tell } from "./trail.js";

function improve(box) {
  box.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter));
    try {
      const answer = await fetch(form.action, { method: "POST", body: data });
      const html = new DOMParser().parseFromString(await answer.text(), "text/html");
      const thanks = html.getElementById("opinion-thanks");
      if (!thanks) throw new Error("no thanks");
      const shown = document.importNode(thanks, true);
      shown.tabIndex = -1;
      tell(box.dataset.article, data.get("answer") === "useful" ? "useful" : "useless");
      box.replaceChildren(shown);
      shown.focus();
    } catch {
      const choice = Object.assign(document.createElement("input"), { type: "hidden", name: "answer", value: data.get("answer") });
      form.append(choice); // form.submit() forgets which button was pressed
      form.submit();
    }
  });
}

document.querySelectorAll("[data-opinion]").forEach(improve);
tell(document.querySelector("[data-opinion]")?.dataset.article, "opened"); // for a form open in another tab
