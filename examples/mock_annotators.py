"""Three mock annotators, for following the tutorial alone. They are programs, not people.

    python examples/mock_annotators.py tasks.csv answers.csv

Reads the blinded tasks of `judge annotate export --format csv` and writes the labels that `judge annotate import
--format csv` reads. On persona each prefers the response with more "I" and "my", on value the one that hedges less,
overall the one with the higher sum of both. Each labels some tasks at random.
"""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from pathlib import Path

ANNOTATORS = {"ann": 0.10, "ben": 0.20, "cho": 0.30}  # share of random labels
SCRAMBLED = -100


def draw(*parts: str) -> float:
    """A number from 0 to 1 from a hash of the parts: arbitrary, but always the same."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8], "big") / 2**64


def count(pattern: str, text: str) -> int:
    """How often one of the words occurs."""
    return len(re.findall(rf"\b(?:{pattern})\b", text))


def strength(criterion: str, text: str) -> int:
    """How good a response is under a criterion; scrambled text (an attention check) is worse than any."""
    if not (text[:1].isupper() and text.endswith(".")):
        return SCRAMBLED
    voice = count("I|me|my|we|our", text)
    hedging = count("both|balanced|depends|perspectives|some|others|various|vary|everyone|tend", text)
    return {"answer_persona": voice, "answer_value": -hedging}.get(criterion, voice - hedging)


def label(annotator: str, criterion: str, texts: list[str]) -> str:
    """1, 2 or tie; a random label depends on the two texts alone: the order of a campaign's tasks is secret."""
    strengths = [strength(criterion, text) for text in texts]
    point = draw(annotator, criterion, *sorted(texts)) / ANNOTATORS[annotator]
    if point < 1 and SCRAMBLED not in strengths:  # at random
        chosen = [*sorted(texts), None][int(point * 3)]
    else:
        chosen = None if strengths[0] == strengths[1] else texts[strengths.index(max(strengths))]
    return "tie" if chosen is None else str(texts.index(chosen) + 1)


def main() -> None:
    """Label every task, for each annotator."""
    source, target = map(Path, sys.argv[1:])
    with source.open(newline="", encoding="utf-8") as file:
        tasks = list(csv.DictReader(file))
    criteria = [column for column in tasks[0] if column.startswith("answer_")]
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(tasks[0]))
        writer.writeheader()
        for annotator in ANNOTATORS:
            for task in tasks:
                texts = [task["response_1"], task["response_2"]]
                answers = {criterion: label(annotator, criterion, texts) for criterion in criteria}
                writer.writerow({**task, **answers, "annotator": annotator})


if __name__ == "__main__":
    main()
