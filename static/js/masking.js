// What will be masked of a text, known without sending it: the rules of webapp/confidential/ (announced_codes.py,
// passwords.py, redaction.py), with the patterns that masking-rules.js takes from there.

import { ordinary } from "./masking-rules.js";
import { accounts, cards, codes, expiries } from "./masking-cards.js";
import { remaining, spoken } from "./masking-remaining.js";
import { sentences } from "./masking-sentences.js";
import { all, figures, hidden, isDigits, match, normalised, reading, search, span, whole } from "./masking-text.js";

const REACH = 70;
const BACK = 60;
const BESIDE = 110;
const LONGEST = 5000; // characters: what a form takes

function isYear(read, start, end) {
  return match("reading_YEAR", read.text.slice(start, end)) && search("reading_YEAR_BEFORE", read.text.slice(Math.max(0, start - 14), start));
}

function trimmed(text, start, end) {
  while (end > start && ".,;:!?…'’".includes(text[end - 1])) end -= 1;
  return [start, end];
}

function* breaths(text, announcement) {
  const words = [...all(announcement, text)];
  let earliest = 0;
  for (const [place, word] of words.entries()) {
    const next = words[place + 1]?.start ?? text.length;
    yield [word, Math.max(earliest, word.start - BACK), Math.min(next, word.end + REACH)];
    earliest = word.end;
  }
}

const strip = (text, signs) => text.split("").filter((each) => !signs.includes(each)).join("");

// Codes.

function somethingElse(read, start, end) {
  const digits = read.text.slice(start, end);
  if (match("vocabulary_UNIT_AFTER", read.text, end) || match("announced_codes_DAY", digits) || isYear(read, start, end)) return true;
  if (digits.length !== 5) return false;
  const town = search("announced_codes_TOWN_BEFORE", read.written.slice(Math.max(0, start - 40), start));
  return town || match("announced_codes_TOWN", read.written, end);
}

function belongs(read, end, name, [start, beyond], sure) {
  const gap = read.text.slice(end, start);
  const value = read.text.slice(start, beyond);
  if (name === "announced_codes_MIXED") {
    if (value.length > 3 && whole("announced_codes_IS", gap)) return true;
    const written = read.written.slice(start, beyond);
    const named = sure || !whole("announced_codes_ONE_WORD", gap);
    return gap && named && written === written.toUpperCase() && written.length > 5 && !match("vocabulary_VOUCHER", written) && !search("vocabulary_BREAK", gap);
  }
  const digits = name === "announced_codes_DIGITS";
  if (!sure && digits && whole("announced_codes_ONE_WORD", gap) && !match("vocabulary_OF_THE_CODE", gap)) return false;
  const said = search("announced_codes_SAID_BEFORE", gap) || !strip(gap, ' :=-–(«",');
  if (!digits) {
    const words = value.split(/[\s,.-]+/).filter((each) => !["et", "and", "puis", "then", "ensuite", "apres", "enfin", "le", ""].includes(each));
    return said && (words.length > 2 || !words.every((each) => whole("announced_codes_ONE_FIGURE", each)));
  }
  if (somethingElse(read, start, beyond) || search("vocabulary_BREAK", gap)) return false;
  return said || (!gap.trim().includes("\n") && (figures(value) === 6 || !search("vocabulary_SPENDING", gap)));
}

function code([start, end], text, sure) {
  return { start, end, kind: sure || ([0, 4].includes(figures(text.slice(start, end))) ? "pin" : "access_code") };
}

function* furtherCodes(text, end, sure, name) {
  let value;
  while ((value = search(name, text, end, Math.min(text.length, end + 40)))) {
    const [start, beyond] = span(value, "value");
    const again = match("announced_codes_MORE", text, end, start) || match("announced_codes_REPLACED", text, end, start);
    if (!again || match("vocabulary_UNIT_AFTER", text, beyond)) return;
    yield code([start, beyond], text, sure);
    end = beyond;
  }
}

