// What is left beside an announcement when nothing explains it (webapp/confidential/remaining.py), and card numbers in
// words (spoken.py).

import { all, figures, match, reading, search, span } from "./masking-text.js";

const REACH = 130;
const REACH_OF_A_WORD = 90;
const REACH_OF_MIXED = 50;

/** Card numbers written in words. */
export function* spoken(text) {
  const read = reading(text);
  for (const run of all("spoken_RUN", read.text)) {
    if (match("vocabulary_UNIT_AFTER", read.text, run.end) || !/[a-z]/.test(run[0])) continue;
    yield { start: read.places[run.start], end: read.places[run.end - 1] + 1, kind: "card", length: 16 };
  }
}

function other(text, topic) {
  if (topic.groups.announced === undefined) return false;
  const before = text.slice(Math.max(0, topic.start - 36), topic.start);
  return search("vocabulary_NEAR_ANOTHER", before) || search("vocabulary_OTHER_CODE_BEFORE", before);
}

function ofAnother(before) {
  const code = search("remaining_OF_ANOTHER", before);
  return code && (code.groups.other || code.groups.another || search("vocabulary_NEAR_ANOTHER", before.slice(0, code.start)));
}

function madeByAMachine(read, start) {
  const before = read.text.slice(Math.max(0, start - 100), start);
  if (match("vocabulary_VOUCHER", read.written, start)) return false;
  if (search("remaining_NAMED", before) || match("vocabulary_DEVICES", read.text.slice(start)) || search("remaining_OTHER_KIND", before)) return false;
  return !ofAnother(before);
}

function explained(read, start, end, somethingElse) {
  const before = read.text.slice(Math.max(0, start - 100), start);
  const digits = read.text.slice(start, end);
  const kind = search("remaining_OTHER_KIND", before);
  if ((kind && !search("vocabulary_OF_THE_CODE", kind[0])) || ofAnother(before) || before.endsWith("-")) return true;
  if (somethingElse(read, start, end) || match("remaining_YEAR", digits) || search("remaining_NAMED", before)) return true;
  if (digits.length === 5 && search("remaining_TOWN_BEFORE", read.written.slice(Math.max(0, start - 30), start))) return true;
  if (digits.length === 5 && search("announced_codes_SENDER", before)) return true;
  return figures(digits) !== 6 && search("remaining_SPENT", before);
}

function secretWord(read, start, end, strong) {
  const word = read.text.slice(start, end);
  const written = read.written.slice(start, end);
  const machine = written === written.toUpperCase() && match("remaining_MACHINE", word);
  if (!match("remaining_WORD_OF_BOTH", word) || machine) return false;
  return !search("remaining_NAMED", read.text.slice(Math.max(0, start - 44), start)) && strong(read, start, end, false);
}

/** What nothing explains and none of the secrets `found` covers. `rules`: trimmed, strong, somethingElse of masking.js. */
export function* remaining(read, found, { trimmed, strong, somethingElse }) {
  const free = (start, end) => !found.some((each) => each.start < end && start < each.end);
  const near = (places, start, reach) => places.some((place) => Math.abs(place - start) <= reach);
  const topics = [...all("remaining_TOPIC", read.text)].filter((each) => !other(read.text, each)).map((each) => each.start);
  const six = [...all("remaining_OF_SIX", read.text)].map((each) => each.start);
  const suspicious = topics.length + six.length > 0;
  for (const value of suspicious ? all("announced_codes_DIGITS", read.text) : []) {
    const [start, end] = span(value, "value");
    const count = figures(value.groups.value);
    const suspect = near(topics, start, REACH) || ([6, 8].includes(count) && near(six, start, REACH));
    if (suspect && free(start, end) && !explained(read, start, end, somethingElse)) {
      yield { start, end, kind: count === 4 ? "pin" : "access_code" };
    }
  }
  for (const { start, end } of suspicious ? all("remaining_MIXED", read.written) : []) {
    const follows = topics.some((place) => place < start && place >= start - REACH_OF_MIXED);
    if (follows && free(start, end) && madeByAMachine(read, start)) yield { start, end, kind: "access_code" };
  }
  const words = [...all("vocabulary_PASSWORD", read.text)].map((each) => each.start);
  for (const token of words.length ? all("reading_TOKEN", read.text) : []) {
    const [start, end] = trimmed(read.text, token.start, token.end);
    if (!near(words, start, REACH_OF_A_WORD) || !free(start, end)) continue;
    if (secretWord(read, start, end, strong)) yield { start, end, kind: "password" };
  }
}
