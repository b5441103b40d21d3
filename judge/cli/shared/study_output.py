"""What `judge run` prints: the plan, each stage and its results, and how the study ended."""

from __future__ import annotations

from rich.console import Console

from judge.cli.shared.comparison_output import print_run, print_summary
from judge.cli.shared.finetune_output import FinetuneOutput, trained_line
from judge.cli.shared.generation_output import print_generated
from judge.cli.shared.session_output import SessionOutput, confirmed, exit_code
from judge.comparison.run import Run
from judge.comparison.summary import Summary
from judge.core.calls.events import Event
from judge.core.calls.prices import money
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN, UsageError
from judge.core.files.run_directory import MARKDOWN
from judge.core.screen.table_print import print_table
from judge.core.screen.tables import Table
from judge.generation.generate import GeneratedRun
from judge.preferences.scoring.records import ScoreSummary
from judge.preferences.scoring.tables import headline, tables
from judge.study.run import StageEnded, StageStarted, StudyPlan, StudyRun
from judge.training.finetune import FinetunedModel
from judge.training.progress import TrainingPlan, TrainingProgress


class StudyOutput(SessionOutput):
    """Prints what a study reports."""

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, StudyPlan):
            self._print_plan(event)
        elif isinstance(event, StageStarted):
            self.say(f"\n[{event.number}/{event.total}] {event.name}")
        elif isinstance(event, TrainingPlan | TrainingProgress):
            FinetuneOutput(self.console)(event)
        elif isinstance(event, StageEnded):
            self.say(*event.result.notes)
            self._print_result(event.result.value)
        else:
            super().__call__(event)

    def finish(self, study: StudyRun) -> int:
        """Say how the study ended; return the exit code."""
        if study.unfinished is None:
            self.say(f"\nThe study {study.name} is complete. Tables: {study.tables / MARKDOWN}")
            return EXIT_DONE
        assert study.result is not None
        run = study.result.value
        assert isinstance(run, Run | GeneratedRun)
        code = exit_code(run)
        self.say(f"{study.unfinished} is not finished: rerun the command to resume.")
        if study.allowance is not None and code == EXIT_FAILURES_REMAIN:
            self.say(
                f"`allow: [missing]` under `{study.allowance}` in the study file accepts missing results; they are "
                "counted in every table."
            )
        return code

    def _print_plan(self, plan: StudyPlan) -> None:
        self.say(*plan.changes)
        changed = "its results were changed after they were written"
        rows = tuple(
            (row.stage, row.state, row.estimate.description if row.estimate else changed * (row.state == "changed"))
            for row in plan.rows
        )
        title = f"Study {plan.name}, in {plan.folder}"
        print_table(Table(title, "", ("stage", "state", "remaining"), rows, labels=3, prose=(2,)), self.console)
        if plan.rest:
            known = [each.cost for each in plan.rest if each.cost is not None]
            more = " and what is not known yet" if len(known) < len(plan.rest) else ""
            self.say(f"The rest costs about {money(sum(known), plan.currency)}{more}.")
            if any(each.cost != 0 for each in plan.rest):
                self.say("Excludes re-asks (each unusable reply is requested once more).")

    def _print_result(self, value: object) -> None:
        if isinstance(value, Run):
            print_run(value, self.console, retry_failed=True)
        elif isinstance(value, GeneratedRun):
            print_generated(value, self.console, retry_failed=True)
        elif isinstance(value, FinetunedModel):
            self.say(trained_line(value))
        elif isinstance(value, Summary):
            print_summary(value, self.console)
        elif isinstance(value, ScoreSummary):
            self.say(*headline(value), *(f"Warning: {warning}" for warning in value.warnings))
            for table in tables(value, slices=False):
                print_table(table, self.console)


class StudyConsent:
    """Asks before money may be spent.

    Args:
        console: Where to ask.
        yes: Agree to everything (``--yes``).
    """

    def __init__(self, console: Console, *, yes: bool) -> None:
        self._console = console
        self._yes = yes

    def __call__(self, plan: StudyPlan) -> bool:
        """Return whether the user agrees.

        Raises:
            UsageError: Calls go to a provider's own address, and there is no terminal to ask on.
        """
        if self._yes or not any(each.uses_provider or each.cost != 0 for each in plan.rest):
            return True
        if not self._console.is_terminal:
            if any(each.uses_provider for each in plan.rest):
                raise UsageError(
                    "the study makes calls to a provider, and there is no terminal to ask on", hint="give --yes"
                )
            return True
        return confirmed(self._console, "Run the study?")
