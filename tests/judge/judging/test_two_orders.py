"""Judgments in two orders from elsewhere: a table in place of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import InputError
from judge.core.files.rows import file_sha256
from judge.core.records import Verdict
from judge.judging.two_orders import read_two_orders, settings_of
from tests.support.command import Command
from tests.support.demo_labels import RUN, annotation
from tests.support.rows import jsonl

WINNERS = {0.0: "reference", 0.5: "tie", 1.0: "candidate", None: ""}
COLUMNS = ("question_id", "reference", "candidate", "category", "stratum", "subgroup")
NUMBERS = ("reference_words", "candidate_words")
TABLE = """item,question,criterion,reference_first,candidate_first
a,q,c,candidate,1
b,q,c,reference,tie
d,q,c,0.5,.5
e,r,c,,reference
f,r,c,1.0,0
f,r,d,reference,reference
"""


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RUN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def table(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    """The demo run's judgments as somebody else would write them."""
    with (tmp_path / "two.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["item", "criterion", "reference_first", "candidate_first", *COLUMNS, *NUMBERS])
        for row in rows:
            winners = (WINNERS[row["reference_first"]], WINNERS[row["candidate_first"]])
            out.writerow([row["comparison_id"], row["criterion"], *winners, *(row[name] for name in COLUMNS + NUMBERS)])
    return tmp_path / "two.csv"


def test_the_same_judgments_give_the_same_numbers_as_the_run(
    judge: Command, tmp_path: Path, rows: list[dict[str, Any]], table: Path
) -> None:
    people = [
        annotation(row["comparison_id"], "ann-1", {"overall": "tie" if n % 5 == 0 else "candidate"}, "reference_first")
        for n, row in enumerate(row for row in rows if row["criterion"] == "overall")
    ]
    labels = jsonl(tmp_path / "annotations.jsonl", people)
    for options in (
        ("analyze", "--by", "category,stratum", "--length-controlled"),
        ("correct", str(labels), "--by", "category"),
    ):
        found = []
        for place in (RUN, table):
            command, *rest = options
            done = judge(command, str(place), *rest, "--resamples", "100", "--out", "out.json")
            assert done.returncode == 0, done.stderr
            found.append(json.loads((tmp_path / "out.json").read_text(encoding="utf-8")))
        run, own = found
        assert (own["how"]["run"], own["how"]["judge"]) == ("two.csv", "elsewhere")
        same = set(run) - {"how", "warnings"}
        assert {name: own[name] for name in same} == {name: run[name] for name in same}


def test_both_orders_are_read_by_the_studys_rule(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(TABLE, encoding="utf-8")
    found: dict[tuple[str, str], Verdict] = {(row.item_id, row.criterion): row for row in read_two_orders(path)}
    assert {key: (row.outcome, row.score) for key, row in found.items() if key[1] == "c"} == {
        ("a", "c"): ("win", 1.0),
        ("b", "c"): ("inconsistent", 0.25),
        ("d", "c"): ("tie", 0.5),
        ("e", "c"): ("missing", None),
        ("f", "c"): ("inconsistent", 0.5),
    }
    assert [found[each, "d"].outcome for each in "abdef"] == ["missing"] * 4 + ["loss"]
    assert (found["f", "c"].decided, found["f", "c"].first_wins) == (2, 0)
    assert (found["b", "c"].decided, found["b", "c"].first_wins) == (1, 1)
    assert settings_of(path).criteria == ("c", "d")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("item,reference_first\n1,tie\n", "no column 'candidate_first'"),
        ("item,reference_first,candidate_first\n1,A,B\n", "reference_first: 'A' is not a winner"),
        ("item,reference_first,candidate_first\n1,1,0\n1,1,0\n", "duplicate item: it also occurs in line 2"),
        ("item,reference_first,candidate_first\n,1,0\n", "the item is missing"),
        ("item,reference_first,candidate_first,reference_words\n1,1,0,-3\n", "reference_words: '-3' is not a number"),
    ],
)
def test_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "two.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"two\.csv") as raised:
        list(read_two_orders(path))
    assert says in str(raised.value)


def test_plan_reads_a_table_as_a_pilot_but_for_its_order(
    judge: Command, tmp_path: Path, rows: list[dict[str, Any]], table: Path
) -> None:
    people = [
        annotation(row["comparison_id"], "ann-1", {"overall": "tie" if n % 5 == 0 else "candidate"}, "reference_first")
        for n, row in enumerate(row for row in rows if row["criterion"] == "overall")
    ]
    labels = jsonl(tmp_path / "annotations.jsonl", people)
    found = []
    for place in (RUN, table):
        done = judge("plan", "--half-width", ".1", "--pilot", place, "--annotations", labels, "--out", "out.json")
        assert done.returncode == 0, done.stderr
        found.append(json.loads((tmp_path / "out.json").read_text(encoding="utf-8")))
    run, own = found
    assert own["labels"] == run["labels"] != []
    unordered = {"sequence": None, "stopped_at": None}
    assert own["rows"] == [row | unordered for row in run["rows"]]
    assert (own["pilot"], own["verdicts_sha256"]) == ("two.csv", file_sha256(table))
    assert own["warnings"] == [
        "two.csv is not a run: its rows have no planned order, so there is no confidence sequence."
    ]
    assert "may one stop?" not in done.stdout


def test_plan_says_what_a_table_lacks(judge: Command, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("item,reference_first,candidate_first\n1,1,0\n2,0,0\n3,1,1\n", encoding="utf-8")
    done = judge("plan", "--half-width", ".1", "--pilot", bare)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "bare.csv has one item for each question: a column question that items share would separate" in said
    assert "bare.csv has no column subgroup: the variance between subgroups is part of the rest" in said
    assert "undefined: no two scores of one question" in said
    asked = tmp_path / "asked.csv"
    asked.write_text(
        "item,question,reference_first,candidate_first\n1,q,1,0\n2,q,0,0\n3,r,1,1\n4,r,tie,1\n", encoding="utf-8"
    )
    said = judge("plan", "--half-width", ".1", "--pilot", asked).stdout
    assert "one item for each question" not in said
    assert "twice the comparisons of each question" in said
    assert "twice the subgroups" not in said
    asked.write_text("item,reference_first,candidate_first\n", encoding="utf-8")
    assert "has no verdicts" in judge("plan", "--half-width", ".1", "--pilot", asked).stderr


def test_commands_that_need_a_run_say_so(judge: Command, tmp_path: Path, table: Path) -> None:
    labels = jsonl(tmp_path / "annotations.jsonl", [annotation("x", "a", {"overall": "tie"}, "reference_first")])
    compared = judge("agreement", str(labels), "--judge", str(table))
    assert "is not a run directory" in " ".join(compared.stderr.split())
