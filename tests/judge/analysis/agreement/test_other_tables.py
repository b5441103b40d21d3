"""`judge agreement` on other people's tables: odd cells, two orders, few ratings, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from judge.human_labels.read_labels import read_labels
from tests.support.command import Call
from tests.support.paths import ROOT
from tests.support.refused import refused

FAST = ("--resamples", "100")


@pytest.fixture
def run(call: Call, tmp_path: Path) -> Any:
    """Write a table, run the command, return the summary that it wrote."""

    def summary(content: str, *options: str, name: str = "k.csv") -> dict[str, Any]:
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        assert call("agreement", name, *options, "--out", "out.json", *FAST) == 0
        return json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    return summary


def test_one_label_in_many_spellings(run: Any) -> None:
    """BOM, semicolons, blanks, 1 as 1.0 and 01, NA and nan and nothing: one table, one reading."""
    content = (
        "\ufeffitem;rater;label\r\n"
        'u1;a;1\r\nu1;b;1.0\r\nu2;a; 2 \r\nu2;b;02\r\nu3;a;1\r\nu3;b;"2"\r\nu4;a;NA\r\nu4;b;2\r\nu5;a;nan\r\nu5;b;\r\n'
    )
    found = run(content)
    people = found["criteria"][0]["people"]
    assert found["how"]["labels"] == ["1", "2"]
    assert (people["items"], people["pairable"], people["ratings"]) == (4, 3, 7)
    assert people["coefficients"]["percent_items"]["value"] == pytest.approx(2 / 3)
    assert found["missing"] == {"NA": 1, "nan": 1, "": 1}
    assert found["warnings"] == [
        "Numbers of equal value in several spellings are one label: 1: '1', '1.0'; 2: '02', '2'."
    ]
    for level in ("ordinal", "interval", "ratio"):
        assert run(content, "--level", level)["how"]["labels"] == ["1", "2"]
    declared = run(content.replace("nan", "NA"), "--labels", "1,2,NA")
    assert declared["missing"] == {"": 1}
    assert declared["criteria"][0]["people"]["prevalence"]["NA"] == pytest.approx(2 / 9)


def test_json_rows_with_numbers_nulls_and_late_columns(run: Any) -> None:
    rows = [
        {"item": 1, "rater": "a", "label": 3},
        {"item": 1.0, "rater": "b", "label": 3.0, "question": "q"},
        {"item": 2, "rater": "a", "label": None},
        {"item": 2, "rater": "b", "label": 4, "question": "r"},
    ]
    found = run("".join(json.dumps(row) + "\n" for row in rows), name="k.jsonl")
    assert found["criteria"][0]["people"]["items"] == 2
    assert found["how"]["clustered_by"] == "question"
    assert found["missing"] == {"": 1}


def test_labels_with_commas_and_letters_of_all_kinds(run: Any) -> None:
    content = (
        'item,rater,label\nu1,ä,"ja, doch"\nu1,b,"ja, doch"\nu2,ä,いいえ\nu2,b,"e\u0301"\nu3,ä,\u00e9\nu3,b,e\u0301\n'
    )
    found = run(content)
    assert found["how"]["labels"] == ["ja, doch", "\u00e9", "いいえ"]
    assert found["criteria"][0]["people"]["coefficients"]["percent_items"]["value"] == pytest.approx(2 / 3)


def test_a_judge_alone_does_not_widen_the_labels_of_people(run: Any) -> None:
    """AC1 of people depends on how many labels there are: the judge's own are none of theirs."""
    people = (
        "item,rater,label\n"
        + "".join(f"u{n},{who},{'xy'[n % 2]}\n" for n in range(6) for who in "ab")
        + "v,a,x\nv,b,y\n"
    )
    alone = run(people)["criteria"][0]["people"]
    judged = run(people + "u0,gpt,z\nu1,gpt,y\n", "--judge-rater", "gpt")["criteria"][0]["people"]
    assert alone == judged


