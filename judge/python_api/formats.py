"""Read the formats of other tools, and write results for them, from Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from judge.comparison.run import Run
from judge.python_api.arguments import OneOf, checked
from judge.python_api.inputs import Source, as_file, scratch, source_names
from judge.reports.export.write import Kind

if TYPE_CHECKING:
    from judge.judging.convert import Conversion
    from judge.reports.export.write import Exported


def convert(
    responses: Source,
    out: str | Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    questions: str | Path | None = None,
) -> Conversion:
    """Say what a file of responses is read as, and write it as this project's JSON Lines; what `judge convert` does.

    Args:
        responses: A file in any format that is read (docs/formats.md), ``NAME=FILE`` to name the contestant, a
            DataFrame, or a list of records.
        out: The file to write; it must not be there. None writes nothing.
        columns: The column of each field, where the file has other names: ``{"item_id": "id", "text": "output"}``.
        questions: A file with the question of each id, such as the requests of a batch.

    Returns:
        What was found: ``read_as``, the numbers of ``responses``, ``items`` and ``empty`` ones, ``contestants``,
        ``failures`` by kind, and the ``first`` response.

    Raises:
        UsageError: The file is not there, or ``out`` is.
        InputError: The format is not known, or a row is faulty.
        WriteError: The disk does not take the file.

    Example:
        >>> import judge
        >>> found = judge.convert("base.jsonl")
        >>> found.responses, found.items, dict(found.contestants)
        (96, 96, {'base': 96})
    """
    from judge.judging.convert import convert as run
    from judge.responses.find_columns import checked_columns

    with scratch(source_names([responses])) as folder:
        given = responses if isinstance(responses, str) else str(as_file(responses, folder, "responses"))
        return run(
            given,
            None if out is None else Path(out),
            checked_columns(columns or {}),
            None if questions is None else Path(questions),
        )


@checked(kind=OneOf(Kind))
def export(
    run: Run | str | Path,
    kind: Kind,
    out: str | Path | None = None,
    *,
    criterion: str | None = None,
    by: str = "all",
) -> Exported:
    """Write a run's results for other programs; what `judge export` does. Makes no call.

    Args:
        run: A run, or its directory.
        kind: ``csv``, ``parquet``, ``xlsx`` or ``hf`` (a folder for ``load_dataset``): the verdicts with both texts;
            ``latex``: the win rates as a table; ``dpo``: preference pairs (prompt, chosen, rejected).
        out: The file or folder to write; it must not be there. None is one in the run's folder ``export``.
        criterion: With ``dpo``, the criterion that decides [default: the only one; overall].
        by: With ``latex``, one row per slice: ``category``, ``subgroup``, ...

    Returns:
        What was written: ``path``, ``rows``, and the verdicts that were ``left_out``, by outcome.

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
        UsageError: ``out`` is there; the run has no such criterion or slices.
        InputError: A package that writes the format is not installed.
        WriteError: The disk does not take the file.

    Example:
        >>> import judge
        >>> files = ("base.jsonl", "ft.jsonl")
        >>> run = judge.compare(*files, values="values.jsonl", judge="heuristic", out="run", progress=False)
        >>> written = judge.export(run, "dpo")
        >>> written.path.as_posix(), written.rows + written.left_out.total()
        ('run/export/preferences.jsonl', 96)
    """
    from judge.reports.export.write import export as write

    folder = run.folder if isinstance(run, Run) else Path(run)
    return write(folder, kind, None if out is None else Path(out), criterion=criterion, by=by)
