// The page for owners of other sites: the code and the preview follow the form, without a reload.
const form = document.querySelector("[data-owners]");
let latest = 0;

async function follow() {
  const turn = ++latest;
  const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
  try {
    const answer = await fetch(address);
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== latest || !answer.ok) return;
    for (const part of ["[data-made]", "#theme", "#article"]) {
      document.querySelector(part).replaceChildren(...[...html.querySelector(part).childNodes].map((node) => document.importNode(node, true)));
    }
  } catch {
    // Offline: the button of the form still works.
  }
}

form?.addEventListener("change", follow);
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  follow();
});
