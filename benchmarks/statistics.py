"""Statistics against the plain way of computing them, as ratios in one run.

    python -m benchmarks.statistics

Alpha: 100,000 items, 3 raters, 1,000 resamples, against calling the package `krippendorff` for each resample (timed on
a few resamples). Analyze: 20,000 comparisons, three criteria, all slices, 10,000 resamples, against resampling rows of
each slice by question with pandas (timed on a few resamples), and the whole command against
`python -c "import pandas, scipy.stats"`. Agreement of many distinct values: 3 raters who give no number twice, a tenth
of the ratings and all of them, all coefficients, 2,000 resamples: ten times the ratings may take about ten times as
long, where all pairs of values would take a hundred times.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd

from judge.core.files import run_directory as rundir
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.coefficients import alpha
from judge.stats.agreement.label_counts import counts_of
from judge.stats.agreement.pattern_intervals import pattern_estimates
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.ratings import LEVELS, Ratings
from judge.stats.win_rates.verdict_table import VerdictTable, verdict_tables
from judge.stats.win_rates.win_rates import win_rates

CRITERIA = ("persona", "value", "overall")
FEW = 5


def timed(work: object, times: int = 5) -> float:
    """The median of a few runs, in seconds."""
    assert callable(work)
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return sorted(found)[times // 2]


def measure_alpha(items: int = 100_000, resamples: int = 1_000) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (items, 1))
    codes = np.where(rng.random((items, 3)) < 0.7, truth, rng.integers(0, 3, (items, 3)))
    questions = np.arange(items) % 214
    counts = counts_of(codes, 3).toarray()
    plain = (
        resamples
        / FEW
        * timed(
            lambda: [
                krippendorff.alpha(value_counts=counts[rng.integers(0, items, items)], level_of_measurement="nominal")
                for _ in range(FEW)
            ],
            1,
        )
    )

    def own(clusters: np.ndarray | None) -> None:
        found = patterns(codes, clusters)
        few = counts_of(found.rows, 3)
        pattern_estimates(
            lambda weights: alpha(weights, few, np.arange(3.0), "nominal")[:, None],
            found,
            [items],
            ["no_ratings"],
            kinds=["coefficient"],
            seed=0,
            resamples=resamples,
        )

    table = Ratings(
        tuple(map(str, range(items))), ("a", "b", "c"), ("x", "y", "z"), "nominal", False, np.arange(3.0), codes
    )
    print(f"alpha, {items:,} items x 3 raters, {resamples:,} resamples: package {plain:.1f} s")
    for name, seconds in (
        ("by item", timed(lambda: own(None))),
        ("by question", timed(lambda: own(questions))),
        ("all coefficients", timed(lambda: annotator_agreement(table, seed=0, resamples=resamples))),
    ):
        print(f"  {name}: {1000 * seconds:.1f} ms, {plain / seconds:,.0f} times faster")


def measure_distinct(ratings: int = 60_000) -> None:
    rng = np.random.default_rng(2)
    questions = 214
    print("agreement of 3 raters, no value twice, all coefficients, 2,000 resamples: processor time")
    for level in LEVELS:
        for clustered in (False, True):
            seconds = []
            for items in (ratings // 30, ratings // 3):
                given = rng.lognormal(0, 1, (items, 1)) * rng.lognormal(0, 0.3, (items, 3))
                values, codes = np.unique(given, return_inverse=True)
                names = tuple(map(str, range(len(values))))
                table = Ratings(
                    names[:items],
                    ("a", "b", "c"),
                    names,
                    level,
                    level != "nominal",
                    values if level in ("interval", "ratio") else np.arange(float(len(values))),
                    codes.reshape(given.shape),
                    np.arange(items) % questions if clustered else None,
                )
                start = time.process_time()  # other work on the machine would bend a ratio of waiting times
                annotator_agreement(table, seed=0)
                seconds.append(time.process_time() - start)
            print(
                f"  {level}, {'by question' if clustered else 'by item'}: {ratings // 10:,} ratings "
                f"{seconds[0]:.1f} s, {ratings:,} ratings {seconds[1]:.1f} s, ratio {seconds[1] / seconds[0]:.1f}"
            )


def campaign(comparisons: int = 20_000) -> list[dict[str, object]]:
    """Verdict rows of a made-up run: 214 questions, 93 subgroups."""
    rng = np.random.default_rng(1)
    rows: list[dict[str, object]] = []
    for number in range(comparisons):
        question, group = number % 214, number // 214
        for criterion in CRITERIA:
            first, second = rng.choice([0.0, 0.5, 1.0], 2, p=[0.35, 0.1, 0.55])
            score = (first + second) / 2
            alike = {0.0: "loss", 0.5: "tie", 1.0: "win"}[first]
            rows.append(
                {
                    "comparison_id": f"Q{question}_g{group}|0|base|ft", "criterion": criterion,
                    "item_id": f"Q{question}_g{group}", "sample": 0, "reference": "base", "candidate": "ft",
                    "outcome": alike if first == second else "inconsistent", "score": score, "reference_first": first,
                    "candidate_first": second, "repeats": 1, "decided": 1, "first_wins": 0,
                    "question_id": f"Q{question}", "category": f"Category {question % 12}",
                    "stratum": f"stratum_{group % 7}", "subgroup": f"g{group}",
                    "attributes": {"sex": f"s{group % 2}", "age_group": f"a{group % 6}"},
                    "reference_words": 90 + int(rng.integers(40)), "candidate_words": 100 + int(rng.integers(40)),
                }
            )  # fmt: skip
    return rows


def measure_analyze() -> None:
    from judge.core.records import Verdict

    rows = campaign()
    (table,) = verdict_tables((Verdict.model_validate(row) for row in rows), CRITERIA)
    frame = pd.DataFrame(
        [{"question": row["question_id"], "criterion": row["criterion"], "score": row["score"]} for row in rows]
    )
    frame["row"] = np.arange(len(frame)) // len(CRITERIA)
    plain = 10_000 / FEW * timed(lambda: _pandas(frame, table), 1)
    own = timed(lambda: win_rates(table), 3)
    print(
        f"win rates, {len(rows) // 3:,} comparisons, {len(table.slices)} slices, 10,000 resamples: "
        f"pandas {plain:,.0f} s"
    )
    print(f"  ours: {own:.2f} s, {plain / own:,.0f} times faster")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "simulated"
        folder.mkdir()
        (folder / rundir.VERDICTS).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        (folder / rundir.MANIFEST).write_text(
            json.dumps(
                {
                    "configuration": {"judge": "openai:simulated", "orders": "both", "repeats": 1},
                    "criteria": list(CRITERIA),
                    "contestants": {"base": {}, "ft": {}},
                    "results": {},
                }
            ),
            encoding="utf-8",
        )
        command = timed(lambda: _run("-m", "judge", "analyze", str(folder), "--length-controlled"), 3)
    imports = timed(lambda: _run("-c", "import pandas, scipy.stats"), 3)
    print(
        f"judge analyze --length-controlled: {command:.2f} s; import pandas, scipy.stats: {imports:.2f} s; "
        f"ratio {command / imports:.1f}"
    )


def _pandas(frame: pd.DataFrame, table: VerdictTable) -> None:
    rng = np.random.default_rng(0)
    for rows in table.slices.values():
        part = frame[frame["row"].isin(rows)]
        by_question = dict(iter(part.groupby("question")))
        names = list(by_question)
        for _ in range(FEW):
            drawn = pd.concat([by_question[names[place]] for place in rng.integers(0, len(names), len(names))])
            drawn.groupby("criterion")["score"].mean()


def _run(*arguments: str) -> None:
    root = Path(__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": str(root)}
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    measure_alpha()
    measure_distinct()
    measure_analyze()


if __name__ == "__main__":
    main()
