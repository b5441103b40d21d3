"""The style of all figures: a sans serif of 7 to 8 points, thin lines, no frame, no math in text."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.drawing.palette import LIGHT

Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = ("pdf", "svg", "png")
TEXT = 7.5  # points
SMALL = 7.0
DOTS = 300  # per inch of a PNG
_METADATA: dict[str, dict[str, str | None]] = {
    "pdf": {"CreationDate": None, "ModDate": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
}


@contextmanager
def style() -> Iterator[None]:
    """Apply matplotlib settings while painting and saving, independent of the user's own.

    Names are plain text: `$` and `_` have no special meaning.
    """
    from matplotlib import rc_context, rcdefaults, rcParams

    settings: dict[str, object] = {
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": TEXT, "text.parse_math": False,
        "text.usetex": False, "text.color": LIGHT["ink"], "axes.labelcolor": LIGHT["ink"], "axes.titlesize": TEXT,
        "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 5.0, "axes.labelsize": TEXT,
        "axes.labelpad": 3.0, "axes.edgecolor": LIGHT["line"], "axes.linewidth": 0.6, "axes.facecolor": "none",
        "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.grid": False,
        "axes.axisbelow": True, "grid.color": LIGHT["grid"], "grid.linewidth": 0.5, "xtick.color": LIGHT["line"],
        "xtick.labelcolor": LIGHT["ink"], "ytick.color": LIGHT["line"], "ytick.labelcolor": LIGHT["ink"],
        "xtick.labelsize": SMALL, "ytick.labelsize": TEXT, "xtick.major.width": 0.6, "xtick.major.size": 2.5,
        "ytick.major.size": 0.0, "ytick.major.pad": 4.0, "figure.facecolor": "none", "savefig.facecolor": "none",
        "lines.linewidth": 1.1, "hatch.linewidth": 0.6, "legend.frameon": False, "legend.fontsize": SMALL,
        "pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "savefig.dpi": DOTS, "path.simplify": False,
    }  # fmt: skip
    with rc_context():
        rcdefaults()
        rcParams.update(settings)  # type: ignore[arg-type]
        yield


def rendered(drawing: Drawing, kind: Format) -> bytes:
    """Render a figure as the bytes of a file. The same numbers give the same bytes.

    A PDF embeds its fonts as TrueType. In a PDF or PNG, characters that the font lacks become U+FFFD; an SVG keeps
    them, since its viewer may have other fonts. A PNG has a white background.
    """
    from matplotlib.figure import Figure

    file = io.BytesIO()
    with style(), warnings.catch_warnings():
        from matplotlib import rcParams

        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from", category=UserWarning)
        rcParams["svg.hashsalt"] = drawing.name
        figure = Figure(figsize=drawing.size)
        drawing.paint(figure)
        if kind != "svg":
            _without_missing_glyphs(figure)
        figure.savefig(
            file, format=kind, metadata=_METADATA[kind], facecolor=LIGHT["paper"] if kind == "png" else "none"
        )
    return file.getvalue()


def _without_missing_glyphs(figure: object) -> None:
    from matplotlib.figure import Figure
    from matplotlib.font_manager import findfont, get_font
    from matplotlib.text import Text

    assert isinstance(figure, Figure)
    known = get_font(findfont("DejaVu Sans")).get_charmap()
    for found in figure.findobj(Text):
        if isinstance(found, Text) and any(ord(each) not in known for each in found.get_text()):
            found.set_text("".join(each if ord(each) in known else "\ufffd" for each in found.get_text()))
