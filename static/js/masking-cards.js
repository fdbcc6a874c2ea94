// Card numbers, what stands beside them, and account numbers: the rules of webapp/confidential/cards.py, card_codes.py
// and accounts.py, here so that nothing has to be sent to know.

import { ibans, issuers } from "./masking-rules.js";
import { HIDDEN, all, figures, hidden, isDigits, match, search, span, whole } from "./masking-text.js";

const UNEVEN = ["4,6,5", "4,6,4"];

function lengths(beginning) {
  if (beginning.length < 4) return [];
  const known = issuers.filter(([first, last]) => Number(beginning) >= first && Number(beginning) <= last);
  return [...new Set(known.flatMap(([, , each]) => each))].sort((one, two) => one - two);
}

function luhn(digits) {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const value = Number(digits[digits.length - 1 - place]) * (place % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Groups of digits that may belong together. */
function runOf(text, start, end) {
  const groups = [...all("cards_GROUP", text, start, end)].map((found) => [found.start, found.end]);
  const places = groups.flatMap(([first, beyond]) => [...Array(beyond - first).keys()].map((place) => first + place));
  return { groups, places, digits: groups.map(([first, beyond]) => text.slice(first, beyond)).join("") };
}

function codeFollows(rest, length) {
  if (![15, 16].includes(length) || ![3, 4].includes(rest.length)) return false;
  return rest.length === 3 || length === 15 || (rest.slice(0, 2) >= "01" && rest.slice(0, 2) <= "12");
}

function* windows(run) {
  const starts = [0];
  for (const [first, beyond] of run.groups) starts.push(starts.at(-1) + beyond - first);
  const ends = new Set(starts);
  for (let group = 0; group + 1 < starts.length; group += 1) {
    const first = starts[group];
    for (const length of lengths(run.digits.slice(first, first + 4))) {
      const beyond = first + length;
      if (beyond > run.digits.length || !luhn(run.digits.slice(first, beyond))) continue;
      if (ends.has(beyond)) yield [first, beyond];
      else if (codeFollows(run.digits.slice(beyond, Math.max(beyond, starts[group + 1])), length)) yield [first, starts[group + 1]];
    }
  }
}

function* regular(text, groups) {
  const sizes = groups.map(([first, beyond]) => beyond - first);
  for (let place = 0; place + 2 < groups.length; place += 1) {
    if (UNEVEN.includes(sizes.slice(place, place + 3).join())) yield runOf(text, groups[place][0], groups[place + 2][1]);
  }
  let place = 0;
  while (place < sizes.length) {
    const first = place;
    while (place < sizes.length && sizes[place] === sizes[first]) place += 1;
    const beyond = place < sizes.length && sizes[place] < sizes[first] ? place + 1 : place;
    if (beyond - first > 1) yield runOf(text, groups[first][0], groups[beyond - 1][1]);
  }
}

function* runs(text) {
  for (const found of all("cards_RUN", text)) {
    const run = runOf(text, found.start, found.end);
    const groups = run.groups.map(([first, beyond]) => text.slice(first, beyond)).join(" ");
    if (!whole("accounts_EXPLAINED", groups)) yield run;
  }
  for (const found of all("cards_ENUMERATION", text)) {
    const end = found.end + found[2].length;
    if (end - found.start <= 13 || whole("cards_ALL_FREE", found[1])) continue;
    yield* regular(text, [...all("cards_GROUP", text, found.start, end)].map((group) => [group.start, group.end]));
  }
}

/** Card numbers of a plain text, in order. */
export function cards(text) {
  const found = [];
  let shield = null;
  for (const run of runs(text)) {
    for (const [first, beyond] of windows(run)) {
      shield ??= [...accounts(text), ...sirets(text)];
      const start = run.places[first];
      const end = run.places[beyond - 1] + 1;
      if (shield.some((each) => each.start < end && start < each.end)) continue;
      found.push({ start, end, kind: "card", length: beyond - first });
    }
  }
  found.sort((one, two) => one.start - two.start || one.end - two.end);
  const apart = [];
  for (const card of found) {
    const last = apart.at(-1);
    if (last && card.start < last.end) last.end = Math.max(last.end, card.end);
    else apart.push({ ...card });
  }
  return apart;
}

function* sirets(text) {
  for (const found of all("accounts_SIRET", text)) {
    const number = found[1].replace(/[^0-9]/g, "");
    if (luhn(number) && luhn(number.slice(0, 9))) yield { start: found.end - found[1].length, end: found.end };
  }
}

function remainder(number) {
  let left = 0;
  for (const figure of number) left = (left * 10 + Number(figure)) % 97;
  return left;
}

const numeral = (text) => [...text].map((each) => parseInt(each, 36)).join("");

/** IBAN and RIB of a plain text. */
export function accounts(text) {
  const found = [];
  let place = 0;
  let seen;
  while ((seen = search("accounts_IBAN", text, place))) {
    place = seen.start + 2;
    const letters = [];
    for (let at = seen.start; at < seen.end; at += 1) if (/[A-Za-z0-9]/.test(text[at])) letters.push(at);
    const length = ibans[text.slice(seen.start, seen.start + 2).toUpperCase()];
    if (!length || letters.length < length) continue;
    const number = letters.slice(0, length).map((at) => text[at].toUpperCase()).join("");
    const end = letters[length - 1] + 1;
    const ends = letters.length === length || !/[A-Za-z0-9]/.test(text[end]);
    const said = ends && search("accounts_WORD", text.slice(Math.max(0, seen.start - 30), seen.start));
    if (remainder(numeral(number.slice(4) + number.slice(0, 4))) !== 1 && !said) continue;
    found.push({ start: seen.start, end, kind: "iban" });
    place = end;
  }
  for (const rib of all("accounts_RIB", text)) {
    const account = rib[3].toUpperCase().replace(/[A-Z]/g, (letter) => "12345678912345678923456789"[letter.charCodeAt(0) - 65]);
    const sum = 89n * BigInt(rib[1]) + 15n * BigInt(rib[2]) + 3n * BigInt(account) + BigInt(rib[4]);
    if (sum % 97n === 0n && !found.some((each) => each.start < rib.end && rib.start < each.end)) {
      found.push({ start: rib.start, end: rib.end, kind: "iban" });
    }
  }
  return found.sort((one, two) => one.start - two.start);
}

/** Expiry dates at most 60 characters after a card, or 40 before. */
export function expiries(text, found) {
  if (!found.length) return [];
  const seen = hidden(text, found);
  const spans = [...all("card_codes_EXPIRY", seen)].map((each) => [each.start, each.end]);
  spans.push(...[...all("card_codes_EXPIRY_IN_WORDS", seen)].map((each) => span(each, "when")));
  const beside = ([start, end]) =>
    found.some((card) => (card.end >= start - 60 && card.end <= start) || (card.start >= end && card.start <= end + 40));
  return spans.filter(beside).map(([start, end]) => ({ start, end, kind: "expiry" }));
}

/** Security codes near a card or near a word that announces one. */
export function codes(text, found, dates) {
  const words = [...all("card_codes_WORD", text)];
  if (!words.length && !found.length) return [];
  let seen = hidden(hidden(text, found), dates);
  const days = [...all("card_codes_EXPIRY", seen)].filter((each) => each[0].includes("/"));
  seen = hidden(seen, days);
  const years = new Set([...all("card_codes_YEAR", seen)].map((each) => span(each, "year")[0]));
  const spans = [];
  for (const word of words) {
    const code = match("card_codes_ANNOUNCED", seen, word.end);
    if (code && !years.has(code.end - code.groups.code.length)) spans.push([code.end - code.groups.code.length, code.end]);
  }
  for (const code of all("card_codes_ALONE", seen)) {
    const near = (reach) => words.some((word) => word.end >= code.start - reach && word.end <= code.start);
    const said = search("card_codes_SAID", seen.slice(Math.max(0, code.start - 10), code.start)) && near(80);
    const next = words.find((word) => word.start >= code.end);
    const announced = next && next.start <= code.end + 20 && !search("card_codes_SENTENCE_END", seen, code.end, next.start);
    const card = found.filter((each) => each.end <= code.start).at(-1);
    const follows = card && card.end >= code.start - 60 && (figures(code[0]) === 3 || card.length === 15);
    if (!years.has(code.start) && (near(40) || said || announced || follows)) spans.push([code.start, code.end]);
  }
  for (const code of all("card_codes_ALONE", seen)) {
    const beside = ([, end]) => end < code.start && code.start - end <= 24 && whole("card_codes_AND", seen.slice(end, code.start));
    if (spans.some(beside)) spans.push([code.start, code.end]);
  }
  return spans.map(([start, end]) => ({ start, end, kind: "security_code" }));
}

export { HIDDEN, isDigits };
