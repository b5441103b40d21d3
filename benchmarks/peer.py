"""The same prompts through a peer, inspect_ai, in an environment of its own.

    python3 -m venv PEER && PEER/bin/pip install inspect_ai openai
    python -m benchmarks.throughput --scenario small --peer PEER/bin/python

inspect_ai is used as its documentation has it: a dataset with one sample per order of each pair, `generate()`, and a
scorer that reads the JSON verdict; `max_connections` as high as ours, no display, its log in a scratch folder.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("peer_inspect.py")


def measure_peer(python: str, folder: Path, port: int, concurrency: int, ideal: float, calls: int) -> None:
    """Write the rendered prompts, run the peer on them and print one line."""
    from judge.judging.call_plan import Plan
    from judge.judging.calls import CallMaker, CallSettings
    from judge.prompts import load_prompt

    maker = CallMaker(load_prompt("persona-value"), CallSettings("peer", "peer", "text"))
    plan = Plan(folder / "comparisons.jsonl", seed=0, orders="both", repeats=1, limit=None)
    prompts = folder / "prompts.jsonl"
    with prompts.open("w", encoding="utf-8") as file:
        for comparison in plan:
            for call in maker.calls(plan, comparison):
                file.write(json.dumps({"system": call.system, "user": call.user}) + "\n")
    environment = os.environ | {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        [python, "-P", str(SCRIPT), str(prompts), str(concurrency), str(folder / "peer-logs")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"peer: failed: {done.stderr[-2000:]}")
        return
    result = json.loads(done.stdout.splitlines()[-1])
    label = f"inspect_ai {result['version']}"
    print(
        f"{label:26}{result['wall']:8.2f}{ideal / result['wall']:10.3f}"
        f"{1000 * result['cpu'] / calls:13.3f}{result['peak_mb']:9.0f}   {result['scored']:,} of {calls:,} scored"
    )
