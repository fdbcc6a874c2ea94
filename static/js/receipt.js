// The receipt: a button to print it, which only a script can offer, and the way to the follow-up page. What opens it
// stands behind the address's "#", which no server and no log sees; it is taken out of the address at once.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

const view = new URLSearchParams(location.hash.slice(1)).get("suivi");
const form = document.querySelector("[data-follow]");
if (view && form) {
  history.replaceState(null, "", location.pathname + location.search);
  form.querySelector("input[name=view]").value = view;
  form.hidden = false;
  document.querySelector("[data-by-code]")?.remove(); // the shorter way is open
}
