"""Before money may be spent, and after: whether the user agrees, and how a session ends."""

from __future__ import annotations

from rich.console import Console

from judge.core.calls.prices import Price, PriceList
from judge.core.calls.session import Session
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, EXIT_INTERRUPTED, UsageError
from judge.core.models.open import ModelSpec


def check_price(spec: ModelSpec, price: Price | None, prices: PriceList, max_cost: float | None) -> None:
    """Errors: a limit on money for a model without a price."""
    if max_cost is not None and price is None:
        raise UsageError(
            f"--max-cost needs a price, and {spec} has none in {prices.source}", hint="give one with --prices FILE"
        )


def agreed(calls: int, spec: ModelSpec, *, max_cost: float | None, console: Console) -> bool:
    """Ask before money may be spent.

    Errors: nobody can be asked, nothing bounds the cost, and the calls go to the provider itself.
    """
    if not console.is_terminal:
        if spec.base_url is None and max_cost is None:
            raise UsageError(
                f"{calls:,} calls to {spec} cost money, and there is no terminal to ask on",
                hint="give --yes, or --max-cost",
            )
        return True
    try:
        return console.input(f"Make {calls:,} calls? \\[y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def close(
    session: Session,
    *,
    lacking: int,
    accepted: bool,
    max_cost: float | None,
    retry_failed: bool,
    lacks: str,
    console: Console,
) -> int:
    """Say how the session ended and how to go on; return the exit code.

    ``lacking`` counts the calls without an answer, which is called ``lacks``; ``accepted`` says that the user goes on
    without them and that each was tried.
    """

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False)

    if session.interrupted:
        say("Interrupted. The same command goes on from here; nothing that was answered is asked again.")
        return EXIT_INTERRUPTED
    if session.over_budget:
        if session.spent_before > (max_cost or 0):
            say(
                f"Nothing was asked: earlier sessions spent about {session.spent_before:.4g}, more than --max-cost "
                f"{max_cost}. With a higher one the command goes on."
            )
        elif session.spent > (max_cost or 0):
            say(
                f"Stopped: about {session.spent:.4g} was spent of --max-cost {max_cost}: replies outgrew all before "
                "them. --max-tokens bounds what one may cost. With a higher --max-cost the command goes on."
            )
        else:
            say(f"Stopped before --max-cost {max_cost} would be passed. With a higher one the command goes on.")
        return EXIT_FAILURES_REMAIN
    if lacking and accepted:
        say(f"{lacking:,} have no {lacks}: accepted (--allow missing), and counted wherever these are used.")
        return EXIT_DONE
    if lacking:
        again = "The same command" if retry_failed else "The command without --no-retry-failed"
        say(
            f"{lacking:,} have no {lacks} (see the counts). {again} asks for these again; "
            "--allow missing goes on without."
        )
        return EXIT_FAILURES_REMAIN
    return EXIT_DONE
