// Guichet on another site: https://…/integration/ shows how to use it.
// A guest's manners: one global, one request until opened, nothing stored, nothing of the page changed or moved, no
// style element and no inline code (strictest CSP, Trusted Types), no exception into the page. Where something is
// missing, the plain link of the page goes on leading to the hub.
(() => {
  "use strict";
  const script = document.currentScript;
  if (window.Guichet || !script || !("adoptedStyleSheets" in document) || !window.HTMLDialogElement) return;
  const HOME = new URL(script.src).origin;
  const LATE = 6000; // milliseconds without a word from the frame before the link is offered
  const NAMES = ["partner", "mode", "theme", "article", "language", "question", "side", "label"];
  const WORDS = {
    fr: ["Aide et contact", "Fermer", "Ouvrir dans un onglet", "L’aide ne s’affiche pas ici.", "Nouvel onglet"],
    en: ["Help and contact", "Close", "Open in a new tab", "Help cannot be shown here.", "New tab"],
  };
  const STYLE = `:host{all:initial;display:contents;color-scheme:light dark;font:max(16px,1rem)/1.4 system-ui,sans-serif}
:host([data-guichet]){display:block}
*{box-sizing:border-box}
button,a{font:inherit;font-weight:600;min-height:2.75em;min-width:2.75em;cursor:pointer}
:focus-visible{outline:3px solid;outline-offset:2px}
.float{position:fixed;inset-block-end:1.25em;inset-inline-end:1.25em;z-index:2147483000;max-width:calc(100% - 2.5em);padding:.6em 1.4em;border:2px solid #fff;border-radius:2em;background:ACCENT;color:#fff;box-shadow:0 2px 12px #0006}
.float.start{inset-inline:1.25em auto}
.float:focus-visible{outline-color:ACCENT;outline-offset:3px}
dialog{position:fixed;inset-block:auto 1em;inset-inline:auto 1em;margin:0;width:27em;height:46em;max-width:calc(100% - 2em);max-height:calc(100% - 2em);padding:0;border:1px solid #8888;border-radius:.75em;overflow:hidden;background:Canvas;color:CanvasText;box-shadow:0 8px 40px #0006}
dialog.start{inset-inline:1em auto}
dialog[open]{display:flex;flex-direction:column}
dialog::backdrop{background:#0006}
header{display:flex;align-items:center;gap:.25em;padding:.25em .25em .25em 1em;background:ACCENT;color:#fff}
h2{flex:1;margin:0;font-size:1.0625em;outline:0}
header :is(a,button){display:flex;align-items:center;justify-content:center;min-height:3em;padding:0 .7em;border:0;border-radius:.4em;background:none;color:inherit;font-size:.9375em;text-align:center}
header :is(a,button):focus-visible{outline-offset:-4px}
iframe{display:block;flex:1;width:100%;min-height:0;border:0;background:Canvas}
.inline iframe{min-height:28em}
p{margin:0;padding:1em}
p a{display:flex;align-items:center;width:fit-content;margin-top:.75em;padding:0 1.4em;border-radius:2em;background:ACCENT;color:#fff}
[hidden]{display:none!important}
@media(max-width:36em),(max-height:30em){dialog,dialog.start{inset:0;width:100%;height:100%;max-width:none;max-height:none;border:0;border-radius:0}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  const safely = (act) => (...given) => {
    try {
      return act(...given);
    } catch (error) {
      console.warn("Guichet:", error.message);
    }
  };
  const make = (tag, given, ...inside) => {
    const made = Object.assign(document.createElement(tag), given);
    made.append(...inside);
    return made;
  };
  // A shadow of our own: the styles of the page cannot reach in, ours cannot reach out.
  const shade = (host) => {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.replaceChildren();
    return root;
  };
  const tell = (name, place) =>
    (place?.isConnected ? place : document).dispatchEvent(new CustomEvent(`guichet:${name}`, { bubbles: true }));

  // What is wanted: said by the call, else by the element, else by the script's own attributes.
  const wanted = (element, given) => {
    const found = {};
    for (const name of NAMES) {
      const value = given?.[name] ?? element?.dataset[name] ?? script.dataset[name];
      if (value) found[name] = String(value);
    }
    const spoken = found.language ?? (element ?? document.body).closest("[lang]")?.lang ?? "";
    found.language = /^en/i.test(spoken) ? "en" : "fr";
    found.label ??= WORDS[found.language][0];
    return found;
  };
  const address = ({ language, article, question, theme }, prefix) => {
    const code = encodeURIComponent;
    const english = language === "en";
    const path = article
      ? `/questions/${code(article)}`
      : question
        ? `${english ? "/search" : "/recherche"}?q=${code(question)}${theme ? `&theme=${code(theme)}` : ""}`
        : theme
          ? `/themes/${code(theme)}`
          : "/";
    return HOME + prefix + (english ? "/en" : "") + path;
  };

  // A view: one frame, and the link that takes its place when nothing is heard from it.
  const views = new Set();
  const view = (options, place, inline) => {
    const words = WORDS[options.language];
    const frame = make("iframe", {
      title: options.label,
      src: address(options, `/integration/${encodeURIComponent(options.partner)}`),
      referrerPolicy: "strict-origin",
      loading: inline ? "lazy" : "eager",
    });
    const link = make("a", { href: address(options, ""), target: "_blank", rel: "noopener", textContent: words[2] });
    const sorry = make("p", { hidden: true }, `${words[3]} `, link);
    sorry.setAttribute("role", "status");
    const made = { frame, sorry, place, inline, src: frame.src, timer: 0 };
    made.late = () => {
      made.timer ||= setTimeout(() => {
        frame.hidden = true;
        sorry.hidden = false;
      }, LATE);
    };
    if (inline) frame.addEventListener("load", made.late, { once: true });
    else made.late();
    views.add(made);
    return made;
  };
  const forget = (gone) => {
    clearTimeout(gone?.timer);
    views.delete(gone);
  };

  // Messages of our frames alone: origin, source, then one word of a closed list and perhaps a height.
  const heard = ({ origin, source, data }) => {
    if (origin !== HOME || !source || typeof data !== "object" || !data) return;
    const from = [...views].find(({ frame }) => frame.contentWindow === source);
    const word = data.guichet;
    if (!from) return;
    if (word === "ready") {
      clearTimeout(from.timer);
      from.timer = -1;
      from.frame.hidden = false;
      from.sorry.hidden = true;
    }
    if (word === "ready" || word === "answered" || word === "sent") tell(word, from.place);
    else if (word === "close" && !from.inline) close();
    else if (word === "resize" && from.inline && Number.isInteger(data.height))
      from.frame.height = Math.min(Math.max(data.height, 200), 20000);
  };

  // The panel: one for the page, made on its first opening. A modal dialog: the browser holds the focus, gives it back
  // and closes on Escape; the frame says so itself when the focus is inside it.
  let panel;
  const build = () => {
    const host = make("div");
    const root = shade(host);
    const title = make("h2", { id: "title", tabIndex: -1, autofocus: true });
    const tab = make("a", { target: "_blank", rel: "noopener" });
    const shut = make("button", { type: "button" });
    const dialog = make("dialog", {}, make("header", {}, title, tab, shut));
    dialog.setAttribute("aria-labelledby", "title");
    root.append(dialog);
    shut.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      if (dialog.open) return; // closed to be opened again
      tell("close", panel.place);
      if (panel.view?.timer !== -1) clearView();
    });
    document.body.append(host);
    return { host, dialog, title, tab, shut };
  };
  // A frame that never answered is made anew at the next opening; one that did keeps what the visitor was writing.
  const clearView = () => {
    if (!panel.view) return;
    forget(panel.view);
    panel.view.frame.remove();
    panel.view.sorry.remove();
    panel.view = undefined;
  };
  const open = (given, element) => {
    const options = wanted(element, given);
    if (!options.partner) return false;
    if (!panel?.host.isConnected) {
      if (panel?.view) forget(panel.view);
      panel = build();
    }
    if (panel.dialog.open) panel.dialog.close();
    const words = WORDS[options.language];
    const { dialog, title, tab, shut } = panel;
    const src = address(options, `/integration/${encodeURIComponent(options.partner)}`);
    if (panel.view && panel.view.src !== src) clearView();
    if (!panel.view) {
      panel.view = view(options, element, false);
      dialog.append(panel.view.frame, panel.view.sorry);
    }
    panel.place = panel.view.place = element;
    title.textContent = options.label;
    tab.textContent = words[4];
    tab.href = address(options, "");
    shut.textContent = words[1];
    dialog.lang = options.language;
    dialog.className = options.side === "start" ? "start" : "";
    dialog.showModal();
    tell("open", element);
    return true;
  };
  const close = () => panel?.dialog.close();

  // Places of the page: [data-guichet], now and later, until they go.
  const places = new Map();
  const mount = (place) => {
    const options = wanted(place);
    const mode = options.mode ?? "button";
    const kept = {};
    places.set(place, kept);
    if (!options.partner || mode === "link") return;
    if (mode === "inline") {
      const root = shade(place);
      kept.view = view(options, place, true);
      root.append(make("div", { className: "inline" }, kept.view.frame, kept.view.sorry));
    } else {
      const button = make("button", { type: "button", textContent: options.label, lang: options.language });
      button.className = options.side === "start" ? "float start" : "float";
      button.setAttribute("aria-haspopup", "dialog");
      button.addEventListener("click", safely(() => open({}, place)));
      kept.host = make("div");
      shade(kept.host).append(button);
      document.body.append(kept.host);
    }
  };
  let waiting = 0;
  const look = safely(() => {
    waiting = 0;
    for (const [place, { host, view: gone }] of places)
      if (!place.isConnected) {
        forget(gone);
        host?.remove();
        places.delete(place);
        if (panel?.place === place) close();
      }
    for (const place of document.querySelectorAll("[data-guichet]")) if (!places.has(place)) safely(mount)(place);
  });
  const later = () => (waiting ||= setTimeout(look));

  // Any element may open the panel: delegation, so that elements made later work too.
  const clicked = (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const found = event.composedPath()[0].closest?.("[data-guichet-open],[data-guichet]:is(a,button),[data-guichet] a");
    const place = found?.closest("[data-guichet-open],[data-guichet]");
    if (place && open({}, place)) event.preventDefault();
  };

  window.Guichet = Object.freeze({ open: safely((given) => open(given)), close: safely(close) });
  window.addEventListener("message", safely(heard));
  document.addEventListener("click", safely(clicked));
  new MutationObserver(later).observe(document, { childList: true, subtree: true });
  look();
})();
