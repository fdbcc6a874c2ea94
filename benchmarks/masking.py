"""What masking costs: messages of the corpus, and 60 kB of text made to be slow.

    python -m benchmarks.masking     # writes benchmarks/results/masking.json

Processor time of one call, best of three. `growth` is the time of 60,000 characters over that of 15,000: 4 is linear,
16 would be quadratic.
"""

import json
import time
from pathlib import Path

from tests.confidential.test_corpus import messages
from tests.confidential.test_redaction import ADVERSARIAL
from webapp.confidential.redaction import redact

RESULT = Path(__file__).resolve().parent / "results" / "masking.json"
LENGTH = 60_000
WORDS = (
    *(
        "code ",
        "code 1234 ",
        "code 1 2 ",
        "mon code est ",
        "code\n",
        "c\u200bode 1\u200b2",
        "code : ",
        "code d' l' ",
        "1 code ",
    ),
    *("code 1234 et ", "1234 comme ", "1234 comme comme comme comme code ", "tape 1234 ", "code un deux trois "),
    *(
        "mdp ",
        "mdp: ",
        "mdp est ",
        "mdp: a1b2c3 ",
        "mdp (",
        "mdp, ",
        "mdp pour ",
        "mdp a.b.",
        'mdp "',
        "mdp: « a ",
        "pass=",
    ),
    *(
        "mot de ",
        "question secrete ",
        "reponse secrete : a ",
        "mon mot de passe a ete ",
        "je mets a comme mot de passe ",
        "un deux ",
        "code. 12 ",
        "sms 123456 le mien est ",
        "mot de passe ",
        "a1b2 comme mdp ",
        "mes codes a.b c ",
        "identifiant ",
        "identifiant: a1b2 mdp: a1b2c3 ",
    ),
    *("siret 4111111111111111 ", "iban FR76 ", "cvv est 12 ", "4111111111111111 cvv 123 09/27 mdp: a1b2 "),
    "[carte •••• 1111 masquée] ",
)


def cost(text: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        redact(text)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    hostile = {repr(bit): (bit * (LENGTH // len(bit) + 1))[:LENGTH] for bit in WORDS} | ADVERSARIAL
    rows = []
    for name, text in hostile.items():
        whole, quarter = cost(text), cost(text[: len(text) // 4])
        rows.append({"text": name, "ms": round(1000 * whole, 1), "growth": round(whole / max(quarter, 0.0005), 1)})
    rows.sort(key=lambda row: -row["ms"])  # type: ignore[operator]
    every = [each.text for half in ("secrets", "clean") for each in messages(f"all_{half}")]
    costs = sorted(cost(text) for text in every)
    result = {
        "messages": len(every),
        "median_ms": round(1000 * costs[len(costs) // 2], 3),
        "slowest_ms": round(1000 * costs[-1], 3),
        "hostile_characters": LENGTH,
        "slowest_hostile": rows[:8],
        "most_growth": max(row["growth"] for row in rows),  # type: ignore[type-var]
    }
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
