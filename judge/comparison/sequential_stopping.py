"""`judge compare --until-half-width`: judge until the win rate of the run's own pool is known well enough.

The comparisons are judged in planned order, a uniform draw without replacement that the seed decides, in rounds: each
is a run with a larger ``--limit``, which extends the one before. After each round the confidence sequence is read in
planned order; it holds at all looks together, so that stopping when it is narrow enough is honest.
"""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from judge.comparison.compare import compare
from judge.comparison.results import load_summary
from judge.comparison.terminal import print_summary
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, UsageError
from judge.core.files.arguments import input_file
from judge.judging.run import configuration, run_folder
from judge.judging.settings import CompareSettings
from judge.judging.stored_verdicts import pair_pools, read_verdicts, run_settings
from judge.prompts import load_prompt
from judge.stats.estimate import LEVEL
from judge.stats.formatting import short
from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.verdict_table import verdict_tables

FIRST = 50  # items of the first round
GROWTH = 1.25


def compare_until(settings: CompareSettings, half_width: float, console: Console) -> int:
    """Judge in rounds until the confidence sequence of every candidate's win rate is +-``half_width`` or narrower.

    The criterion is the prompt's last. ``--limit`` is the most items that are judged. A comparison without a verdict
    counts as 0 in the lower bound and as 1 in the upper one. With several candidates all sequences hold together.
    Prints the tables of the last round, and what was found. Returns the exit code. Errors: those of a run; nobody
    agreed to the calls beforehand.
    """
    if not settings.yes and settings.max_cost is None and settings.judge.provider != "heuristic":
        raise UsageError(
            "--until-half-width decides by itself how many calls to make", hint="give --yes, or --max-cost"
        )
    files = [input_file(argument) for argument in settings.files]
    folder = run_folder(settings, files, configuration(settings, files, load_prompt(settings.prompt)))
    items, lines = FIRST, ["Nothing was judged."]
    while True:
        limit = items if settings.limit is None else min(items, settings.limit)
        said = io.StringIO()
        quiet = Console(file=said, width=console.width)
        code = compare(replace(settings, limit=limit, yes=True, retry_failed=items == FIRST), quiet)
        if code not in (EXIT_DONE, EXIT_FAILURES_REMAIN):
            console.print(said.getvalue(), highlight=False, markup=False)
            return code
        narrow, drawn, pool, lines = _look(folder, half_width)
        for line in lines:
            console.print(line, highlight=False, markup=False)
        stopped = "Stopped before --max-cost" in said.getvalue()
        if narrow or stopped or drawn >= pool or limit == settings.limit:
            break
        items = max(items + 1, math.ceil(items * GROWTH))
    print_summary(load_summary(folder), console)
    head = "Confidence sequence, at all looks" + (" and for all candidates" if len(lines) > 1 else "") + " together"
    console.print("", highlight=False)
    for line in lines:
        console.print(f"{head}: {line}", highlight=False, markup=False)
    console.print(
        "It speaks of the win rate of this pool of comparisons, not of other questions: for these read the clustered "
        f"interval in the tables.{'' if narrow else ' It is not yet as narrow as asked.'}",
        highlight=False,
    )
    return code if narrow else EXIT_FAILURES_REMAIN


def _look(folder: Path, half_width: float) -> tuple[bool, int, int, list[str]]:
    """Whether all candidates' sequences are narrow enough; comparisons read and in the pool; a line for each."""
    criterion = run_settings(folder)["criteria"][-1]
    tables = verdict_tables((row for row in read_verdicts(folder) if row.criterion == criterion), (criterion,))
    pools = pair_pools(folder)
    # All candidates' sequences hold at once with 95 %: each of m with 1 - .05 / m (the union bound).
    level = 1 - (1 - LEVEL) / max(len(pools), 1)
    narrow, lines, drawn, whole = True, [], 0, 0
    for table in tables:
        scores = table.scores[:, 0]
        pool = pools[table.reference, table.candidate]
        found = confidence_sequence(scores, pool, level=level)
        drawn, whole = drawn + len(scores), whole + pool
        # Looked at after whole rounds only: what counts is the bound that stands now.
        narrow &= bool(found.high[-1] - found.low[-1] <= 2 * half_width + 1e-12)
        lines.append(
            f"{len(scores):,} of {pool:,} comparisons: {table.candidate}, {criterion}, "
            f"[{short(float(found.low[-1]))}, {short(float(found.high[-1]))}]"
        )
    return narrow, drawn, whole, lines
