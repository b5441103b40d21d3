"""What `judge generate` prints, and its exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console

from judge.cli.shared.session_output import Consent, SessionOutput, closing_lines, exit_code
from judge.core.calls.events import Event
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, EXIT_USAGE, Declined
from judge.core.screen.table_print import print_table
from judge.core.screen.tables import Table
from judge.generation.counts import ResponseCounts
from judge.generation.generate import GeneratedRun, generate, preview_generation
from judge.generation.quality import FLAGS
from judge.generation.settings import GenerateSettings
from judge.generation.several_models import ModelOutcome, generate_all, preview_all
from judge.stats.formatting import counted

_LONGEST = 240  # of an error that is shown


class GenerationOutput(SessionOutput):
    """Prints what generation reports, and the result of each of several models."""

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if not isinstance(event, ModelOutcome):
            super().__call__(event)
            return
        if event.run is not None:
            print_generated(event.run, self.console, retry_failed=event.settings.retry_failed)
        if event.preview is not None:
            super().__call__(event.preview)
        if isinstance(event.error, Declined):
            self.say(event.error.message)
        elif event.error is not None:
            self.say(f"{event.name}: {'refused' if event.run is None else 'stopped'}: {event.error}\n")


def generate_models(runs: Sequence[GenerateSettings], console: Console, *, yes: bool) -> int:
    """Generate the responses of one or several models, print what came of them, and return the exit code.

    0: all are complete; 2: every model was refused; 130: interrupted; 1: all between.
    """
    output, confirm = GenerationOutput(console), Consent(console, yes=yes)
    if len(runs) == 1:
        run = generate(runs[0], confirm=confirm, on_event=output)
        if runs[0].no_calls:
            output.say(f"The run is ready in {run.folder}. Its calls: judge calls export {run.out} --out calls.jsonl")
            return EXIT_DONE
        print_generated(run, console, retry_failed=runs[0].retry_failed)
        return exit_code(run)
    outcomes = generate_all(runs, confirm=confirm, on_event=output)
    codes = [_exit_code(outcome) for outcome in outcomes]
    if outcomes[-1].run is not None and outcomes[-1].run.session.interrupted:
        return codes[-1]
    if counts := {each.name: each.run.counts for each in outcomes if each.run is not None and each.error is None}:
        console.print()
        print_counts(counts, console)
    for outcome in outcomes:
        if outcome.error is not None and not isinstance(outcome.error, Declined):
            output.say(f"{outcome.name}: FAILED: {outcome.error}")
    return _several(codes, "are complete. Rerun the command to resume the others", output)


def estimate_models(runs: Sequence[GenerateSettings], console: Console) -> int:
    """Print what one or several models still take, and return the exit code: 2 where every one would be refused."""
    output = GenerationOutput(console)
    if len(runs) == 1:
        output(preview_generation(runs[0]))
        return EXIT_DONE
    outcomes = preview_all(runs, on_event=output)
    for outcome in outcomes:
        if outcome.error is not None:
            output.say(f"{outcome.name}: FAILED: {outcome.error}")
    return _several([_exit_code(outcome) for outcome in outcomes], "can be called", output)


def print_generated(run: GeneratedRun, console: Console, *, retry_failed: bool) -> None:
    """Print the counts of a model's run, and how its session ended; nothing of a run that an error stopped at once."""
    if run.session is not None and run.session.error is not None and not run.counts.answered:
        return
    print_counts({run.out.name: run.counts}, console)
    lines = [generated_line(run), *closing_lines(run, "answer", retry_failed=retry_failed)]
    for line in lines:
        console.print(line, highlight=False, markup=False)


def _exit_code(outcome: ModelOutcome) -> int:
    if outcome.error is not None:
        return outcome.error.exit_code
    return EXIT_DONE if outcome.run is None else exit_code(outcome.run)


def _several(codes: Sequence[int], done: str, output: SessionOutput) -> int:
    if not any(codes):
        return EXIT_DONE
    output.say(f"{codes.count(EXIT_DONE):,} of {counted(len(codes), 'model')} {done}.")
    return EXIT_USAGE if set(codes) == {EXIT_USAGE} else EXIT_FAILURES_REMAIN


def generated_line(run: GeneratedRun) -> str:
    """How much of a model's file of responses there is."""
    counts = run.counts
    state = "complete" if counts.complete else "INCOMPLETE"
    where = f"in {run.out}" if run.out.exists() else f"and no file {run.out}"
    flagged = counts.replies - (counts.planned - counts.unanswered)
    more = f"; {counted(flagged, 'more row')} there flagged and counted as unanswered" if flagged else ""
    return f"{state}: {counts.planned - counts.unanswered:,} of {counted(counts.planned, 'row')} {where}{more}."


def print_counts(counts: Mapping[str, ResponseCounts], console: Console) -> None:
    """One line per file of responses, and one per kind of failure. Failed and missing calls have no row in the file."""
    columns = ("file", "planned", "answered", *FLAGS, "failed", "missing", "words (quartiles)")
    rows = []
    for name, each in counts.items():
        quartiles = each.quartiles()
        flags = (each.flags[flag] for flag in FLAGS)
        numbers = (each.planned, each.answered, *flags, each.failed.total(), each.missing)
        lengths = "none" if quartiles is None else " ".join(map(str, quartiles))
        rows.append((name, *(f"{number:,}" for number in numbers), lengths))
    print_table(Table("Responses", "", columns, tuple(rows)), console)
    for name, each in counts.items():
        if each.reasoning:
            replies = counted(each.reasoning, "reply", "replies")
            text = f"{name}: {replies} with reasoning text: kept apart in `reasoning`, not in `text`."
            console.print(text, highlight=False, markup=False)
        if len(each.models) > 1:
            models = ", ".join(f"{model} {count:,}" for model, count in each.models.most_common())
            text = f"{name}: Warning: replies came from several models: {models}. Rows name theirs (`model`)."
            console.print(text, highlight=False, markup=False)
        if each.refusals_by is not None:
            text = f"{name}: refused as {each.refusals_by} says."
            if each.unclassified:
                kinds = ", ".join(f"{kind} {count:,}" for kind, count in each.unclassified.most_common())
                text = f"{text} Not classified: {counted(each.unclassified.total(), 'response')} ({kinds})."
            console.print(text, highlight=False, markup=False)
        for kind, count in each.failed.most_common():
            text = " ".join(each.errors.get(kind, "").split())
            why = f" ({text if len(text) <= _LONGEST else text[:_LONGEST] + '...'})" if text else ""
            console.print(f"{name}: {count:,} failed: {kind}{why}", highlight=False, markup=False)
