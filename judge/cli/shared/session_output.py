"""What `judge compare`, `generate` and `run` print of a session: preview, consent, progress, end."""

from __future__ import annotations

from typing import Protocol

from rich.console import Console

from judge.comparison.compare import JudgingPreview
from judge.comparison.expert_tables import expert_pilot_lines
from judge.comparison.fewer_calls.adaptive_orders import PilotJudged
from judge.comparison.fewer_calls.expert_judge import ExpertPilot
from judge.comparison.headline import pilot_line
from judge.comparison.stopping.decision import LookTaken
from judge.comparison.stopping.half_width import Round, WinRateBounds
from judge.core.batches.estimate import InBatchesEstimate, in_batches
from judge.core.calls.cost_estimate import FIRST_SECONDS, TOKENS_PER_SECOND, Estimate, Preview
from judge.core.calls.events import Event
from judge.core.calls.prices import BUNDLED_NAME, money
from judge.core.calls.session import Session
from judge.core.clock import duration
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, EXIT_INTERRUPTED, UsageError
from judge.core.files.journal import describe
from judge.core.models.open_client import ModelSpec
from judge.core.screen.progress import ProgressDisplay
from judge.generation.generate import GenerationPreview
from judge.stats.formatting import counted, p_cell, short

PROVIDERS_OWN = "the provider's own address"


class SessionOutput:
    """Prints what sessions report to a console: previews, progress, rounds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = ProgressDisplay(console)

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, Preview):
            self.say(*preview_lines(event))
        elif isinstance(event, LookTaken):
            self.say(look_line(event))
        elif isinstance(event, PilotJudged):
            self.say(pilot_line(event.found))
        elif isinstance(event, ExpertPilot):
            self.say(*expert_pilot_lines(event.judge, event.found, event.comparisons, event.currency))
        elif isinstance(event, Round):
            self.say(*(bounds_line(each) for each in event.bounds))
        else:
            self._progress(event)

    def rounds_only(self, event: Event) -> None:
        """Print one event of judging in rounds: the preview of each round is left out."""
        if not isinstance(event, Preview):
            self(event)

    def say(self, *lines: str) -> None:
        """Print lines as they are: no markup, no highlighting."""
        for line in lines:
            self.console.print(line, highlight=False, markup=False)


def preview_lines(preview: Preview) -> list[str]:
    """Describe what a session will take, with the assumptions behind the estimate."""
    damage = [f"Warning: {line}" for line in describe(preview.damage)]
    if damage:
        damage.append("Their calls are made again; the damaged rows are kept beside the journal (*.damaged.jsonl).")
    if isinstance(preview, JudgingPreview):
        return [*damage, *_judging_lines(preview)]
    assert isinstance(preview, GenerationPreview)
    return [*damage, *_generation_lines(preview)]


def estimate_lines(preview: JudgingPreview) -> list[str]:
    """Describe what a comparison would take, for `judge estimate`: warnings first."""
    warnings = [f"Warning: {warning}" for warning in preview.warnings]
    found = preview.estimate
    costs = _cost_lines(preview) if found.calls and preview.priced else ()
    lines = [*_note_lines(preview), *warnings, _plan_line(preview), *_together_lines(preview), *costs]
    more = (*_refusal_lines(preview), *_expert_lines(preview), *_design_lines(preview))
    return [*lines, *_judge_lines(preview), *more]


def _design_lines(preview: JudgingPreview) -> list[str]:
    """Say what comparing more or fewer pairs of contestants costs."""
    if not preview.designs:
        return []
    lines = ["Pairs of contestants on each item, all calls, and their cost:"]
    for each in preview.designs:
        cost = "" if not preview.priced or each.cost is None else f", {money(each.cost, preview.prices.currency)}"
        mark = " (this plan)" if each.chosen else ""
        lines.append(f"  {each.option}: {counted(each.per_item, 'pair')}, {counted(each.calls, 'call')}{cost}{mark}")
    return lines


def _expert_lines(preview: JudgingPreview) -> list[str]:
    """Say what the expert's calls take beside those of the cheap judge."""
    if preview.expert is None:
        return []
    found = preview.expert.estimate
    many = (
        f"up to {counted(found.calls, 'call')} (the R2 of a pilot decides)"
        if preview.expert.most
        else counted(found.calls, "call")
    )
    cost = money(found.cost, preview.prices.currency)
    return [
        f"Expert {preview.expert.model}: then {many}; about {found.input_tokens:,} input tokens and "
        f"{found.output_tokens:,} output tokens, cost {cost}."
    ]


