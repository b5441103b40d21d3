"""How close `judge compare` comes to bare loops over aiohttp and over the SDKs, against a server of set latency.

    python -m benchmarks.throughput                     # small and large, memory, start-up
    python -m benchmarks.throughput --scenario small    # 4,000 comparisons at 200 ms, 64 in flight
    python -m benchmarks.throughput --scenario large    # 20,000 comparisons at 200 +- 100 ms, 256 in flight
    python -m benchmarks.throughput --scenario wide     # 1,024 in flight at 200 ms; wide-slow: at 4 s
    python -m benchmarks.throughput --peer PYTHON       # also inspect_ai, in the environment of that interpreter

Each measurement runs in a process of its own; the server runs in another. A bare loop sends rendered prompts and
throws the replies away; `judge compare` renders, sends, parses and journals. CPU seconds are those of the client
process while it asks; peak memory is that of the whole command. The ramp-up is the time from the first request until
as many have been sent as may be in flight, in latencies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.data import write_pairs

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Scenario:
    comparisons: int
    latency: float
    jitter: float
    concurrency: int
    providers: tuple[str, ...]
    sdk: bool = True  # whether bare loops over the SDKs are measured too


SCENARIOS = {
    "small": Scenario(4_000, 0.2, 0.0, 64, ("openai", "anthropic")),
    "large": Scenario(20_000, 0.2, 0.1, 256, ("anthropic", "openai")),
    "wide": Scenario(3_000, 0.2, 0.1, 1_024, ("openai",), sdk=False),
    "wide-slow": Scenario(3_000, 4.0, 2.0, 1_024, ("openai",), sdk=False),
}


@contextmanager
def server(latency: float, jitter: float) -> Any:
    command = [sys.executable, "-m", "tests.support.loopback", "--latency", str(latency), "--jitter", str(jitter)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def child(*arguments: str) -> dict[str, float]:
    environment = os.environ | {"OPENAI_API_KEY": "none", "ANTHROPIC_API_KEY": "none", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.throughput", "--child", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure(name: str, scenario: Scenario, peer: str | None) -> None:
    calls = 2 * scenario.comparisons
    ideal = calls * scenario.latency / scenario.concurrency
    print(
        f"\n{name}: {scenario.comparisons:,} comparisons ({calls:,} calls) at {scenario.latency * 1000:.0f} +- "
        f"{scenario.jitter * 1000:.0f} ms, {scenario.concurrency} in flight; ideal {ideal:.1f} s"
    )
    print(f"{'':26}{'s':>8}{'of ideal':>10}{'CPU s/1,000':>13}{'peak MB':>9}")

    def show(label: str, result: dict[str, float]) -> None:
        print(
            f"{label:26}{result['wall']:8.2f}{ideal / result['wall']:10.3f}"
            f"{1000 * result['cpu'] / calls:13.3f}{result['peak_mb']:9.0f}",
            flush=True,
        )

    with tempfile.TemporaryDirectory() as folder, server(scenario.latency, scenario.jitter) as port:
        write_pairs(Path(folder), scenario.comparisons)
        common = [folder, str(port), str(scenario.concurrency)]
        least = child("bare", "aiohttp", *common)
        show("bare aiohttp loop", least)
        for provider in scenario.providers:
            loops = {"aiohttp": least}
            if scenario.sdk:
                loops[provider] = child("bare", provider, *common)
                show(f"bare {provider} loop", loops[provider])
            ours = child("ours", provider, *common)
            show(f"judge compare, {provider}", ours)
            for loop, other in loops.items():
                print(
                    f"{'':4}ours / bare {loop}: speed {other['wall'] / ours['wall']:.3f}, "
                    f"CPU {ours['cpu'] / other['cpu']:.2f}"
                )
            print(
                f"{'':4}ramp-up {ours['ramp_up'] / scenario.latency:.2f} latencies; "
                f"whole command {ours['whole']:.1f} s wall, {ours['whole_cpu']:.1f} s CPU",
                flush=True,
            )
        if peer is not None:
            from benchmarks.peer import measure_peer

            measure_peer(peer, Path(folder), port, scenario.concurrency, ideal, calls)


def bare(provider: str, folder: str, port: str, concurrency: str) -> dict[str, float]:
    """A bare loop: rendered prompts through aiohttp or the SDK's own typed method, replies thrown away."""
    import aiohttp
    import anthropic
    import httpx2
    import openai

    from judge.core.files.arguments import input_file
    from judge.judging.call_plan import Plan
    from judge.judging.calls import CallMaker, CallSettings
    from judge.judging.pairs.contestants import read_contestants
    from judge.judging.pairs.pairing import Pairing
    from judge.prompts import load_prompt

    prompt = load_prompt("persona-value")
    maker = CallMaker(prompt, CallSettings("bare", "bare", "text"))
    files = [input_file(f"{folder}/{name}.jsonl") for name in ("base", "ft")]
    path = Path(folder) / "comparisons.jsonl"
    with tempfile.TemporaryDirectory() as spool, path.open("wb") as out:
        contestants = read_contestants(files, Path(spool))
        pairing = Pairing(contestants, reference=None, items=None, requires=(), allow=frozenset())
        out.writelines(pairing.comparisons([file.path for file in files], Path(spool)))
    plan = Plan(path, seed=0, orders="both", repeats=1, limit=None)
    todo = iter([(call.system, call.user) for comparison in plan for call in maker.calls(plan, comparison)])
    workers = int(concurrency)
    limits = httpx2.Limits(max_connections=workers, max_keepalive_connections=workers)

    async def run() -> None:
        if provider == "aiohttp":
            connector = aiohttp.TCPConnector(limit=workers)
            client = aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector)
            schema = {"name": "verdict", "strict": True, "schema": prompt.file.reply}

            async def ask(system: str, user: str) -> None:
                body = {
                    "model": "m",
                    "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
                    "response_format": {"type": "json_schema", "json_schema": schema},
                }
                async with client.post("/v1/chat/completions", json=body) as response:
                    await response.json()

        elif provider == "openai":
            client = openai.AsyncOpenAI(
                base_url=f"http://127.0.0.1:{port}/v1",
                max_retries=0,
                http_client=openai.DefaultAioHttpClient(limits=limits),
            )
            schema = {"name": "verdict", "strict": True, "schema": prompt.file.reply}

            async def ask(system: str, user: str) -> None:
                await client.chat.completions.create(
                    model="m",
                    messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
                    response_format={"type": "json_schema", "json_schema": schema},
                )
        else:
            client = anthropic.AsyncAnthropic(
                base_url=f"http://127.0.0.1:{port}",
                max_retries=0,
                http_client=anthropic.DefaultAioHttpClient(limits=limits),
            )

            async def ask(system: str, user: str) -> None:
                await client.messages.create(
                    model="m",
                    max_tokens=4096,
                    system=system,
                    messages=[{"role": "user", "content": user}],
                    output_config={"format": {"type": "json_schema", "schema": prompt.file.reply}},
                )

        async def work() -> None:
            for system, user in todo:
                await ask(system, user)

        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
        await client.close()

    cpu, wall = time.process_time(), time.monotonic()
    asyncio.run(run())
    return {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu, "peak_mb": peak_mb()}


