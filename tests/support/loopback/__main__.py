"""`python -m tests.support.loopback`: the stand-in in a process of its own."""

from __future__ import annotations

import argparse
import asyncio

from tests.support.loopback.server import Loopback


def main() -> None:
    """Serve in the foreground, for benchmarks: prints the port and goes on until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--jitter", type=float, default=0.0)
    options = parser.parse_args()

    async def run() -> None:
        server = Loopback(latency=options.latency, jitter=options.jitter, keep=False)
        task = asyncio.create_task(server.serve())
        while not server.port:
            await asyncio.sleep(0.01)
        print(server.port, flush=True)
        await task

    asyncio.run(run())


main()
