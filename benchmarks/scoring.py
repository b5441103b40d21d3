"""Structured scoring: time at the study's size, and what fairness measures do where the truth is known.

Run with `python -m benchmarks.scoring`. All data are invented and seeded.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from judge.core.records import GroundTruth, Question, Scale, Subgroup
from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
from judge.stats.estimate import FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_weights
from judge.stats.subgroups.beyond_chance import difference_beyond_chance, squared_cv_beyond_chance
from judge.stats.subgroups.permutation import spread_by_chance
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range, rates_of, spread

STRATA = {
    "sex": 2,
    "age_group": 6,
    "ethnicity": 3,
    "religion": 7,
    "sex_x_age": 12,
    "sex_x_religion": 14,
    "sex_x_ethnicity": 6,
    "age_x_religion": 24,
    "age_x_ethnicity": 12,
    "ethnicity_x_religion": 12,
}
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
                    GroundTruth(
                        item_id=f"Q{number}_{stratum}_{cell}",
                        question=question,
                        subgroup=group,
                        modal_code=mode,
                        modal_label=f"label {mode}",
                        distribution={str(mode): 1.0},
                        n=100,
                        margin=1.0,
                        source="invented",
                    )
                )
    values.write_text("".join(row.model_dump_json() + "\n" for row in truths), encoding="utf-8")
    for name, quality in (("base", 0.45), ("ft", 0.62)):
        codes_given = (
            row.modal_code if rng.random() < quality else rng.choice(row.question.scale.codes) for row in truths
        )
        lines = [f"{row.item_id},Answer: {code}" for row, code in zip(truths, codes_given, strict=True)]
        (folder / f"{name}.csv").write_text("custom_id,response\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return values, tuple(str(folder / f"{name}.csv") for name in ("base", "ft"))


def answers(rng: np.random.Generator, accuracy: float, cv: float, groups: int, questions: int) -> FloatArray:
    """Right or wrong on questions of differing difficulty; the subgroups' rates have the CV given."""
    apart = np.linspace(-1, 1, groups)
    difficulty = np.clip(rng.beta(3, 2, size=(questions, 1)) - 0.6 + accuracy, 0.02, 0.85)
    return (rng.random((questions, groups)) < difficulty * (1 + cv * apart / apart.std())).astype(np.float64)


def equal_subgroups(rng: np.random.Generator) -> None:
    """Subgroups that do not differ: what range and CV come to, and how often the test is below .05."""
    print("groups  range (true 0)  by chance  p <= .05")
    for groups in (2, 7, 48):
        observed, chance, low = [], [], 0
        for _ in range(STUDIES):
            scores = (rng.random((QUESTIONS, groups)) < rng.beta(3, 2, size=(QUESTIONS, 1))).astype(np.float64)
            by_chance, _ = spread_by_chance(scores, seed=0, permutations=199)
            observed.append(spread(scores).normalised_range or 0.0)
            chance.append(by_chance.mean or 0.0)
            low += by_chance.p is not None and by_chance.p <= 0.05
        print(f"{groups:6}  {np.mean(observed):14.3f}  {np.mean(chance):9.3f}  {low / STUDIES:8.3f}")


def intervals(rng: np.random.Generator) -> None:
    """Why range and CV have no interval: how often those of a bootstrap of questions hold the truth."""
    print("groups  measure  true  estimate outside percentile  percentile holds truth  basic holds truth")
    for groups, cv in ((2, 0.0), (7, 0.0), (48, 0.0), (2, 0.1), (7, 0.1), (48, 0.1)):
        apart = np.linspace(-1, 1, groups)
        rates = 1 + cv * apart / apart.std()
        for name, measure in (("range", normalised_range), ("CV", coefficient_of_variation)):
            truth = float(measure(rates))
            outside = percentile = basic = 0
            for _ in range(STUDIES):
                scores = answers(rng, 0.6, cv, groups, QUESTIONS)
                value = float(measure(rates_of(scores)))
                (weights,) = cluster_weights(QUESTIONS, 500, int(rng.integers(1 << 30)))
                low, high = np.quantile(measure(weights @ scores / QUESTIONS), (0.025, 0.975))
                outside += not low <= value <= high
                percentile += low <= truth <= high
                basic += 2 * value - high <= truth <= 2 * value - low
            shares = "  ".join(f"{each / STUDIES:.3f}" for each in (outside, percentile, basic))
            print(f"{groups:6}  {name:7}  {truth:.3f}  {shares}")


def two_models(rng: np.random.Generator) -> None:
    """Base of accuracy .45, candidate of .624: how CV moves by itself, and what the test beyond chance says."""
    print("questions  groups  true CVs  mean CVs  CV falls  CV less by chance  p <= .05  below 0  holds truth")
    for questions, groups in ((QUESTIONS, 48), (QUESTIONS, 7), (QUESTIONS, 2), (40, 48), (10, 7), (10, 2)):
        for first, second in ((0.0, 0.0), (0.1, 0.1), (0.1, 0.05)):
            falls = low = below = held = 0
            naive, seen = [], []
            for _ in range(STUDIES):
                grids = answers(rng, 0.45, first, groups, questions), answers(rng, 0.624, second, groups, questions)
                cvs = [float(coefficient_of_variation(rates_of(grid))) for grid in grids]
                squares = [cv**2 - squared_cv_beyond_chance(grid) for cv, grid in zip(cvs, grids, strict=True)]
                falls += cvs[1] < cvs[0]
                seen.append(cvs)
                naive.append((cvs[1] - squares[1] ** 0.5) - (cvs[0] - squares[0] ** 0.5))
                found = difference_beyond_chance(*grids)
                if found.p is None or found.estimate.low is None or found.estimate.high is None:
                    continue
                low += found.p <= 0.05
                below += found.estimate.high < 0
                held += found.estimate.low <= second**2 - first**2 <= found.estimate.high
            shares = "  ".join(f"{each / STUDIES:.3f}" for each in (low, below, held))
            means = ", ".join(f"{mean:.3f}" for mean in np.mean(seen, axis=0))
            moved = f"{means}  {falls / STUDIES:.3f}  {np.mean(naive):+.4f}"
            print(f"{questions:9}  {groups:6}  {first}, {second}  {moved}  {shares}")


def main() -> None:
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        values, files = study(Path(folder), rng)
        start = time.perf_counter()
        summary = evaluate(ScoreSettings(values=values, files=files))
        print(f"{summary.how.rows:,} items, 2 models: {time.perf_counter() - start:.1f} s")
    for simulation in (equal_subgroups, intervals, two_models):
        print()
        simulation(rng)


if __name__ == "__main__":
    main()
