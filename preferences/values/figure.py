"""The figure of diversity by category."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from judge.core.errors import UsageError
from judge.core.files.outputs import check_outputs, check_replaceable
from judge.preferences.values.diversity import CategoryDiversity

ENDINGS = (".png", ".pdf", ".svg")
_MAKER = "persona-judge, judge values describe"  # in the file: it may be replaced
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": _MAKER},
    ".pdf": {"Creator": _MAKER},
    ".svg": {"Creator": _MAKER, "Date": None},
}


def check_figure(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Check that the figure may be written.

    Raises:
        UsageError: the file has another ending, is an input, cannot be written, or is there, and this program did not
            write it.
    """
    check_outputs([path], inputs)
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"cannot draw {path.name}", hint=f"end the name in {', '.join(ENDINGS)}")
    check_replaceable(path, _MAKER)


def draw_diversity(rows: list[CategoryDiversity], title: str, path: Path) -> None:
    """Draw bars of the mean MDS and the mean Wasserstein-1 distance per category; undefined means have no bar.

    Args:
        rows: the categories, from top to bottom.
        title: the title of the figure.
        path: the file to write: .png, .pdf or .svg.

    Raises:
        UsageError: as :func:`check_figure`.
    """
    check_figure(path)
    from matplotlib.figure import Figure

    shown = list(reversed(rows))  # the first row on top
    figure = Figure(figsize=(9, 1.2 + 0.42 * max(1, len(shown))), layout="constrained")
    axes = figure.subplots()
    places = range(len(shown))
    axes.barh(
        [place + 0.2 for place in places],
        [row.mds or 0.0 for row in shown],
        height=0.38,
        color="#30638e",
        label="Modal Diversity Score",
    )
    axes.barh(
        [place - 0.2 for place in places],
        [row.wasserstein or 0.0 for row in shown],
        height=0.38,
        color="#edae49",
        label="mean pairwise Wasserstein-1 distance",
    )
    axes.set_yticks(list(places), [row.category for row in shown])
    axes.set_xlabel("mean over questions and strata (0: all subgroups agree)")
    axes.set_title(title, fontsize=10)
    axes.legend(loc="lower right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.part{path.suffix.lower()}")
    try:
        figure.savefig(draft, dpi=150, metadata=_METADATA[path.suffix.lower()])
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
