"""From the options of `judge compare` and `judge estimate` to their settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from judge.cli.shared.options import allowances

if TYPE_CHECKING:
    from judge.judging.settings import CompareSettings


def compare_settings(
    *,
    files: list[str],
    judge: list[str] | None,
    base_url: list[str] | None,
    panel: Path | None = None,
    quorum: int | None = None,
    combine: Literal["mean", "majority", "weighted"] | None = None,
    allow: list[str] | None,
    reuse: list[Path] | None,
    columns: list[str] | None = None,
    extra_body: str | None = None,
    refusals: str | None,
    refusals_base_url: list[str] | None,
    refusals_extra_body: str | None = None,
    expert: str | None = None,
    expert_base_url: list[str] | None = None,
    expert_extra_body: str | None = None,
    expert_share: str | float = "auto",
    max_retries: int = 6,
    max_wait: float = 600.0,
    follow_redirects: bool = False,
    max_reply_mb: int = 32,
    **rest: Any,
) -> CompareSettings:
    """Convert what the command line names into settings; ``rest`` are fields of `CompareSettings` as they are."""
    from judge.core.extra_body import extra_body as read_extra
    from judge.core.models.retry import RetryPolicy
    from judge.core.models.types import HttpLimits
    from judge.core.refusal_calls.choice import refusal_choice
    from judge.judging.expert.choice import expert_of, share_of
    from judge.judging.pairs.pairing import ALLOWANCES
    from judge.judging.panels.choice import judge_and_panel
    from judge.judging.settings import CompareSettings
    from judge.responses.find_columns import parse_columns

    model, several = judge_and_panel(judge or [], base_url or [], panel, quorum=quorum, combine=combine)
    if "options" in rest and isinstance(named := rest["options"].get("judge"), tuple) and len(named) == 1:
        rest["options"] = {**rest["options"], "judge": named[0]}  # one judge is written as in earlier versions
    extra = read_extra(extra_body)
    of_refusals = read_extra(refusals_extra_body, "--refusals-extra-body")
    return CompareSettings(
        files=tuple(files),
        judge=model,
        panel=several,
        refusals=refusal_choice(refusals, refusals_base_url, model, of_refusals, extra),
        expert=expert_of(expert, expert_base_url, read_extra(expert_extra_body, "--expert-extra-body")),
        expert_share=share_of(expert_share),
        allow=allowances(allow, ALLOWANCES),
        reuse=tuple(reuse or ()),
        columns=parse_columns(columns or ()),
        extra_body=extra,
        policy=RetryPolicy.of_retries(max_retries, max_wait),
        http=HttpLimits(follow_redirects=follow_redirects, reply_mb=max_reply_mb),
        **rest,
    )
