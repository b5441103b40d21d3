"""The written tables: the same numbers everywhere, what was judged and how in each, and no cell left unexplained."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from judge.cli.shared.comparison_output import print_summary
from judge.comparison.files import markdown, write_summary
from judge.comparison.headline import NOT_AN_LLM, headline
from judge.comparison.slices import slice_tables
from judge.comparison.summary import Summary
from judge.comparison.tables import main_tables, screen_tables
from judge.core.screen.interval_bars import WIDTHS
from judge.core.screen.tables import Table, without_bars
from judge.stats.formatting import short
from judge.stats.intervals.share_interval import METHOD
from tests.support.summaries import Case, golden, summary_of


def tables(found: Summary) -> list[Table]:
    """All tables, as they go into files."""
    return [table.full or table for table in (*main_tables(found), *slice_tables(found))]


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The cells of each table as a reader of Markdown sees them."""
    found: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("| "):
            cells = re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]
            found[-1].append([re.sub(r"\\([\\|*_`<])", r"\1", cell.strip()) for cell in cells])
        elif found[-1] and not line.startswith("|---"):
            found.append([])
    return [table for table in found if table]


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def printed(found: Summary, width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    print_summary(found, console, full=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


COUNTS = ("win", "tie", "loss", "inconsistent", "missing", "win_rate_n", "win_rate_clusters")


def test_markdown_csv_and_terminal_show_the_same_numbers(tmp_path: Path) -> None:
    found = golden()
    write_summary(found, tmp_path)
    assert Summary.model_validate_json((tmp_path / "summary.json").read_bytes()) == found
    rows = csv_rows(tmp_path / "tables" / "win_rates.csv")
    assert len(rows) == len(found.win_rates)
    shown = markdown_tables((tmp_path / "summary.md").read_text(encoding="utf-8"))
    terminal = printed(found, 200)
    assert len(shown[0]) == 3
    for line, row in zip(shown[0][1:], [row for row in rows if row["dimension"] == "all"], strict=True):
        interval = f"[{short(float(row['win_rate_low']))}, {short(float(row['win_rate_high']))}]"
        cell = f"{short(float(row['win_rate']))} {interval}"
        assert line == [row["criterion"], cell, *(row[name] for name in COUNTS)]
        assert cell in terminal
    by_category = next(table for table in shown if table[0][0] == "category")
    assert len(by_category) == 1 + 3 * 2
    for line in by_category[1:]:
        row = next(row for row in rows if (row["value"], row["criterion"]) == (line[0], line[1]))
        clusters = row["win_rate_clusters"]
        cell = f"{short(float(row['win_rate']))} [undefined: {clusters} question{'s' if clusters != '1' else ''}]"
        assert line[2:] == [cell, *(row[name] for name in COUNTS)]
        assert (row["win_rate_low"], row["win_rate_high"]) == ("", "")
        assert row["win_rate_note"] == f"undefined: {clusters} cluster{'s' if clusters != '1' else ''}"
        assert cell in terminal


def test_every_table_says_what_was_judged_what_failed_and_how_intervals_were_made(tmp_path: Path) -> None:
    found = golden()
    head = "7 of 8 comparisons judged, 1 missing; 16 calls: 1 failed (refusal 1), 0 not made."
    method = f"[ ]: 95% {METHOD}, by question (for other questions, these subgroups)."
    all_tables = tables(found)
    assert [table.columns[0] for table in all_tables] == ["criterion", "measure", "subgroup", "category", "age"]
    for table in all_tables:
        assert table.head == head
        assert (method in table.notes) == any("[." in cell or "[1" in cell for row in table.rows for cell in row)
        assert {len(row) for row in table.rows} == {len(table.columns)}
    write_summary(found, tmp_path)
    for name in ("win_rates", "judge"):
        for row in csv_rows(tmp_path / "tables" / f"{name}.csv"):
            assert int(row["comparisons"]) == int(row["judged"]) + int(row["missing"])
            failed = {"0": "", "1": "refusal 1"}
            assert row["calls_failed_kinds"] == failed[row["calls_failed"]]
            assert int(row["calls"]) == sum(int(row[f"calls_{part}"]) for part in ("judged", "failed", "not_asked"))
            how = [row[part] for part in ("interval", "level", "clustered_by", "resamples", "seed", "is_llm")]
            assert how == [METHOD, "0.95", "question", "200", "0", "True"]
            assert [row[part] for part in ("inconsistent_rule", "orders", "repeats")] == ["mean", "both", "1"]


def test_what_is_missing_is_bounded() -> None:
    notes = tables(golden())[0].notes
    # 5.25 of 7 under persona, 5.5 of 7 under overall; one is missing.
    persona = f"persona {short(5.25 / 8)} to {short(6.25 / 8)}"
    assert (
        sum(
            note.startswith(f"Bounds if all missing comparisons were losses, or wins: {persona}, overall")
            for note in notes
        )
        == 1
    )
    whole = summary_of([Case(q, (1, 2), (("B", "A", "B", "A"),) * 2) for q in range(6)], False, "both", 1, "mean")
    assert not any("missing" in note for note in tables(whole)[0].notes)


def test_names_that_mean_something_in_markdown_are_shown_as_they_are() -> None:
    found = golden()
    text = markdown(found)
    assert text.startswith("# run\\_\\*1\n")
    assert "judge: openai:m\\*" in text
    for table, drawn in zip(markdown_tables(text), tables(found), strict=True):
        assert {len(line) for line in table} == {len(drawn.columns)}
    by_age = next(table for table in markdown_tables(text) if table[0][0] == "age")
    assert [line[0] for line in by_age[1:]] == ["<old> | 65"] * 2 + ["young"] * 2
    assert any(line[0] == "c|0*" for table in markdown_tables(text) for line in table)


def test_an_unknown_cost_is_called_unknown() -> None:
    assert "cost unknown" in markdown(golden())


def test_every_table_says_that_the_offline_judge_is_not_an_llm() -> None:
    found = golden()
    offline = found.model_copy(update={"how": found.how.model_copy(update={"is_llm": False})})
    assert NOT_AN_LLM in markdown(offline)
    assert all("not an LLM" in table.title for table in tables(offline))
    assert not any("not an LLM" in table.title for table in tables(found))


def test_marks_in_cells_are_explained_below_their_table() -> None:
    _, *others = tables(golden())
    category = next(table for table in others if table.columns[0] == "category")
    assert "undefined: an interval needs at least 5 questions." in category.notes
    alike = summary_of([Case(q, (1, 2), (("B", "A", "B", "A"),) * 2) for q in range(6)], False, "both", 1, "mean")
    first = tables(alike)[0]
    assert first.rows[0][1] == "1.000 [.541, 1.000]"  # .025^(1/6)
    assert not any(note.startswith(("=: ", "t: ")) for note in first.notes)


def test_a_run_with_nothing_judged_says_so_in_place_of_tables() -> None:
    found = summary_of([Case(q, (1, 2), (("not asked",) * 4,) * 2) for q in range(6)], False, "both", 1, "mean")
    assert (found.counts.ok, found.counts.not_asked) == (0, 12)
    (only,) = tables(found)
    assert only.head == "0 of 6 comparisons judged, 6 missing; 12 calls: 0 failed, 12 not made."
    assert (only.rows, only.notes) == ((), ("No comparisons judged yet.",))
    assert "No comparisons judged yet." in markdown(found)
    assert "undefined" not in markdown(found)


def test_judgments_that_a_smaller_limit_leaves_unused_are_told() -> None:
    found = golden()
    for on_disk in (16, 900):
        counts = found.counts.model_copy(update={"on_disk": on_disk})
        lines = headline(found.model_copy(update={"counts": counts}))
        assert (f"{on_disk} judgments on disk, 16 used: --limit excludes the others." in lines) == (on_disk > 16)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_no_number_and_no_interval_is_broken_or_cut_at_any_width(width: int) -> None:
    found = golden()
    text = printed(found, width)
    for table in main_tables(found):
        for row in table.rows:
            value, _, interval = row[table.labels].partition(" [")
            assert value in text
            assert f"[{interval}" in text
    if width >= 80:
        assert max(map(len, text.splitlines())) <= width
    if width >= 140:
        assert all(row[table.labels] in text for table in main_tables(found) for row in table.rows)


def test_the_first_screen_has_the_numbers_of_the_tables_and_a_bar_for_each_interval() -> None:
    found = golden()
    rates, behaviour = screen_tables(found)
    outcomes, long_form = main_tables(found)
    assert rates.bars == 2
    assert without_bars(rates).rows == outcomes.rows
    for row in rates.rows:
        assert len(row[2]) == WIDTHS[0]
    share = {row[:2]: row[2] for row in long_form.rows}
    for criterion, *cells in behaviour.rows:
        assert cells == [share[measure, criterion] for measure in behaviour.columns[1:]]
