"""Judgments in two orders from elsewhere: a table in place of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from judge.analysis.correction.correct import correct
from judge.analysis.correction.records import CorrectSettings
from judge.analysis.sample_size.records import SampleSizeSettings
from judge.analysis.sample_size.sample_size import sample_size
from judge.analysis.sample_size.tables import tables as planned
from judge.analysis.subgroups.analyze import analyze
from judge.analysis.subgroups.records import AnalyzeSettings
from judge.analysis.subgroups.tables import tables
from judge.core.errors import InputError, UsageError
from judge.core.files.rows import file_sha256
from judge.core.records import Verdict
from judge.judging.judgment_table import read_two_orders, settings_of
from judge.judging.verdicts import InconsistentRule
from tests.support.command import Call
from tests.support.demo_labels import RUN, annotation
from tests.support.paths import EXAMPLES
from tests.support.refused import refused
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
    call: Call, tmp_path: Path, rows: list[dict[str, Any]], table: Path
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
            assert call(command, str(place), *rest, "--resamples", "100", "--out", "out.json") == 0
            found.append(json.loads((tmp_path / "out.json").read_text(encoding="utf-8")))
        run, own = found
        assert (own["how"]["run"], own["how"]["judge"]) == ("two.csv", "elsewhere")
        same = set(run) - {"how", "warnings", "labels"}  # a table has no attributes to word a subgroup by
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
    assert [key for key in found if key[1] == "d"] == [("f", "d")]
    assert found["f", "d"].outcome == "loss"
    assert (found["f", "c"].decided, found["f", "c"].first_wins) == (2, 0)
    assert (found["b", "c"].decided, found["b", "c"].first_wins) == (1, 1)
    assert settings_of(path).criteria == ("c", "d")


def scores(path: Path, content: str, rule: InconsistentRule = "mean") -> dict[str, float | None]:
    path.write_text(content, encoding="utf-8")
    return {row.item_id: row.score for row in read_two_orders(path, rule)}


def test_a_winner_and_a_tie_may_count_as_the_winner(tmp_path: Path) -> None:
    content = "item,reference_first,candidate_first\na,1,tie\nb,tie,0\nc,1,0\nd,tie,tie\ne,1,1\nf,1,\n"
    found = scores(tmp_path / "two.csv", content, "winner")
    assert found == {"a": 1.0, "b": 0.0, "c": 0.5, "d": 0.5, "e": 1.0, "f": None}


@pytest.mark.parametrize(
    "content",
    [
        "item,reference_first,candidate_first\na,1,\nb,,tie\nc,0,\nd,,\n",  # in an order that differs by row
        "item,reference_first\na,1\nb,tie\nc,0\nd,\n",
        "item,candidate_first\na,candidate\nb,0.5\nc,reference\nd,NA\n",
        "item,winner\na,1\nb,tie\nc,0\nd,\n",
    ],
)
def test_judgments_in_one_order_are_verdicts(tmp_path: Path, content: str) -> None:
    assert scores(tmp_path / "one.csv", content) == {"a": 1.0, "b": 0.5, "c": 0.0, "d": None}
    about = settings_of(tmp_path / "one.csv")
    assert about.orders == "one"
    assert "consistency of the judge" in about.cautions[0]


def test_in_a_table_of_two_orders_one_alone_is_missing(tmp_path: Path) -> None:
    assert scores(tmp_path / "two.csv", "item,reference_first,candidate_first\na,1,1\nb,1,\n") == {"a": 1.0, "b": None}
    about = settings_of(tmp_path / "two.csv")
    assert (about.orders, len(about.cautions)) == ("both", 1)
    assert "1 of 2 rows judged in one order only, counted as missing" in about.cautions[0]


def test_null_an_absent_key_and_a_missing_cell_are_one(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"item": 1, "question": "NA", "reference_first": 1, "candidate_first": 1},
        {"item": 2.0, "question": None, "reference_first": 1},
        {"item": "3", "reference_first": 0.0, "candidate_first": None},
    ]
    path = jsonl(tmp_path / "two.jsonl", rows)
    found = [(row.item_id, row.question_id, row.score) for row in read_two_orders(path)]
    assert found == [("1", "1", 1.0), ("2", "2", None), ("3", "3", None)]


def test_an_item_without_a_row_for_a_criterion_is_not_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    lines = ["item,criterion,reference_first,candidate_first"]
    lines += [f"{criterion[0]}{n},{criterion},{n % 2},{n % 2}" for n in range(6) for criterion in ("clarity", "depth")]
    path.write_text("\n".join([*lines, "d9,depth,1,"]) + "\n", encoding="utf-8")
    found = analyze(AnalyzeSettings(run=path, resamples=100))
    assert [(row.criterion, row.planned, row.missing, row.estimate.n) for row in found.slices] == [
        ("clarity", 6, 0, 6),
        ("depth", 7, 1, 6),
    ]
    assert sum("the others are not part of it" in said for said in found.warnings) == 2
    (table, *_) = tables(found)
    assert table.head == (
        "clarity: 6 of 6 comparisons scored, 0 without a score; depth: 6 of 7 comparisons scored, 1 without a score."
    )


def test_the_head_of_a_table_counts_the_rows_of_that_table(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    lines = ["item,reference,candidate,reference_first,candidate_first"]
    lines += [f"{n},base,m1,1,{n % 2}" for n in range(8)] + [f"{n},base,m2,1," for n in range(8)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = analyze(AnalyzeSettings(run=path, resamples=100))
    one, other, *_ = tables(found)
    assert one.head == "8 of 8 comparisons scored, 0 without a score."
    assert other.head == "0 of 8 comparisons scored, 8 without a score."
    assert "8 of 8 rows judged in one order only" in found.warnings[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("item,verdict\n1,tie\n", "no column 'reference_first', 'candidate_first'; the columns are: 'item', 'verdict'"),
        ("item,reference,candidate,winner\n1,base,base,tie\n", "'base' is compared with itself"),
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
    call: Call, tmp_path: Path, rows: list[dict[str, Any]], table: Path
) -> None:
    people = [
        annotation(row["comparison_id"], "ann-1", {"overall": "tie" if n % 5 == 0 else "candidate"}, "reference_first")
        for n, row in enumerate(row for row in rows if row["criterion"] == "overall")
    ]
    labels = jsonl(tmp_path / "annotations.jsonl", people)
    found = []
    for place in (RUN, table):
        assert call("plan", "--half-width", ".1", "--pilot", place, "--annotations", labels, "--out", "out.json") == 0
        found.append(json.loads((tmp_path / "out.json").read_text(encoding="utf-8")))
    run, own = found
    assert own["labels"] == run["labels"] != []
    unordered = {"sequence": None, "stopped_at": None}
    assert own["rows"] == [row | unordered for row in run["rows"]]
    assert (own["pilot"], own["verdicts_sha256"]) == ("two.csv", file_sha256(table))
    assert own["warnings"] == [
        "two.csv is not a run: its rows have no planned order, so there is no confidence sequence."
    ]


def test_plan_says_what_a_table_lacks(tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_text("item,reference_first,candidate_first\n1,1,0\n2,0,0\n3,1,1\n", encoding="utf-8")
    found = sample_size(SampleSizeSettings(half_width=0.1, pilot=bare))
    assert [warning.split(":")[0] for warning in found.warnings] == [
        "bare.csv is not a run",
        "bare.csv has one item for each question",
        "bare.csv has no column subgroup",
    ]
    (row,) = found.rows
    assert row.components is not None
    assert row.components.question is None
    assert not any("comparisons of each question" in option.what for option in row.options)
    asked = tmp_path / "asked.csv"
    asked.write_text(
        "item,question,reference_first,candidate_first\n1,q,1,0\n2,q,0,0\n3,r,1,1\n4,r,tie,1\n", encoding="utf-8"
    )
    found = sample_size(SampleSizeSettings(half_width=0.1, pilot=asked))
    assert not any("one item for each question" in warning for warning in found.warnings)
    (row,) = found.rows
    assert "twice the comparisons of each question" in [option.what for option in row.options]
    assert not any("subgroups" in option.what for option in row.options)
    asked.write_text("item,reference_first,candidate_first\n", encoding="utf-8")
    with refused("there are no rows"):
        sample_size(SampleSizeSettings(half_width=0.1, pilot=asked))


def test_commands_that_need_a_run_say_so(call: Call, tmp_path: Path, table: Path) -> None:
    labels = jsonl(tmp_path / "annotations.jsonl", [annotation("x", "a", {"overall": "tie"}, "reference_first")])
    with refused("is not a run directory"):
        call("agreement", str(labels), "--judge", str(table))
    for command in ("report", "show", "figures"):
        with refused(
            "two.csv is a file, not a run directory",
            "`judge analyze`, `judge correct` and `judge plan --pilot` also read a table",
        ):
            call(command, str(table))
    with refused("base.jsonl is a file, not a run directory") as caught:
        call("show", str(EXAMPLES / "base.jsonl"))
    assert "table" not in str(caught.value)  # it is none
    with refused(f"give its folder, {RUN}"):
        call("show", str(RUN / "verdicts.jsonl"))


def test_a_plan_counts_the_labels_that_the_pilot_has(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    lines = [f"{n},{n % 10},{n % 2},{n % 3 % 2}" for n in range(60)]
    path.write_text("\n".join(["item,question,reference_first,candidate_first", *lines]) + "\n", encoding="utf-8")
    labels = tmp_path / "labels.csv"
    people = [f"{n},a,{'candidate' if n % 5 else 'reference'}" for n in range(60)]
    labels.write_text("\n".join(["item,rater,label", *people]) + "\n", encoding="utf-8")
    for half_width in (0.4, 0.02):
        found = sample_size(SampleSizeSettings(half_width=half_width, pilot=path, annotations=labels, unweighted=True))
        (row,) = found.labels
        assert (row.comparisons, row.labelled) == (60, 60)
        assert row.needed is not None
        assert row.further == max(0, row.needed - 60)
        (*_, table) = planned(found)
        assert table.head == "Labels: labels.csv, of comparisons of the pilot two.csv."
        assert ("judge more comparisons, too" in " ".join(table.notes)) == (row.needed > 60)


def test_unknown_dimensions_are_refused(tmp_path: Path, table: Path) -> None:
    with pytest.raises(UsageError, match="no dimension 'sex'"):
        analyze(AnalyzeSettings(run=table, by=("sex",)))
    labels = tmp_path / "labels.csv"
    labels.write_text("item,rater,label\nx,a,tie\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no dimension 'sex'"):
        correct(CorrectSettings(run=table, annotations=labels, by=("sex", "category")))


def test_plan_counts_the_comparisons_of_each_criterion_and_contestant(tmp_path: Path) -> None:
    rows = [{"item": n, "candidate": "m1", "criterion": "c", "winner": n % 2} for n in range(6)]
    rows += [{"item": n, "candidate": "m2", "criterion": "c", "winner": n % 2 if n else None} for n in range(4)]
    rows += [{"item": n, "candidate": "m1", "criterion": "d", "winner": n % 2} for n in range(3)]
    found = sample_size(SampleSizeSettings(0.1, pilot=jsonl(tmp_path / "t.jsonl", rows)))
    table = next(iter(planned(found)))
    assert table.columns[:4] == ("candidate", "criterion", "comparisons", "scored")
    assert [cells[:4] for cells in table.rows] == [
        ("m1", "c", "6", "6"),
        ("m1", "d", "3", "3"),
        ("m2", "c", "4", "3"),
        ("m2", "d", "0", "0"),
    ]


def test_repeats_are_no_option_where_orders_differ_by_more_than_chance(tmp_path: Path) -> None:
    """The first response always wins: repeats would not change that, and no half-width is 0."""
    rows = [{"item": n, "reference_first": 0, "candidate_first": 1 if n else 0} for n in range(8)]
    found = sample_size(SampleSizeSettings(0.1, pilot=jsonl(tmp_path / "t.jsonl", rows))).rows[0]
    assert "both orders, two repeats" not in [each.what for each in found.options]
    assert min(each.half_width for each in found.options) > 0


def test_a_winner_beside_the_orders_must_agree_with_them(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"item": "a", "reference_first": 1, "candidate_first": 1, "winner": "candidate"},
        {"item": "b", "reference_first": 1, "candidate_first": 0, "winner": "tie"},
        {"item": "c", "reference_first": 1, "candidate_first": 0.5, "winner": "candidate"},
        {"item": "d", "reference_first": 1, "candidate_first": 0, "winner": "inconsistent"},
        {"item": "e", "reference_first": 0, "candidate_first": 0},
    ]
    assert [each.score for each in read_two_orders(jsonl(tmp_path / "t.jsonl", rows))] == [1, 0.5, 0.75, 0.5, 0]
    for item, other in (("a", "reference"), ("a", "tie"), ("e", "candidate"), ("e", "inconsistent"), ("b", "B")):
        changed = [each | ({"winner": other} if each["item"] == item else {}) for each in rows]
        with pytest.raises(InputError) as refused:
            list(read_two_orders(jsonl(tmp_path / "t.jsonl", changed)))
        assert (refused.value.row, refused.value.line) == (item, "abcde".index(item) + 1)
    with pytest.raises(InputError, match="in 1 row"):
        list(read_two_orders(jsonl(tmp_path / "t.jsonl", [rows[0], {"item": "b", "winner": "tie"}])))


@pytest.mark.parametrize("columns", [("winner",), ("reference_first",), ("reference_first", "candidate_first")])
def test_a_table_without_any_judgment_is_refused(tmp_path: Path, columns: tuple[str, ...]) -> None:
    for cell in (None, "", "NA", "null", " "):
        rows = [{"item": n} | dict.fromkeys(columns, cell) for n in range(3)]
        with pytest.raises(InputError, match="no row has a judgment"):
            settings_of(jsonl(tmp_path / "t.jsonl", rows))


def test_a_winner_may_be_named(tmp_path: Path) -> None:
    rows = [
        {"item": 1, "reference": "base", "candidate": "ft", "winner": "ft"},
        {"item": 2, "reference": "base", "candidate": "ft", "winner": "base"},
        {"item": 3, "reference": "base", "candidate": "ft", "winner": "tie"},
    ]
    assert [each.score for each in read_two_orders(jsonl(tmp_path / "t.jsonl", rows))] == [1, 0, 0.5]
    with pytest.raises(InputError, match="'gpt' is not a winner"):
        list(read_two_orders(jsonl(tmp_path / "t.jsonl", [rows[0] | {"winner": "gpt"}])))
    numbered = [{"item": 1, "reference": "1", "candidate": "2", "winner": winner} for winner in ("1", "2")]
    assert next(read_two_orders(jsonl(tmp_path / "t.jsonl", numbered[:1]))).score == 1  # the score, not the name
    with pytest.raises(InputError, match="'2' is not a winner"):
        list(read_two_orders(jsonl(tmp_path / "t.jsonl", numbered[1:])))


def test_whole_numbers_that_pandas_made_floats_are_one_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "item,question,reference,candidate,criterion,category,winner\n1.0,7.0,1.0,2.0,3.0,4.0,1.0\n2,7,1,2,3,4,0\n",
        encoding="utf-8",
    )
    assert settings_of(path).contestants == ("1", "2")
    assert {(each.question_id, each.criterion, each.category) for each in read_two_orders(path)} == {("7", "3", "4")}


def test_names_that_look_alike_and_turned_pairs_are_said(tmp_path: Path) -> None:
    rows = [{"item": n, "reference": "base", "candidate": name, "winner": 1} for n, name in enumerate(["m", "M", "m "])]
    (said, *_) = [each for each in settings_of(jsonl(tmp_path / "t.jsonl", rows)).cautions if "look alike" in each]
    assert "candidates" in said
    rows = [{"item": 1, "reference": "a", "candidate": "b", "winner": 1}]
    assert len(settings_of(jsonl(tmp_path / "t.jsonl", rows)).cautions) == 1
    rows += [{"item": 2, "reference": "b", "candidate": "a", "winner": 1}]
    assert len(settings_of(jsonl(tmp_path / "t.jsonl", rows)).cautions) == 2


@pytest.mark.parametrize("part", ["question", "category", "stratum", "subgroup", "reference_words"])
def test_an_item_has_one_question_and_is_in_one_slice(tmp_path: Path, part: str) -> None:
    """Only the first row's would be used."""
    rows = [{"item": n, "criterion": name, "winner": 1, part: 7} for n in range(3) for name in "cd"]
    assert len(list(read_two_orders(jsonl(tmp_path / "t.jsonl", rows)))) == 6
    rows[3][part] = 8
    with pytest.raises(InputError, match=f"{part} '8' differs from '7' in line 3") as refused:
        settings_of(jsonl(tmp_path / "t.jsonl", rows))
    assert (refused.value.line, refused.value.row) == (4, "1")


