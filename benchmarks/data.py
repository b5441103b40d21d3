"""Made-up response files of any size, with prompts of about 4 kB, for benchmarks."""

from __future__ import annotations

import json
import random
from pathlib import Path

WORDS = (
    "family work trust church neighbour market school winter evening simple honest careful money people country often "
    "never always maybe because believe think feel remember children parents community village city change tradition"
).split()


def write_pairs(folder: Path, comparisons: int, *, seed: int = 0, questions: int = 200) -> tuple[Path, Path]:
    """Write base.jsonl and ft.jsonl with so many items over 200 questions; each text is about 650 characters."""
    rng = random.Random(seed)
    paths = folder / "base.jsonl", folder / "ft.jsonl"
    for path in paths:
        with path.open("w", encoding="utf-8") as file:
            for number in range(comparisons):
                question, group = number % questions, number // questions
                row = {
                    "item_id": f"Q{question}_group_{group}",
                    "text": f"{path.stem} {number} " + " ".join(rng.choices(WORDS, k=105)),
                    "persona": f"a person of group {group}",
                    "question": f"What do you make of matter {question}, and why?",
                    "ground_truth": 'The most frequent answer of this group is "Agree": answer 2 on a scale from 1, '
                    '"Agree strongly", to 4, "Disagree strongly".',
                    "category": f"Category {question % 12}",
                    "stratum": f"stratum_{group % 7}",
                    "subgroup": f"group_{group}",
                    "attributes": {"group": str(group)},
                }
                file.write(json.dumps(row) + "\n")
    return paths
