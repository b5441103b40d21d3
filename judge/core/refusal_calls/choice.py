"""Who decides whether a response is a refusal: what ``--refusals`` says."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from judge.core.errors import UsageError
from judge.core.extra_body import ExtraBody
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.providers.addresses import BaseUrl, listed

RULE: Literal["rule"] = "rule"
_JUDGE = "model"

RefusalChoice: TypeAlias = ModelSpec | Literal["rule"] | None


def refusal_choice(
    text: str | None,
    base_url: BaseUrl,
    judge: ModelSpec | None,
    extra: ExtraBody | None = None,
    judge_extra: ExtraBody | None = None,
) -> RefusalChoice:
    """Read ``rule``, ``model`` (the judge) or the name of a model, like ``openai:gpt-4.1-mini``.

    Args:
        text: What the user gave; None where nothing was.
        base_url: The address of a model that is named.
        judge: The judge of the run; None where it has none.
        extra: Fields that are added to the body of its requests.
        judge_extra: Those of the judge's requests, which are the judge's here, too, unless it has ``extra``.

    Raises:
        UsageError: There is no judge that is a language model, or the name is none.
    """
    if text is None or text == RULE:
        for option, given in (("--refusals-base-url", listed(base_url) or None), ("--refusals-extra-body", extra)):
            if given is not None:
                raise UsageError(f"{option} is for a model", hint="give --refusals openai:MODEL")
        return None if text is None else RULE
    if text != _JUDGE:
        spec = parse_spec(text, base_url)
        if spec.is_offline:
            raise UsageError("the heuristic judge is no language model", hint="give --refusals rule, or a model")
        return replace(spec, extra=extra)
    if judge is None or judge.is_offline:
        raise UsageError(
            "--refusals model is the judge, and there is none that is a language model",
            hint="name a model, like --refusals openai:gpt-4.1-mini",
        )
    return replace(judge, extra=extra or judge_extra)


def model_of(choice: RefusalChoice) -> ModelSpec | None:
    """Return the model that was chosen; None for the rule."""
    return choice if isinstance(choice, ModelSpec) else None