function* codeAfter(read, end, limit, sure) {
  const text = read.text;
  const farthest = limit;
  const glued = match("announced_codes_GLUED", text, end);
  if (glued) {
    yield code([glued.start, glued.end], text, sure);
    return;
  }
  const stop = search("reading_STOP", text, end, limit);
  const tight = match("reading_TIGHT", text, end, limit);
  if (stop && !(tight && stop.start < tight.end)) limit = stop.start + 1;
  for (const name of ["announced_codes_DIGITS", "announced_codes_SPELLED", "announced_codes_MIXED"]) {
    for (const value of all(name, text, end, Math.min(text.length, limit + 24))) {
      const place = span(value, "value");
      if (place[0] >= limit) break;
      if (!belongs(read, end, name, place, sure)) continue;
      yield code(place, text, sure);
      yield* furtherCodes(text, place[1], sure, name);
      return;
    }
  }
  if (!stop || limit >= farthest) return;
  for (const value of all("announced_codes_DIGITS", text, limit, farthest)) {
    const place = span(value, "value");
    const given = search("announced_codes_GIVEN_BEFORE", text.slice(Math.max(0, value.start - 14), value.start));
    if (given && !somethingElse(read, ...place)) {
      yield code(place, text, sure);
      return;
    }
  }
}

function* codeBefore(read, earliest, word, sure) {
  const text = read.text;
  const apposed = match("vocabulary_APPOSED", text, word.end);
  let following = word.start;
  for (const value of [...all("announced_codes_DIGITS", text, earliest, word.start)].reverse()) {
    const [first, last] = span(value, "value");
    if (somethingElse(read, first, last) || search("reading_STOP", text, last, word.start)) continue;
    if (last - first === 5 && search("announced_codes_SENDER", text.slice(Math.max(0, first - 14), first))) continue;
    const between = text.slice(last, word.start);
    const linked = match("announced_codes_LINK", between) && (search("announced_codes_SAID_BETWEEN", between) || between.includes("\n"));
    const typed = search("announced_codes_TYPED_BEFORE", text.slice(Math.max(0, first - 24), first));
    const beside = !sure || last - first < 5 ? "announced_codes_APPOSED" : "announced_codes_APPOSED_SURELY";
    const listed = following < word.start && match("announced_codes_MORE", text, last, following);
    if (linked || listed || (apposed && whole(beside, between)) || (typed && !search("vocabulary_BREAK", between))) {
      yield code([first, last], text, sure);
      following = first;
    }
  }
}

function* announcedCodes(read) {
  for (const [word, earliest, latest] of breaths(read.text, "vocabulary_CODE")) {
    const another = search("vocabulary_NEAR_ANOTHER", read.text.slice(Math.max(0, word.start - 36), word.start));
    if (word.groups.other !== undefined || word.groups.another !== undefined || another) continue;
    const sure = word.groups.card ? "pin" : word.groups.once ? "access_code" : "";
    yield* codeAfter(read, word.end, latest, sure);
    yield* codeBefore(read, earliest, word, sure);
  }
}

// Passwords.

function strong(read, start, end, joined) {
  const word = read.text.slice(start, end);
  if (whole("passwords_MAIL", word) || match("vocabulary_DEVICES", word) || match("reading_PHONE", read.text, start)) return false;
  const digits = figures(word);
  const letters = (word.match(/\p{L}/gu) ?? []).length;
  if (digits && letters) return !whole("passwords_QUANTITY", word);
  if (digits) {
    const other = match("vocabulary_UNIT_AFTER", read.text, end) || search("passwords_DATE_OR_AMOUNT", word);
    return digits > 2 && digits === word.length && !other && !isYear(read, start, end);
  }
  if (search("passwords_CAPITAL_INSIDE", read.written.slice(start, end)) || search("passwords_SIGNS", word)) return true;
  return Boolean(search("passwords_KEYBOARD", word) || (joined && search("passwords_DOTTED", word)));
}

function lone(read, start, end) {
  const word = read.text.slice(start, end);
  if (ordinary.has(word) || word.length < 4 || !/^\p{L}+$/u.test(word.replaceAll("-", "")) || search("vocabulary_PARTICIPLE", read.written.slice(start, end))) return false;
  if (search("vocabulary_DESCRIBING", word) || match("vocabulary_PASSWORD", read.text, start) || match("vocabulary_CODE", read.text, start)) return false;
  return Boolean(match("vocabulary_AFTER_A_LONE_WORD", read.text, end));
}

