"""Published values, and what other packages say, beside ours.

python -m benchmarks.golden                  # `python -m benchmarks.coverage` prints it too
python -m benchmarks.golden --evalica CLONE  # and the golden tables of a clone of github.com/dustalov/evalica
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from ppi_py import ppi_mean_pointestimate
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.ratings import LEVELS, IntArray, Level, Ratings
from judge.stats.leaderboard.bradley_terry import bradley_terry
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate
from tests.support import agreement_data as data
from tests.support.agreement_data import COHEN, FLEISS, GWET, KRIPPENDORFF, codes_of, pair_of


def coefficient(codes: IntArray, name: str, level: Level = "nominal") -> float:
    labels = int(codes.max()) + 1
    table = Ratings(
        tuple(map(str, range(len(codes)))),
        tuple(map(str, range(codes.shape[1]))),
        tuple(map(str, range(labels))),
        level,
        True,
        np.arange(1.0, labels + 1),
        codes,
    )
    found = annotator_agreement(table, seed=0, resamples=100).coefficients[name].value
    assert found is not None
    return found


def show() -> None:
    print("| what | source | published | ours |")
    print("|---|---|---|---|")
    published = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
    for level in LEVELS:
        print(
            f"| alpha, {level} | Krippendorff 2011 | {published[level]:.3f} | "
            f"{coefficient(KRIPPENDORFF, 'alpha', level):.3f} |"
        )
    for name, source, value, own in (
        ("AC1, missing ratings", "irrCAC", 0.775, coefficient(KRIPPENDORFF, "ac1")),
        ("Fleiss' kappa, missing ratings", "irrCAC", 0.761, coefficient(KRIPPENDORFF, "fleiss_gwet")),
        ("Fleiss' kappa", "Fleiss 1971", 0.430, coefficient(codes_of(FLEISS), "fleiss_pooled")),
        ("Cohen's kappa", "Cohen 1968", 0.492, coefficient(pair_of(COHEN), "kappa_mean")),
        ("alpha, two observers", "Krippendorff 2011, A", 0.095, coefficient(data.MEG_OWEN, "alpha")),
        ("alpha, two observers", "Krippendorff 2011, B", 0.692, coefficient(data.BEN_GERRY, "alpha")),
        ("AC1, five observers", "Gwet 2014", 0.497, coefficient(data.GWET_OBSERVERS, "ac1")),
        ("Fleiss' kappa, five observers", "Gwet 2014", 0.458, coefficient(data.GWET_OBSERVERS, "fleiss_gwet")),
        ("alpha, five observers", "Gwet 2014", 0.481, coefficient(data.GWET_OBSERVERS, "alpha")),
        ("AC1, four raters", "Gwet 2014", 0.685, coefficient(data.GWET_GROUPS, "ac1")),
        ("kappa, linear weights", "Gwet 2014", 0.843, coefficient(pair_of(data.GWET_PREGNANCIES), "kappa_linear_mean")),
        (
            "kappa, quadratic weights",
            "Gwet 2014",
            0.383,
            coefficient(pair_of(data.GWET_DIAGNOSES), "kappa_quadratic_mean"),
        ),
        ("AC1", "Gwet 2002", 0.941, coefficient(pair_of(GWET), "ac1")),
        ("Cohen's kappa", "Gwet 2002", -0.023, coefficient(pair_of(GWET), "kappa_mean")),
    ):
        print(f"| {name} | {source} | {value:.3f} | {own:.3f} |")
    one, other = pair_of(COHEN).T
    rng = np.random.default_rng(1)
    y = rng.choice([0, 0.5, 1], size=1_700, p=[0.3, 0.1, 0.6])
    f = np.where(rng.random(1_700) < 0.7, y, rng.choice([0, 0.5, 1], size=1_700))
    labelled = np.arange(1_700) < 200
    sample = Sample(f, np.where(labelled, y, np.nan), np.ones(1_700), np.arange(1_700), ~labelled)
    theirs = float(ppi_mean_pointestimate(y[labelled], f[labelled], f[~labelled], lam=0.5)[0])
    ours = corrected_rate(sample, tuning=0.5).corrected.value
    for name, package, value, mine in (
        ("Fleiss' kappa", "statsmodels", fleiss_kappa(FLEISS), coefficient(codes_of(FLEISS), "fleiss_items")),
        (
            "kappa, linear weights",
            "scikit-learn",
            cohen_kappa_score(one, other, weights="linear"),
            coefficient(pair_of(COHEN), "kappa_linear_mean"),
        ),
        (
            "kappa, quadratic weights",
            "scikit-learn",
            cohen_kappa_score(one, other, weights="quadratic"),
            coefficient(pair_of(COHEN), "kappa_quadratic_mean"),
        ),
        ("PPI++ mean, lambda .5", "ppi-python", theirs, ours),
    ):
        print(f"| {name} | {package} | {value:.6f} | {mine:.6f} |")


def show_evalica(clone: Path) -> None:
    """Compare with evalica's golden tables: strengths that sum to 1, of three data sets; a tie is half a win."""
    print("\n| strengths of | comparisons | contestants | largest difference from evalica's golden table |")
    print("|---|---|---|---|")
    for name in ("simple", "food", "llmfao"):
        rows, golden = (pd.read_csv(clone / f"{name}{part}.csv", dtype=str) for part in ("", "-golden"))
        theirs = golden[golden["algorithm"] == "bradley_terry"].set_index("item")["score"].astype(float)
        names = list(dict.fromkeys([*rows["left"], *rows["right"]]))
        place = {each: number for number, each in enumerate(names)}
        board = bradley_terry(
            names,
            rows["left"].map(place).to_numpy(),
            rows["right"].map(place).to_numpy(),
            rows["winner"].map({"left": 0.0, "tie": 0.5, "right": 1.0}).to_numpy(),
            np.arange(len(rows)),
        )
        logs = pd.Series({each.contestant: each.strength.value for each in board.standings}, dtype=float)
        ours = np.exp(logs) / np.exp(logs).sum()
        print(f"| {name} | {len(rows):,} | {len(names)} | {float((ours - theirs[ours.index]).abs().max()):.1e} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evalica", type=Path, help="a clone of github.com/dustalov/evalica")
    given = parser.parse_args()
    show()
    if given.evalica is not None:
        show_evalica(given.evalica)


if __name__ == "__main__":
    main()
