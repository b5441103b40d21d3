"""`judge agreement` on tables to be read in a named way: labels as shown, other judges, labels some criteria lack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command

FAST = ("--resamples", "100")


@pytest.fixture
def run(judge: Command, tmp_path: Path) -> Any:
    """Write a table, run the command, return what it printed and its numbers."""

    def call(content: str, *options: str) -> tuple[str, dict[str, Any]]:
        (tmp_path / "k.csv").write_text(content, encoding="utf-8")
        done = judge("agreement", "k.csv", *options, "--out", "out.json", *FAST)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split()), json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))

    return call


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


def test_labels_as_shown_are_read_by_the_order(run: Any) -> None:
    """A is what stood first: A, then B with the places changed, is one response both times, and A twice is not."""
    said, found = run(TWO_ORDERS, "--judge-rater", "j", "--as-shown", "A,B", "--swapped", "BA")
    judge = found["criteria"][0]["judge"]
    assert (judge["judged"], judge["inconsistent"]) == (3, 1)
    assert judge["by_person"]["h1"]["agreement"]["value"] == pytest.approx(3 / 4)
    assert judge["orders"]["positional"]["value"] == pytest.approx(3 / 4)
    assert judge["confusion"]["B"] == {"A": 0, "B": 1, "tie": 0, "inconsistent": 1, "invalid": 0}
    assert (found["how"]["as_shown"], found["how"]["swapped"]) == (["A", "B"], "BA")
    assert "Labels as shown: in the order BA, A was read as B and B as A." in said
    by_hand = TWO_ORDERS.replace("BA,A", "BA,-").replace("BA,B", "BA,A").replace("BA,-", "BA,B")
    assert run(by_hand, "--judge-rater", "j")[1]["criteria"] == found["criteria"]
    plain = run(TWO_ORDERS, "--judge-rater", "j")[1]["criteria"][0]["judge"]
    assert plain["inconsistent"] == 2, "taken as contestants, the same table says something else"


def test_this_projects_names_of_orders_need_no_second_option(run: Any) -> None:
    content = TWO_ORDERS.replace("AB,", "reference_first,").replace("BA,", "candidate_first,")
    _, found = run(content, "--judge-rater", "j", "--as-shown", "A,B")
    assert found["criteria"][0]["judge"]["inconsistent"] == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--as-shown", "A,B"), "no row has the order 'candidate_first'; the orders are: 'AB', 'BA'"),
        (("--as-shown", "A"), "--as-shown takes two labels, not 1"),
        (("--as-shown", "A,A"), "--as-shown names one label twice"),
        (("--swapped", "BA"), "--swapped says nothing without --as-shown"),
        (("--exclude-rater", "h9"), "no rater is called 'h9'"),
        (("--exclude-rater", "j"), "'j' is the judge, and cannot be left out"),
    ],
)
def test_refused_ways_of_reading(judge: Command, tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    (tmp_path / "k.csv").write_text(TWO_ORDERS, encoding="utf-8")
    done = judge("agreement", "k.csv", "--judge-rater", "j", *options, *FAST)
    assert done.returncode == 2, done.stdout
    assert says in " ".join(done.stderr.split())


def test_a_table_without_orders_has_no_labels_as_shown(judge: Command, tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text("item,rater,label\n1,a,A\n1,b,B\n", encoding="utf-8")
    done = judge("agreement", "k.csv", "--as-shown", "A,B", *FAST)
    assert "--as-shown needs a column with the order shown" in " ".join(done.stderr.split())


def test_another_judge_in_the_table_is_left_out(run: Any) -> None:
    """Two judges in one table: the other one is no person."""
    other = "".join(f"{n},claude,AB,A\n" for n in range(1, 5)) + "5,claude,AB,NA\n"
    options = ("--judge-rater", "j")
    without = run(TWO_ORDERS, *options)[1]["criteria"]
    said, found = run(TWO_ORDERS + other, *options, "--exclude-rater", "claude")
    assert found["criteria"] == without
    assert found["how"]["excluded"] == {"claude": 5}
    assert found["missing"] == {}
    assert "Raters left out: claude (5 rows)." in said
    assert run(TWO_ORDERS + other, *options)[1]["criteria"] != without


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
    said, found = run(content, *options)
    with_ties, without = found["criteria"]
    assert with_ties["judge"]["judge_majority"]["agreement"]["n"] == 4
    assert without["judge"]["judge_majority"]["agreement"]["n"] == 3
    assert (with_ties["majority_ties"], without["majority_ties"]) == ("tie", None)
    assert "--majority-ties tie: no such label under 'd', where it changes nothing." in said
    assert "Tied votes are counted as tie." in said
    assert "Tied votes are left out." in said