def _note_lines(preview: JudgingPreview) -> list[str]:
    return [f"Note: {note}" for note in preview.notes]


def _refusal_lines(preview: Preview) -> list[str]:
    """Say what the calls that classify responses as refusals or answers take beside the others."""
    if preview.refusals is None:
        return []
    model, found = preview.refusals.model, preview.refusals.estimate
    most = "up to " if preview.refusals.most else ""
    text = f"Refusals: {most}{found.calls:,} more calls of {model}, one for each distinct text{_completed(found)}"
    if not found.calls:
        return [f"{text}."]
    return [
        f"{text}; about {found.input_tokens:,} input tokens and {found.output_tokens:,} output tokens, cost "
        f"{money(found.cost, preview.prices.currency)}."
    ]


def _plan_line(preview: JudgingPreview) -> str:
    found = preview.estimate
    return (
        f"{counted(preview.comparisons, 'comparison')} ({preview.available:,} available), "
        f"{counted(preview.planned, 'call')} planned"
        f"{_completed(found)}: {counted(found.calls, 'call')} to make."
    )


def _together_lines(preview: JudgingPreview) -> list[str]:
    """Say what calls for each criterion cost beside one call for all."""
    found = preview.together
    if found is None:
        return []
    cost = "" if found.cost is None or not preview.priced else f", {money(found.cost, preview.prices.currency)}"
    return [
        f"Each criterion has a call of its own. One call for all would take {counted(found.calls, 'call')}, about "
        f"{found.input_tokens:,} input tokens and {found.output_tokens:,} output tokens{cost}."
    ]


def _judging_lines(preview: JudgingPreview) -> list[str]:
    found = preview.estimate
    lines = [*_note_lines(preview)]
    lines += [f"{counted(number, 'judgment')} reused from {name}." for name, number in preview.reused.items()]
    if not preview.priced:  # an offline judge takes no time, and the results have the same counts
        plan = [] if preview.comparisons == preview.available and not found.completed else [_plan_line(preview)]
        return [*lines, *plan, *_refusal_lines(preview), *_expert_lines(preview)]
    lines += [_plan_line(preview), *_together_lines(preview)]
    if found.calls:
        lines += [*_brief_cost_lines(preview), *(f"Warning: {warning}" for warning in preview.warnings)]
    more = (*_refusal_lines(preview), *_expert_lines(preview))
    if preview.judges:
        return [*lines, *more, *_judge_lines(preview)]
    return [*lines, *more, f"Judge: {preview.model} at {preview.address or PROVIDERS_OWN}."]


def _judge_lines(preview: JudgingPreview) -> list[str]:
    """Say what a session takes of each judge of a panel."""
    lines = []
    for each in preview.judges:
        found = each.estimate
        cost = money(found.cost, preview.prices.currency)
        lines.append(
            f"Judge {each.name}: {each.model} at {each.model.shown or PROVIDERS_OWN}, {found.calls:,} calls"
            f"{_completed(found)}, cost {cost}."
        )
    limit, whole = preview.limits.max_cost, preview.estimate.cost
    if preview.judges and limit is not None and whole is not None and whole > limit:
        lines.append(
            f"Warning: the plan exceeds --max-cost {limit:g}, and the judges may stop at different comparisons: fewer "
            "then have the votes for a verdict. --limit keeps the judges together."
        )
    return lines


