"""`judge values score` and `compare-to-chance`, as a user runs them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
from judge.preferences.scoring.records import ScoreSummary
from judge.preferences.scoring.tables import tables
from tests.support.command import Call, Command
from tests.support.refused import refused
from tests.support.values import truth, write_csv, write_values

FAST = ("--resamples", "200", "--permutations", "99")
QUESTIONS, GROUPS = 8, 4
STRATA = {"sex": ("Female", "Male"), "age_x_religion": ("Young_Muslim", "Old_Muslim")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    truths = [
        truth(f"Q{number}", group, 1 + (number + place) % 4, stratum=stratum)
        for number in range(1, QUESTIONS + 1)
        for stratum, groups in STRATA.items()
        for place, group in enumerate(groups)
    ]
    write_values(tmp_path / "values.jsonl", truths)
    right = {row.item_id: f"Answer: {row.modal_code}" for row in truths}
    ids = list(right)
    base = {**right, ids[0]: "I'm sorry, I can't.", ids[1]: "Answer: 9", ids[2]: "hm", ids[5]: "Answer: 1"}
    del base[ids[4]]
    write_csv(tmp_path / "base.csv", base)
    write_csv(tmp_path / "ft.csv", right)
    write_csv(tmp_path / "other.csv", dict.fromkeys(ids, "Answer: 1"))
    return tmp_path


def summary(path: Path) -> dict[str, Any]:
    return json.loads((path / "summary.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_score_prints_and_writes_the_study_s_table(judge: Command, folder: Path) -> None:
    done = judge("values", "score", "values.jsonl", "base.csv", "ft.csv", "--full", "--out", "out", *FAST)
    assert done.returncode == 0, done.stderr
    heads = "base: 28 answered, 1 refused, 1 out of scale, 1 unreadable, 1 missing; ft: 32 answered, 0 refused"
    titles = re.findall(r"\n\n(?!Written)(.+)\n", done.stdout)
    assert titles[:2] == ["acc and NMAE", "Answers"]
    assert done.stdout.count(heads) >= 10
    assert "Warning: base: 1 of 32 items have no reply" in done.stdout
    assert re.search(r"model +split +acc base +acc SFT +NMAE base +NMAE SFT", done.stdout)
    assert re.search(r"^ft +OOD +(\.\d+ |1\.000 )\[.*1\.000 \[", done.stdout, re.MULTILINE)
    markdown = (folder / "out" / "summary.md").read_text(encoding="utf-8")
    assert "| model | split | acc base | acc SFT | NMAE base | NMAE SFT |" in markdown
    assert not list((folder / "out").rglob("*.part"))


def test_numbers_are_those_of_the_files(judge: Command, folder: Path) -> None:
    judge("values", "score", "values.jsonl", "base.csv", "ft.csv", "--out", "out", *FAST)
    found = summary(folder / "out")
    rows = {(row["contestant"], row["dimension"], row["value"], row["metric"]): row for row in found["scores"]}
    accuracy = rows["base", "all", "all", "accuracy"]["estimate"]
    assert (accuracy["n"], accuracy["clusters"]) == (28, QUESTIONS)
    assert accuracy["value"] == pytest.approx(27 / 28)
    with_wrong = rows["base", "all", "all", "accuracy_non_answers_wrong"]["estimate"]
    assert with_wrong["value"] == pytest.approx(27 / 31)
    assert rows["ft", "all", "all", "nmae"]["estimate"]["value"] == 0
    assert found["pairs"] == [["base", "ft"]]
    with (folder / "out" / "tables" / "replies.csv").open(encoding="utf-8") as file:
        replies = list(csv.DictReader(file))
    assert len(replies) == 31 + 32
    assert {row["status"] for row in replies} == {"answered", "refused", "out_of_scale", "unreadable"}
    with (folder / "out" / "tables" / "scores.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert list(first)[-6:] == ["estimate", *(f"estimate_{part}" for part in ("low", "high", "n", "clusters", "note"))]


def scored(folder: Path, *files: str, **options: Any) -> ScoreSummary:
    settings = ScoreSettings(
        values=folder / "values.jsonl",
        files=tuple(str(folder / name) for name in files),
        **{"resamples": 200, "permutations": 99} | options,
    )
    return evaluate(settings)


def cells(summary: ScoreSummary, title: str, *labels: str) -> str:
    """A row of a table of the summary, found by its first cells, as one text."""
    (table,) = (each for each in tables(summary) if each.title == title)
    (row,) = (row for row in table.rows if row[: len(labels)] == labels)
    return " | ".join(row)


def test_the_same_settings_give_the_same_again(folder: Path) -> None:
    assert scored(folder, "base.csv", "ft.csv") == scored(folder, "base.csv", "ft.csv")
    assert not (folder / "out").exists()


def test_another_base_mirrors_the_differences(judge: Command, folder: Path) -> None:
    judge("values", "score", "values.jsonl", "base.csv", "ft.csv", "--out", "one", *FAST)
    judge("values", "score", "values.jsonl", "base.csv", "ft.csv", "--base", "ft.csv", "--out", "two", *FAST)
    one, two = (summary(folder / name)["differences"] for name in ("one", "two"))
    assert [row["estimate"]["value"] for row in one if row["estimate"]["n"]] == pytest.approx(
        [-row["estimate"]["value"] for row in two if row["estimate"]["n"]]
    )
    assert [row["p_holm"] for row in one] == [row["p_holm"] for row in two]


def test_pairs_make_a_table_of_many_models(call: Call, folder: Path) -> None:
    files = ("values.jsonl", "base.csv", "ft.csv", "a=other.csv", "b=ft.csv")
    assert call("values", "score", *files, "--pair", "base:ft", "--pair", "a:b", "--out", "out", *FAST) == 0
    assert summary(folder / "out")["pairs"] == [["base", "ft"], ["a", "b"]]
    assert "| b / a | all |" in (folder / "out" / "summary.md").read_text(encoding="utf-8")
    with refused("--pair BASE:SFT with base, ft"):
        call("values", "score", "values.jsonl", "base.csv", "ft.csv", "--pair", "base:sft")


def test_one_file_alone_stands_in_the_base_s_column(folder: Path) -> None:
    found = scored(folder, "base.csv")
    assert re.match(r"base \| all \| \.\d+ \[[^]]+\]=?t? \| -", cells(found, "acc and NMAE", "base", "all"))
    assert found.differences == ()
    assert not any("Differences" in table.title for table in tables(found))


def test_compare_to_chance_sets_baselines_beside_the_models(judge: Command, folder: Path) -> None:
    assert cells(scored(folder, against_chance=True), "acc and NMAE", "uniform", "all").startswith(
        "uniform | all | .250 ["
    )
    found = scored(folder, "ft.csv", against_chance=True)
    assert any(
        table.columns[-4:] == ("acc chance", "acc model", "NMAE chance", "NMAE model") for table in tables(found)
    )
    assert [list(pair) for pair in found.pairs] == [
        [name, "ft"] for name in ("national", "most-frequent-code", "uniform")
    ]
    assert judge("values", "compare-to-chance", "values.jsonl", *FAST).returncode == 0


def test_equal_counts_are_said_once(folder: Path) -> None:
    (head, *_) = (table.head for table in tables(scored(folder, "base.csv", against_chance=True)))
    assert "national, most-frequent-code, uniform: each 32 answered, 0 refused" in head
    assert "; base: 28 answered" in head


def test_fairness_is_the_same_in_markdown_csv_and_json(call: Call, folder: Path) -> None:
    assert call("values", "score", "values.jsonl", "base.csv", "other.csv", "--out", "out", *FAST) == 0
    (row,) = (
        row
        for row in summary(folder / "out")["spread_differences"]
        if (row["value"], row["metric"]) == ("all", "accuracy")
    )
    assert row["range_difference"] == pytest.approx(row["range_candidate_excess"] - row["range_base_excess"])
    assert row["range_base_excess"] == pytest.approx(row["range_base"] - row["range_base_chance"])
    assert row["cv_squared"]["note"] == "undefined: fewer than 10 questions"  # there are 8
    assert (row["p_cv"], row["p_cv_holm"], row["cv_squared"]["low"]) == (None, None, None)
    with (folder / "out" / "tables" / "fairness_differences.csv").open(encoding="utf-8") as file:
        cells = next(each for each in csv.DictReader(file) if (each["value"], each["metric"]) == ("all", "accuracy"))
    assert float(cells["cv_base_excess"]) == row["cv_base_excess"]
    assert (cells["cv_squared_low"], cells["p_cv"]) == ("", "")
    markdown = (folder / "out" / "summary.md").read_text(encoding="utf-8")
    assert "Fairness: CV beyond chance, SFT minus base" in markdown
    assert "range and CV fall when accuracy rises" in markdown
    assert "[undefined: fewer than 10 questions]" in markdown
    (found,) = (
        row
        for row in summary(folder / "out")["spreads"]
        if (row["contestant"], row["value"], row["metric"]) == ("base", "all", "accuracy")
    )
    shown = f"{found['normalised_range']:.3f}".removeprefix("0")
    assert f"| base | all | acc | 4 | 8 | {shown} | " in markdown


def test_distributions_are_scored(call: Call, folder: Path) -> None:
    files = ("values.jsonl", "other.csv", "ft.csv")
    assert call("values", "score", *files, "--target", "distribution", "--out", "out", *FAST) == 0
    markdown = (folder / "out" / "summary.md").read_text(encoding="utf-8")
    assert re.search(r"^\| ft \| all \| \.\d+ \[[^]]+\]=?t? \| \.000 \[", markdown, re.MULTILINE)
    assert "Jensen-Shannon" in markdown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("values.jsonl", "none.csv"), "none.csv: no such file"),
        (("values.jsonl", "ft.csv", "x/ft.csv"), "no such file"),
        (("values.jsonl", "ft.csv", "ft=base.csv"), "two files are called 'ft'"),
        (("values.jsonl", "ft.csv", "--allow", "all"), "--allow does not know all"),
        (("values.jsonl", "ft.csv", "--held-out", "income"), "its strata: age_x_religion, sex"),
        (("ft.csv", "base.csv"), "ft.csv:1: not JSON"),
        (("values.jsonl", "unknown.csv"), "unknown.csv:2: 1 of 2 rows have an id that is not in the values"),
    ],
)
def test_what_cannot_be_scored_is_refused_and_nothing_is_written(
    call: Call, folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    write_csv(folder / "unknown.csv", {"Q99_sex_Female": "1", "Q1_sex_Female": "1"})
    with refused(says):
        call("values", "score", *arguments, "--out", "out", *FAST)
    assert not (folder / "out").exists()


def test_a_run_of_judge_compare_is_not_overwritten(call: Call, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "manifest.json").write_text("{}")
    with refused("is a run directory of judge compare"):
        call("values", "score", "values.jsonl", "ft.csv", "--out", "out", *FAST)
    assert [path.name for path in (folder / "out").iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("name", ["summary.json", "summary.md", "tables/scores.csv"])
def test_own_scores_are_replaced_and_files_of_others_are_not(call: Call, folder: Path, name: str) -> None:
    score = ("values", "score", "values.jsonl", "base.csv", "--out", "out", *FAST)
    path = folder / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text('{"mine": 1}')
    with refused(f"{path.name} exists, and this command did not write it"):
        call(*score)
    assert [each for each in (folder / "out").rglob("*") if each.is_file()] == [path]
    assert path.read_text() == '{"mine": 1}'
    path.unlink()
    assert call(*score) == 0
    assert call(*score) == 0


def test_an_adjusted_p_at_the_floor_of_the_permutations_is_an_upper_bound(call: Call, tmp_path: Path) -> None:
    truths = [truth(f"Q{number}", group, 1, stratum="age") for number in range(12) for group in ("young", "old")]
    write_values(tmp_path / "values.jsonl", truths)
    names = [f"m{number}.csv" for number in range(8)]
    for name in names:  # right for one group, wrong for the other
        write_csv(tmp_path / name, {row.item_id: f"Answer: {1 + (row.subgroup.id == 'age_old')}" for row in truths})
    assert call("values", "score", "values.jsonl", *names, "--out", "out", *FAST) == 0
    rows = [row for row in summary(tmp_path / "out")["spreads"] if row["metric"] == "accuracy"]
    assert {row["p"] for row in rows} == {0.01}
    assert all(row["p_holm"] == pytest.approx(0.01 * len(rows)) for row in rows)
    markdown = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert "<=.080" in markdown.replace("\\", "")
    assert "more --permutations tell" in markdown
