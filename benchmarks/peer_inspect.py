"""Run by the peer's own interpreter: see `benchmarks/peer.py`."""

import json
import resource
import sys
import time
from importlib.metadata import version

from inspect_ai import Task, eval  # noqa: A004 - the peer's own name
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Score, accuracy, scorer
from inspect_ai.solver import generate


@scorer(metrics=[accuracy()])
def verdict():
    """Read the JSON verdict; an unreadable one scores 0."""

    async def score(state, target):
        reply = json.loads(state.output.completion)
        return Score(value=1 if reply["overall_winner"] in ("A", "B", "tie") else 0)

    return score


def main() -> None:
    prompts, concurrency, logs = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    samples = []
    with open(prompts, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            samples.append(
                Sample(input=[ChatMessageSystem(content=row["system"]), ChatMessageUser(content=row["user"])])
            )
    task = Task(dataset=samples, solver=generate(), scorer=verdict())
    wall, cpu = time.monotonic(), time.process_time()
    log = eval(
        task,
        model="openai/m",
        model_args={"responses_api": False},
        max_connections=concurrency,
        max_samples=concurrency * 2,
        log_dir=logs,
        display="none",
        score_display=False,
    )[0]
    result = {
        "version": version("inspect_ai"),
        "wall": time.monotonic() - wall,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "scored": log.results.scores[0].scored_samples if log.results else 0,
    }
    print(json.dumps(result))


main()