def _generation_lines(preview: GenerationPreview) -> list[str]:
    found, settings = preview.estimate, preview.settings
    assert settings is not None
    rows, planned = preview.items * settings.samples, found.calls + found.completed
    shared = f" for {rows:,} rows (rows with the same prompt share a call)" if rows != planned else ""
    name = str(preview.model) + (f" with {settings.model.adapter}" if settings.model.adapter else "")
    lines = [f"{counted(number, 'response')} reused from {run}." for run, number in preview.reused.items()]
    lines.append(
        f"{name}, {settings.task}, persona prompt {settings.persona_prompt}: {counted(preview.items, 'item')}, "
        f"{counted(planned, 'call')} planned{shared}{_completed(found)}: {counted(found.calls, 'call')} to make."
    )
    if settings.model_seed is not None and settings.seed_of_model is None:
        lines.append(f"{name} takes no seed: --model-seed is not sent.")
    decoding = preview.decoding
    assert decoding is not None
    if decoding.is_default:
        lines.append(f"Temperature {decoding.temperature:g}, as for all numbers unless --temperature is given.")
    if settings.samples > 1 and (decoding.temperature == 0 or (settings.model.local and not decoding.temperature)):
        lines.append(
            f"At temperature 0 the {settings.samples:,} samples of an item are the same, or nearly: give --temperature "
            "for samples that differ."
        )
    lines += [f"Note: {warning}." for warning in preview.warnings]
    if not found.calls or not preview.priced:
        return [*lines, *_refusal_lines(preview)]
    lines += [*_cost_lines(preview), *_refusal_lines(preview)]
    return [*lines, f"Served at {preview.address or PROVIDERS_OWN}."]


def _completed(found: Estimate) -> str:
    return f", {found.completed:,} of them completed" if found.completed else ""


def _models(preview: Preview) -> list[tuple[ModelSpec, Estimate]]:
    """The models that are called, with what is estimated of each: of a panel, its judges."""
    if isinstance(preview, JudgingPreview) and preview.judges:
        return [(each.model, each.estimate) for each in preview.judges]
    return [(preview.model, preview.estimate)]


def _in_batches(preview: Preview) -> InBatchesEstimate | None:
    """What the same calls take in batches, where they are to be made so, or the price file says that it is cheaper."""
    plan = preview.limits.batch
    found = in_batches(_models(preview), preview.prices, None if plan is None else plan.size)
    if found is None or plan is not None:
        return found
    live = preview.estimate.cost
    return found if live is not None and found.cost is not None and found.cost < live else None


def _wait(found: InBatchesEstimate) -> str:
    """How long batches may take, and usually take."""
    if found.hours is None:
        return "as long as the server takes for them (not known here)"
    usual = "" if found.usual_hours is None else f", most batches within {found.usual_hours:g} h"
    return f"within {found.hours:g} h, says the provider{usual}"


def _cost(cost: float | None, preview: Preview) -> str:
    return "cost unknown (--prices)" if cost is None else f"cost about {money(cost, preview.prices.currency)}"


def _batch_line(preview: Preview, found: InBatchesEstimate) -> str:
    option = "" if preview.limits.batch else " (--batch)"
    return f"In batches{option}: {_cost(found.cost, preview)}; {_wait(found)}."


def _brief_cost_lines(preview: JudgingPreview) -> list[str]:
    """Tokens, cost and time in one line: a plan and its results share a screen; `judge estimate` has the rest."""
    found, prices = preview.estimate, preview.prices
    tokens = f"About {found.input_tokens:,} tokens in and {found.output_tokens:,} out"
    batches = _in_batches(preview)
    if batches is not None and preview.limits.batch is not None:
        lines = [f"{tokens}.", _batch_line(preview, batches)]
    else:
        time = f"about {duration(found.seconds)} (`judge estimate` has the assumptions)."
        lines = [f"{tokens}; {_cost(found.cost, preview)}; {time}"]
        lines += [] if batches is None else [_batch_line(preview, batches)]
    if found.replied:
        lines.append(_reasked(found, prices.currency))
    return lines


