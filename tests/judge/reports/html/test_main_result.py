"""The sentences of the answer follow from where the interval lies, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.reports.html.main_result import Claim, corrected_headline, headline, listed, standing
from judge.stats.estimate import Estimate, undefined


def claim(criterion: str, kind: str) -> Claim:
    return Claim(criterion, kind, kind, "", "", None, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.51, 0.6, "better"),
        (0.5, 0.6, "open"),
        (0.4, 0.6, "open"),
        (0.4, 0.5, "open"),
        (0.3, 0.49, "worse"),
        (0.5, 0.5, "open"),
        (None, None, "unknown"),
    ],
)
def test_parity_on_the_edge_is_covered(low: float | None, high: float | None, expected: str) -> None:
    assert standing(Estimate(0.5, low, high, 9, 9)) == expected


def test_no_value_is_no_answer() -> None:
    assert standing(undefined("nothing_scored")) == "unknown"


@given(st.floats(0, 1), st.floats(0, 1))
def test_an_interval_that_covers_parity_is_never_called_better_or_worse(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low <= 0.5 <= high:
        assert standing(Estimate((low + high) / 2, low, high, 9, 9)) == "open"


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("better", "better", "better"), "Better on a, b and c."),
        (("better", "open", "worse"), "Better on a; worse on c; inconclusive on b."),
        (("open", "open", "open"), "Inconclusive: on every criterion the interval covers parity."),
        (("unknown", "unknown", "unknown"), "No result: no criterion has an interval."),
        (("unknown", "open", "open"), "Inconclusive on b and c; no interval on a."),
    ],
)
def test_the_headline_names_every_criterion(kinds: tuple[str, ...], expected: str) -> None:
    assert headline([claim(name, kind) for name, kind in zip("abc", kinds, strict=True)]) == expected


def test_corrected_win_rates_have_a_headline_with_their_intervals() -> None:
    assert corrected_headline([claim("a", "open")]) == ""
    estimates = {"a": Estimate(0.867, 0.814, 0.921, 60, 45), "b": Estimate(0.5, 0.4, 0.6, 60, 45), "c": None}
    claims = [replace(claim(name, "open"), corrected=estimate) for name, estimate in estimates.items()]
    assert corrected_headline(claims) == (
        "Corrected with human labels: better on a (.867 [.814, .921]); inconclusive on b (.500 [.400, .600])."
    )
    assert [each.corrected_word for each in claims] == ["better", "inconclusive", ""]


def test_names_in_a_sentence() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