def ours(provider: str, folder: str, port: str, concurrency: str) -> dict[str, float]:
    """`judge compare` as the command runs it."""
    from judge.cli.app import main

    out = Path(folder) / f"run-{provider}"
    address = f"http://127.0.0.1:{port}" + ("/v1" if provider == "openai" else "")
    sys.argv = [
        "judge",
        "compare",
        f"{folder}/base.jsonl",
        f"{folder}/ft.jsonl",
        "--judge",
        f"{provider}:m",
        "--base-url",
        address,
        "--out",
        str(out),
        "--concurrency",
        concurrency,
        "--yes",
    ]
    wall, cpu = time.monotonic(), time.process_time()
    try:
        main()
    except SystemExit as done:
        assert not done.code, done.code
    session = json.loads((out / "manifest.json").read_text())["sessions"][0]
    starts = sorted(map(_start, (out / "judgments.jsonl").open()))
    return {
        "ramp_up": starts[min(int(concurrency), len(starts)) - 1] - starts[0],
        "wall": session["wall_seconds"],
        "cpu": session["cpu_seconds"],
        "peak_mb": peak_mb(),
        "whole": time.monotonic() - wall,
        "whole_cpu": time.process_time() - cpu,
    }


def _start(line: str) -> float:
    """When the call of a row of the journal began, in seconds."""
    row = json.loads(line)
    began: float = datetime.fromisoformat(row["time"]).timestamp() - row["seconds"]
    return began


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def start_up() -> None:
    """`judge --help` against a bare import of the command-line library, the median of 9 runs each."""

    def median(command: list[str]) -> float:
        times = []
        for _ in range(9):
            started = time.monotonic()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
            times.append(time.monotonic() - started)
        return statistics.median(times)

    base = median([sys.executable, "-c", "import typer"])
    ours = median([str(Path(sys.executable).with_name("judge")), "--help"])
    print(f"\nstart-up: import typer {base:.3f} s, judge --help {ours:.3f} s: {ours / base:.2f} times")


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] == "--child":
        job = {"bare": bare, "ours": ours}[sys.argv[2]]
        print(json.dumps(job(*sys.argv[3:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=[*SCENARIOS, "start-up"], action="append")
    parser.add_argument("--peer", help="a Python interpreter that has inspect_ai")
    options = parser.parse_args()
    chosen = options.scenario or ["small", "large", "start-up"]
    for name in chosen:
        if name == "start-up":
            start_up()
        else:
            measure(name, SCENARIOS[name], options.peer if name == "small" else None)


if __name__ == "__main__":
    main()
