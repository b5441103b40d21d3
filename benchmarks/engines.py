"""What Ray Data costs as the engine of `judge compare`, beside this program's own.

    python -m benchmarks.engines                    # 10,000 calls at 200 ms, 64 in flight; needs the extra `ray`

The server is a process of its own. The seconds are those of the session of calls, as its manifest has them, Ray's start
included; the CPU time is that of the program's own process, to which Ray adds that of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.data import write_pairs
from tests.support.command import command_line
from tests.support.loopback.process import ServerProcess


def session(folder: Path, engine: str, *, latency: float, concurrency: int) -> dict[str, Any]:
    """Judge the pairs in a folder with an engine; return the last session's entry in the manifest."""
    out = folder / engine
    with ServerProcess(folder / f"{engine}.log", latency=latency, slots=concurrency) as server:
        files = (folder / "base.jsonl", folder / "ft.jsonl")
        options = ("--judge", "openai:m", "--base-url", server.url, "--concurrency", concurrency, "--engine", engine)
        subprocess.run(
            command_line("compare", *files, *options, "--out", out, "--yes"),
            env=os.environ | {"OPENAI_API_KEY": "none", "NO_PROXY": "127.0.0.1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # Ray's own messages
            check=True,
        )
    sessions: list[dict[str, Any]] = json.loads((out / "manifest.json").read_text())["sessions"]
    return sessions[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=5000)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    parser.add_argument("--concurrency", type=int, default=64)
    given = parser.parse_args()
    calls = 2 * given.comparisons
    ideal = calls * given.latency / given.concurrency
    print(f"{calls:,} calls at {1000 * given.latency:.0f} ms, {given.concurrency} in flight; ideal {ideal:.1f} s")
    print(f"{'engine':8}{'s':>8}{'of ideal':>10}{'CPU s':>8}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pairs(folder, given.comparisons)
        for engine in ("own", "ray"):
            entry = session(folder, engine, latency=given.latency, concurrency=given.concurrency)
            wall = entry["wall_seconds"]
            print(f"{engine:8}{wall:8.1f}{ideal / wall:10.3f}{entry['cpu_seconds']:8.1f}", flush=True)


if __name__ == "__main__":
    main()
