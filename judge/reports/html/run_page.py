"""The page of one run, and the files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_outputs
from judge.reports.evidence import gather
from judge.reports.html.comparisons import Comparisons
from judge.reports.html.explorer import Beside, Explorer, explorer, report_key
from judge.reports.html.page import render
from judge.reports.html.run_view import run_view

MOST_BYTES = 2_900_000  # of the page; what does not fit lies beside it


@dataclass(frozen=True)
class Written:
    """What was written: the page, its size in bytes, and how many comparisons lie in how many files beside it."""

    path: Path
    size: int
    total: int
    held: int
    folder: Path | None
    files: int


def write_report(run: Path, out: Path, *, annotations: Path | None = None, structured: Path | None = None) -> Written:
    """Make the report of a run. The page takes its place last: until then an older one stays whole.

    Errors: those of :func:`judge.reports.evidence.gather`; ``out`` is a folder, or one of the files read.
    """
    scores = None if structured is None else structured / rundir.SUMMARY if structured.is_dir() else structured
    check_outputs([out], [annotations, scores, *rundir.own_files(run)])
    found = gather(run, annotations, structured)
    key = report_key(found.sources)
    beside = Beside(out, key)
    given = {"--annotations": annotations, "--structured": structured, "--out": out}
    options = tuple(word for name, path in given.items() if path is not None for word in (name, str(path)))
    view = run_view(found, options)

    def text(held: Explorer) -> str:
        return render(
            "run.html.j2",
            explores=True,
            nonce=key if held.files else None,
            explorer=held,
            folder=beside.folder.name,
            comparisons=Markup(held.inside),  # noqa: S704 - escaped in text.data
            **view,
        )

    frame = len(text(Explorer("", 0, 0, 1)).encode())
    held = explorer(Comparisons(found), found.summary.how.criteria, beside, key, MOST_BYTES - frame)
    page = text(held)
    with rundir.replacing(out) as file:
        file.write(page)
    beside.sweep()
    return Written(out, len(page.encode()), held.total, held.held, beside.folder if beside.names else None, held.files)
