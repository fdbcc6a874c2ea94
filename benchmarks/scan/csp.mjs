// Google's csp_evaluator on each policy given as a JSON list on standard input; prints its findings.
import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { CspParser } from "csp_evaluator/dist/parser.js";
import { readFileSync } from "node:fs";

const found = [];
for (const [where, policy] of JSON.parse(readFileSync(0, "utf8"))) {
  const parsed = new CspParser(policy).csp;
  for (const each of new CspEvaluator(parsed).evaluate())
    found.push({ where, severity: each.severity, directive: each.directive, value: each.value ?? "", description: each.description });
}
console.log(JSON.stringify(found));
