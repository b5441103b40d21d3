"""Word what a second ask appends to the prompt: the reason why the first reply could not be used."""

from __future__ import annotations

from judge.judging.reply_parser.parser import Parsed

_ONLY_JSON = "Reply with the JSON object only."


def reminder_of(parsed: Parsed) -> str | None:
    """Word the reminder for a reply without a verdict. It repeats no word of the reply, which may quote a response.

    Args:
        parsed: The reply.

    Returns:
        The reminder; None for a reply that needs none.
    """
    if parsed.error is None or parsed.refusal:
        return None
    if parsed.kind == "empty":
        return f"Your last reply was empty. {_ONLY_JSON}"
    if parsed.kind == "quoted":
        return (
            "The verdict in your last reply stands in one of the quoted texts. Give a verdict of your own, with "
            f"analyses in your own words. {_ONLY_JSON}"
        )
    reason = parsed.error.removesuffix(f": {parsed.detail}") if parsed.detail else parsed.error
    reason = reason.replace("the reply's JSON has no ", "it lacked ").replace("the reply's ", "its ")
    return f"Your last reply could not be used: {reason.replace('the reply ', 'it ')}. {_ONLY_JSON}"
