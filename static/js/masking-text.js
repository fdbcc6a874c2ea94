// A text as the rules of masking read it (webapp/confidential/digits.py, reading.py), and patterns used as Python does.

import { patterns } from "./masking-rules.js";

const IGNORED = "\u200b"; // stands for what is not seen
export const HIDDEN = "\u25a1";
const HAN = "〇一二三四五六七八九";
const CIRCLED = [[0x2776, 1], [0x2780, 1], [0x278a, 1], [0x24f5, 1], [0x24ff, 0]]; // digits that NFKC leaves as they are

function figure(character, whole) {
  if (/^[0-9]{1,2}$/.test(whole)) return String(Number(whole));
  const point = character.codePointAt(0);
  if (/\p{Nd}/u.test(character)) {
    let zero = point;
    while (zero > point - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String(point - zero);
  }
  if (HAN.includes(character)) return String(HAN.indexOf(character));
  const circle = CIRCLED.find(([first, value]) => point >= first && point <= first + 9 - value && (value || point === first));
  return circle ? String(point - circle[0] + circle[1]) : "";
}

function plain(character) {
  if (character <= "\x7f") return character;
  const whole = character.normalize("NFKC");
  const digits = figure(character, whole);
  if (digits) return digits;
  return [...whole].map(seen).join("") || IGNORED;
}

function seen(character) {
  if (/\p{Z}/u.test(character)) return /\p{Zs}/u.test(character) ? " " : "\n";
  if (/\p{Pd}/u.test(character)) return "-";
  return /[\p{C}\p{Mn}\p{Me}]/u.test(character) ? IGNORED : character;
}

/** `text` in its plain form; `from[i]` and `to[i]` are where its i-th unit began and ended in the original. */
export function normalised(text) {
  let made = "";
  const from = [];
  const to = [];
  let place = 0;
  for (const character of text) {
    const form = plain(character);
    for (let unit = 0; unit < form.length; unit += 1) {
      from.push(place);
      to.push(place + character.length);
    }
    made += form;
    place += character.length;
  }
  return { text: made, from, to };
}

function folded(character) {
  if ("’ʼ‘`´".includes(character)) return "'";
  const bare = character.normalize("NFD")[0].toLowerCase();
  return bare.length === 1 ? bare : character;
}

/** Small letters without accents in `text`, as they were in `written`; `places[i]`: where in the given text. */
export function reading(given) {
  const places = [];
  let written = "";
  for (let place = 0; place < given.length; place += 1) {
    if (given[place] === IGNORED) continue;
    places.push(place);
    written += given[place];
  }
  return { text: [...Array(written.length).keys()].map((place) => folded(written[place])).join(""), written, places };
}

const compiled = new Map();

function pattern(name, flags) {
  const key = name + flags;
  if (!compiled.has(key)) compiled.set(key, new RegExp(patterns[name][0], patterns[name][1] + flags));
  return compiled.get(key);
}

function run(name, flags, text, from, end) {
  const found = pattern(name, flags);
  found.lastIndex = Math.max(0, from);
  const match = found.exec(end < text.length ? text.slice(0, end) : text);
  if (match) {
    match.start = match.index;
    match.end = match.index + match[0].length;
  }
  return match;
}

/** As `pattern.match(text, from, end)`, `.search`, `.finditer`, `.fullmatch` in Python. */
export const match = (name, text, from = 0, end = text.length) => run(name, "y", text, from, end);
export const search = (name, text, from = 0, end = text.length) => run(name, "g", text, from, end);
export const whole = (name, text) => match(name, text)?.end === text.length;

export function* all(name, text, from = 0, end = text.length) {
  let found;
  while ((found = search(name, text, from, end))) {
    yield found;
    from = found.end > found.start ? found.end : found.end + 1;
  }
}

/** Where the group `name` of a match stands. */
export function span(found, name) {
  const start = found.start + found[0].indexOf(found.groups[name]);
  return [start, start + found.groups[name].length];
}

export function hidden(text, spans) {
  const characters = text.split("");
  for (const { start, end } of spans) characters.fill(HIDDEN, start, end);
  return characters.join("");
}

export const isDigits = (text) => /^[0-9]+$/.test(text);
export const figures = (text) => (text.match(/[0-9]/g) ?? []).length;
