// Sentences that give a secret away although it does not stand beside its announcement (webapp/confidential/sentences.py).

import { ordinary, patterns } from "./masking-rules.js";
import { all, match, search } from "./masking-text.js";

const SENTENCES = Object.keys(patterns).filter((name) => name.startsWith("sentences_") && !["sentences_SIGN", "sentences_SECOND"].includes(name));
const FIRST = { sentences_SPELLED: "words" }; // the group that its match begins with; elsewhere the announcement does
const KINDS = { code: "pin", year: "pin", words: "pin", part: "pin", identifier: "identifier" };
const OWN = ["le", "la", "les", "mon", "ma", "mes", "my", "the"];

function place(name, found, group) {
  const value = found.groups[group];
  const first = (FIRST[name] ?? "announced") === group;
  const start = found.start + (first ? found[0].indexOf(value) : found[0].lastIndexOf(value));
  return [start, start + value.length];
}

function ofSomethingElse(read, start) {
  const before = read.text.slice(Math.max(0, start - 36), start);
  return search("vocabulary_NEAR_ANOTHER", before) || search("vocabulary_OTHER_CODE_BEFORE", before);
}

function plain(read, start, end) {
  const word = read.text.slice(start, end);
  const described = !word.includes("-") && search("vocabulary_DESCRIBING", word);
  return !ordinary.has(word) && /^\p{L}+$/u.test(word.replaceAll("-", "")) && !described;
}

function answers(read, start, end) {
  const words = read.text.slice(start, end).trim().split(/\s+/);
  const [written, following = ""] = read.written.slice(start, end).trim().split(/\s+/);
  const said = search("sentences_SIGN", read.text.slice(Math.max(0, start - 4), start));
  const named = said && /^\p{Lu}/u.test(written);
  if (!named && (search("vocabulary_PARTICIPLE", written) || search("vocabulary_DESCRIBING", words[0]))) return false;
  if (OWN.includes(words[0])) return words.length > 1 && (said || /^\p{Lu}/u.test(written));
  if (match("vocabulary_NO_ANSWER", words[0])) return false;
  return (said && words.length > 2) || /^\p{Lu}/u.test(following) || !ordinary.has(words[0]);
}

function holds(read, group, start, end, { strong, somethingElse }) {
  const long = end - start > 2;
  if (group === "code") return !somethingElse(read, start, end);
  if (["year", "words", "part"].includes(group)) return !match("vocabulary_UNIT_AFTER", read.text, end);
  if (group === "answer") return answers(read, start, end);
  if (group === "given") return long && !ordinary.has(read.text.slice(start, end));
  if (group === "lone") return plain(read, start, end);
  if (group === "word") return strong(read, start, end, true) || (long && plain(read, start, end));
  if (group !== "written") return strong(read, start, end, false);
  const first = start + read.text.slice(start, end).split(" ")[0].length;
  const capital = first - start > 2 && /^\p{Lu}/u.test(read.written[start]) && plain(read, start, first);
  return capital || strong(read, start, end, true);
}

/** `rules`: trimmed, strong and somethingElse of masking.js. */
export function* sentences(read, rules) {
  for (const name of SENTENCES) {
    for (const found of all(name, read.text)) {
      const groups = found.groups ?? {};
      if (groups.announced !== undefined && ofSomethingElse(read, place(name, found, "announced")[0])) continue;
      const held = [];
      for (const group of Object.keys(groups)) {
        if (group === "announced" || groups[group] === undefined) continue;
        const [start, last] = rules.trimmed(read.text, ...place(name, found, group));
        const second = group === "written" && match("sentences_SECOND", read.written, last);
        const end = second ? second.end : last;
        const wanted = group.replace(/_too$/, "");
        if (!holds(read, wanted, start, end, rules)) continue;
        const long = ["code", "year"].includes(wanted) && end - start > 4;
        held.push({ start, end, kind: long ? "access_code" : (KINDS[wanted] ?? "password") });
      }
      if (held.length !== 1 || held[0].kind !== "identifier") yield* held;
    }
  }
}
