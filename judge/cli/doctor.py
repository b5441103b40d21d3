"""`judge doctor`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from judge.cli.shared.options import BaseUrl, FollowRedirects, MaxReplyMb, Prices, Prompt
from judge.cli.shared.output import exit_with, print_lines

if TYPE_CHECKING:
    from judge.comparison.endpoint_check import Diagnosis, FleetDiagnosis
    from judge.core.models.types import ChatReply


def doctor(
    judge: Annotated[
        str | None,
        typer.Option("--judge", help="PROVIDER:MODEL to check [default: none; list those that can be used from here]."),
    ] = None,
    base_url: BaseUrl = None,
    prompt: Prompt = "persona-value",
    prices: Prices = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds to wait for the reply [default: 30; 300 where there is a --base-url]."),
    ] = None,
    follow_redirects: FollowRedirects = False,
    max_reply_mb: MaxReplyMb = 32,
) -> None:
    """Make two small calls to check the key, the endpoint, the model and structured output.

    They show one pair of responses in both orders: where the place decides, that is said.

    Without --judge: list the providers whose key is set, and the local servers that answer.
    """
    from judge.comparison.endpoint_check import diagnose, diagnose_fleet
    from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN
    from judge.core.models.open_client import parse_spec
    from judge.core.models.providers.discover import judge_choices
    from judge.core.models.types import HttpLimits

    if judge is None:
        print_lines(judge_choices())
        return
    spec = parse_spec(judge, base_url)
    if spec.is_offline:
        print_lines(["The heuristic judge is offline and needs nothing. It is not an LLM."])
        return
    http = HttpLimits(follow_redirects=follow_redirects, reply_mb=max_reply_mb)
    options: dict[str, Any] = {"prompt": prompt, "prices": prices, "timeout": timeout, "http": http}
    if spec.fleet is None:
        one = diagnose(spec, **options)
        print_lines(_lines(one))
        exit_with(EXIT_DONE if one.works else EXIT_FAILURES_REMAIN)
    else:
        fleet = diagnose_fleet(spec, **options)
        print_lines(_fleet_lines(fleet))
        exit_with(EXIT_DONE if fleet.works else EXIT_FAILURES_REMAIN)


def _fleet_lines(found: "FleetDiagnosis") -> list[str]:
    from judge.stats.formatting import counted

    lines = [line for server in found.servers for line in (*_lines(server), "")]
    working = sum(server.works for server in found.servers)
    lines.append(f"{working} of {counted(len(found.servers), 'server')} {'works' if working == 1 else 'work'}.")
    if len(found.models) > 1:
        lines.append(f"failed    they are not one model: {_grouped(found.models)}")
    if len(found.modes) > 1:
        lines.append(
            f"caution   structured output differs: {_grouped(found.modes)}. A run asks in the best way that one of "
            "them supports, and leaves the others out (--structured-output text asks all)"
        )
    return lines


def _grouped(names: "dict[str, list[str]]") -> str:
    return "; ".join(f"{what} at {', '.join(servers)}" for what, servers in names.items())


def _lines(found: "Diagnosis") -> list[str]:
    lines = [
        f"judge     {found.spec}",
        f"endpoint  {found.endpoint}",
        f"prompt    {found.prompt.ref.name} {found.prompt.ref.version}",
        *(f"{mode:12} not supported ({words})" for mode, words in found.unsupported.items()),
        *(f"adapted   {words}" for words in found.learned),
    ]
    if found.reply is not None:
        lines += _reply_lines(found, found.reply)
    if found.error is not None:
        order = "" if found.reply is None else "in the other order, "
        return [
            *lines,
            f"failed    {order}{found.error.kind.value}: {found.error.message}",
            f"          {found.advice}",
        ]
    if found.problem is not None:
        return [*lines, f"failed    the reply gives no verdict: {found.problem}"]
    doubts = _doubts(found)
    lines += [f"caution   {doubt}" for doubt in doubts]
    return [*lines, "The endpoint works, but see above for what is doubtful." if doubts else "All checks passed."]


def _reply_lines(found: "Diagnosis", reply: "ChatReply") -> list[str]:
    price = found.price
    return [
        f"replies   in mode {found.mode}, {found.seconds:.1f} s: {reply.text[:200]!r}",
        *(
            []
            if found.second is None
            else [f"reversed  the other order of the two responses: {found.second.text[:200]!r}"]
        ),
        f"model     {reply.model or 'not named'}" + (f" ({reply.fingerprint})" if reply.fingerprint else ""),
        "usage     not reported: costs will be unknown"
        if reply.usage is None
        else f"usage     {reply.usage.input} input tokens, {reply.usage.output} output tokens in the first call",
        "price     unknown: give --prices"
        if price is None
        else f"price     {found.prices.currency} {price.input} input, {price.output} output per million tokens "
        f"({found.prices.as_of})",
    ]


def _doubts(found: "Diagnosis") -> list[str]:
    """What is doubtful about a judge whose endpoint works; the exit code stays 0."""
    doubts = [] if found.caution is None else [found.caution]
    if found.other_problem is not None:
        doubts.append(f"in the other order the reply gives no verdict: {found.other_problem}")
    for place, criteria in found.by_place.items():
        doubts.append(
            f"response {place} won in both orders under {', '.join(criteria)}: the verdict followed the place, "
            "though only one of the two responses answers the question. One pair is no measurement: `judge compare` "
            'with a small --limit shows how often this happens ("first shown wins", "orders agree")'
        )
    return doubts
