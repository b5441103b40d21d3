"""`judge agreement` on tables to be read in a named way: other judges, labels some criteria lack."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge.analysis.agreement.agreement import agreement
from judge.analysis.agreement.records import AgreementSettings, CriterionAgreement
from judge.analysis.agreement.tables import headline, tables
from judge.core.errors import UsageError
from tests.support.command import Call
from tests.support.refused import refused

FAST = ("--resamples", "100")


@pytest.fixture
def run(call: Call, tmp_path: Path) -> Any:
    """Write a table, run the command, return the summary that it wrote."""

    def summary(content: str, *options: str) -> dict[str, Any]:
        (tmp_path / "k.csv").write_text(content, encoding="utf-8")
        assert call("agreement", "k.csv", *options, "--out", "out.json", *FAST) == 0
        return json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    return summary


TWO_ORDERS = """item,rater,order,label
1,h1,,A
1,h2,,A
1,j,AB,A
1,j,BA,B
2,h1,,B
2,h2,,B
2,j,AB,A
2,j,BA,A
3,h1,,tie
3,h2,,B
3,j,AB,tie
3,j,BA,tie
4,h1,,B
4,h2,,B
4,j,AB,B
4,j,BA,A
"""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--exclude-rater", "h9"), "there is no rater 'h9'"),
        (("--exclude-rater", "j"), "'j' is the judge and cannot be excluded"),
    ],
)
def test_refused_ways_of_reading(call: Call, tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    (tmp_path / "k.csv").write_text(TWO_ORDERS, encoding="utf-8")
    with refused(says):
        call("agreement", "k.csv", "--judge-rater", "j", *options, *FAST)


def test_another_judge_in_the_table_is_left_out(run: Any) -> None:
    """Two judges in one table: the other one is no person."""
    other = "".join(f"{n},claude,AB,A\n" for n in range(1, 5)) + "5,claude,AB,NA\n"
    options = ("--judge-rater", "j")
    without = run(TWO_ORDERS, *options)["criteria"]
    found = run(TWO_ORDERS + other, *options, "--exclude-rater", "claude")
    assert found["criteria"] == without
    assert found["how"]["excluded"] == {"claude": 5}
    assert found["missing"] == {}
    assert run(TWO_ORDERS + other, *options)["criteria"] != without


def test_a_label_that_one_criterion_lacks_serves_the_others(run: Any) -> None:
    """`--majority-ties tie` for criteria with ties; where there is no such label it changes nothing, and says so."""
    content = "item,rater,label,criterion\n" + "".join(
        f"{n},{who},{label},{criterion}\n"
        for criterion, labels in (("c", ("x", "tie", "y")), ("d", ("x", "x", "y")))
        for n, label in enumerate(labels)
        for who in "pqj"
    )
    content += "3,p,x,c\n3,q,y,c\n3,j,tie,c\n3,p,x,d\n3,q,y,d\n3,j,x,d\n"
    options = ("--judge-rater", "j", "--majority-ties", "tie", "--inconsistent-as", "tie", "--invalid-as", "tie")
    found = run(content, *options)
    with_ties, without = found["criteria"]
    assert with_ties["judge"]["judge_majority"]["agreement"]["n"] == 4
    assert without["judge"]["judge_majority"]["agreement"]["n"] == 3
    assert (with_ties["majority_ties"], without["majority_ties"]) == ("tie", None)
    assert found["warnings"] == [
        f"{option} tie: 'd' has no such label; the option has no effect there."
        for option in ("--majority-ties", "--inconsistent-as", "--invalid-as")
    ]


ORDERS = """item,rater,label,order
1,truth,A,
1,J,A,ab
1,J,tie,ba
2,truth,A,
2,J,A,ab
2,J,B,ba
3,truth,B,
3,J,tie,ab
3,J,tie,ba
4,truth,B,
4,J,tie,ab
4,J,A,ba
5,truth,B,
5,J,B,ab
5,J,B,ba
6,truth,A,
6,J,invalid,ab
6,J,A,ba
"""


def _orders(tmp_path: Path, **options: Any) -> CriterionAgreement:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    (row,) = agreement(
        AgreementSettings(file=path, judge_rater="J", labels=("A", "B", "tie"), resamples=100, **options)
    ).criteria
    return row


def test_a_winner_beside_a_tie_counts_as_judgebench_counts_it(tmp_path: Path) -> None:
    """Right if one order is right and none is wrong: items 1 and 5; 6 too once its invalid order is a tie."""
    plain = _orders(tmp_path).judge
    assert plain is not None
    assert (plain.inconsistent, plain.judge_human["agreement"].value) == (3, pytest.approx(1 / 5))
    row = _orders(tmp_path, order_ties="tie")
    assert row.judge is not None
    assert (row.judge.inconsistent, row.judge.invalid) == (1, 1)
    assert row.judge.judge_human["agreement"].value == pytest.approx(2 / 5)
    assert row.replaced == {"one order a tie": 2}
    row = _orders(tmp_path, order_ties="tie", invalid_as="tie")
    assert row.judge is not None
    assert row.judge.judge_human["agreement"].value == pytest.approx(3 / 6)  # JudgeBench's accuracy
    assert row.replaced == {"one order a tie": 3, "invalid": 1}


def test_what_an_option_replaces_or_counts_as_wrong_is_said(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    said = AgreementSettings(
        file=path, judge_rater="J", labels=("A", "B", "tie"), resamples=100, invalid_as="B", inconsistent_as="tie"
    )
    notes = " ".join(note for table in tables(agreement(said)) for note in table.notes)
    assert "1 invalid judgment replaced by B (--invalid-as)." in notes
    assert "4 inconsistent judgments replaced by tie (--inconsistent-as)." in notes
    found = agreement(replace(said, invalid_as=None, inconsistent_as=None, as_wrong=("invalid",)))
    notes = " ".join(note for table in tables(found) for note in table.notes)
    assert "1 invalid judgment: wrong in every measure (--as-wrong)" in notes
    (row,) = found.criteria
    assert row.judge is not None
    assert row.judge.judge_human["agreement"].value == pytest.approx(1 / 6)
    assert (row.judge.invalid, row.alternative and row.alternative.left_out["without a judgment"]) == (1, 0)


@pytest.mark.parametrize("kind", ["invalid", "inconsistent"])
def test_a_judgment_is_not_a_label_and_wrong(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UsageError, match="contradict"):
        _orders(tmp_path, as_wrong=(kind,), **{f"{kind}_as": "tie"})


@pytest.mark.parametrize(
    "option",
    [
        {"as_wrong": ("invalid",)},
        {"inconsistent_as": "A"},
        {"invalid_as": "A"},
        {"order_ties": "A"},
        {"majority_ties": "A"},
        {"wilcoxon": True},
        {"epsilon": 0.1},
        {"min_items": 5},
        {"score": "neg_rmse"},
    ],
)
def test_options_about_a_judge_need_one(tmp_path: Path, option: dict[str, Any]) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    with pytest.raises(UsageError, match="no effect without a judge"):
        agreement(AgreementSettings(file=path, resamples=100, **option))


def test_what_may_be_read_otherwise_is_said(tmp_path: Path) -> None:
    def warnings(rows: list[tuple[str, str, str]], **options: Any) -> tuple[str, ...]:
        path = tmp_path / "k.csv"
        path.write_text("item,rater,label\n" + "".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
        return agreement(AgreementSettings(file=path, resamples=100, **options)).warnings

    plain = [("1", "a", "yes"), ("1", "b", "yes"), ("2", "a", "no"), ("2", "b", "yes")]
    assert warnings(plain) == ()
    assert len(warnings([*plain, ("3", "a", "Yes")])) == 1
    assert len(warnings([*plain, ("3", "A", "no")])) == 1
    assert len(warnings([*plain, ("3", "a", "None")])) == 1
    assert len(warnings([*plain, ("3", "a", "yes"), ("3.0", "b", "yes")])) == 0
    (said,) = warnings(plain, judge_rater="b", order_ties="no")
    assert said.startswith("--order-ties has no effect")


def test_a_judge_named_by_a_number_that_pandas_made_a_float(tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("item,rater,label\n1,1.0,x\n1,2.0,x\n1,3.0,y\n2,1.0,x\n2,2.0,y\n2,3.0,y\n", encoding="utf-8")
    for name in ("2", "2.0"):
        (row,) = agreement(AgreementSettings(path, judge_rater=name, exclude=("3.0",), resamples=100)).criteria
        assert row.judge is not None
        assert row.judge.judge_human["agreement"].value == 0.5


def test_long_labels_have_short_distinct_columns(tmp_path: Path) -> None:
    words = ["The response is excellent in every way", "The response is plausible", "The response is implausible"]
    rows = [f"{n},{who},{words[(n * k) % 3]}" for n in range(9) for k, who in enumerate("abj", 1)]
    path = tmp_path / "k.csv"
    path.write_text("item,rater,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = agreement(AgreementSettings(path, judge_rater="j", resamples=100))
    (table,) = [each for each in tables(found) if "confusion" in each.title]
    assert len(set(table.columns)) == len(table.columns) == 6
    assert max(map(len, table.columns)) < 25
    assert [cells[0] for cells in table.rows] == list(table.columns[1:4])
    for number, label in enumerate(sorted(words), 1):
        assert f"[{number}] {label}" in " ".join(headline(found))


def test_labels_are_ordered_where_the_level_is_ordinal_alone(tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("item,rater,label\n1,a,x\n1,b,y\n2,a,z\n2,b,z\n", encoding="utf-8")
    given = AgreementSettings(path, order=("y", "x", "z"), resamples=100)
    assert headline(agreement(given))[1] == "Labels (nominal; for weighted kappa in this order): y, x, z."
    assert headline(agreement(replace(given, level="ordinal")))[1] == "Labels (ordinal): y < x < z."
