"""`judge agreement` on a table of 13 annotators and 19,000 labels, against other packages."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from scipy.stats import ttest_1samp
from sklearn.metrics import accuracy_score, cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa
from statsmodels.stats.multitest import multipletests

from tests.support.command import Command

ITEMS, RATERS, LABELS = 4_750, 13, 19_000


def simulated() -> dict[str, dict[int, int]]:
    """Labels 1 to 5 by rater and item: four raters to an item, some raters far busier than others; and a judge."""
    rng = np.random.default_rng(19)
    busy = np.linspace(0.2, 2, RATERS)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for item in range(ITEMS):
        truth = int(rng.integers(1, 6))
        for rater in rng.choice(RATERS, 4, replace=False, p=busy / busy.sum()):
            found[f"r{rater:02}"][item] = truth if rng.random() < 0.6 else int(rng.integers(1, 6))
        found["gpt"][item] = truth if rng.random() < 0.7 else int(rng.integers(1, 6))
    return found


def test_a_large_table_of_unequal_raters(judge: Command, tmp_path: Path) -> None:
    labels = simulated()
    lines = [f"{item},{rater},{label}" for rater, given in labels.items() for item, label in given.items()]
    (tmp_path / "large.csv").write_text("item,rater,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    done = judge(
        "agreement",
        "large.csv",
        "--judge-rater",
        "gpt",
        "--level",
        "ordinal",
        "--epsilon",
        "0.1",
        "--out",
        "out.json",
        "--resamples",
        "100",
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["criteria"][0]
    raters = [rater for rater in labels if rater != "gpt"]
    assert (found["people"]["raters"], found["people"]["ratings"]) == (RATERS, LABELS)
    table = np.full((RATERS, ITEMS), np.nan)
    for row, rater in enumerate(raters):
        table[row, list(labels[rater])] = list(labels[rater].values())
    counts = np.stack([(table == label).sum(axis=0) for label in range(1, 6)], axis=1)
    values = {name: estimate["value"] for name, estimate in found["people"]["coefficients"].items()}
    assert values["alpha"] == pytest.approx(krippendorff.alpha(table, level_of_measurement="ordinal"))
    assert values["fleiss_pooled"] == pytest.approx(fleiss_kappa(counts))  # four raters to each item
    assert values["fleiss_items"] == pytest.approx(fleiss_kappa(counts))
    kappas = []
    for row in found["people"]["pairs"]:
        both = [item for item in labels[row["first"]] if item in labels[row["second"]]]
        one, other = ([labels[row[name]][item] for item in both] for name in ("first", "second"))
        kappas.append(cohen_kappa_score(one, other, labels=range(1, 6), weights="quadratic"))
        assert row["items"] == len(both)
        assert row["measures"]["kappa_quadratic"] == pytest.approx(kappas[-1])
        assert row["measures"]["kappa"] == pytest.approx(cohen_kappa_score(one, other))
    assert values["kappa_quadratic_mean"] == pytest.approx(np.mean(kappas))
    for rater in raters:
        mine, said = list(labels[rater].values()), [labels["gpt"][item] for item in labels[rater]]
        measures = found["judge"]["by_person"][rater]
        assert measures["agreement"]["value"] == pytest.approx(accuracy_score(mine, said))
        assert measures["kappa_linear"]["value"] == pytest.approx(cohen_kappa_score(mine, said, weights="linear"))
    omega, rho = alternative(labels, raters, 0.1)
    assert found["alternative"]["winning_rate"] == pytest.approx(omega)
    assert found["alternative"]["advantage"] == pytest.approx(rho)


def alternative(labels: dict[str, dict[int, int]], raters: list[str], epsilon: float) -> tuple[float, float]:
    """Omega and rho of Calderon et al. (2025) by accuracy, item by item."""
    by_item: dict[int, dict[str, int]] = defaultdict(dict)
    for rater in raters:
        for item, label in labels[rater].items():
            by_item[item][rater] = label
    p_values, advantages = [], []
    for rater in raters:
        wins: list[bool] = []
        losses: list[bool] = []
        for item, label in labels[rater].items():
            others = [each for name, each in by_item[item].items() if name != rater]
            person, judge = (sum(each == other for other in others) for each in (label, labels["gpt"][item]))
            wins.append(judge >= person)
            losses.append(person >= judge)
        p_values.append(ttest_1samp(np.subtract(losses, wins, dtype=float), epsilon, alternative="less").pvalue)
        advantages.append(np.mean(wins))
    return float(np.mean(multipletests(p_values, 0.05, method="fdr_by")[0])), float(np.mean(advantages))