def test_two_orders_of_a_judge(run: Any) -> None:
    """Each order for itself; positional agreement over all items of the judge; not read is not invalid."""
    content = """item,rater,label,order
1,p,a,
2,p,a,
3,p,b,
4,p,b,
1,j,a,ab
1,j,a,ba
2,j,b,ab
2,j,invalid,ba
3,j,b,ab
4,j,b,ba
4,j,a,ab
5,j,a,ab
5,j,a,ba
6,j,a,ab
6,j,b,ba
"""
    found = run(content, "--judge-rater", "j")
    judge = found["criteria"][0]["judge"]
    orders = judge["orders"]
    ab, ba = orders["by_order"]["ab"], orders["by_order"]["ba"]
    assert (ab["read"], ab["invalid"], ab["not_read"], ab["agreement"]["value"]) == (4, 0, 0, 2 / 4)
    assert (ba["read"], ba["invalid"], ba["not_read"], ba["agreement"]["value"]) == (2, 1, 1, 1)
    assert (orders["read_in_all"], orders["invalid"], orders["read_in_some"]) == (5, 1, 1)
    assert orders["positional"]["value"] == pytest.approx(2 / 4)  # of 1, 4, 5 and 6: 1 and 5
    assert {k: judge[k] for k in ("judged", "inconsistent", "invalid", "no_judgment")} == {
        "judged": 1,
        "inconsistent": 1,
        "invalid": 1,
        "no_judgment": 1,
    }
    assert judge["confusion"]["a"]["invalid"] == 1
    assert orders["positional"]["note"] == "undefined: 4 clusters"


def test_a_judge_that_read_each_item_once_in_some_order(run: Any) -> None:
    content = "item,rater,label,order\n" + "".join(
        f"{n},p,{'ab'[n % 2]},\n{n},q,{'ab'[n % 2]},\n{n},j,{'ab'[n % 2]},{'xy'[n % 2]}\n" for n in range(8)
    )
    found = run(content, "--judge-rater", "j")
    judge = found["criteria"][0]["judge"]
    assert (judge["judged"], judge["no_judgment"], judge["judge_human"]["agreement"]["value"]) == (8, 0, 1)
    assert judge["orders"]["positional"]["note"] == "undefined: no item was read in all orders"


def test_repeats_may_count_from_one_and_further_ones_of_the_judge_are_named(run: Any) -> None:
    content = "item,rater,label,repeat\n" + "".join(
        f"{n},p,a,1\n{n},q,b,1\n{n},j,a,1\n{n},j,b,2\n{n},p,a,2.0\n" for n in range(5)
    )
    found = run(content, "--judge-rater", "j")
    assert found["criteria"][0]["judge"]["judged"] == 5
    assert found["criteria"][0]["judge"]["by_person"]["p"]["agreement"]["value"] == 1
    assert found["criteria"][0]["self_agreement"] == [5, 5]
    assert found["warnings"] == [
        "Of the judge's labels of an item in an order the first is used: 5 further labels excluded."
    ]


def test_a_criterion_that_the_judge_left_out_is_named(run: Any) -> None:
    content = "item,rater,label,criterion\n" + "".join(
        f"{n},{who},{'ab'[n % 2]},{c}\n"
        for n in range(6)
        for who in "pqj"
        for c in ("good", "short")
        if who != "j" or c == "good"
    )
    found = run(content, "--judge-rater", "j")
    assert found["warnings"] == ["short: no label of the judge; only agreement among annotators is computed."]
    assert [row["judge"] is None for row in found["criteria"]] == [False, True]


