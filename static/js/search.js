/* Suggestions while typing: an editable combobox with list autocomplete (WAI-ARIA APG). The form works without it.
   The server sends a fragment of HTML; only its texts and addresses are taken, nothing of it is inserted as markup. */

const WAIT = 150; // ms without a key before a question leaves
const SHORTEST = 2;

export class Combobox {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector('input[type="search"]');
    this.options = [];
    this.active = -1;
    this.sequence = 0;
    this.build();
    this.listen();
  }

  build() {
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `${this.input.id}-list`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.form.dataset.list);
    this.list.hidden = true;
    this.status = document.createElement("div");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    this.input.after(this.list, this.status);
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
  }

  listen() {
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) this.choose(this.options.indexOf(option));
    });
    this.form.addEventListener("submit", () => this.stop());
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.sequence += 1; // an answer still under way is stale now
  }

  async ask() {
    this.stop();
    const question = this.input.value.trim();
    if (question.length < SHORTEST) return this.close();
    const turn = this.sequence;
    this.request = new AbortController();
    try {
      const address = `${this.form.dataset.suggestions}?q=${encodeURIComponent(question)}`;
      const answer = await fetch(address, { signal: this.request.signal, credentials: "omit" });
      if (!answer.ok) return this.close();
      const text = await answer.text();
      if (turn === this.sequence && document.activeElement === this.input) this.show(text);
    } catch (error) {
      if (error.name !== "AbortError") this.close(); // offline: the plain form is still there
    }
  }

  show(text) {
    const fragment = new DOMParser().parseFromString(text, "text/html");
    const links = [...fragment.querySelectorAll("a[href]")];
    this.options = links.map((link, place) => this.option(link, place));
    this.list.replaceChildren(...this.options);
    this.list.scrollTop = 0;
    this.open(this.options.length > 0);
    this.status.textContent = fragment.querySelector("[data-count]")?.textContent ?? this.form.dataset.none;
  }

  option(link, place) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const number = link.querySelector("b");
    option.textContent = link.textContent.trim();
    option.dataset.address = this.address(link);
    if (number && option.dataset.address.startsWith("tel:")) this.call(option, number.textContent);
    return option;
  }

  /* Of our own pages, or a telephone number: nothing else is followed. */
  address(link) {
    const wanted = link.getAttribute("href");
    return /^tel:\+?\d+$/.test(wanted) ? wanted : new URL(wanted, location.origin).pathname;
  }

  call(option, number) {
    const bold = document.createElement("b");
    bold.textContent = number;
    option.className = "is-call";
    option.replaceChildren(option.textContent.slice(0, -number.length), bold);
  }

  open(shown) {
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
    this.mark(-1);
  }

  close() {
    this.stop();
    this.options = [];
    this.list.replaceChildren();
    this.open(false);
    this.status.textContent = "";
  }

  mark(place) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = place;
    const option = this.options[place];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  move(step) {
    if (this.list.hidden) return this.ask();
    const places = this.options.length + 1; // one place is the field itself
    this.mark(((this.active + 1 + step + places) % places) - 1);
  }

  choose(place) {
    location.assign(this.options[place].dataset.address);
  }

  key(event) {
    if (event.isComposing) return;
    const keys = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Escape: () => (this.list.hidden ? (this.input.value = "") : this.close()),
      Enter: () => this.choose(this.active),
    };
    if (event.key === "Enter" && this.active < 0) return; // no choice: the form is sent as it is
    if (event.key === "Escape" && this.list.hidden && !this.input.value) return; // nothing to undo here: perhaps around us
    if (event.key === "Home" || event.key === "End") return this.mark(-1); // back to the text, where the caret moves
    const act = keys[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  }
}

for (const form of document.querySelectorAll("form[data-search]")) new Combobox(form);
