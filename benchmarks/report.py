"""How long `judge report` takes for 20,000 comparisons, and how soon its page answers a click.

    python -m benchmarks.report [--comparisons 20000] [--rounds 3]

The run is judged by the heuristic first. `judge report`, as a process, is set against a process that loads the same
verdicts with pandas and draws one empty figure with matplotlib. Both alternate; the medians are compared. Then Chromium
opens the page from disk, and a page with one button: the time from opening to the end of a click on a button that
changes the page.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.data import write_pairs

ROOT = Path(__file__).parent.parent
PEER = """
import sys
import matplotlib
matplotlib.use("svg")
import pandas
from matplotlib.figure import Figure
verdicts = pandas.read_json(sys.argv[1], lines=True)
Figure().savefig(sys.argv[2])
assert len(verdicts) > 0
"""
EMPTY = """<!DOCTYPE html><html lang="en"><title>Empty</title><button data-page="next">Next</button><p id="page"></p>
<script>document.querySelector("button").onclick = () => { document.querySelector("#page").textContent = "Page 2"; };
</script></html>"""


def timed(*command: str) -> tuple[float, float]:
    """Seconds that a process takes, and the most memory it held, in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def click(page_file: Path, rounds: int) -> float:
    """Median seconds from opening a page until a click on its next page was answered."""
    from tests.support.browser import browser

    times = []
    with browser() as opened:
        for _ in range(rounds):
            page = opened.new_page()
            started = time.perf_counter()
            page.goto(page_file.as_uri(), wait_until="commit")
            page.locator("[data-page=next]").click()
            page.get_by_text("Page 2").wait_for()
            times.append(time.perf_counter() - started)
            page.close()
    return statistics.median(times)


def main() -> None:
    """Print the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run, out = folder / "run", folder / "page" / "report.html"
        pairs = map(str, write_pairs(folder, options.comparisons))
        timed("-m", "judge", "compare", *pairs, "--judge", "heuristic", "--out", str(run), "--yes")
        ours, peers, memory = [], [], []
        for _ in range(options.rounds):
            peers.append(timed("-c", PEER, str(run / "verdicts.jsonl"), str(folder / "empty.svg"))[0])
            seconds, most = timed("-m", "judge", "report", str(run), "--out", str(out))
            ours.append(seconds)
            memory.append(most)
        report, peer = statistics.median(ours), statistics.median(peers)
        beside = sum(path.stat().st_size for path in out.with_name("report_files").glob("*.js")) / 1e6
        print(f"{options.comparisons:,} comparisons; medians of {options.rounds} rounds, seconds")
        print(f"page {out.stat().st_size / 1e6:.2f} MB (target below 3), beside it {beside:.0f} MB")
        print(f"judge report {report:.2f}, memory {max(memory):.0f} MB (target below 1,000)")
        print(f"pandas loading the verdicts and one empty figure {peer:.2f}")
        print(f"ratio {report / peer:.2f} (target at most 5)")
        empty = folder / "empty.html"
        empty.write_text(EMPTY)
        theirs, page = click(empty, options.rounds), click(out, options.rounds)
        print(f"until a click is answered: the page {page:.2f}, an empty page {theirs:.2f}, ratio {page / theirs:.1f}")


if __name__ == "__main__":
    main()