def test_an_inconsistent_judge_has_no_distance(run: Any) -> None:
    """Negative RMSE needs a number: what is left out for that is counted, and said."""
    rows = [f"{n},{who},{1 + n % 3}\n" for n in range(40) for who in "pqr"]
    rows += [f"{n},j,{'inconsistent' if n < 4 else 'refusal' if n < 6 else 1 + n % 3}\n" for n in range(38)]
    found = run(
        "item,rater,label\n" + "".join(rows), "--judge-rater", "j", "--level", "interval", "--score", "neg_rmse"
    )
    test = found["criteria"][0]["alternative"]
    assert test["items"] == 32
    assert test["left_out"] == {"without a judgment": 2, "invalid": 2, "inconsistent (not a number)": 4}
    ranked = run(
        "item,rater,label\n" + "".join(rows),
        "--judge-rater",
        "j",
        "--level",
        "interval",
        "--epsilon",
        "0",
        "--wilcoxon",
    )
    assert ranked["criteria"][0]["alternative"]["items"] == 36  # by accuracy an inconsistent one is wrong


def test_squares_are_of_the_numbers_at_the_ordinal_level_too(run: Any) -> None:
    """Labels 1, 2 and 5: to person p (1) the judge (2) is nearer than q (5), by number and not by rank alone."""
    rows = [f"{n},p,1\n{n},q,5\n{n},r,2\n{n},j,3\n" for n in range(30)]
    found = run("item,rater,label\n" + "".join(rows), "--judge-rater", "j", "--level", "ordinal", "--score", "neg_rmse")
    by_name = {row["annotator"]: row for row in found["criteria"][0]["alternative"]["annotators"]}
    # r (2) against 1 and 5: sqrt((1 + 9) / 2); j (3): sqrt((4 + 4) / 2) is nearer. By ranks 0, 1, 2, 3: 1, 4 and 4, 1.
    assert (by_name["r"]["judge"], by_name["r"]["human"]) == (1, 0)


DEGENERATE = {
    "one label": ("1,a,x\n1,b,x\n2,a,x\n2,b,x\n", "undefined: all labels are the same"),
    "one label of two declared": ("1,a,x\n1,b,x\n2,a,x\n2,b,x\n", "undefined: all labels are the same"),
    "one rater": ("1,a,x\n2,a,y\n", "undefined: one rater only"),
    "no overlap": ("1,a,x\n2,b,y\n", "undefined: no item has two ratings"),
    "one item": ("1,a,x\n1,b,x\n", "undefined: all labels are the same"),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_tables_are_undefined_and_say_why(run: Any, case: str) -> None:
    rows, why = DEGENERATE[case]
    options = ("--labels", "x,y") if "declared" in case else ()
    found = run("item,rater,label\n" + rows, *options)
    for name, estimate in found["criteria"][0]["people"]["coefficients"].items():
        if name.startswith("percent") and "label" in why:
            assert estimate["value"] == 1, name  # a share of pairs is what it is; only chance cannot be allowed for
        else:
            assert estimate["value"] is None, name
            assert estimate["note"].startswith(("undefined: nominal labels", why)), name


@pytest.mark.parametrize(
    "rows",
    ["1,a,x,c\n1,b,y,c\n1,j,x,d\n2,a,,d\n", "1,a,NA,d\n1,j,x,d\n", "1,a,NA,d\n1,j,invalid,d\n"],
    ids=["another criterion", "nobody", "nobody and nothing"],
)
def test_a_criterion_that_only_the_judge_labelled(run: Any, rows: str) -> None:
    found = run("item,rater,label,criterion\n" + rows, "--judge-rater", "j")
    (row,) = (row for row in found["criteria"] if row["criterion"] == "d")
    assert row["people"]["ratings"] == row["judge"]["items"] == 0
    assert row["people"]["coefficients"]["alpha"]["note"] == "undefined: no ratings"
    assert row["judge"]["agreement_pooled"]["flags"] == ["no_judged_label"]


def test_one_item_of_thirteen_raters(run: Any) -> None:
    found = run("item,rater,label\n" + "".join(f"1,r{n},{'ab'[n < 4]}\n" for n in range(13)))
    coefficients = found["criteria"][0]["people"]["coefficients"]
    assert coefficients["percent_pooled"]["value"] == pytest.approx((4 * 3 + 9 * 8) / (13 * 12))
    assert coefficients["percent_pooled"]["low"] is None
    assert coefficients["percent_pooled"]["note"] == "undefined: 1 cluster"


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("", (), "k.csv:1: the file is empty"),
        ("item,rater,label\n", (), "the file has no rows"),
        ("item,rater,label\n1,a,x\n1,a,x\n", (), "k.csv:3: a rated this item twice (line 2)"),
        ("item,rater,label\n1,a,1\n1,a,1.0\n", (), "k.csv:3: a rated this item twice (line 2)"),
        ("item,rater,label\n1,a,NA\n", (), "no label"),
        (
            "item,rater,label,question\n1,a,x,q1\n1,b,x,q2\n",
            (),
            "k.csv:3: question 'q2' differs from 'q1' in line 2 for the same item (row id 1)",
        ),
        (
            "item,rater,label,criterion,question\n1,a,x,c,q1\n1,a,x,d,q2\n",
            (),
            "k.csv:3: question 'q2' differs from 'q1' in line 2 for the same item (row id 1)",
        ),
        ("item,rater,label\n1,a,1\n1,b,1,5\n", (), "k.csv:3: 4 cells under 3 column names"),
        ('item,rater,label\n1,a,1\n1,b,"1,5"\n', ("--level", "interval"), "k.csv:3: '1,5' is not a number"),
        ("item,rater,label\n1,a,1\n1,b,inf\n", ("--level", "interval"), "k.csv:3: 'inf' is not a finite number"),
        ("item,rater,label\n1,a,1\n1,b,2\n", ("--labels", "1,2,1.0"), "the label '1' is declared twice"),
        ("item,rater,label\n1,a,1\n1,b,2\n", ("--column", "criterion=c"), "no column 'c'"),
        (
            "item,rater,label\n1,a,x\n1,b,y\n1,j,x\n",
            ("--judge-rater", "j", "--majority-ties", "z"),
            "'z' is not a label",
        ),
    ],
)
def test_refused(call: Call, tmp_path: Path, content: str, options: tuple[str, ...], says: str) -> None:
    (tmp_path / "k.csv").write_text(content, encoding="utf-8")
    with refused(says):
        call("agreement", "k.csv", *options, *FAST)


