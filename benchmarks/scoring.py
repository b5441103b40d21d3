"""Structured scoring: time at the study's size, and what fairness measures do where the truth is known.

Run with `python -m benchmarks.scoring`. All data are invented and seeded.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from judge.core.records import GroundTruth, Question, Scale, Subgroup
from judge.stats.fairness import spread
from judge.stats.permutation import spread_by_chance
from preferences.structured import ScoreSettings, run

STRATA = {"sex": 2, "age_group": 6, "ethnicity": 3, "religion": 7, "sex_x_age": 12, "sex_x_religion": 14,
          "sex_x_ethnicity": 6, "age_x_religion": 24, "age_x_ethnicity": 12, "ethnicity_x_religion": 12}  # fmt: skip
QUESTIONS = 214
STUDIES = 300


def study(folder: Path, rng: np.random.Generator) -> tuple[Path, tuple[str, ...]]:
    """Invented ground truth of the study's size, and predictions of two models."""
    values = folder / "values.jsonl"
    truths = []
    for number in range(QUESTIONS):
        codes = tuple(range(1, int(rng.choice([2, 4, 5, 10])) + 1))
        scale = Scale(codes=codes, labels=tuple(f"label {code}" for code in codes), ordinal=number % 3 > 0)
        question = Question(id=f"Q{number}", category=f"C{number % 12}", structured="?", open="?", scale=scale)
        for stratum, cells in STRATA.items():
            for cell in range(cells):
                group = Subgroup(id=f"{stratum}_{cell}", stratum=stratum, attributes={stratum: str(cell)}, n=100)
                mode = int(rng.choice(codes))
                truths.append(
                    GroundTruth(item_id=f"Q{number}_{stratum}_{cell}", question=question, subgroup=group,
                                modal_code=mode, modal_label=f"label {mode}", distribution={str(mode): 1.0}, n=100,
                                margin=1.0, source="invented")
                )  # fmt: skip
    values.write_text("".join(row.model_dump_json() + "\n" for row in truths), encoding="utf-8")
    for name, quality in (("base", 0.45), ("ft", 0.62)):
        codes_given = (
            row.modal_code if rng.random() < quality else rng.choice(row.question.scale.codes) for row in truths
        )
        lines = [f"{row.item_id},Answer: {code}" for row, code in zip(truths, codes_given, strict=True)]
        (folder / f"{name}.csv").write_text("custom_id,response\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return values, tuple(str(folder / f"{name}.csv") for name in ("base", "ft"))


def equal_subgroups(rng: np.random.Generator) -> None:
    """Subgroups that do not differ: what range and CV come to, and how often the test is below .05."""
    print("groups  range (true 0)  by chance  interval holds 0  p <= .05")
    for groups in (2, 7, 48):
        observed, chance, held, low = [], [], 0, 0
        for _ in range(STUDIES):
            difficulty = rng.beta(3, 2, size=(QUESTIONS, 1))
            scores = (rng.random((QUESTIONS, groups)) < difficulty).astype(np.float64)
            found = spread(scores, seed=0, resamples=500).normalised_range
            by_chance, _ = spread_by_chance(scores, seed=0, permutations=199)
            observed.append(found.value)
            chance.append(by_chance.mean)
            held += found.low is not None and found.low <= 0
            low += by_chance.p is not None and by_chance.p <= 0.05
        means = (np.mean([value for value in each if value is not None]) for each in (observed, chance))
        first, second = means
        print(f"{groups:6}  {first:14.3f}  {second:9.3f}  {held / STUDIES:16.3f}  {low / STUDIES:8.3f}")


def main() -> None:
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        values, files = study(Path(folder), rng)
        start = time.perf_counter()
        done = run(ScoreSettings(values=values, files=files))
        print(f"{done.summary.how.rows:,} items, 2 models: {time.perf_counter() - start:.1f} s")
    equal_subgroups(rng)


if __name__ == "__main__":
    main()
