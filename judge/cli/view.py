"""`judge view`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import screen


def view(
    runs: Annotated[
        list[Path] | None, typer.Argument(help="Run directories, or folders with runs below [default: results].")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1 [default: a free one].")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Show runs on a local page, and follow them while they go on, until Ctrl-C. Changes nothing, makes no calls."""
    import asyncio

    from judge.reports.live.find_runs import check_given

    if runs:
        check_given(runs)
    asyncio.run(_serve(runs or [Path("results")], port or 0, open_browser=open_browser))


async def _serve(given: list[Path], port: int, *, open_browser: bool) -> None:
    """Serve until a signal comes."""
    import asyncio
    import signal

    from judge.reports.live.browser import opened_in_browser
    from judge.reports.live.server import serving
    from judge.reports.live.viewer import Viewer
    from judge.stats.formatting import counted

    console, viewer, ended = screen(), Viewer(given), asyncio.Event()

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants them ignored
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(viewer, port) as served:
        found = viewer.runs()
        is_one = len(given) == 1 and [run.folder for run in found] == given
        address = served.address(found[0].id if is_one else None)
        say(f"{counted(len(found), 'run')} in {', '.join(map(str, given))}. Open this address:\n\n  {address}\n")
        say("It works on this machine alone, with its token. The runs are only read. Ctrl-C stops.")
        with opened_in_browser(address) if open_browser else nullcontext():
            await ended.wait()
    say("Stopped. The runs go on.")
