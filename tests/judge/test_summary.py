"""From a plan and a journal to the written tables: the mirror, the counts, and the same numbers everywhere."""

from __future__ import annotations

import csv
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from judge.core.records import Comparison, Item, Judgment
from judge.core.tables import short
from judge.plan import OrderPlan, Plan
from judge.report.files import markdown, write_summary
from judge.report.tables import NOT_AN_LLM, tables
from judge.report.terminal import print_summary
from judge.summary import EstimateRow, How, Spent, Summary, interval_method, summarize
from judge.verdicts import INCONSISTENT_RULES, InconsistentRule, journal_state, resolve

REPLIES = ("A", "B", "tie", "parse_error", "refusal", "truncated", "api_error", "not asked")
CRITERIA = ("persona", "overall")


@dataclass(frozen=True)
class Case:
    """A comparison of x and y: its question and slices, lengths, and what each call came to.

    ``replies`` holds, per criterion, the reply when x and when y was shown first, for each of two repeats.
    """

    question: int
    words: tuple[int, int]
    replies: tuple[tuple[str, str, str, str], tuple[str, str, str, str]]


def summary_of(
    cases: list[Case], swapped: bool, orders: OrderPlan, repeats: int, rule: InconsistentRule, **how: object
) -> Summary:
    """Judge x against y, or swapped y against x, with the very same replies to the very same prompts."""
    names = ("y", "x") if swapped else ("x", "y")
    comparisons, journal = [], []
    for number, case in enumerate(cases):
        texts = {"x": "word " * case.words[0], "y": "word " * case.words[1]}
        item = Item(
            id=f"Q{case.question}_{number}", question_id=f"Q{case.question}", category=f"c|{case.question % 3}*",
            subgroup=f"g_{number % 2}", attributes={"age": "young" if number % 3 else "<old>\n| 65"},
        )  # fmt: skip
        one = Comparison(
            id=f"{item.id}|0|{names[0]}|{names[1]}", item=item, sample=0, reference=names[0], candidate=names[1],
            reference_text=texts[names[0]], candidate_text=texts[names[1]], reference_sha256="0", candidate_sha256="0",
        )  # fmt: skip
        comparisons.append(one)
        for place in range(4):
            shown_first, repeat = "xy"[place % 2], place // 2
            if (row := judgment(one, shown_first, repeat, case, place)) is not None:
                journal.append(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comparisons.jsonl"
        path.write_text("".join(one.model_dump_json() + "\n" for one in comparisons))
        plan = Plan(path, seed=3, orders=orders, repeats=repeats, limit=None)
        verdicts = list(resolve(plan, journal_state(journal), CRITERIA, rule))
        calls = plan.calls
    settings_of_run: dict[str, object] = {
        "judge": "openai:m*", "endpoint": "http://x", "is_llm": True, "models_returned": {"m_1": 3}, "prompt": "p",
        "prompt_version": "1", "prompt_sha256": "0", "criteria": CRITERIA, "orders": orders, "repeats": repeats,
        "inconsistent": rule, "interval": interval_method(), "level": 0.95, "resamples": 200, "seed": 0,
    }  # fmt: skip
    return summarize(
        verdicts,
        name="run_*1",
        how=How.model_validate(settings_of_run | how),
        spent=Spent(
            requests=1, replies=1, input_tokens=1, output_tokens=1, cost=None, replies_without_cost=1, currency="USD"
        ),
        planned_calls=calls,
    )


def judgment(one: Comparison, shown_first: str, repeat: int, case: Case, place: int) -> Judgment | None:
    said = case.replies[0][place]
    if said == "not asked":
        return None
    ok = said in ("A", "B", "tie")
    second = case.replies[1][place]
    winners = {"persona": said, "overall": second if second in ("A", "B", "tie") else "tie"} if ok else {}
    fields = {
        "key": "0", "comparison_id": one.id, "repeat": repeat, "attempt": 0, "judge": "j", "model": None,
        "order": "reference_first" if one.reference == shown_first else "candidate_first",
        "status": "ok" if ok else said, "winners": winners, "prompt_sha256": "0", "time": "t",
    }  # fmt: skip
    return Judgment.model_validate(fields)


replies = st.tuples(*[st.sampled_from(REPLIES[:3] * 3 + REPLIES[3:])] * 4)
a_case = st.builds(
    Case,
    st.integers(0, 11),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(replies, replies),
)


def assert_mirrored(one: EstimateRow, other: EstimateRow) -> None:
    assert (one.n, one.clusters, one.note) == (other.n, other.clusters, other.note)
    for mine, theirs in ((one.value, other.value), (one.low, other.high), (one.high, other.low)):
        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            assert theirs == pytest.approx(1 - mine, abs=1e-9)


def same(one: EstimateRow, other: EstimateRow) -> bool:
    return one.model_dump() == pytest.approx(other.model_dump(), abs=1e-9, nan_ok=False)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cases=st.lists(a_case, min_size=1, max_size=24),
    orders=st.sampled_from(["both", "one"]),
    repeats=st.integers(1, 2),
    rule=st.sampled_from(list(INCONSISTENT_RULES)),
)
@example([Case(q, (1, 2), (("A", "A", "B", "tie"),) * 2) for q in range(12)], "both", 2, "mean")
@example([Case(q, (1, 2), (("B", "A", "B", "tie"),) * 2) for q in range(6)], "both", 1, "half")
def test_swapping_the_two_files_mirrors_every_number(
    cases: list[Case], orders: OrderPlan, repeats: int, rule: InconsistentRule
) -> None:
    one, other = (summary_of(cases, swapped, orders, repeats, rule) for swapped in (False, True))
    assert one.counts == other.counts
    assert len(one.win_rates) == len(other.win_rates) > 0
    for mine, theirs in zip(one.win_rates, other.win_rates, strict=True):
        assert (mine.dimension, mine.value, mine.criterion) == (theirs.dimension, theirs.value, theirs.criterion)
        assert (mine.reference, mine.candidate) == (theirs.candidate, theirs.reference)
        assert (mine.win, mine.loss) == (theirs.loss, theirs.win)
        for name in ("planned", "tie", "inconsistent", "missing"):
            assert getattr(mine, name) == getattr(theirs, name)
        assert_mirrored(mine.win_rate, theirs.win_rate)
    for judge, mirrored in zip(one.judge, other.judge, strict=True):
        for name in ("first_shown", "consistency", "longer_wins"):
            assert same(getattr(judge, name), getattr(mirrored, name))
        assert judge.mean_words_reference == mirrored.mean_words_candidate


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases=st.lists(a_case, min_size=1, max_size=12), orders=st.sampled_from(["both", "one"]))
def test_every_call_and_every_comparison_is_counted_once(cases: list[Case], orders: OrderPlan) -> None:
    found = summary_of(cases, False, orders, 2, "mean")
    counts = found.counts
    assert counts.ok + sum(counts.failed.values()) + counts.not_asked == counts.calls
    assert counts.calls == len(cases) * (4 if orders == "both" else 2)
    if orders == "both":
        said = [reply for case in cases for reply in case.replies[0]]
        assert counts.failed == {kind: said.count(kind) for kind in sorted(REPLIES[3:7]) if kind in said}
        assert counts.not_asked == said.count("not asked")
    for row in found.win_rates:
        assert row.win + row.loss + row.tie + row.inconsistent + row.missing == row.planned
        if row.win_rate.low is not None and row.win_rate.high is not None and row.win_rate.value is not None:
            assert 0 <= row.win_rate.low <= row.win_rate.high <= 1


