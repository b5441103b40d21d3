"""Macro-F1 and kappas with wrong judgments, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from judge.stats.agreement.judge_and_annotators import judge_against_annotators
from judge.stats.agreement.macro_f1 import macro_f1
from judge.stats.agreement.pairs import MEASURES
from judge.stats.agreement.presentation_orders import Readings, shown_orders
from judge.stats.agreement.ratings import Level, Ratings

INCONSISTENT, INVALID = 3, 4


def ratings(codes: np.ndarray, level: Level = "nominal") -> Ratings:
    items, raters = (tuple(map(str, range(number))) for number in codes.shape)
    return Ratings(items, raters, ("a", "b", "c"), level, level != "nominal", np.arange(3.0), codes)


@pytest.mark.parametrize("seed", range(4))
def test_macro_f1_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, said = rng.integers(0, 3, 50), rng.integers(0, 4, 50)  # 3: inconsistent
    own = macro_f1(np.ones((1, 50)), truth, said, 3)[0]
    assert own == pytest.approx(f1_score(truth, said, labels=[0, 1, 2], average="macro"))
    few = macro_f1(np.ones((1, 50)), np.minimum(truth, 1), np.minimum(said, 1), 3)[0]  # the third never occurs
    assert few == pytest.approx(f1_score(np.minimum(truth, 1), np.minimum(said, 1), average="macro"))
    twice = macro_f1(np.full((1, 50), 2.0), truth, said, 3)[0]
    assert twice == pytest.approx(own)
    assert np.isnan(macro_f1(np.ones((1, 50)), truth, np.full(50, -1), 3)[0])


def test_judgments_as_wrong_lower_every_measure_and_add_no_label() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, (80, 1))
    judge = np.where(rng.random(80) < 0.7, truth[:, 0], rng.integers(0, 5, 80))
    found = judge_against_annotators(ratings(truth), judge, wrong=(INCONSISTENT, INVALID), seed=0, resamples=100)
    measures = {name: found.judge_human[name].value for name in MEASURES}
    judged = np.minimum(judge, INCONSISTENT)  # one value that no annotator gave
    assert measures["agreement"] == pytest.approx((judged == truth[:, 0]).mean())
    assert measures["kappa"] == pytest.approx(cohen_kappa_score(truth[:, 0], judged))
    shares = np.array([((judged == label).mean() + (truth == label).mean()) / 2 for label in range(3)])
    expected = (shares * (1 - shares)).sum() / 2  # three labels, not four
    assert measures["ac1"] == pytest.approx(((judged == truth[:, 0]).mean() - expected) / (1 - expected))
    assert found.macro_f1.value == pytest.approx(f1_score(truth[:, 0], judged, labels=[0, 1, 2], average="macro"))
    assert (found.inconsistent, found.invalid) == (int((judge == 3).sum()), int((judge == 4).sum()))
    assert found.judge_human["kappa"].n == 80
    left_out = judge_against_annotators(ratings(truth), judge, seed=0, resamples=100)
    assert left_out.judge_human["kappa"].n == int((judge < 3).sum())
    assert (left_out.judge_human["kappa"].value or 0) > (measures["kappa"] or 0)


def test_wrong_judgments_have_no_distance() -> None:
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 3, (60, 2))
    judge = np.where(rng.random(60) < 0.2, INVALID, rng.integers(0, 3, 60))
    people = ratings(truth, "ordinal")
    wrong = judge_against_annotators(people, judge, wrong=(INVALID,), seed=0, resamples=100)
    without = judge_against_annotators(people, judge, seed=0, resamples=100)
    for name in ("kappa_linear", "kappa_quadratic", "alpha"):
        assert wrong.judge_human[name].value == without.judge_human[name].value
        assert wrong.human_human[name].value == without.human_human[name].value
    assert wrong.human_human["kappa"].value != without.human_human["kappa"].value


def test_mean_and_kappa_of_the_orders() -> None:
    rng = np.random.default_rng(7)
    vote = rng.integers(0, 3, 90)
    codes = np.stack([np.where(rng.random(90) < p, vote, rng.integers(0, 3, 90)) for p in (0.8, 0.5)], axis=1)
    found = shown_orders(Readings(("ab", "ba"), codes, np.arange(90)), vote, 3, seed=0, resamples=100)
    shares = [(codes[:, place] == vote).mean() for place in range(2)]
    assert found.mean.value == pytest.approx(np.mean(shares))
    assert found.kappa.value == pytest.approx(cohen_kappa_score(codes[:, 0], codes[:, 1]))
    for name, place in (("ab", 0), ("ba", 1)):
        assert found.by_order[name].macro_f1.value == pytest.approx(f1_score(vote, codes[:, place], average="macro"))
    codes[:10, 0] = INVALID
    out = shown_orders(Readings(("ab", "ba"), codes, np.arange(90)), vote, 3, seed=0, resamples=100)
    wrong = shown_orders(Readings(("ab", "ba"), codes, np.arange(90)), vote, 3, wrong=(4,), seed=0, resamples=100)
    assert (out.by_order["ab"].read, wrong.by_order["ab"].read) == (80, 90)
    assert wrong.by_order["ab"].agreement.value == pytest.approx((codes[:, 0] == vote).mean())
