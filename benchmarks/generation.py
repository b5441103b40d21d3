"""Tokens per second of local generation: batches behind the client, against a loop of single calls.

    python -m benchmarks.generation                # tiny random model on this machine, about a minute
    python -m benchmarks.generation --model PATH   # a model of yours

The loop is what one would write with transformers: one prompt after the other, `model.generate(do_sample=True)`. Ours
is the whole path of `judge generate` from the values file to the file of responses: prompts, runner, journal, batches,
flags. Its tokens are those that the journal counts; its time includes everything but the loading of the model, which
the loop does not count either. Each measurement runs in a process of its own; rounds alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from judge.core.calls.budget import Budget
from judge.core.calls.completed_calls import Completed
from judge.core.calls.runner import Runner
from judge.core.calls.structured_output import fallback_for
from judge.core.files.journal import Journal, read_journal
from judge.generation.calls import CallMaker
from judge.generation.counts import ResponseCounts
from judge.generation.items import chosen_items
from judge.generation.local.client import open_local
from judge.generation.local.loading import Loaded, load
from judge.generation.local.tiny import make_tiny_model
from judge.generation.models import identity, parse_model
from judge.generation.output import responses, write
from judge.generation.settings import GenerateSettings
from judge.generation.task import Generating, Generation
from judge.prompts.persona import load_speaking

VALUES = Path(__file__).parent.parent / "examples" / "values.jsonl"
TEMPERATURE = 0.8


def one_by_one(loaded: Loaded, maker: CallMaker, settings: GenerateSettings, most: int) -> float:
    """Tokens per second of the loop over the first ``most`` calls."""
    import torch

    calls = list(maker.calls(chosen_items(settings)))[:most]
    tokens = 0
    torch.manual_seed(0)
    started = time.perf_counter()
    with torch.inference_mode():
        for call in calls:
            given = torch.tensor([loaded.tokens(loaded.chat(call.system, call.user))], device=loaded.device)
            written = loaded.model.generate(
                given,
                attention_mask=torch.ones_like(given),
                do_sample=True,
                temperature=TEMPERATURE,
                top_k=0,
                max_new_tokens=settings.max_tokens,
                pad_token_id=loaded.tokenizer.pad_token_id,
            )
            tokens += written.shape[1] - given.shape[1]
            loaded.tokenizer.decode(written[0, given.shape[1] :], skip_special_tokens=True)
    return tokens / (time.perf_counter() - started)


def batched(maker: CallMaker, settings: GenerateSettings, folder: Path) -> float:
    """Tokens per second of the whole path."""
    items = chosen_items(settings)
    client = open_local(Path(settings.model.spec.model), batch_size=settings.batch_size)
    path = folder / "generations.jsonl"
    started = time.perf_counter()
    with Journal(path) as journal:
        runner = Runner(
            client=client,
            task=Generating(maker, items),
            journal=journal,
            fallback=fallback_for(client, "text"),
            limits=settings.session_limits,
            budget=Budget(None),
            completed=Completed(Generating.usable),
        )

        async def run() -> None:
            await runner.run()
            await client.close()

        asyncio.run(run())
    rows = list(read_journal(path, Generation))
    write(folder / "out.jsonl", responses(rows, items, maker, "hf", ResponseCounts()), samples=1, before=lambda _: None)
    seconds = time.perf_counter() - started
    assert len({row.key for row in rows}) == len(items) * settings.samples
    return sum(row.usage.output for row in rows if row.usage) / seconds


def measure(kind: str, options: argparse.Namespace, folder: Path) -> float:
    """One measurement, in this process."""
    settings = GenerateSettings(
        values=VALUES,
        model=parse_model(f"hf:{options.model}"),
        out=folder / "m.jsonl",
        samples=options.samples,
        temperature=TEMPERATURE,
        max_tokens=options.max_tokens,
        batch_size=options.batch_size,
    )
    maker = CallMaker(load_speaking("first_person", "open"), settings, identity(settings.model))
    if kind == "batched":
        return batched(maker, settings, folder)
    loaded = load(options.model, adapter=None, chat_template=None, device="auto")
    one_by_one(loaded, maker, settings, 1)  # warm up
    return one_by_one(loaded, maker, settings, options.loop_calls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--samples", type=int, default=4, help="answers per item of the bundled values file")
    parser.add_argument("--loop-calls", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", choices=("loop", "batched"), help="one measurement, as each round starts them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.measure:
            print(measure(options.measure, options, Path(scratch)))
            return
        model = options.model or make_tiny_model(Path(scratch) / "tiny")
        given = [
            f"--{name.replace('_', '-')}={getattr(options, name)}"
            for name in ("max_tokens", "batch_size", "samples", "loop_calls")
        ]
        command = [sys.executable, "-m", "benchmarks.generation", f"--model={model}", *given]
        rounds = []
        for number in range(options.rounds):
            loop, ours = (
                float(
                    subprocess.run([*command, f"--measure={kind}"], check=True, capture_output=True, text=True).stdout
                )
                for kind in ("loop", "batched")
            )
            rounds.append((loop, ours))
            print(f"round {number + 1}: loop {loop:,.0f} tokens/s, judge generate {ours:,.0f}: {ours / loop:.1f} times")
        # What else the machine does changes from round to round: only what one round measured can be set side by side.
        ratios = sorted(ours / loop for loop, ours in rounds)
        loop, ours = max(rounds)
        name = "the tiny random model" if options.model is None else str(options.model)
        print(
            f"{name}, {os.cpu_count()} cores, {options.samples} answers to each of 96 items of up to "
            f"{options.max_tokens} tokens, batches of {options.batch_size}: median of {options.rounds} rounds "
            f"{statistics.median(ratios):.1f} times ({ratios[0]:.1f} to {ratios[-1]:.1f}; target: 4); in the quietest "
            f"{ours:,.0f} tokens/s against {loop:,.0f}"
        )


if __name__ == "__main__":
    main()
