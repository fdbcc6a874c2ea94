// The control for files, improved: what is chosen is listed with its size and can be removed, choosing again adds
// instead of replacing, and a photograph that is too heavy is made smaller before it travels.
// Without this script the control is the browser's own, and the server says the same things by name.

const LONG_SIDE = 3500; // pixels of a photograph made smaller: a page of small print stays legible
const QUALITY = 0.85;

/** `early`: files chosen before this script came. */
export function improve(field, early = []) {
  const input = field.querySelector("input[type=file]");
  const list = field.querySelector("[data-chosen]");
  const status = field.querySelector("[data-status]");
  if (!input || !list || !status || typeof DataTransfer !== "function") return;

  const say = field.dataset;
  const [small, large, comma] = say.unit.split(" ");
  const endings = new Set(say.endings.split(" "));
  let chosen = [];

  const named = (words, name) => words.replace("%", name);
  const size = (bytes) => bytes < 1048576
    ? `${Math.max(1, Math.round(bytes / 1024))}\u00a0${small}`
    : `${(bytes / 1048576).toFixed(1).replace(".", comma)}\u00a0${large}`;
  const ending = (name) => name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const kept = () => field.querySelectorAll("input[name=kept]:checked").length;

  function trouble(file) {
    if (!endings.has(ending(file.name))) return named(say.saysType, file.name);
    return file.size > Number(say.largest) ? named(say.saysLarge, file.name) : "";
  }

  function give() {
    const carrier = new DataTransfer();
    for (const file of chosen) carrier.items.add(file);
    input.files = carrier.files;
  }

  function show(words = []) {
    list.replaceChildren(...chosen.map((file) => {
      const line = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = `${file.name} (${size(file.size)})`;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button secondary";
      button.append(say.saysRemove);
      const which = document.createElement("span");
      which.className = "visually-hidden";
      which.textContent = ` ${file.name}`;
      button.append(which);
      button.addEventListener("click", () => {
        const place = chosen.indexOf(file);
        chosen = chosen.filter((each) => each !== file);
        give();
        show();
        (list.querySelectorAll("button")[Math.min(place, chosen.length - 1)] ?? input).focus();
      });
      const wrong = trouble(file);
      line.append(text, button);
      if (wrong) {
        const note = document.createElement("p");
        note.className = "error";
        note.textContent = wrong;
        line.append(note);
      }
      return line;
    }));
    const total = chosen.reduce((sum, file) => sum + file.size, 0);
    const says = [...words];
    if (chosen.length) says.push(`${say.saysChosen} ${chosen.length}, ${size(total)}.`);
    if (chosen.length + kept() > Number(say.most)) says.push(say.saysMany);
    if (total > Number(say.total)) says.push(say.saysTotal);
    says.push(...chosen.map(trouble).filter(Boolean));
    status.textContent = says.join(" ");
  }

  async function lighter(file) {
    if (file.size <= Number(say.largest) || !/^image\/(jpeg|png)$/.test(file.type)) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      if (!made || made.size >= file.size) return file;
      return new File([made], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return file; // not a picture after all: the server says so
    }
  }

  async function take(added) {
    chosen = [...chosen, ...added.filter((file) => !chosen.some((each) =>
      each.name === file.name && each.size === file.size && each.lastModified === file.lastModified))];
    give();
    const says = [];
    for (const file of added) {
      const made = await lighter(file);
      if (made === file) continue;
      chosen = chosen.map((each) => (each === file ? made : each));
      says.push(named(say.saysSmaller, made.name));
    }
    give();
    show(says);
  }

  input.addEventListener("change", () => take([...input.files]));
  field.addEventListener("change", (event) => event.target.name === "kept" && show());
  field.closest("form").addEventListener("submit", () => {
    if (chosen.length) status.textContent = say.saysSending;
  });
  if (early.length) take(early);
}