def _cost_lines(preview: Preview) -> list[str]:
    """Tokens, cost and time, with the assumptions behind them."""
    found, prices = preview.estimate, preview.prices
    batches = _in_batches(preview)
    lines = [
        f"About {found.input_tokens:,} input tokens (estimated from the length of the texts) and "
        f"{found.output_tokens:,} output tokens."
    ]
    if found.cost is None:
        unpriced = [spec for spec, each in _models(preview) if each.cost is None]
        are = "is" if len(unpriced) == 1 else "are"
        reason = f"{', '.join(map(str, unpriced))} {are} not in the price file ({prices.source}, {prices.as_of})"
        if any(spec.place is not None for spec in unpriced) and prices.source == BUNDLED_NAME:
            reason = "the bundled prices are the providers' own; give --prices for another endpoint"
        lines.append(f"Cost: unknown: {reason}.")
    elif batches is None:
        lines.append(f"Cost: about {money(found.cost, prices.currency)} at prices of {prices.as_of} ({prices.source}).")
    else:
        lines.append(f"Prices of {prices.as_of} ({prices.source}):")
    time = (
        f"about {duration(found.seconds)} with {preview.limits.concurrency} calls in flight, at "
        f"{FIRST_SECONDS:.0f} s plus {TOKENS_PER_SECOND:.0f} tokens per second for each reply."
    )
    if batches is not None:
        live = f"Live{' (without --batch)' if preview.limits.batch else ''}"
        lines.append(f"{live}: {_cost(found.cost, preview)}; {time}")
        lines.append(_batch_line(preview, batches))
    lines.append(_reasks(found, prices.currency))
    return lines if batches is not None else [*lines, f"Time: {time}"]


def _reasks(found: Estimate, currency: str) -> str:
    """What the estimate leaves out, and how often it occurred in earlier sessions."""
    text = (
        "Excludes re-asks (each unusable reply is requested once more; at most 2x, or 3x where replies are truncated: "
        "their re-ask may be twice as long)."
    )
    return f"{text} {_reasked(found, currency)}" if found.replied else text


def _reasked(found: Estimate, currency: str) -> str:
    """How often replies were asked for again in earlier sessions, and what that makes of the cost."""
    share = found.reasked / found.replied
    cost = f": at that rate about {money(found.cost * (1 + share), currency)}" if found.cost and share else ""
    return f"Re-asks so far: {found.reasked:,} on {counted(found.replied, 'call')} ({share:.1%}){cost}."


class Consent:
    """Asks before calls that may cost money are made.

    Args:
        console: Where to ask.
        yes: Agree to everything (``--yes``).
    """

    def __init__(self, console: Console, *, yes: bool) -> None:
        self._console = console
        self._yes = yes

    def __call__(self, preview: Preview) -> bool:
        """Return whether the user agrees.

        Raises:
            UsageError: There is no terminal to ask on, no limit on the cost, and the calls go to the provider itself.
        """
        if self._yes or not preview.paid:
            return True
        if not self._console.is_terminal:
            for model, calls in preview.paid:
                if model.place is None and preview.limits.max_cost is None:
                    raise UsageError(
                        f"{counted(calls, 'call')} to {model} would cost money, and there is no terminal to ask on",
                        hint="give --yes, or --max-cost",
                    )
            return True
        return confirmed(self._console, f"Make {counted(sum(calls for _, calls in preview.paid), 'call')}?")


