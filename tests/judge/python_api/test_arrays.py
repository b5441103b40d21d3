"""Win rates and alpha of a user's own arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import judge

COHORT = np.random.default_rng(3)


def test_a_run_and_its_scores_give_the_same_win_rate(demo: judge.Run) -> None:
    verdicts = demo.verdicts().query("criterion == 'overall'")
    found = judge.win_rate(verdicts.score, verdicts.question_id)
    row = demo.win_rates().query("dimension == 'all' and criterion == 'overall'").iloc[0]
    assert (found.value, found.low, found.high, found.n) == (row.win_rate, row.low, row.high, row.n)


def test_a_missing_score_is_left_out() -> None:
    found = judge.win_rate([1, None, float("nan"), 0, 1, 1, 0, 1], clusters=list("abcdefgh"))
    assert found.n == 6
    assert found.value == pytest.approx(4 / 6)


def test_no_score_at_all_has_no_value() -> None:
    assert judge.win_rate([None, None]).value is None
    assert judge.win_rate([]).value is None


@pytest.mark.parametrize(
    ("scores", "clusters", "what"),
    [
        ([2, 0], None, "outside"),
        ([[1, 0]], None, "dimensions"),
        ([1, 0], ["a"], "2 rows but 1 clusters"),
        ([1, 0], ["a", None], "cluster is missing"),
    ],
)
def test_bad_arrays_are_refused(scores: object, clusters: object, what: str) -> None:
    with pytest.raises(judge.UsageError, match=what):
        judge.win_rate(scores, clusters)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_is_that_of_the_package(level: str) -> None:
    import krippendorff

    table = COHORT.integers(1, 5, size=(40, 4)).astype(float)
    table[:20] = table[:20, :1]
    table[COHORT.random(table.shape) < 0.2] = np.nan
    found = judge.alpha(table, level)  # type: ignore[arg-type]
    assert found.value == pytest.approx(krippendorff.alpha(table.T, level_of_measurement=level))
    assert found.low is not None
    assert found.low < found.value < (found.high or 0)


def test_alpha_takes_a_frame_of_texts_with_gaps() -> None:
    frame = pd.DataFrame({"ann": ["A", "B", "A", ""], "bob": ["A", "B", pd.NA, "B"], "cy": ["A", None, "B", "B"]})
    assert judge.alpha(frame).n == 4


def test_ordinal_texts_need_an_order() -> None:
    table = [["low", "low"], ["high", "mid"], ["mid", "mid"]]
    with pytest.raises(judge.UsageError, match="have no order"):
        judge.alpha(table, "ordinal")
    assert judge.alpha(table, "ordinal", order=["low", "mid", "high"]).value is not None
    with pytest.raises(judge.UsageError, match="not in order"):
        judge.alpha(table, "ordinal", order=["low", "high"])


def test_alpha_of_one_label_is_undefined() -> None:
    assert judge.alpha([["A", "A"], ["A", "A"]]).value is None


def test_alpha_refuses_texts_as_numbers() -> None:
    with pytest.raises(judge.UsageError, match="number"):
        judge.alpha([["a", "b"], ["a", "a"]], "interval")


def test_pandas_missing_values_are_missing() -> None:
    assert judge.win_rate([1, pd.NA, 0], clusters=["a", "b", "c"]).n == 2
    assert judge.win_rate(pd.Series([1, None, 0], dtype="Int64")).n == 2
    votes = pd.DataFrame({"r": pd.array(["A", "B", pd.NA], dtype="string"), "s": ["A", "B", "A"]})
    assert judge.alpha(votes).n == 2
    with pytest.raises(judge.UsageError, match="cluster is missing"):
        judge.win_rate([1, 0], clusters=["a", pd.NA])


def test_a_frame_is_no_run() -> None:
    with pytest.raises(judge.UsageError, match="DataFrame is no run"):
        judge.analyze(pd.DataFrame({"item": ["a"]}))  # type: ignore[arg-type]
