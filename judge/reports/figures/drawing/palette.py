"""The colours of all figures by role, in light and in dark, and the style sheet that switches them.

Marks reach a contrast of 3:1 and text 4.5:1 on the paper (WCAG 2.2, 1.4.3 and 1.4.11; tested).
The hues follow Okabe and Ito (2008), darkened for white paper. Shapes differ as well as hues.
"""

from __future__ import annotations

DIVERGING = 11  # steps of the diverging scale; the middle one is parity

LIGHT: dict[str, str] = {
    "paper": "#ffffff", "ink": "#1a1a1a", "muted": "#595959", "line": "#6e6e6e", "grid": "#dcdcdc", "band": "#f3f3f3",
    "hue1": "#0072b2", "hue2": "#c4500a", "hue3": "#00805d", "hue4": "#a8478b", "hue5": "#806000", "hue6": "#3f3f46",
    "win": "#0072b3", "loss": "#c4500b", "tie": "#6f6f6e", "inconsistent": "#a8478c", "missing": "#6e6e6f",
    "step0": "#8c3a04", "step1": "#a8490b", "step2": "#cf6a20", "step3": "#e8965a", "step4": "#f6c9a6",
    "step5": "#f2f2f2", "step6": "#b9d7ec", "step7": "#7fb5dc", "step8": "#4a90c4", "step9": "#1f6ca6",
    "step10": "#0b4a7a",
}  # fmt: skip
DARK: dict[str, str] = {
    "paper": "#15181c", "ink": "#e9e9e9", "muted": "#b3b3b3", "line": "#9a9a9a", "grid": "#3a3f45", "band": "#1e2227",
    "hue1": "#56b4e9", "hue2": "#f2894a", "hue3": "#2fc39a", "hue4": "#e597c8", "hue5": "#e3c84a", "hue6": "#c9c9cf",
    "win": "#56b4e9", "loss": "#f2894a", "tie": "#8c8c8c", "inconsistent": "#e597c8", "missing": "#9a9a9a",
    "step0": "#ffb27a", "step1": "#f2894a", "step2": "#cd6a2c", "step3": "#94491c", "step4": "#5e3a26",
    "step5": "#2f343b", "step6": "#274560", "step7": "#2b5f8a", "step8": "#3d8ac4", "step9": "#56b4e9",
    "step10": "#a5d8f7",
}  # fmt: skip


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Compute the contrast ratio of two colours ``#rrggbb``, from 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


# Text on a step of the scale is the better of nearly white and nearly black. In light each differs by a shade that no
# eye sees, so that the role can be read off the colour when an SVG is given its classes.
for _number in range(DIVERGING):
    for _colours in (LIGHT, DARK):
        _pale, _deep, _step = f"#ffff{254 - _number:02x}", f"#1010{16 + _number:02x}", _colours[f"step{_number}"]
        _colours[f"on{_number}"] = _pale if contrast(_pale, _step) > contrast(_deep, _step) else _deep

ROLES = {colour: role for role, colour in LIGHT.items()}


def step(value: float, low: float = 0.0, high: float = 1.0) -> int:
    """Return the step of the diverging scale for a value in [low, high]; its middle is on the middle step."""
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return min(DIVERGING - 1, int(share * (DIVERGING - 1) + 0.5))


def style_sheet() -> str:
    """Return the CSS of pages with inline figures: variables ``--drawing-ROLE``, light and dark, and classes."""

    def variables(colours: dict[str, str]) -> str:
        return ":root{" + ";".join(f"--drawing-{role}:{colour}" for role, colour in colours.items()) + "}"

    rules = [
        variables(LIGHT),
        f"@media screen and (prefers-color-scheme:dark){{{variables(DARK)}}}",
        "svg.drawing{display:block;overflow:visible}",
    ]
    rules += [f".drawing .f-{role}{{fill:var(--drawing-{role})}}" for role in LIGHT]
    rules += [f".drawing .s-{role}{{stroke:var(--drawing-{role})}}" for role in LIGHT]
    return "\n".join(rules)