def confirmed(console: Console, question: str) -> bool:
    """Ask a question on the terminal; anything but yes is no."""
    try:
        return console.input(f"{question} \\[y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


class Ended(Protocol):
    """A run after its session: judging or generation."""

    @property
    def session(self) -> Session | None: ...  # noqa: D102
    @property
    def missing(self) -> int: ...  # noqa: D102
    @property
    def unclassified(self) -> int: ...  # noqa: D102
    @property
    def missing_allowed(self) -> bool: ...  # noqa: D102


def exit_code(run: Ended) -> int:
    """Return the exit code of a run after its session: 0 where nothing is left to do.

    Raises:
        Exception: What stopped the session.
    """
    session = run.session or Session()
    if session.error is not None:
        raise session.error
    if session.interrupted:
        return EXIT_INTERRUPTED
    if session.over_budget or ((run.missing or run.unclassified) and not run.missing_allowed):
        return EXIT_FAILURES_REMAIN
    return EXIT_DONE


def closing_lines(run: Ended, noun: str, *, retry_failed: bool) -> list[str]:
    """Say how the session ended, and how to resume; empty where nothing is left to do. ``noun``: judgment, answer."""
    session = run.session or Session()
    if session.error is not None:
        return []
    stopped = [
        f"Judge {name} was stopped: {each.error}. The other judges were not."
        for name, each in session.judges.items()
        if each.error is not None
    ]
    return [*stopped, *_closing_lines(run, session, noun, retry_failed=retry_failed)]


def _closing_lines(run: Ended, session: Session, noun: str, *, retry_failed: bool) -> list[str]:
    if session.interrupted:
        return ["Interrupted. Rerun the command to resume: completed calls are not made again."]
    if session.in_batches:
        return [
            f"{counted(session.in_batches, 'call is', 'calls are')} in batches under way. Rerun the command to collect "
            "the results: nothing is sent twice."
        ]
    if session.over_budget:
        limit = session.max_cost or 0
        if session.spent_before > limit:
            text = f"No calls were made: earlier sessions spent about {session.spent_before:.4g}, more than --max-cost "
            return [f"{text}{limit}. Rerun with a higher --max-cost to resume."]
        if session.spent > limit:
            return [
                f"Stopped: about {session.spent:.4g} was spent of --max-cost {limit}, since replies were longer than "
                "all before them. --max-tokens limits what a reply can cost. Rerun with a higher --max-cost to resume."
            ]
        lines = [f"Stopped before --max-cost {limit} would be exceeded. Rerun with a higher --max-cost to resume."]
        if session.unpriced:
            lines.append(
                f"Of about {session.spent:.4g} spent, {session.estimated:.4g} is estimated: {session.unpriced:,} "
                "requests may have been billed, and the endpoint gave no token counts for them."
            )
        return lines
    if run.unclassified and not run.missing:
        again = "" if run.missing_allowed else " Rerun the command to ask for them again; --allow missing accepts them."
        return [f"Neither refusal nor answer, since the call failed: {counted(run.unclassified, 'response')}.{again}"]
    without = f"{counted(run.missing, 'call')} {'has' if run.missing == 1 else 'have'} no {noun}"
    if run.missing and run.missing_allowed:
        return [f"{without}: accepted (--allow missing), and counted as missing in every table."]
    if run.missing:
        again = "Rerun the command" if retry_failed else "Rerun the command without --no-retry-failed"
        them = "it" if run.missing == 1 else "them"
        accepts = f"--allow missing accepts {them} if other calls have one"
        return [f"{without} (see the counts). {again} to ask for {them} again; {accepts}."]
    return []


def look_line(event: LookTaken) -> str:
    """What a look at a win rate showed: how much was judged, p, and the bound that decides."""
    look = event.look
    rate = "-" if look.win_rate is None else short(look.win_rate)
    missing = f" ({look.missing:,} missing)" if look.missing else ""
    end = f"decided: {look.decision} .5" if look.decision else "undecided" if look.is_last else "not decided yet"
    return (
        f"Look {event.number}, {counted(look.comparisons, 'comparison')}{missing}: {event.candidate}, "
        f"{event.criterion} {rate}, p {p_cell(look.p)}, bound {p_cell(look.level)}: {end}"
    )


def bounds_line(bounds: WinRateBounds) -> str:
    """A win rate's confidence sequence after a round, with how much of it was judged."""
    planned = f" ({bounds.planned - bounds.judged:,} of {bounds.planned:,} planned have no verdict)"
    return (
        f"{bounds.judged:,} of {counted(bounds.pool, 'comparison')} judged"
        f"{planned if bounds.judged < bounds.planned else ''}: "
        f"{bounds.candidate}, {bounds.criterion}, [{short(bounds.low)}, {short(bounds.high)}]"
    )
