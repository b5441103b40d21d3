"""Which judge is the expert and how much it reads: what ``--expert`` and ``--expert-share`` say."""

from __future__ import annotations

from dataclasses import replace

from judge.core.errors import UsageError
from judge.core.extra_body import ExtraBody
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.providers.addresses import BaseUrl, listed
from judge.judging.settings import ExpertShare


def expert_of(text: str | None, base_url: BaseUrl, extra: ExtraBody | None = None) -> ModelSpec | None:
    """Read the name of the expert; None where none is named. ``extra`` are fields of the bodies of its requests.

    Raises:
        UsageError: The name is none, or there is an address, or fields, without a name.
    """
    if text is None:
        for option, given in (("--expert-base-url", listed(base_url) or None), ("--expert-extra-body", extra)):
            if given is not None:
                raise UsageError(f"{option} is for an expert", hint="give --expert openai:MODEL")
        return None
    return replace(parse_spec(text, base_url), extra=extra)


def share_of(text: str | float) -> ExpertShare:
    """Read ``auto``, or a share above 0 and at most 1.

    Raises:
        UsageError: It is neither.
    """
    if text == "auto":
        return "auto"
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        raise UsageError(f"--expert-share is {text}", hint="auto, or a share above 0 and at most 1, like 0.2")
    return found
