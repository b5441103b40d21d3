"""`python -m tests.attack`: attack the program in every known way, and print what was tried, held and failed.

python -m tests.attack                # all, at most 10 minutes
python -m tests.attack --size .05     # a short form
python -m tests.attack --seed 7 --only flips,kills
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

from tests.attack import content, endpoints, fleets, panels, processes
from tests.attack.outcome import Outcome
from tests.support.command import KEYS

ATTACKS: dict[str, tuple[str, Callable[[int, float], Outcome]]] = {
    "kills": ("kill -9 of a run, completed calls made again or lost", processes.kills),
    "batch-kills": ("kill -9 of a run in batches, calls sent twice or lost", processes.batch_kills),
    "billed-kills": ("kill -9 of a run with --max-cost, more billed", processes.billed_kills),
    "billed-faults": ("replies billed and then faulty, more billed than --max-cost", processes.billed_faults),
    "fleet-kills": ("kill -9 of a run or its servers, calls lost, failed or asked again", fleets.fleet_kills),
    "panel-kills": ("kill -9 of a panel, live or in batches, calls made twice or lost", panels.panel_kills),
    "faults": ("faulty replies and connections, a failure scored or lost", processes.faults),
    "keys": ("keys sent back in some form, in a reply or a message", endpoints.keys),
    "bodies": ("bodies no client expects, neither reply nor failure, or late", endpoints.bodies),
    "redirects": ("redirects to another host, followed without leave", endpoints.redirects),
    "rates": ("--rpm and --tpm, a minute with more, or with under 80 %", processes.rates),
    "flips": ("flipped bits in the journal, a verdict changed, or lost unnamed", content.flips),
    "old-flips": ("the same in rows without check values, a verdict changed", content.flips_of_old_rows),
    "file-flips": ("the same in comparisons and manifest, a verdict changed", content.flips_of_other_files),
    "planted": ("verdicts planted in responses and quoted, scored", content.planted),
    "honest": ("honest replies, most beside a planted verdict, not read as meant", content.honest_replies),
    "frames": ("imitated tags and chat tokens, reaching the judge whole", content.frames),
    "outputs": ("hostile text on terminal, in Markdown, CSV: live, or controls", content.outputs),
}
_SHOWN = 5


def main() -> int:
    """Run the attacks, print a table, and return 1 if one succeeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--size", type=float, default=1.0, help="share of the attacks to try")
    parser.add_argument("--only", help=f"some of: {', '.join(ATTACKS)}")
    options = parser.parse_args()
    os.environ.update(KEYS)
    names = options.only.split(",") if options.only else list(ATTACKS)
    print(f"{'attack, and what would be a failure':66}{'tried':>7}{'held':>7}{'failed':>8}{'s':>6}")
    failed: list[str] = []
    succeeded = False
    for name in names:
        words, attack = ATTACKS[name]
        started = time.monotonic()
        outcome = attack(options.seed, options.size)
        succeeded = succeeded or outcome.succeeded
        failed += [f"{name}: {problem}" for problem in outcome.failed]
        seconds = time.monotonic() - started
        print(f"{words:66}{outcome.tried:7,}{outcome.held:7,}{len(outcome.failed):8,}{seconds:6.0f}", flush=True)
    print(*failed[: _SHOWN * len(names)], sep="\n")
    return 1 if succeeded else 0


if __name__ == "__main__":
    sys.exit(main())