function value(read, start, joined) {
  const text = read.text;
  const quoted = start > 1 && (match("passwords_QUOTED", text, start - 1) || match("passwords_QUOTED", text, start - 2));
  if (quoted && joined && quoted[1].includes(" ")) {
    const words = quoted[1].split(/\s+/);
    const first = quoted.start + quoted[0].indexOf(quoted[1]);
    return ordinary.has(words[0]) && words.length < 3 ? null : [first, first + quoted[1].length];
  }
  const token = match("reading_TOKEN", text, start);
  if (!token) return null;
  const [first, last] = trimmed(text, token.start, token.end);
  if (last - first < 3) return null;
  if (strong(read, first, last, joined)) return /^[!?]+$/.test(text.slice(last, token.end)) ? [token.start, token.end] : [first, last];
  return joined && lone(read, first, last) ? [first, last] : null;
}

const LOOSE = [",", "(", "pour", "par", "en", "ce"];

function passwordAfter(read, word, limit) {
  const text = read.text;
  const end = word.end;
  const definite = !search("vocabulary_INDEFINITE", text.slice(Math.max(0, word.start - 8), word.start));
  const previous = text.slice(Math.max(0, word.start - 2), word.start);
  const alone = previous === "" || previous.endsWith("\n") || [", ", "/ ", "- ", "; "].includes(previous) || /[0-9] $/.test(previous);
  const direct = match("reading_TIGHT", text, end);
  let found = value(read, direct.end, [...direct[0]].some((each) => ':=→>({«"'.includes(each)));
  if (found) return found;
  const short = ["mdp", "pwd", "mp"].includes(word[0]);
  for (const [wanted, name] of [[alone, "passwords_WORD_TO_LINE_END"], [short, "passwords_WORD"], [definite, "passwords_WORD_THEN_VERB"]]) {
    const line = wanted && match(name, text, direct.end);
    if (line && lone(read, line.start, line.start + line[1].length)) return [line.start, line.start + line[1].length];
  }
  const apart = definite && match("passwords_BETWEEN_COMMAS", text, end);
  if (apart && lone(read, apart.start + 2, apart.end - 1)) return [apart.start + 2, apart.end - 1];
  limit = search("reading_STOP", text, end, limit)?.start ?? limit;
  for (const join of all("passwords_JOINED", text, end, limit)) {
    const start = match("passwords_TO_VALUE", text, join.end);
    if (!start || start.end > limit || search("vocabulary_BREAK_PASSWORD", text, end, join.start)) return null;
    const sign = ":=→->=>".includes(join[0]) && (definite || join.start - end < 12);
    const sure = sign || (definite && !search("vocabulary_RELATIVE", text, end, join.start));
    if ((found = value(read, start.end, sure && !LOOSE.includes(join[0])))) return found;
  }
  for (const token of all("reading_TOKEN", text, end, limit)) {
    if (search("vocabulary_BREAK", text, end, token.start)) return null;
    if (token[0].length > 4 && strong(read, token.start, token.end, false)) return trimmed(text, token.start, token.end);
  }
  return null;
}

function* furtherPasswords(read, end) {
  let more;
  while ((more = match("passwords_AND_ANOTHER", read.text, end))) {
    const token = match("reading_TOKEN", read.text, more.end);
    if (!token) return;
    const [first, last] = trimmed(read.text, token.start, token.end);
    if (last - first < 3 || isDigits(read.text.slice(first, last)) || !strong(read, first, last, false)) return;
    yield { start: first, end: last, kind: "password" };
    end = last;
  }
}

