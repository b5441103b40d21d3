"""Every colour is seen on its ground, in light and in dark."""

from __future__ import annotations

import re

import pytest

from judge.reports.figures import SVG_CSS
from judge.reports.figures.drawing.palette import DARK, DIVERGING, LIGHT, ROLES, contrast, step

SCHEMES = {"light": LIGHT, "dark": DARK}
MARKS = [f"hue{number}" for number in range(1, 7)] + ["win", "loss", "tie", "inconsistent", "missing", "line"]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WCAG's own well-known near miss
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("role", MARKS)
def test_marks_reach_three_to_one(scheme: str, role: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours[role], colours["paper"]) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_reaches_four_and_a_half_to_one(scheme: str) -> None:
    colours = SCHEMES[scheme]
    for role in ("ink", "muted"):
        assert contrast(colours[role], colours["paper"]) >= 4.5, role
    for number in range(DIVERGING):
        assert contrast(colours[f"on{number}"], colours[f"step{number}"]) >= 4.5, number
    for part in ("win", "tie", "loss"):  # the numbers in the bars are of the paper's colour
        assert contrast(colours["paper"], colours[part]) >= 4.5, part


def test_a_colour_has_one_role_in_light() -> None:
    assert len(ROLES) == len(LIGHT)
    assert set(LIGHT) == set(DARK)


def test_the_style_sheet_names_every_role_in_both_schemes() -> None:
    light, dark = SVG_CSS.split("@media", 1)
    for role in LIGHT:
        assert f"--drawing-{role}:{LIGHT[role]}" in light
        assert f"--drawing-{role}:{DARK[role]}" in dark
        assert f".f-{role}{{fill:var(--drawing-{role})}}" in SVG_CSS
        assert f".s-{role}{{stroke:var(--drawing-{role})}}" in SVG_CSS
    assert not re.search(r"url\(|@import|</|expression", SVG_CSS)


@pytest.mark.parametrize(
    ("value", "found"), [(0, 0), (0.04, 0), (0.06, 1), (0.44, 4), (0.46, 5), (0.5, 5), (0.54, 5), (0.56, 6), (1, 10)]
)
def test_the_middle_step_is_around_parity(value: float, found: int) -> None:
    assert step(value) == found
    assert step(2 * value - 1, -1, 1) == found
    assert step(-7) == 0
    assert step(7) == DIVERGING - 1
