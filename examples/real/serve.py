"""Serve a GGUF model by llama.cpp (package xllamacpp) in OpenAI's format, on this machine and one thread.

python -m examples.real.serve build/real/SmolLM2-135M-Instruct.Q4_1.gguf --port 8091
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xllamacpp

NAME = "smollm2"  # under which the model is asked


@contextmanager
def served(gguf: Path, port: int = 0) -> Iterator[str]:
    """Serve the model in a process of its own, on a port (0: any that is free); yield its address.

    Raises:
        RuntimeError: The server does not start.
    """
    command = [sys.executable, "-m", "examples.real.serve", str(gguf), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the server did not start: {' '.join(command)}")
            yield line.split()[-1]
        finally:
            process.terminate()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--port", type=int, default=8091, help="0: any that is free")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()

    params = xllamacpp.CommonParams()
    params.model.path = str(given.model)
    params.model_alias = {NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = given.port
    params.n_parallel = 1
    params.n_ctx = 4096
    params.warmup = False
    params.verbosity = 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = given.threads
    server = xllamacpp.Server(params)
    print(f"serving {NAME} at {server.listening_address}/v1", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
