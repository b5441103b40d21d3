"""Run vLLM on two cores: base and LoRA adapter on one server, a judge, and a file of calls (`make vllm`).

python -m examples.real.vllm             # .venv-vllm must be there: tools/vllm.sh makes it
python -m examples.real.vllm --adapter path/to/lora
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from examples.real.model import prepare

BUILD = Path("build/real")
OUT = Path("results/vllm")
VLLM = Path(".venv-vllm/bin/vllm")
VALUES = Path("examples/values.jsonl")
PORT = 8377  # the same whenever the run is repeated: the address is part of what a run was asked for
ADDRESS = f"http://127.0.0.1:{PORT}"
PATIENCE = 900  # seconds until the server answers
# The judge's prompt has 1,000 tokens and more: a context of 1,024 is too short for it.
ENGINE = ("--enforce-eager", "--dtype", "float32", "--max-model-len", "4096", "--served-model-name", "base")
_ENVIRONMENT = {
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",  # for /v1/load_lora_adapter
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GB
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}


def _run(*command: object) -> None:
    print(f"\n$ {' '.join(map(str, command))}", flush=True)
    subprocess.run([str(part) for part in command], check=True)


def _judge(*arguments: object, may_miss: bool = False) -> None:
    """Run a command of this project. ``may_miss``: exit code 1 is accepted, for calls that have no usable reply."""
    print(f"\n$ judge {' '.join(map(str, arguments))}", flush=True)
    code = subprocess.run([sys.executable, "-m", "judge", *map(str, arguments)], check=False).returncode
    if code and not (may_miss and code == 1):
        raise SystemExit(code)


def adapter_of(base: Path) -> Path:
    """Return the adapter that `make real` trained, or else train one for a few steps."""
    trained = sorted(Path("results/real").glob("finetune-*/trained/adapter_config.json"), key=os.path.getmtime)
    if trained:
        return trained[-1].parent
    out = BUILD / "few-steps"
    steps = ("--max-steps", 4, "--batch-size", 2, "--dev-share", 0, "--learning-rate", "1e-3")
    _judge("finetune", VALUES, "--base", base, "--out", out, *steps)
    return out


@contextmanager
def served(base: Path) -> Iterator[None]:
    """Serve the base model at ADDRESS until the block ends. What vLLM prints goes to results/vllm/server.log.

    Raises:
        RuntimeError: The server ended, or did not answer in time.
    """
    command = [str(VLLM), "serve", str(base), *ENGINE, "--enable-lora", "--host", "127.0.0.1", "--port", str(PORT)]
    print(f"\n$ {' '.join(command)}", flush=True)
    log = OUT / "server.log"
    started = time.monotonic()
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True) as process,
    ):
        try:
            while not _answers():
                if process.poll() is not None or time.monotonic() - started > PATIENCE:
                    raise RuntimeError(f"vLLM does not answer at {ADDRESS}: see {log}")
                time.sleep(1)
            print(f"vLLM answers after {time.monotonic() - started:.0f} s.", flush=True)
            yield
        finally:
            # vLLM's engine is a process of its own, in the server's group.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def _answers() -> bool:
    try:
        return httpx.get(f"{ADDRESS}/health", timeout=5).is_success
    except httpx.TransportError:
        return False


def load(adapter: Path, name: str) -> None:
    """Have the running server load the adapter, under this name.

    Raises:
        httpx.HTTPStatusError: The server refuses it.
    """
    body = {"lora_name": name, "lora_path": str(adapter.resolve())}
    reply = httpx.post(f"{ADDRESS}/v1/load_lora_adapter", json=body, timeout=300)
    print(reply.text, flush=True)
    reply.raise_for_status()


def main() -> int:
    """Run everything anew. A step that fails ends it; replies of the small judge that are cut off do not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", type=Path, help="a LoRA adapter [default: that of `make real`, or a new one]")
    given = parser.parse_args()
    if not VLLM.is_file():
        print(f"{VLLM} is not there: run `make vllm`, which installs it", file=sys.stderr)
        return 2
    os.environ.update(_ENVIRONMENT)
    started = time.monotonic()
    base = prepare(BUILD).folder
    adapter = given.adapter or adapter_of(base)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    url = ("--base-url", f"{ADDRESS}/v1")
    judge = ("--judge", "openai:base", *url)
    models = (("base", ()), ("my-lora", ("--trained", adapter)))
    few = ("--sample", 6, "--max-tokens", 40, "--model-seed", 0, "--yes")
    pair = (OUT / "base.jsonl", OUT / "my-lora.jsonl", "--values", VALUES)
    how = ("--max-tokens", 300, "--yes")
    with served(base):
        load(adapter, "my-lora")
        _judge("doctor", *judge)
        for name, trained in models:
            model = (VALUES, "--model", f"openai:{name}", *url, *few, *trained)
            _judge("generate", *model, "--temperature", 0.7, "--out", OUT / f"{name}.jsonl")
            # By a schema, since the base model answers none of these with a number of its own accord.
            structured = ("--task", "structured", "--structured-output", "schema", "--probabilities")
            _judge("generate", *model, *structured, "--out", OUT / f"{name}.csv", may_miss=True)
        _judge("values", "score", VALUES, OUT / "base.csv", OUT / "my-lora.csv", "--out", OUT / "scores")
        _judge("compare", *pair, *judge, *how, "--limit", 4, "--temperature", 0, "--out", OUT / "live", may_miss=True)
    run, calls, results = OUT / "from-file", OUT / "calls.jsonl", OUT / "results.jsonl"
    _judge("compare", *pair, *judge, *how, "--limit", 4, "--temperature", 0, "--out", run, "--no-calls")
    _judge("calls", "export", run, "--out", calls)
    _run(VLLM, "run-batch", "-i", calls, "-o", results, "--model", base, *ENGINE)
    _judge("calls", "import", run, results, may_miss=True)
    asked, read = (len(path.read_text().splitlines()) for path in (calls, run / "judgments.jsonl"))
    print(f"\nvllm run-batch: {read} results read, of {asked} calls.")
    print(f"\nAll of it took {(time.monotonic() - started) / 60:.1f} minutes.")
    return 0 if read == asked else 1


if __name__ == "__main__":
    sys.exit(main())
