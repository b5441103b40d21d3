"""`judge doctor`."""

from judge.cli.shared.options import BaseUrl, Judge, Prices, Prompt, Timeout
from judge.cli.shared.output import exit_with, screen


def doctor(
    judge: Judge,
    base_url: BaseUrl = None,
    prompt: Prompt = "persona-value",
    prices: Prices = None,
    timeout: Timeout = 30.0,
) -> None:
    """Make one small call to check the key, the endpoint, the model and structured output."""
    from judge.comparison.doctor import doctor as run
    from judge.core.models.open import parse_spec

    exit_with(run(parse_spec(judge, base_url), prompt=prompt, prices=prices, timeout=timeout, console=screen()))
