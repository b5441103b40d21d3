"""Runs of all sizes and with all that can be absent: drawn as what they are, within the paper."""

from __future__ import annotations

import functools
import re
import warnings

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from judge.core.records import Outcome
from judge.reports.figures import Drawing, inline_svg
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE
from judge.reports.figures.drawing.style import style
from tests.support.figures import HOSTILE, MadeUp, made_up, records
from tests.support.summaries import verdict_rows

HUNDRED = [f"subgroup number {number}" for number in range(100)]
RUNS: dict[str, MadeUp] = {
    "one subgroup": made_up(["Female"]),
    "a hundred subgroups": made_up(HUNDRED, questions=7),
    "all missing": made_up(["Female", "Male"], outcomes=("missing",)),
    "few questions": made_up(["Female", "Male"], questions=3),
    "all alike": made_up(["Female", "Male"], outcomes=("win",)),
    "three contestants": made_up(
        ["Female", "Male"], criteria=("persona", "overall"), candidates=("a", "b"), is_llm=False
    ),
    "hostile names": made_up(HOSTILE, candidates=(HOSTILE[2], HOSTILE[5]), reference=HOSTILE[4]),
    "nothing": records([], ("overall",), ()),
}


def painted(drawing: Drawing) -> Figure:
    with style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=drawing.size)
        drawing.paint(figure)
        figure.draw_without_rendering()
    return figure


@functools.cache
def all_painted(name: str, width: float) -> list[tuple[Drawing, Figure]]:
    return [(drawing, painted(drawing)) for drawing in RUNS[name].drawn(width)]


def words(figure: Figure) -> list[str]:
    return [found.get_text() for found in figure.findobj(Text) if isinstance(found, Text)]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("width", [DOUBLE, SINGLE])
def test_all_words_lie_on_the_paper(name: str, width: float) -> None:
    for drawing, figure in all_painted(name, width):
        paper = figure.bbox
        for found in figure.findobj(Text):
            assert isinstance(found, Text)
            if not found.get_text() or not found.get_visible():
                continue
            box = found.get_window_extent()
            assert box.x0 >= paper.x0 - 1, (drawing.name, found.get_text())
            assert box.y0 >= paper.y0 - 1, (drawing.name, found.get_text())
            assert box.x1 <= paper.x1 + 1, (drawing.name, found.get_text())
            assert box.y1 <= paper.y1 + 1, (drawing.name, found.get_text())


@pytest.mark.parametrize("name", RUNS)
def test_text_is_large_enough_to_print_and_figures_fit_a_column(name: str) -> None:
    for drawing, figure in all_painted(name, DOUBLE):
        assert drawing.size[0] <= 6.9
        for found in figure.findobj(Text):
            assert isinstance(found, Text)
            assert not found.get_text() or 6 <= found.get_fontsize() <= 9


def test_a_hundred_subgroups_stand_in_two_columns_on_one_page() -> None:
    drawn = all_painted("a hundred subgroups", DOUBLE)
    forest, figure = next(each for each in drawn if each[0].name == "forest-subgroup-overall")
    assert len(forest.rows) == 100
    assert forest.size[1] < 9.7
    said = words(figure)
    assert all(f"subgroup number {number}" in said for number in range(100))
    assert "s, continued" in said


def test_what_is_missing_is_undefined_and_no_zero() -> None:
    for drawing, figure in all_painted("all missing", DOUBLE):
        if drawing.name == "outcomes":
            assert drawing.rows[0][-1] == 12
            continue
        said = words(figure)
        assert any("undefined" in each or each == "missing" for each in said), drawing.name
        assert not any(re.fullmatch(r"\.000.*", each) for each in said)
        assert "undefined" in drawing.description
        number = next(each for each in ("win_rate", "observed", "value") if each in drawing.columns)
        assert all(row[drawing.columns.index(number)] is None for row in drawing.rows)


def test_no_interval_and_no_width_are_told_apart() -> None:
    few = inline_svg(RUNS["few questions"].drawn()[0])
    assert "no interval: too few questions" in few
    assert "[no interval]" in few
    alike = inline_svg(RUNS["all alike"].drawn()[0])
    assert "1.000 [.541, 1.000]" in alike  # the exact interval: .025 ** (1 / 6) of six questions
    assert "no interval" not in alike
    plain = inline_svg(made_up(["Female"], questions=14).drawn()[0])
    assert "no interval" not in plain
    assert "no width" not in plain


def test_a_cell_that_does_not_exist_and_one_without_a_score_are_hatched_and_named() -> None:
    rows = []
    for question in range(6):
        rows += verdict_rows(question, "win", stratum="s", subgroup="s_a", category="one", item_id=f"{question}a")
        lost: Outcome = "missing"
        rows += verdict_rows(question, lost, stratum="t", subgroup="t_a", category="two", item_id=f"{question}b")
    heat = next(each for each in records(rows, ("overall",), ("ft",)).drawn() if each.name.startswith("heat"))
    said = words(painted(heat))
    assert said.count("none") == 2
    assert said.count("missing") == 1
    assert any("none: no comparison was planned; missing: planned" in each for each in said)
    assert "no comparison planned" in heat.description
    text = inline_svg(heat)
    assert text.count("<pattern") == 1  # one hatch, for three cells
    assert len(re.findall(r'fill="url\(#', text)) == 3


def test_three_contestants_have_figures_of_their_own() -> None:
    drawn = {each.name: each for each in RUNS["three contestants"].drawn()}
    assert {"forest-subgroup-persona-a", "forest-subgroup-persona-b", "heat-stratum-category-overall-b"} <= set(drawn)
    assert len(drawn["win-rates"].rows) == 4
    assert len(set(drawn)) == len(RUNS["three contestants"].drawn())


def test_the_heuristic_judge_is_said_in_every_figure() -> None:
    for drawing, figure in all_painted("three contestants", DOUBLE):
        assert any("offline heuristic, not an LLM" in each for each in words(figure)), drawing.name
    for _, figure in all_painted("one subgroup", DOUBLE):
        assert not any("heuristic" in each for each in words(figure))


def test_nothing_planned_is_nothing_drawn() -> None:
    assert RUNS["nothing"].drawn() == []


def test_an_estimate_is_marked_where_it_is() -> None:
    """The painted point of a win rate, read back from the axes."""
    run = made_up(["Female"], questions=14)
    drawing = run.drawn()[0]
    axes = painted(drawing).axes[0]
    points = [tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"]
    (collection,) = axes.collections
    intervals = [segment[:, 0].tolist() for segment in collection.get_segments()]  # type: ignore[attr-defined]
    rate = run.summary.win_rates[0].win_rate
    assert points == [(rate.value,)]
    assert intervals == [[rate.low, rate.high]]