def test_winners_in_capitals(tmp_path: Path) -> None:
    rows = [{"item": n, "winner": cell} for n, cell in enumerate(["Candidate", "TIE", "Reference"])]
    assert [each.score for each in read_two_orders(jsonl(tmp_path / "t.jsonl", rows))] == [1, 0.5, 0]
    labels = [{"item": n, "rater": "a", "label": cell} for n, cell in enumerate(["Candidate", "TIE", "Reference"])]
    found = correct(
        CorrectSettings(tmp_path / "t.jsonl", jsonl(tmp_path / "l.jsonl", labels), by=(), unweighted=True)
    ).rows[0]
    assert (found.human_only.value, found.tuning) == (0.5, 0)


@pytest.mark.parametrize("settings", [{"inconsistent": "half"}, {"unweighted": True}])
def test_plan_refuses_options_without_what_they_are_about(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no effect without"):
        sample_size(SampleSizeSettings(0.1, **settings))


def test_what_a_table_lacks_for_an_option_is_said(tmp_path: Path) -> None:
    """Without lengths they are not equal, but unknown; without subgroups there is nothing to cluster by."""
    rows = [{"item": n, "reference_first": n % 2, "candidate_first": n % 3 > 0} for n in range(20)]
    path = jsonl(tmp_path / "t.jsonl", [row | {"candidate_first": int(row["candidate_first"])} for row in rows])
    (found,) = analyze(AnalyzeSettings(path, length_controlled=True, permutations=99)).lengths
    assert (found.controlled.value, found.controlled.flags) == (None, {"no_lengths"})
    with pytest.raises(UsageError, match="no comparison has a subgroup"):
        analyze(AnalyzeSettings(path, generalize_to="questions+subgroups", permutations=99))


def test_a_table_of_several_references_has_a_leaderboard(tmp_path: Path) -> None:
    winners = {("a", "b"): "candidate", ("b", "c"): "candidate", ("a", "c"): "candidate"}
    rows = [
        {
            "item": f"q{place}",
            "reference": one,
            "candidate": other,
            "winner": "reference" if place % 4 == 0 else winner,
        }
        for (one, other), winner in winners.items()
        for place in range(12)
    ]
    (board,) = analyze(AnalyzeSettings(run=jsonl(tmp_path / "battles.jsonl", rows), permutations=99)).leaderboards
    assert [each.contestant for each in board.standings] == ["c", "b", "a"]
    assert [each.win_rate.value for each in board.standings] == pytest.approx([0.75, 0.5, 0.25])
