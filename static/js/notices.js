// Beside each text of a form, what of it will be masked. The form carries the words (`data-masking`), each text its place
// (`<id>-masked`, a status that is read out politely).

const PAUSE = 400; // milliseconds of rest before a text is looked at for secrets

let rules = null;

/** The rules of masking, loaded when somebody types; null when they cannot be had. */
export const loaded = () => (rules ??= import("./masking.js").catch(() => (rules = null)));

/** Beside each text, what of it will be masked: found here, so that nothing has to be sent to know. */
export function notice(form) {
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
