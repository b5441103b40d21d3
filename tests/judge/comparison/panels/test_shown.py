"""What is shown of a panel: tables, the page, exports, another rule, weights from people's labels."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import judge as python_api
from judge.cli.shared.comparison_output import print_summary
from judge.comparison.compare import compare
from judge.comparison.headline import headline
from judge.comparison.panels.change import PanelChange
from judge.comparison.results import load_run, load_summary, resolve_again
from judge.comparison.run import Run
from judge.comparison.tables import behaviour_tables, main_tables, screen_tables
from judge.core.screen.table_print import lines_of, print_tables
from judge.reports.export.rows import ExportedRows
from judge.reports.figures.collect import drawings
from judge.reports.html.judge_validity import findings
from judge.reports.html.provenance import compare_command
from judge.reports.html.run_page import write_report
from judge.reports.report_data import report_data
from tests.support.command import Call
from tests.support.loopback import Loopback
from tests.support.panels import NAMES, panel_of, settings_of
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import manifest, verdicts


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with Loopback() as ann, Loopback(bias=0.9) as ben, Loopback(bias=0.4) as cem:
        yield compare(settings_of(tmp_path / "run", panel_of((ann, ben, cem)), limit=None))


def test_the_screen_has_one_line_per_judge_and_the_files_have_all(run: Run) -> None:
    rates, judges = screen_tables(run.summary)
    assert [row[0] for row in judges.rows] == list(NAMES)
    assert len(rates.rows) == 1
    assert [line for line in headline(run.summary) if line.startswith("Panel of ann, ben, cem: ")]
    screen = Console(width=80, file=StringIO())
    assert lines_of(screen, lambda: print_summary(run.summary, screen, folder=Path("run"))) <= 25
    room = 25 - lines_of(screen, lambda: screen.print("\n".join(headline(run.summary)))) - 3
    shown = print_tables([table.brief or table for table in (rates, judges)], screen, lines=room)
    assert [len(table.rows) for table in shown] == [1, 3]
    titles = [table.title for table in main_tables(run.summary)]
    assert {"Judges of the panel", "Calls of the judges", "Agreement of the judges"} <= set(titles)
    with (run.folder / "tables" / "panel.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 4
    assert {row["judge"] for row in rows} == {*NAMES, "panel"}
    with (run.folder / "tables" / "judges.csv").open(encoding="utf-8") as file:
        assert [(row["name"], row["ok"], row["failed"]) for row in csv.DictReader(file)] == [
            (name, "192", "0") for name in NAMES
        ]


def test_the_page_and_the_export_name_each_judge(run: Run, tmp_path: Path) -> None:
    data = report_data(run.folder)
    words = compare_command(data).split()
    assert [words[place + 1] for place, word in enumerate(words) if word == "--judge"] == [
        "openai:ann", "anthropic:ben", "openai:cem"
    ]  # fmt: skip
    page = write_report(run.folder, tmp_path / "page.html").path.read_text(encoding="utf-8")
    for words_of_page in ("Calls of the judges", "Agreement of the judges", "cem (cem-", "ben (ben"):
        assert words_of_page in page
    for row in ExportedRows(run.folder):
        own = [row[f"score_{name}"] for name in NAMES]
        assert row["score"] == pytest.approx(np.mean(own))


def test_position_and_orders_are_told_of_each_judge(run: Run) -> None:
    found = {each.name: each for each in findings(report_data(run.folder))}
    for name in ("Position", "Consistency"):
        assert found[name].kind == "caution"
        of = [sentence.partition(":")[0] for sentence in found[name].sentences]
        assert of[:3] == list(NAMES)
        against = {sentence.partition(":")[0] for sentence in found[name].against}
        assert "ben" in against
        assert "ann" not in against, "its orders always agree, whatever those of the others do"
    behaviour = next(table for table in behaviour_tables(run.summary))
    assert "orders agree" not in {row[0] for row in behaviour.rows}, "all judges agree there, too: it is called so"


def test_a_figure_has_each_judge_beside_the_panel(run: Run) -> None:
    drawn = next(each for each in drawings(run.summary, criteria=["overall"]) if each.name == "panel")
    assert run.summary.panel is not None
    rates = [row for row in run.summary.panel.rates if row.criterion == "overall"]
    assert [row[3:5] for row in drawn.rows] == [(row.judge or "panel", row.win_rate.value) for row in rates]


def test_another_rule_takes_no_call_and_is_written_only_where_that_is_asked_for(run: Run) -> None:
    shown = resolve_again(run.folder, panel=PanelChange(combine="majority", quorum=3))
    assert shown.panel is not None
    assert (shown.panel.combine, shown.panel.quorum) == ("majority", 3)
    assert load_summary(run.folder) == run.summary
    resolve_again(run.folder, panel=PanelChange(combine="majority", quorum=3), write=True)
    assert {row.score for row in verdicts(run.folder)} <= {0.0, 0.5, 1.0}
    found = load_summary(run.folder).panel
    assert found is not None
    assert (found.combine, found.quorum) == ("majority", 3)
    with refused("more than the 3 judges"):
        resolve_again(run.folder, panel=PanelChange(quorum=4))
    with refused("needs weights"):
        resolve_again(run.folder, panel=PanelChange(combine="weighted"))
    with refused("judged by one judge"):
        resolve_again(run.folder / "judges" / "ann", panel=PanelChange(quorum=1))


def people(run: Path, path: Path) -> Path:
    """Labels of half of the comparisons: people say what the unbiased judge says."""
    rows = []
    for number, row in enumerate(verdicts(run / "judges" / "ann")):
        if row.criterion == "overall" and number % 2 == 0 and row.score is not None:
            label = "tie" if row.score == 0.5 else "candidate" if row.score > 0.5 else "reference"
            rows.append({"item": row.comparison_id, "rater": "p1", "criterion": "overall", "label": label})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_weights_follow_from_people_and_are_kept_within_the_run(run: Run, tmp_path: Path) -> None:
    change = PanelChange("weighted", None, people(run.folder, tmp_path / "people.jsonl"))
    with refused("give --write too"):
        resolve_again(run.folder, panel=change)
    found = resolve_again(run.folder, panel=change, write=True).panel
    assert found is not None
    ann, ben, cem = (each.weight for each in found.judges)
    assert ann is not None
    assert ben is not None
    assert cem is not None
    assert ann > cem > ben > 0
    (tmp_path / "people.jsonl").unlink()
    again = load_summary(run.folder)
    assert again.panel == found
    (warning,) = (text for text in again.warnings if "label" in text)
    assert "persona, value" in warning
    assert "overall" not in warning
    assert not again.notes
    weighted = {(row.comparison_id, row.criterion): row.score for row in verdicts(run.folder)}
    resolve_again(run.folder, panel=PanelChange("mean"), write=True)
    mean = {(row.comparison_id, row.criterion): row.score for row in verdicts(run.folder)}
    assert weighted != mean
    assert all(
        weighted[key] == pytest.approx(score) for key, score in mean.items() if key[1] != "overall"
    )  # no label: equal weights


def test_the_command_and_python_take_several_judges(call: Call, tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        urls = (ann.url, ben.root, cem.url)
        judges = ("openai:ann", "anthropic:ben", "openai:cem")
        named = [word for one in zip(judges, urls, strict=True) for word in ("--judge", one[0], "--base-url", one[1])]
        assert call("compare", *PAIRS, *named, "--limit", 3, "--out", "run") == 0
        told = manifest(tmp_path / "run")
        assert told["options"]["judge"] == list(judges)
        assert [each["judge"] for each in told["panel"]["judges"]] == list(judges)
        assert call("show", "run", "--combine", "majority", "--write") == 0
        assert call("compare", *PAIRS, *named, "--limit", 3, "--out", "run") == 0
        assert manifest(tmp_path / "run")["panel"]["combine"] == "majority"  # as it was last made
        files = [str(PAIRS[0]), str(PAIRS[1])]
        found = python_api.compare(
            *files,
            values=PAIRS[PAIRS.index("--values") + 1],
            judge=list(judges),
            base_url=list(urls),
            quorum=3,
            limit=3,
            out=tmp_path / "again",
            reuse=[tmp_path / "run"],
            progress=False,
        )
        assert [len(server.seen) for server in (ann, ben, cem)] == [6, 6, 6]
    assert sorted(found.judgments()["judge"].unique()) == sorted(judges)
    assert list(found.judges) == list(NAMES)
    assert found.summary.panel is not None
    assert found.summary.panel.quorum == 3
    assert load_run(tmp_path / "again").summary == found.summary
    with refused("each judge of its panel has a run of its own"):
        call("compare", *PAIRS, "--judge", "openai:ann", "--base-url", ann.url, "--limit", 3, "--out", "run")
