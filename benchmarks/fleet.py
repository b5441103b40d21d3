"""How much faster `judge compare` is on several slow servers than on one.

    python -m benchmarks.fleet                 # 1 server, then 4, of 16 slots and 1 s each
    python -m benchmarks.fleet --servers 1 8

Each server is a process of its own that works on so many requests at once and lets the others wait, as vLLM does. With
N servers, N times as many calls are in flight: a quarter more than they work on, so that none waits for the client. The
time is that of the session of calls, as its manifest has it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.data import write_pairs
from tests.support.command import command_line
from tests.support.loopback.process import ServerProcess

Session = dict[str, Any]


def session(folder: Path, number: int, *, latency: float, slots: int) -> tuple[Session, Counter[str]]:
    """Judge the pairs in a folder on so many servers; return the session's entry, and how many rows each gave."""
    out = folder / f"run-{number}"
    with ExitStack() as stack:
        servers = [
            stack.enter_context(ServerProcess(folder / f"{number}-{each}.log", latency=latency, slots=slots))
            for each in range(number)
        ]
        addresses = [word for server in servers for word in ("--base-url", server.url)]
        files = (folder / "base.jsonl", folder / "ft.jsonl")
        options = ("--judge", "openai:m", "--concurrency", number * slots * 5 // 4, "--out", out, "--yes")
        environment = os.environ | {"OPENAI_API_KEY": "none", "NO_PROXY": "127.0.0.1"}
        subprocess.run(
            command_line("compare", *files, *options, *addresses),
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    rows = Counter(json.loads(line).get("endpoint", "one") for line in (out / "judgments.jsonl").open())
    entry: Session = json.loads((out / "manifest.json").read_text())["sessions"][0]
    return entry, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--comparisons", type=int, default=1600)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds")
    parser.add_argument("--slots", type=int, default=16)
    options = parser.parse_args()
    calls = 2 * options.comparisons
    print(
        f"{calls:,} calls at {options.latency * 1000:.0f} ms; each server works on {options.slots} at once",
        flush=True,
    )
    print(f"{'servers':>8}{'s':>9}{'calls/s':>10}{'speed-up':>10}{'CPU s/1,000':>13}  rows of each server", flush=True)
    first = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pairs(folder, options.comparisons)
        for number in options.servers:
            entry, rows = session(folder, number, latency=options.latency, slots=options.slots)
            seconds, cpu = entry["wall_seconds"], entry["cpu_seconds"]
            first = first or seconds
            print(
                f"{number:8}{seconds:9.1f}{calls / seconds:10.1f}{first / seconds:10.2f}{1000 * cpu / calls:13.3f}"
                f"  {min(rows.values()):,} to {max(rows.values()):,}",
                flush=True,
            )


if __name__ == "__main__":
    main()
