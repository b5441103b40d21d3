"""`python -m tests.support.loopback`: the stand-in in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from tests.support.loopback.server import Loopback


def main() -> None:
    """Serve in the foreground, for benchmarks and tests: prints the port and goes on until killed.

    SIGUSR1 makes it twenty times slower, SIGUSR2 as fast as before.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--jitter", type=float, default=0.0)
    parser.add_argument("--slots", type=int, help="requests that are worked on at once; others wait")
    parser.add_argument("--log", type=Path, help="a file that gets a line for each request and each answer")
    options = parser.parse_args()

    async def run() -> None:
        server = Loopback(
            port=options.port,
            latency=options.latency,
            jitter=options.jitter,
            slots=options.slots,
            log=options.log,
            keep=options.log is not None,
        )

        def change(factor: float) -> None:
            server.latency = factor * options.latency

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, change, 20)
        loop.add_signal_handler(signal.SIGUSR2, change, 1)
        task = asyncio.create_task(server.serve())
        await asyncio.to_thread(server.wait_until_ready)
        print(server.port, flush=True)
        await task

    asyncio.run(run())


main()