def golden() -> Summary:
    """Eight comparisons over eight questions: 4 wins, 1 loss, 1 tie, 1 inconsistent (.75), 1 missing."""
    wins = ("B", "A", "A", "A")
    said = [wins, wins, wins, wins, ("A", "B", "A", "A"), ("tie", "tie", "A", "A"), ("B", "tie", "A", "A"),
            ("B", "refusal", "A", "A")]  # fmt: skip
    return summary_of([Case(number, (1, 2), (row, row)) for number, row in enumerate(said)], False, "both", 1, "mean")


def test_a_small_run_comes_out_as_counted_by_hand() -> None:
    found = golden()
    row = next(row for row in found.win_rates if row.dimension == "all" and row.criterion == "persona")
    assert (row.planned, row.win, row.loss, row.tie, row.inconsistent, row.missing) == (8, 4, 1, 1, 1, 1)
    assert row.win_rate.value == pytest.approx((4 + 0 + 0.5 + 0.75) / 7)
    assert (row.win_rate.n, row.win_rate.clusters, row.win_rate.note) == (7, 7, "few clusters (7)")
    assert found.counts.failed == {"refusal": 1}
    assert (found.counts.calls, found.counts.ok) == (16, 15)
    judge = found.judge[0]
    # Winners named 4 x 2 + 2 + 0 + 1 = 11, first shown 4 + 1 + 0 + 0 = 5; agreeing 6 of 7; the longer wins 4 of 5.
    assert (judge.first_shown.value, judge.first_shown.n) == (pytest.approx(5 / 11), 11)
    assert (judge.consistency.value, judge.consistency.n) == (pytest.approx(6 / 7), 7)
    assert (judge.longer_wins.value, judge.longer_wins.n) == (pytest.approx(4 / 5), 5)
    assert (judge.mean_words_reference, judge.mean_words_candidate) == (1.0, 2.0)


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


