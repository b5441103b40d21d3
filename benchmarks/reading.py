"""How long large response files take to be read, checked and paired, and a large run of the offline judge.

    python -m benchmarks.reading                     # 200,000 rows in each of two files, then 20,000 comparisons
    python -m benchmarks.reading --rows 20000        # smaller

Each line gives the wall time, the CPU time (which other work on the machine hardly changes), and the peak memory of the
largest process of one command and of all of them together. The aims, on two cores without other work: 8 s and 300 MB
for ``--limit 100`` and for ``judge estimate``, 40 s for 20,000 comparisons; one row of 20 MB is judged like any other.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.data import WORDS, write_pairs
from benchmarks.processes import taken

JUDGE = ("--judge", "heuristic")


def write_wide(folder: Path, rows: int) -> tuple[Path, Path]:
    """Write base.jsonl and ft.jsonl with rows of about 650 bytes, each of its own item."""
    paths = folder / "base.jsonl", folder / "ft.jsonl"
    for path in paths:
        rng = random.Random(path.stem)
        with path.open("w", encoding="utf-8") as file:
            for number in range(rows):
                question, group = number % 200, number // 200
                row = {
                    "item_id": f"Q{question}_sex_x_age_Female_{group}",
                    "model": path.stem,
                    "text": " ".join(rng.choices(WORDS, k=37)),
                    "persona": f"a woman of group {group} living in Singapore",
                    "question": f"How important is matter {question} in your own life, and why is it so?",
                    "ground_truth": "2",
                    "question_id": f"Q{question}",
                    "category": "Religious Values",
                    "stratum": "sex_x_age",
                    "subgroup": f"sex_x_age_Female_{group}",
                    "attributes": {"sex": "Female", "age_group": str(group)},
                }
                file.write(json.dumps(row) + "\n")
    return paths


def write_long(folder: Path) -> tuple[Path, Path]:
    """Write long.jsonl, of three rows of which one has 20 MB, and its partner."""
    paths = folder / "long.jsonl", folder / "short.jsonl"
    for path in paths:
        with path.open("w", encoding="utf-8") as file:
            for number in range(3):
                words = 20_000_000 // 7 if number == 1 and path.stem == "long" else 40
                row = {"item_id": f"Q{number}_a", "text": " ".join(random.Random(number).choices(WORDS, k=words))}
                file.write(json.dumps(row | {"persona": "a woman", "question": "Why?", "ground_truth": "2"}) + "\n")
    return paths


def measured(name: str, *arguments: object) -> None:
    """Run a command of this program and print what it took."""
    command = [sys.executable, "-c", "from judge.cli.app import main; main()", *map(str, arguments)]
    print(f"{name:44} {taken(command)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--comparisons", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pairs").mkdir()
        wide, pairs = write_wide(folder, given.rows), write_pairs(folder / "pairs", given.comparisons)
        size = sum(path.stat().st_size for path in wide) / 2e6
        print(f"two files of {given.rows:,} rows, {size:.0f} MB each")
        measured("judge estimate --limit 100", "estimate", *wide, *JUDGE, "--limit", 100)
        measured("judge compare --limit 100", "compare", *wide, *JUDGE, "--limit", 100, "--out", folder / "limited")
        measured(
            f"judge compare, {given.comparisons:,} comparisons", "compare", *pairs, *JUDGE, "--out", folder / "all"
        )
        long = write_long(folder)
        measured("judge compare, one row of 20 MB", "compare", *long, *JUDGE, "--out", folder / "long")


if __name__ == "__main__":
    main()