def test_labels_with_commas_can_be_declared(run: Any) -> None:
    content = 'item,rater,label\n1,a,"ja, doch"\n1,b,nein\n'
    found = run(content, "--order", 'nein,"ja, doch"')
    assert found["how"]["labels"] == ["nein", "ja, doch"]
    assert found["how"]["ordered"] is True


def test_criteria_share_questions_and_the_headline_has_the_labels_of_all(run: Any) -> None:
    content = "item,rater,label,criterion,question\n" + "".join(
        f"{n},{who},{'ab'[n % 2]},c,q{n % 6}\n{n},{who},{'xy'[n % 2]},d,\n" for n in range(12) for who in "pq"
    )
    found = run(content)
    assert found["how"]["labels"] == ["a", "b", "x", "y"]
    assert [row["people"]["coefficients"]["alpha"]["clusters"] for row in found["criteria"]] == [6, 6]
    assert found["warnings"] == []


def test_a_json_export_of_label_studio() -> None:
    found = read_labels(ROOT / "tests" / "fixtures" / "formats" / "label_studio.json")
    assert [(row.item, row.rater, row.criterion, row.label, row.question) for row in found.rows] == [
        ("q1", "ann@example.org", "overall", "A", "Q1"),
        ("q1", "ann@example.org", "clarity", "4", "Q1"),
        ("q1", "6", "overall", "tie", "Q1"),
        ("q2", "ann@example.org", "overall", "B", "Q2"),
    ]


def test_labels_in_a_compressed_table_and_in_an_array(tmp_path: Path) -> None:
    rows = [{"item": 1, "rater": "ann", "label": 2.0}, {"item": 1, "rater": "bob", "label": None}]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"item,rater,label\n1,ann,2.0\n1,bob,\n"))
    for name in ("a.json", "a.csv.gz"):
        assert [(row.item, row.rater, row.label) for row in read_labels(tmp_path / name).rows] == [
            ("1", "ann", "2"),
            ("1", "bob", None),
        ]
