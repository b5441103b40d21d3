"""Win rates and the judge's own behaviour from small tables, counted by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from judge.core.records import Outcome, Verdict
from judge.stats.win_rates.verdict_table import repeated_attributes, verdict_tables
from judge.stats.win_rates.win_rates import WinRate, biases, mean_words, win_rates

# What the candidate did when the reference, and when the candidate, was shown first.
POINTS = {"win": 1.0, "tie": 0.5, "loss": 0.0}
OUTCOME: dict[float, Outcome] = {1.0: "win", 0.5: "tie", 0.0: "loss"}
_numbers = itertools.count()


def made(
    question: str,
    first: str | None,
    second: str | None,
    words: tuple[int, int] = (10, 10),
    *,
    exclude: bool = False,
    **fields: object,
) -> Verdict:
    """A verdict from what the two orders said; None where an order failed, or was not planned and ``one`` is set."""
    one = fields.pop("one", False)
    said = [None if result is None else POINTS[result] for result in (first, second)]
    there = [points for points in said if points is not None]
    missing = not there or (len(there) == 1 and not one)
    inconsistent = len(set(there)) > 1
    outcome: Outcome = "missing" if missing else "inconsistent" if inconsistent else OUTCOME[there[0]]
    row: dict[str, object] = {
        "comparison_id": f"c{next(_numbers)}",
        "criterion": "overall",
        "item_id": f"{question}_x",
        "sample": 0,
        "reference": "base",
        "candidate": "ft",
        "outcome": outcome,
        "score": None if missing or (inconsistent and exclude) else sum(there) / len(there),
        "question_id": question,
        "reference_words": words[0],
        "candidate_words": words[1],
    }
    if not missing:
        row |= {
            "reference_first": said[0],
            "candidate_first": said[1],
            "repeats": 1,
            "decided": sum(points != 0.5 for points in there),
            "first_wins": (said[0] == 0.0) + (said[1] == 1.0),
        }
    return Verdict.model_validate(row | fields)


def rates(rows: Iterable[Verdict], criteria: tuple[str, ...] = ("overall",)) -> dict[tuple[str, str, str], WinRate]:
    (table,) = verdict_tables(rows, criteria)
    return {(rate.dimension, rate.value, rate.criterion): rate for rate in win_rates(table)}


TABLE = [
    made("Q1", "win", "win", (10, 20), category="Trust", attributes={"sex": "Female", "age": "young"}),
    made("Q1", "loss", "loss", (10, 20), category="Trust", attributes={"sex": "Male"}),
    made("Q2", "tie", "tie", (20, 10), category="Trust", attributes={"sex": "Female"}),
    made("Q2", "win", "loss", (20, 10), category="Trust", attributes={"sex": "Male"}),
    made("Q3", "win", "tie", (10, 20), category="Faith", attributes={"sex": "Female"}),
    made("Q3", "loss", "loss", (20, 10), category="Faith", attributes={"sex": "Male"}),
    made("Q4", "win", None, (20, 10), category="Faith", attributes={"sex": "Female"}),
    made("Q4", None, None, (10, 20), category="Faith", attributes={"sex": "Male"}),
    made("Q5", "win", "win", (15, 15), category="Faith", attributes={"sex": "Female"}),
    made("Q5", "loss", "win", (10, 20), category="Faith", attributes={"sex": "Male"}),
]


def test_the_win_rate_is_the_mean_score_of_what_was_scored() -> None:
    rate = rates(TABLE)["all", "all", "overall"]
    # 1 + 0 + .5 + .5 + .75 + 0 + 1 + .5 over eight comparisons; the two missing ones are no part of it.
    assert rate.estimate.value == pytest.approx(4.25 / 8)
    assert (rate.planned, rate.estimate.n, rate.estimate.clusters) == (10, 8, 4)
    assert rate.outcomes == {"win": 2, "loss": 2, "tie": 1, "inconsistent": 3, "missing": 2}
    assert rate.estimate.flags == {"too_few_clusters"}


def test_every_slice_has_its_own_rate_and_its_outcomes_add_up() -> None:
    found = rates(TABLE)
    assert found["category", "Trust", "overall"].estimate.value == pytest.approx(2 / 4)
    assert found["category", "Faith", "overall"].estimate.value == pytest.approx(2.25 / 4)
    assert found["sex", "Female", "overall"].estimate.value == pytest.approx(3.25 / 4)
    assert found["sex", "Male", "overall"].estimate.value == pytest.approx(1.0 / 4)
    assert found["age", "young", "overall"].planned == 1
    for rate in found.values():
        assert sum(rate.outcomes.values()) == rate.planned
        assert rate.estimate.n == rate.planned - rate.outcomes["missing"]
    for dimension in ("category", "sex"):
        assert sum(rate.planned for key, rate in found.items() if key[0] == dimension) == 10


def test_missing_is_neither_a_loss_nor_a_tie() -> None:
    judged = [made(f"Q{number}", "win", "win") for number in range(6)]
    failed = [made(f"Q{number % 8}", *orders) for number in range(20) for orders in [("loss", None), (None, "tie")]]
    rate = rates([*judged, *failed])["all", "all", "overall"]
    assert rate.estimate.value == 1.0
    assert (rate.estimate.n, rate.estimate.clusters, rate.outcomes["missing"]) == (6, 6, 40)
    assert rate.outcomes["loss"] == rate.outcomes["tie"] == 0


def test_failed_calls_are_counted_by_kind_in_every_slice_they_lie_in() -> None:
    rows = [
        made("Q1", None, "win", category="a", attributes={"sex": "f"}, failures={"timeout": 1}),
        made("Q2", None, None, category="a", attributes={"sex": "m"}, failures={"refusal": 1, "not_asked": 1}),
        made("Q3", None, "tie", category="b", attributes={"sex": "f"}, failures={"timeout": 1}),
        made("Q4", "win", "win", category="b", attributes={"sex": "m"}),
    ]
    found = rates(rows)
    assert found["all", "all", "overall"].failures == {"not_asked": 1, "refusal": 1, "timeout": 2}
    assert found["category", "a", "overall"].failures == {"not_asked": 1, "refusal": 1, "timeout": 1}
    assert found["sex", "f", "overall"].failures == {"timeout": 2}
    assert rates([rows[3]])["all", "all", "overall"].failures == {}
    with_repeats = made("Q1", "win", "win", failures={"timeout": 1})  # another repeat was complete
    assert rates([with_repeats])["all", "all", "overall"].failures == {"timeout": 1}


def test_attributes_repeat_only_where_each_value_is_one_subgroup_or_stratum() -> None:
    def table(*slices: tuple[str, str, dict[str, str]]) -> list[str]:
        rows = [made("Q1", "win", "win", stratum=s, subgroup=g, attributes=a) for s, g, a in slices]
        return repeated_attributes(verdict_tables(rows, ("overall",))[0])

    alone = [("sex", "sex_f", {"sex": "f"}), ("sex", "sex_m", {"sex": "m"}), ("age", "age_old", {"age": "old"})]
    assert sorted(table(*alone)) == ["age", "sex"]
    assert table(*alone, ("sex_x_age", "f_old", {"sex": "f", "age": "old"})) == []
    assert table(*alone, ("sex_x_faith", "f_none", {"sex": "f", "faith": "none"})) == ["age", "faith"]
    assert table(("sex", "sex_f", {})) == []


def test_what_is_excluded_for_inconsistency_has_no_score_but_is_counted() -> None:
    rows = [made("Q1", "win", "win"), made("Q1", "win", "loss", exclude=True), made("Q2", "loss", "tie", exclude=True)]
    rate = rates(rows)["all", "all", "overall"]
    assert (rate.estimate.value, rate.estimate.n, rate.estimate.clusters) == (1.0, 1, 1)
    assert (rate.outcomes["inconsistent"], rate.outcomes["missing"]) == (2, 0)


def test_a_slice_in_which_all_is_missing_has_no_rate() -> None:
    rows = [made("Q1", "win", "win", category="a"), made("Q2", None, "win", category="b")]
    estimate = rates(rows)["category", "b", "overall"].estimate
    assert (estimate.value, estimate.low, estimate.high, estimate.n, estimate.clusters) == (None, None, None, 0, 0)


def test_clusters_are_questions_and_not_calls_or_comparisons() -> None:
    rows = [made(f"Q{number % 7}", "win", "tie") for number in range(70)]
    estimate = rates(rows)["all", "all", "overall"].estimate
    assert (estimate.n, estimate.clusters) == (70, 7)


def test_criteria_are_kept_apart() -> None:
    rows = []
    for number in range(6):
        one = made(f"Q{number}", "win", "win", criterion="persona")
        rows += [one, made(f"Q{number}", "loss", "tie", criterion="value", comparison_id=one.comparison_id)]
    found = rates(rows, ("persona", "value"))
    assert found["all", "all", "persona"].estimate.value == 1.0
    assert found["all", "all", "value"].estimate.value == pytest.approx(0.25)


def test_each_candidate_has_a_table_of_its_own() -> None:
    rows = [made("Q1", "win", "win"), made("Q1", "loss", "loss", candidate="other"), made("Q2", "win", "win")]
    tables = verdict_tables(rows, ("overall",))
    assert [table.candidate for table in tables] == ["ft", "other"]
    assert [len(table.clusters) for table in tables] == [2, 1]


def test_an_attribute_called_like_a_dimension_counts_no_row_twice() -> None:
    names = ("category", "stratum", "subgroup", "all")
    rows = [
        made("Q1", "win", "win", category="x", stratum="x", subgroup="x", attributes=dict.fromkeys(names, "x")),
        made("Q2", "loss", "loss", category="x", stratum="x", subgroup="x", attributes=dict.fromkeys(names, "y")),
    ]
    found = rates(rows)
    for name in names[:3]:
        assert found[name, "x", "overall"].planned == 2
        assert found[f"attribute {name}", "x", "overall"].planned == 1
    assert [key for key in found if key[0] == "all"] == [("all", "all", "overall")]


def test_verdicts_that_do_not_fit_together_are_refused() -> None:
    one = made("Q1", "win", "win", criterion="persona")
    other = made("Q1", "win", "win", criterion="value", comparison_id=one.comparison_id)
    both = ("persona", "value")
    for rows in ([one], [one, made("Q2", "win", "win", criterion="persona")], [other, one], [one, one]):
        with pytest.raises(ValueError, match=r"not consecutive|out of order"):
            verdict_tables(rows, both)
    with pytest.raises(ValueError, match="unknown criterion 'overall'"):
        verdict_tables([made("Q1", "win", "win")], both)
    assert verdict_tables([], both) == []


def test_position_bias_consistency_and_length_are_counted_by_hand() -> None:
    (table,) = verdict_tables(TABLE, ("overall",))
    (bias,) = biases(table)
    # Winners named: 2, 2, 0, 2, 1, 2, -, -, 2, 2 = 13; the first shown among them: 1, 1, 0, 0, 0, 1, -, -, 1, 2 = 6.
    assert (bias.first_shown.value, bias.first_shown.n) == (pytest.approx(6 / 13), 13)
    # Of the eight read in both orders, win/loss, win/tie and loss/win disagree.
    assert (bias.consistency.value, bias.consistency.n) == (pytest.approx(5 / 8), 8)
    # Winners of unequal length: row 1 longer won, row 2 longer lost, row 6 longer (reference) won.
    assert (bias.longer_wins.value, bias.longer_wins.n) == (pytest.approx(2 / 3), 3)
    assert bias.longer_wins.flags == {"too_few_clusters"}
    assert mean_words(table) == (14.5, 15.5)


def test_a_judge_that_always_takes_the_first_is_found_out_and_scores_parity() -> None:
    rows = [made(f"Q{number}", "loss", "win") for number in range(45)]
    (table,) = verdict_tables(rows, ("overall",))
    (bias,) = biases(table)
    assert (bias.first_shown.value, bias.consistency.value) == (1.0, 0.0)
    assert bias.longer_wins.value is None
    assert win_rates(table)[0].estimate.value == 0.5


def test_a_judge_that_always_takes_the_candidate_has_no_position_bias() -> None:
    rows = [made(f"Q{number}", "win", "win") for number in range(45)]
    (table,) = verdict_tables(rows, ("overall",))
    (bias,) = biases(table)
    assert (bias.first_shown.value, bias.consistency.value) == (0.5, 1.0)


def test_consistency_is_undefined_where_each_pair_was_read_in_one_order() -> None:
    rows = [
        made(f"Q{number}", "win" if number % 2 else None, None if number % 2 else "win", one=True)
        for number in range(10)
    ]
    (table,) = verdict_tables(rows, ("overall",))
    (bias,) = biases(table)
    assert (bias.consistency.value, bias.consistency.n) == (None, 0)
    assert (bias.first_shown.value, bias.first_shown.n) == (0.5, 10)


def test_rows_in_another_sequence_give_the_same_numbers() -> None:
    rng = np.random.default_rng(0)
    rows = [
        made(f"Q{number % 9}", *rng.choice(["win", "tie", "loss"], 2), category=f"c{number % 3}")
        for number in range(60)
    ]
    shuffled = [rows[place] for place in rng.permutation(len(rows))]
    assert rates(rows) == rates(shuffled)


def test_longer_wins_by_words_and_by_characters() -> None:
    """Two words of many letters against five short ones: each measure names another response the longer."""
    rows = [
        made(f"Q{number}", said, said, (5, 2), reference_characters=14, candidate_characters=30)
        for number, said in enumerate(["win"] * 8 + ["loss"] * 2)
    ]
    (table,) = verdict_tables(rows, ("overall",))
    (bias,) = biases(table)
    assert bias.longer_wins.value == pytest.approx(0.2)
    assert bias.longer_wins_characters is not None
    assert bias.longer_wins_characters.value == pytest.approx(0.8)
    before = [row.model_copy(update={"candidate_characters": None}) for row in rows]
    assert biases(verdict_tables(before, ("overall",))[0])[0].longer_wins_characters is None
