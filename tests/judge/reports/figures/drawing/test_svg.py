"""Figures inside a page: well formed, in words as well, without anything that runs or loads."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree

import matplotlib
import pytest

from judge.reports.figures import FORMATS, Drawing, drawings, inline_svg, numbers_csv, rendered, svg_file
from judge.reports.figures.drawing.figure import clean, shortened
from judge.reports.structured_scores import StructuredScores
from tests.support.figures import HOSTILE, made_up

NAMES = made_up(
    HOSTILE, criteria=("overall", HOSTILE[0]), candidates=HOSTILE[:2], reference=HOSTILE[3], stratum=HOSTILE[1]
)
PLAIN = made_up(["Female", "Male"], criteria=("persona", "overall"), is_llm=False)
SPACE = "{http://www.w3.org/2000/svg}"


def hostile_scores() -> StructuredScores:
    """Structured scores of hostile names."""
    estimate = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 9, "clusters": 9, "note": ""}
    none = {"value": None, "low": None, "high": None, "n": 0, "clusters": 0, "note": "undefined: nothing scored"}
    spread = {
        "subgroups": 3,
        "note": "",
        "normalised_range": None,
        "range_chance": 0.1,
        "range_chance_high": 0.2,
        "p": 0.5,
        "cv": 0.1,
        "cv_chance": None,
        "cv_chance_high": None,
        "p_cv": None,
    }
    base, candidate = HOSTILE[:2]
    scores = [
        {
            "contestant": name,
            "dimension": "subgroup",
            "value": group,
            "metric": "accuracy",
            "items": 9,
            "answered": 9,
            "estimate": none if place == 2 else estimate,
        }
        for name in (base, candidate)
        for place, group in enumerate(HOSTILE)
    ]
    how = {
        "target": "mode",
        "values": "v",
        "values_sha256": "0",
        "interval": "i",
        "resamples": 1,
        "permutations": 1,
        "seed": 0,
    }
    return StructuredScores.model_validate(
        {
            "how": how,
            "pairs": [[base, candidate]],
            "scores": scores,
            "differences": [],
            "spreads": [
                {"contestant": name, "dimension": "all", "value": "all", "metric": "accuracy"} | spread
                for name in (base, candidate)
            ],
        }
    )


DRAWN = [
    *drawings(NAMES.summary, analysis=NAMES.analysis, crossed=NAMES.crossed, structured=hostile_scores()),
    *PLAIN.drawn(),
]


@pytest.fixture(scope="module")
def pictures() -> list[tuple[Drawing, str]]:
    return [(each, inline_svg(each)) for each in DRAWN]


def test_there_is_something_of_every_kind() -> None:
    kinds = {each.name.split("-")[0] for each in DRAWN}
    assert kinds == {"win", "outcomes", "judge", "forest", "heat", "scores", "disparity"}


def test_nothing_in_it_runs_or_loads(pictures: list[tuple[Drawing, str]]) -> None:
    for drawing, text in pictures:
        root = ElementTree.fromstring(text)
        for element in root.iter():
            assert element.tag.removeprefix(SPACE) in {
                "svg",
                "title",
                "desc",
                "g",
                "path",
                "use",
                "defs",
                "text",
                "clipPath",
                "rect",
                "pattern",
            }, (drawing.name, element.tag)
            for name, value in element.attrib.items():
                assert not name.startswith("on"), drawing.name
                assert name != "style", drawing.name
                if name.endswith("href"):
                    assert value.startswith("#")
                assert "url(" not in value or value.startswith("url(#")
        assert "script>" not in text


def test_it_says_in_words_what_it_shows(pictures: list[tuple[Drawing, str]]) -> None:
    for drawing, text in pictures:
        root = ElementTree.fromstring(text)
        assert root.attrib["role"] == "img"
        named = root.attrib["aria-labelledby"].split()
        words = {element.attrib.get("id"): element.text for element in root}
        assert words[named[0]] == clean(drawing.title)
        assert words[named[1]] == clean(drawing.description)
        assert len(drawing.description) > 40
        assert drawing.caption


def test_every_part_has_a_name_that_no_other_figure_has(pictures: list[tuple[Drawing, str]]) -> None:
    for run in (pictures[: len(DRAWN) - len(PLAIN.drawn())], pictures[-len(PLAIN.drawn()) :]):
        found = [name for _, text in run for name in re.findall(r'\bid="([^"]+)"', text)]
        assert len(set(found)) == len(found)
        for _, text in run:
            pointed = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
            assert pointed <= set(re.findall(r'\bid="([^"]+)"', text))


def test_colours_are_classes_that_a_page_can_change(pictures: list[tuple[Drawing, str]]) -> None:
    for _, text in pictures:
        root = ElementTree.fromstring(text)
        markers = {id(path) for defs in root.iter(f"{SPACE}defs") for path in defs.findall(f"{SPACE}path")}
        for element in root.iter():
            classes = element.attrib.get("class", "").split()
            for name in ("fill", "stroke"):
                if element.attrib.get(name, "none") not in ("none",) and "url(" not in element.attrib[name]:
                    assert any(each.startswith(f"{name[0]}-") for each in classes)
                    assert id(element) not in markers  # no rule reaches into a marker: its uses are coloured


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_the_same_numbers_give_the_same_bytes(kind: str) -> None:
    again = made_up(["Female", "Male"], criteria=("persona", "overall"), is_llm=False)
    one_of_each = {
        one.name.split("-")[0]: (one, other) for one, other in zip(PLAIN.drawn(), again.drawn(), strict=True)
    }
    # What is drawn is the same in all formats: one kind of figure shows that a format adds no date and no chance.
    for one, other in list(one_of_each.values())[: None if kind == "svg" else 1]:
        assert rendered(one, kind) == rendered(other, kind)  # type: ignore[arg-type]
    assert inline_svg(PLAIN.drawn()[0]) == inline_svg(PLAIN.drawn()[0])


def test_a_users_own_settings_change_nothing() -> None:
    drawing = PLAIN.drawn()[0]
    plain = {kind: rendered(drawing, kind) for kind in FORMATS}
    own = {"savefig.bbox": "tight", "figure.dpi": 50, "lines.marker": "x", "axes.grid": True, "pdf.compression": 0}
    with matplotlib.rc_context(own):
        assert {kind: rendered(drawing, kind) for kind in FORMATS} == plain
        assert matplotlib.rcParams["lines.marker"] == "x"


def test_hostile_names_are_drawn_in_every_format() -> None:
    found = {each.name.split("-")[0]: each for each in DRAWN[: -len(PLAIN.drawn())]}
    for drawing in (found["forest"], found["outcomes"], found["heat"]):  # each way of painting; `pictures` has all
        assert rendered(drawing, "pdf").startswith(b"%PDF")
        assert rendered(drawing, "png").startswith(b"\x89PNG")
        assert svg_file(drawing).startswith("<?xml")


def test_a_name_is_shown_as_it_is(pictures: list[tuple[Drawing, str]]) -> None:
    heat = next(text for drawing, text in pictures if drawing.name.startswith("win-rate-by-stratum"))
    assert ">$x^2$</text>" in heat
    assert all("\u202e" not in text and "\u200f" not in text for _, text in pictures)


def test_numbers_are_no_formulas() -> None:
    hostile = ("=1+1", "+1", "-1", "@x", "\t=1", " =1", "plain", None, -0.5, 3)
    drawing = Drawing("n", "t", "d", "c", ("a", "=b"), tuple((cell, 1) for cell in hostile), (1, 1), lambda _: None)
    rows = list(csv.reader(io.StringIO(numbers_csv(drawing))))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+1", "'-1", "'@x", "'=1", "'=1", "plain", "", "-0.5", "3"]
    for drawing in DRAWN:
        for row in csv.reader(io.StringIO(numbers_csv(drawing))):
            for cell in row:
                assert not cell.startswith(("=", "+", "@")), cell
                assert not cell.startswith("-") or re.fullmatch(r"-[\d.e-]+", cell)


def test_cleaning() -> None:
    assert clean("a\nb\r\n\tc\x00\x1b[31m") == "a b c[31m"
    assert clean("\u202eabc\u2069") == "abc"
    assert clean("half \ud83d") == "half \ufffd"
    assert clean("whole \U0001f600") == "whole \U0001f600"


@pytest.mark.parametrize("most", [1, 2, 5, 10, 30])
def test_shortening_keeps_both_ends(most: int) -> None:
    text = "beginning, middle and end"
    short = shortened(text, most)
    assert len(short) <= most
    if 5 <= most < len(text):
        assert short[0] == "b"
        assert short[-1] == "d"
        assert "…" in short


def test_a_file_has_white_paper_below_all_its_ink_and_a_page_s_figure_has_none() -> None:
    for drawing in drawings(PLAIN.summary, analysis=PLAIN.analysis):
        root = ElementTree.fromstring(svg_file(drawing))
        title, description, paper = list(root)[:3]
        assert (title.tag, description.tag, paper.tag) == (f"{SPACE}title", f"{SPACE}desc", f"{SPACE}rect")
        _, _, *size = root.attrib["viewBox"].split()
        assert [paper.attrib["width"], paper.attrib["height"]] == size
        assert paper.attrib["fill"] == "#ffffff"
        whole = [each for each in ElementTree.fromstring(inline_svg(drawing)) if each.tag == f"{SPACE}rect"]
        assert not [each for each in whole if [each.get("width"), each.get("height")] == size]
