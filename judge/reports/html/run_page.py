"""Write the report of one run, and the files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_outputs, check_replaceable
from judge.reports.html.comparisons import Comparisons
from judge.reports.html.explorer import Beside, Explorer, explorer, report_key
from judge.reports.html.run_view import run_view
from judge.reports.html.templating import CREATOR, render
from judge.reports.report_data import report_data
from judge.stats.win_rates.two_way import GeneralizeTo

MOST_BYTES = 2_900_000  # of the page; comparisons that do not fit are written beside it


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        path: The page.
        size: Its size in bytes.
        total: Number of comparisons.
        in_page: Number of comparisons inside the page.
        folder: The folder beside the page; None where all comparisons are inside.
        files: Number of files in that folder.
    """

    path: Path
    size: int
    total: int
    in_page: int
    folder: Path | None
    files: int


def write_report(
    run: Path,
    out: Path,
    *,
    annotations: Path | None = None,
    structured: Path | None = None,
    generalize_to: GeneralizeTo | None = None,
    population_weights: Path | None = None,
) -> Written:
    """Write the report of a run. The page is written last: until then an older one is unchanged.

    Args:
        run: The run directory.
        out: The HTML file.
        annotations: A file of human labels.
        structured: A folder that `judge values score` wrote.
        generalize_to: What intervals generalise to; None: as the run's tables.
        population_weights: Sizes of the subgroups, as in `judge analyze`.

    Raises:
        UsageError: ``out`` is a folder, one of the files read, or no report.
        PersonaJudgeError: See :func:`judge.reports.report_data.read_report_data`.
    """
    scores = None if structured is None else structured / rundir.SUMMARY if structured.is_dir() else structured
    check_outputs([out], [annotations, scores, population_weights, *rundir.own_files(run)])
    check_replaceable(out, CREATOR)
    data = report_data(run, annotations, structured, generalize_to, population_weights)
    key = report_key(data.sources)
    beside = Beside(out, key)
    given = {"--annotations": annotations, "--structured": structured, "--out": out}
    options = tuple(word for name, path in given.items() if path is not None for word in (name, str(path)))
    view = run_view(data, options)

    def text(explored: Explorer) -> str:
        return render(
            "run.html.j2",
            explores=True,
            nonce=key if explored.files else None,
            explorer=explored,
            folder=beside.folder.name,
            comparisons=Markup(explored.inside),  # noqa: S704 - escaped in text.data
            **view,
        )

    frame = len(text(Explorer("", 0, 0, 1)).encode())
    explored = explorer(Comparisons(data), data.summary.how.criteria, beside, key, MOST_BYTES - frame)
    page = text(explored)
    with rundir.replacing(out) as file:
        file.write(page)
    beside.sweep()
    return Written(
        out,
        len(page.encode()),
        explored.total,
        explored.in_page,
        beside.folder if beside.names else None,
        explored.files,
    )