def test_markdown_csv_and_terminal_show_the_same_numbers(tmp_path: Path) -> None:
    found = golden()
    write_summary(found, tmp_path)
    assert Summary.model_validate_json((tmp_path / "summary.json").read_bytes()) == found
    with (tmp_path / "tables" / "win_rates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found.win_rates)
    shown = markdown_tables((tmp_path / "summary.md").read_text(encoding="utf-8"))
    overall = shown[0]
    assert len(overall) == 3
    console = Console(width=200, record=True, quiet=False, file=(tmp_path / "terminal").open("w"))
    print_summary(found, console)
    terminal = console.export_text()
    console.file.close()
    for line, row in zip(overall[1:], [row for row in rows if row["dimension"] == "all"], strict=True):
        interval = f"[{short(float(row['win_rate_low']))}, {short(float(row['win_rate_high']))}]"
        cell = f"{short(float(row['win_rate']))} {interval}*"
        counts = [row[name] for name in ("win", "tie", "loss", "inconsistent", "missing", "win_rate_n")]
        assert line == [row["criterion"], cell, *counts, row["win_rate_clusters"]]
        assert cell in terminal
    by_category = next(table for table in shown if table[0][0] == "category")
    for line in by_category[1:]:
        row = next(row for row in rows if row["value"] == line[0] and row["criterion"] == "persona")
        assert line[3] == f"{short(float(row['win_rate']))} [{row['win_rate_note']}]"
        assert (row["win_rate_low"], row["win_rate_high"]) == ("", "")


def test_names_that_mean_something_in_markdown_are_shown_as_they_are() -> None:
    found = golden()
    text = markdown(found)
    assert text.startswith("# run\\_\\*1\n")
    assert "judge: openai:m\\*" in text
    for table, drawn in zip(markdown_tables(text), tables(found), strict=True):
        assert {len(line) for line in table} == {len(drawn.columns)}
    by_age = next(table for table in markdown_tables(text) if table[0][0] == "age")
    assert [line[0] for line in by_age[1:]] == ["<old> | 65", "young"]
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
    overall, *others = tables(golden())
    assert any(note.startswith("* rests on fewer than 40 clusters") for note in overall.notes)
    category = next(table for table in others if table.columns[0] == "category")
    assert any(note.startswith("undefined: fewer than 5 clusters") for note in category.notes)
    alike = summary_of([Case(q, (1, 2), (("B", "A", "B", "A"),) * 2) for q in range(6)], False, "both", 1, "mean")
    first = next(iter(tables(alike)))
    assert first.rows[0][1] == "1.000 [1.000, 1.000]=*"
    assert sum(note.startswith(("=", "*")) for note in first.notes) == 2


def test_a_run_with_nothing_judged_has_tables_without_a_rate() -> None:
    found = summary_of([Case(q, (1, 2), (("not asked",) * 4,) * 2) for q in range(6)], False, "both", 1, "mean")
    assert (found.counts.ok, found.counts.not_asked) == (0, 12)
    assert "0 of 6 comparisons judged, 6 missing" in markdown(found)
    assert next(iter(tables(found))).rows[0][1] == "undefined: n = 0"
