// What the browser tests ask of a page. Put in before any script of the page; nothing of it is part of the product.
(() => {
  const broken = [];
  document.addEventListener("securitypolicyviolation", (event) => broken.push(`${event.violatedDirective} ${event.blockedURI}`));

  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true });
  };
  const name = (element) => {
    const words = (element.getAttribute("aria-label") || element.innerText || element.name || element.id || "").trim();
    return `${element.tagName.toLowerCase()}${element.type ? `[${element.type}]` : ""} ${words.replace(/\s+/g, " ").slice(0, 60)}`.trim();
  };
  const look = (element) => {
    const marks = (style) => [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.borderColor, style.backgroundColor].join("|");
    return marks(getComputedStyle(element)) + marks(getComputedStyle(element, "::after"));
  };
  const inText = (element) => {
    // WCAG 2.5.8, exception "inline": a link in a sentence, its size set by the line height of the text around it.
    const around = element.closest("p, li, td, dd, summary");
    return element.tagName === "A" && getComputedStyle(element).display === "inline" && around && around.innerText.trim() !== element.innerText.trim();
  };

  window.probes = {
    violations: () => broken,
    async storage() {
      const read = (ask) => { try { return ask(); } catch { return 0; } };
      const named = async (ask) => { try { return (await ask()).length; } catch { return 0; } };
      return {
        cookies: read(() => document.cookie),
        local: read(() => localStorage.length),
        session: read(() => sessionStorage.length),
        databases: await named(() => indexedDB.databases()),
        caches: await named(() => caches.keys()),
      };
    },
    headings: () => [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((each) => [Number(each.tagName[1]), each.innerText.trim()]),
    ids: () => [...document.querySelectorAll("[id]")].map((each) => each.id),
    unlabelled: () => [...document.querySelectorAll("input:not([type=hidden]), textarea, select")]
      .filter((each) => !each.labels.length || ![...each.labels].some((label) => label.innerText.trim())).map(name),
    // Elements that reach past the right edge, the way to find who makes a page scroll sideways.
    wide: () => [...document.body.querySelectorAll("*")].filter((each) => seen(each) && each.getBoundingClientRect().right > innerWidth + 1)
      .map((each) => `${name(each)} ${each.className}`).slice(0, 5),
    scrolls: () => document.scrollingElement.scrollWidth,
    // Text that its own box cuts off: the box hides what overflows and is smaller than its content.
    clipped: () => [...document.body.querySelectorAll("*")].filter((each) => {
      const style = getComputedStyle(each);
      if (!seen(each) || each.closest(".visually-hidden, .trap, .skip, svg, select, textarea, input") || !each.innerText?.trim()) return false;
      const hides = [style.overflowX, style.overflowY].some((value) => value === "hidden" || value === "clip");
      return hides && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
    }).map(name),
    // Texts of different elements that lie over each other.
    overlapping: () => {
      const lines = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode;
        const parent = text.parentElement;
        if (!text.textContent.trim() || !seen(parent) || parent.closest(".visually-hidden, .trap, .skip, .urgent-strip, option, details:not([open]) > :not(summary)")) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) lines.push([box, parent, text.textContent.trim().slice(0, 30)]);
      }
      const found = [];
      for (let one = 0; one < lines.length; one++)
        for (let other = one + 1; other < lines.length; other++) {
          const [a, parent, words] = lines[one], [b, next, text] = lines[other];
          if (parent === next || !parent.closest("[role=listbox]") !== !next.closest("[role=listbox]")) continue;
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (across > 2 && down > Math.min(a.height, b.height) * 0.45) found.push(`${words} / ${text}`);
        }
      return found.slice(0, 5);
    },
    // ["text" or "control", name, width, height] of what a finger must hit, links in sentences left out.
    targets: () => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
      .filter((each) => seen(each) && !each.closest(".visually-hidden, .trap") && !inText(each))
      .filter((each) => !each.matches(".skip"))
      .map((each) => {
        const hit = each.matches("input[type=radio], input[type=checkbox]") && each.labels[0] ? each.labels[0] : each;
        const box = hit.getBoundingClientRect();
        return [each.closest(".prose") ? "text" : "control", name(each), Math.round(box.width * 10) / 10, Math.round(box.height * 10) / 10];
      }),
    animations: () => document.getAnimations().length + [...document.querySelectorAll("*")].filter((each) => {
      const style = getComputedStyle(each);
      return [style.transitionDuration, style.animationDuration].some((value) => value.split(",").some((part) => parseFloat(part) > 0.01));
    }).length,
    visible: (selector) => [...document.querySelectorAll(selector)].filter(seen).map(name),
    // Where the focus is, whether an eye can tell, and whether something lies over it.
    focus: () => {
      const element = document.activeElement;
      // The button of a widget stands in a shadow, after the page: guests/ looks at it.
      if (!element || element === document.body || element.shadowRoot) return null;
      const box = element.getBoundingClientRect();
      const focused = look(element);
      const mark = getComputedStyle(element);
      // A card that is one large link draws the outline around itself: on the link's ::after.
      const outlined = [mark, getComputedStyle(element, "::after")]
        .some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
      const shown = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
      const inside = shown >= Math.min(box.height, 40) - 1;
      const points = [[box.left + box.width / 2, box.top + box.height / 2], [box.left + 3, box.top + 3], [box.right - 3, box.bottom - 3]];
      const covered = points.filter(([x, y]) => {
        const top = document.elementFromPoint(x, Math.min(Math.max(y, 1), innerHeight - 1));
        return top && !element.contains(top) && !top.contains(element) && ![...(element.labels ?? [])].some((label) => label.contains(top));
      }).length;
      element.blur();
      const differs = look(element) !== focused;
      element.focus({ preventScroll: true, focusVisible: true });
      return { name: name(element), outlined, differs, inside, covered: covered === points.length, place: [...document.querySelectorAll("*")].indexOf(element) };
    },
    stops: () => {
      const radios = new Set();
      return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter((each) => {
        if (!seen(each) && !each.matches(".skip")) return false;
        if (each.tabIndex < 0 || each.disabled) return false;
        if (each.type !== "radio") return true;
        const first = !radios.has(each.name);
        radios.add(each.name);
        return first;
      }).map(name);
    },
  };
})();
