"""`judge calls import`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import Prices
from judge.cli.shared.output import exit_with, print_lines, screen

_SHOWN = 5


def import_(
    run: Annotated[Path, typer.Argument(help="A run directory, or a file of responses of `judge generate`.")],
    results: Annotated[Path, typer.Argument(help="Results: OpenAI's batch output, Anthropic's, or vllm run-batch's.")],
    prices: Prices = None,
) -> None:
    """Read results of exported calls into a run. A rerun adds nothing; results of another run are refused."""
    from judge.call_files.runs import import_run
    from judge.cli.shared.comparison_output import print_run
    from judge.core.errors import EXIT_FAILURES_REMAIN
    from judge.stats.formatting import counted

    done = import_run(run, results, prices)
    found = done.imported
    lines = [f"{results}:{line}: not a result: {problem}" for line, problem in found.damaged[:_SHOWN]]
    if len(found.damaged) > _SHOWN:
        lines.append(f"{len(found.damaged) - _SHOWN:,} more lines are not results.")
    told = [f"{counted(found.completed, 'result')} added"]
    if found.failed:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in found.failed.most_common())
        told.append(f"{found.failed.total():,} failed ({kinds})")
    if found.not_run:
        told.append(f"{found.not_run:,} not made (cancelled or expired)")
    if found.known:
        told.append(f"{found.known:,} known before")
    lines.append(f"{'; '.join(told)}. {counted(done.missing, 'call is', 'calls are')} missing.")
    if done.missing:
        lines.append(f"For these: judge calls export {run} --out MORE.jsonl")
    print_lines(lines)
    if done.run is not None:
        print_run(done.run, screen(), retry_failed=True, full=False)
    exit_with(EXIT_FAILURES_REMAIN if done.missing else 0)
