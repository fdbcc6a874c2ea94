"""Relevance on every set of ../shared/data/eval, beside the plain-Whoosh figures of ../shared/reference/search.md.

    python -m benchmarks.relevance            # print the table, write benchmarks/results/relevance.json
    python -m benchmarks.relevance --dry cnil # only sets whose name holds "cnil", write nothing

The published baselines were measured on the official test questions, ours on the development ones kept apart from them:
the columns stand beside each other for orientation, a later issue measures both on the same questions.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from webapp.search.evaluate import evaluate

ROOT = Path(__file__).resolve().parent.parent
SETS = ROOT.parent / "shared" / "data" / "eval"
RESULT = ROOT / "benchmarks" / "results" / "relevance.json"

# best plain-Whoosh row of search.md §1: top-1, top-3
BASELINES = {
    "banking77-10shot": (73.9, 90.0),
    "banking77-30shot": (81.5, 94.4),
    "banking77-full": (84.9, 95.2),
    "banking77-fr-10shot": (64.4, 83.0),
    "banking77-fr-30shot": (74.5, 89.4),
    "banking77-fr-full": (79.0, 92.2),
    "cnil-zeroshot": (54.7, 73.6),
    "cnil-typos": (49.1, 66.7),
    "cnil-phrasings (mean)": (79.9, 85.5),
}

# issue 4, section 1: top-1, top-3
TARGETS = {
    "banking77-10shot": (79, 92.5),
    "banking77-30shot": (88, 97),
    "banking77-full": (93, 98.3),
    "banking77-fr-10shot": (75, 89),
    "banking77-fr-30shot": (83, 94),
    "banking77-fr-full": (89.5, 96.5),
    "cnil-zeroshot": (65, 84),
    "cnil-phrasings (mean)": (86, 94),
}


def measure(name: str) -> tuple[str, dict[str, Any]]:
    return name, evaluate(SETS / name / "articles.jsonl", SETS / name / "queries.jsonl")


def mean(results: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The three small sets with phrasings, 18 questions each, read as one."""
    parts = [figures for name, figures in results.items() if name.startswith("cnil-phrasings-")]
    if not parts:
        return None
    found = {key: round(sum(each[key] for each in parts) / len(parts), 1) for key in ("top1", "top3", "top5", "mrr5")}
    return found | {"n": sum(each["n"] for each in parts)}


def table(results: dict[str, dict[str, Any]]) -> str:
    heads = f"{'target':>13}{'Whoosh':>15}{'p50 ms':>9}{'p95 ms':>9}{'build s':>9}"
    lines = [f"{'set':24}{'n':>5}{'top-1':>8}{'top-3':>8}{heads}"]
    for name, figures in results.items():
        baseline = BASELINES.get(name)
        beside = f"{baseline[0]} / {baseline[1]}" if baseline else "–"
        target = TARGETS.get(name)
        wanted = f"{target[0]} / {target[1]}" if target else "–"
        speed = "".join(f"{figures.get(key, '–'):>9}" for key in ("p50_ms", "p95_ms", "build_s"))
        own = f"{figures['n']:>5}{figures['top1']:>8}{figures['top3']:>8}"
        lines.append(f"{name:24}{own}{wanted:>13}{beside:>15}{speed}")
        if "auroc" in figures:
            lines.append(
                f"{'':24}out of scope: AUROC {figures['auroc']}, answered inside {figures['answered_in']} %, "
                f"outside {figures['answered_out']} %"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="part of the names of the sets to run")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    parser.add_argument("--jobs", type=int, default=1, help="sets at a time; times are only fair with 1")
    options = parser.parse_args()
    names = sorted(path.name for path in SETS.iterdir() if options.only in path.name)
    if options.jobs == 1:
        results = dict(map(measure, names))
    else:
        with ProcessPoolExecutor(options.jobs) as pool:
            results = dict(pool.map(measure, names))
    together = mean(results)
    if together:
        results["cnil-phrasings (mean)"] = together
    print(table(results))
    if not options.dry:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