function* passwordBefore(read, earliest, word) {
  const text = read.text;
  const apposed = match("vocabulary_APPOSED", text, word.end);
  for (const token of [...all("reading_TOKEN", text, earliest, word.start)].slice(-5)) {
    const between = text.slice(token.end, word.start);
    if ((token.start && !/[\s«"“(]/.test(text[token.start - 1])) || !search("passwords_SAID", between)) continue;
    const typed = search("passwords_TYPED", text.slice(Math.max(0, token.start - 14), token.start)) && !search("vocabulary_BREAK", between);
    if (!whole("passwords_BEFORE", between) && !(apposed && whole("passwords_APPOSED", between)) && !typed) continue;
    const [first, last] = trimmed(text, token.start, token.end);
    if (last - first > 2 && strong(read, first, last, false)) yield { start: first, end: last, kind: "password" };
  }
}

function* passwords(read) {
  for (const [word, earliest, latest] of breaths(read.text, "vocabulary_PASSWORD")) {
    const after = passwordAfter(read, word, latest);
    if (after) {
      yield { start: after[0], end: after[1], kind: "password" };
      yield* furtherPasswords(read, after[1]);
    }
    yield* passwordBefore(read, earliest, word);
  }
}

// Identifiers.

const namesSomebody = (word) => /[0-9]/.test(word) || /[^.]\.[^.]|[^@]@[^@]/.test(word);

function* pairs(read) {
  for (const both of all("vocabulary_BOTH", read.text)) {
    const lead = match("passwords_LEAD", read.text, both.end);
    const pair = lead && match("passwords_PAIR", read.text, lead.end);
    if (!pair || !namesSomebody(pair.groups.first)) continue;
    const [first, last] = trimmed(read.text, pair.end - pair.groups.second.length, pair.end);
    if (last - first < 4 || !strong(read, first, last, true)) continue;
    yield { start: pair.start, end: pair.start + pair.groups.first.length, kind: "identifier" };
    yield { start: first, end: last, kind: isDigits(read.text.slice(first, last)) ? "access_code" : "password" };
  }
}

function* identifiers(read, found) {
  const text = read.text;
  for (const word of all("vocabulary_IDENTIFIER", text)) {
    const lead = match("passwords_TO_IDENTIFIER", text, word.end);
    const token = lead && match("reading_TOKEN", text, lead.end);
    if (!token || found.some((each) => each.start === token.start)) continue;
    const [start, end] = trimmed(text, token.start, token.end);
    const name = text.slice(start, end);
    const alone = /^\p{L}+$/u.test(name) && !ordinary.has(name) && match("vocabulary_PASSWORD", text, end + 1);
    const names = namesSomebody(name) || /[:=]/.test(lead[0]) || alone;
    const beside = (each) => (each.start >= end && each.start <= end + BESIDE) || (each.end >= start - BESIDE && each.end <= start);
    if (end - start > 3 && names && found.some(beside)) yield { start, end, kind: "identifier" };
  }
}

function* numbersBefore(read, found) {
  for (const word of all("vocabulary_PASSWORD", read.text)) {
    const from = Math.max(0, word.start - 24);
    const number = search("passwords_NUMBER_THEN", read.text, from, word.start);
    const follows = (each) => each.kind === "password" && each.start >= word.end && each.start <= word.end + 12;
    if (number && found.some(follows)) yield { start: number.start, end: number.start + number[1].length, kind: "identifier" };
  }
}

function announced(text) {
  const read = reading(text);
  const found = [...pairs(read), ...announcedCodes(read), ...passwords(read)];
  found.push(...sentences(read, { trimmed, strong, somethingElse }));
  found.push(...remaining(read, [...found], { trimmed, strong, somethingElse }));
  if (found.length) found.push(...identifiers(read, [...found]), ...numbersBefore(read, [...found]));
  return found.map(({ start, end, kind }) => ({ start: read.places[start], end: read.places[end - 1] + 1, kind }));
}

/** The secrets of a text, in order: {start, end, kind}, kinds as in redaction.py. `ibans`: whether they are masked. */
export function secrets(typed, ibans = true) {
  const normal = normalised(typed.slice(0, LONGEST));
  let text = normal.text;
  if (text.includes("•")) text = hidden(text, [...all("redaction_MARK", text)]);
  const numbers = [...cards(text), ...spoken(text)].sort((one, two) => one.start - two.start);
  const dates = expiries(text, numbers);
  const found = [...numbers, ...dates, ...codes(text, numbers, dates)];
  const held = accounts(hidden(text, found));
  found.push(...announced(hidden(text, [...found, ...held])), ...(ibans ? held : []));
  found.sort((one, two) => one.start - two.start || one.end - two.end || (one.kind < two.kind ? -1 : 1));
  const apart = [];
  for (const each of found) {
    const last = apart.at(-1);
    if (last && each.start < last.end) last.end = Math.max(last.end, each.end);
    else apart.push({ ...each });
  }
  return apart.map(({ start, end, kind }) => ({ start: normal.from[start], end: normal.to[end - 1], kind }));
}

/** `typed` without its secrets, for a question that needs only the words. */
export function without(typed, found) {
  let made = "";
  let place = 0;
  for (const { start, end } of found) {
    made += `${typed.slice(place, start)}•`;
    place = end;
  }
  return made + typed.slice(place);
}
