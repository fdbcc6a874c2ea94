// What a person reads before writing, kept in the page's own hidden field and nowhere else (webapp/tickets/trail.py has
// the grammar): a link opened from here, and what another open tab of this site says of itself while this page is open.

const MARKS = { shown: "p", opened: "o", useful: "u", useless: "n" };
const STRENGTH = { p: 0, o: 1, u: 2, n: 2 };
const CHANNEL = "guichet-trail"; // between open pages of this site only; nothing stays when they close

export function note(article, how) {
  const mark = MARKS[how];
  if (!mark || !/^[a-z0-9-]{1,80}$/.test(article)) return;
  for (const field of document.querySelectorAll("[data-trail]")) {
    const entries = field.value.split("~").filter(Boolean);
    const before = entries.find((entry) => entry.slice(2) === article);
    if (before && STRENGTH[before[0]] > STRENGTH[mark]) continue;
    field.value = [...entries.filter((entry) => entry !== before), `${mark}.${article}`].join("~");
  }
}

export function tell(article, how) {
  if (!article || !("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ article, how });
  channel.close();
}

if (document.querySelector("[data-trail]")) {
  const opened = (event) => {
    const link = event.target.closest("a[data-article]");
    if (link) note(link.dataset.article, "opened");
  };
  document.addEventListener("click", opened);
  document.addEventListener("auxclick", opened); // the middle button opens a tab
  if ("BroadcastChannel" in window) {
    new BroadcastChannel(CHANNEL).addEventListener("message", ({ data }) => note(String(data?.article), String(data?.how)));
  }
}
