"""The stages that judge pairs and write the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from judge.comparison.compare import preview_comparison
from judge.comparison.fewer_calls.designed import compare_designed
from judge.comparison.files import write_summary
from judge.comparison.panels.judge_calls import side_by_side
from judge.comparison.results import load_summary, resolve_again
from judge.comparison.run import Run
from judge.comparison.stopping.decision import compare_until_decided
from judge.comparison.stopping.half_width import compare_until
from judge.core.batches.estimate import batch_cost
from judge.core.calls.cost_estimate import Estimate, Preview, expected, model_price
from judge.core.calls.events import Event, OnEvent
from judge.core.calls.limits import ALLOW_MISSING, Limits
from judge.core.calls.prices import Price, load_prices, money
from judge.core.engines.check import check_engine
from judge.core.extra_body import extra_body
from judge.core.files import run_directory as rundir
from judge.core.models.open_client import ModelSpec, check_keys
from judge.core.tokens import estimate_tokens
from judge.judging.calls import CallMaker, call_settings, output_per_reply
from judge.judging.expert.choice import expert_of
from judge.judging.panel import FOLDER, Panel
from judge.judging.panels.open_judges import planned_judges
from judge.judging.panels.reuse_runs import of_each_judge
from judge.judging.reuse import compatible
from judge.judging.settings import CompareSettings
from judge.prompts import load_prompt
from judge.stats.win_rates.early_decision import Design
from judge.study.file import SESSION, StudyFile
from judge.study.generate_stage import Generate
from judge.study.stage import Done, Stage, StageEstimate, StageResult
from judge.study.values_stage import Values

_TOKENS_OF_A_RESPONSE = 170


class Compare(Stage):
    """Judges every model's responses against the reference's, or those of all pairs of models."""

    def __init__(self, study: StudyFile, root: Path, values: Values, answers: tuple[Generate, ...]) -> None:
        self._study, self._values, self._answers = study, values, answers
        self.has_run = False
        part = study.compare
        self._prompt = load_prompt(part.prompt)
        self._spec, self._panel = part.judged_by
        self._expert = expert_of(
            part.expert, part.expert_base_url, extra_body(part.expert_extra_body, "expert_extra_body")
        )
        settings = part.model_dump(mode="json", exclude=set(SESSION))
        usual: dict[str, object] = {"criteria": "together", "all_pairs": False}
        usual |= dict.fromkeys(("pairs_per_item", "sequence", "until_decided", "until_half_width"))
        if part.until_decided is None:
            usual["detect"] = settings["detect"]
        for name in [name for name, value in usual.items() if settings[name] == value]:
            del settings[name]  # so that studies of earlier versions keep their folders
        if part.expert_extra_body is None:
            settings.pop("expert_extra_body")
        for name in ("quorum", "combine", "panel"):
            del settings[name]  # likewise
        if self._panel is not None:
            settings |= {"judge": "panel", "panel": _described(self._panel)}
        if part.expert is None:
            for name in ("expert", "expert_base_url", "expert_extra_body", "expert_share"):
                settings.pop(name, None)  # likewise
        elif self._expert is not None and self._expert.fleet is not None:
            settings["expert_base_url"] = self._expert.place  # its servers may come and go
        settings["allow"] = sorted(set(part.allow) - {ALLOW_MISSING})
        self.allows_missing = ALLOW_MISSING in part.allow
        settings |= {"prompt": self._prompt.ref.model_dump(), "base_url": self._spec.place}
        super().__init__("compare", root, settings, (values, *answers))

    @property
    def results(self) -> tuple[Path, ...]:
        """The comparisons and the judgments, from which all numbers are computed."""
        folders = [self.folder]
        if self._panel is not None:
            folders = [self.folder / FOLDER / each.name for each in self._panel.members]
        return (self.folder / rundir.COMPARISONS, *(folder / rundir.JOURNAL for folder in folders))

    @property
    def remedy(self) -> str:
        """What to do about a changed journal, which has the paid results."""
        return f"restore it: it has the paid results; with {self.folder} moved away, all pairs are judged again"

    def check_access(self) -> None:
        """Check for the judge's key, and for Ray where it makes the calls."""
        for spec in self._judges:
            check_keys(spec)
        check_engine(self._spec, Limits(**self._study.compare.limits()), several=self._panel is not None)

    def missing(self) -> int:
        """Count the calls without a verdict."""
        summary = load_summary(self.folder)
        expert = 0 if summary.expert is None else summary.expert.missing
        return summary.counts.calls - summary.counts.ok + expert

    def estimate(self, done: Done) -> StageEstimate:
        """Estimate calls and cost: exact for models with responses, from the planned number for the others."""
        there = tuple(stage for stage in self._answers if done(self._values) and done(stage))
        exact = len(there) > 1 and there[0] is self._answers[0]  # it is the reference
        later = len(self._answers) - (len(there) if exact else 1)
        if self._study.compare.among_all:  # a design of some models tells nothing of that of all
            exact = len(there) == len(self._answers)
            later = 0 if exact else self._pairs_per_item()
        parts = [self._exact(there)] if exact else []
        if later:
            guess = self._guess(later)
            if guess is None:
                words = "known once the responses exist"
                return StageEstimate(words, None, 0.0 if self._offline else None, self._uses_provider)
            parts.append(guess)
        calls, completed = sum(part.calls for part in parts), sum(part.completed for part in parts)
        said = f" ({completed:,} more are completed)" if completed else ""
        about = "at most" if self._study.compare.stops_early else "about"
        how = " of the heuristic judge" if self._offline else " in batches" if self._study.compare.batch else ""
        words = f"{about} {calls:,} calls{how}{said}"
        costs = [0.0 if self._offline else part.cost for part in parts]
        if self._expert is not None:
            expert = self._of_expert(parts)
            most = "up to" if self._study.compare.expert_share == "auto" else "about"
            words += f" and {most} {expert.calls:,} of the expert {self._expert}"
            calls += expert.calls
            costs.append(expert.cost)
        cost = None if None in costs else sum(cost for cost in costs if cost is not None)
        if not self._judges:
            return StageEstimate(words, calls)
        price = money(cost, load_prices(self._study.prices).currency)
        return StageEstimate(f"{words}, cost {price}", calls, cost, self._uses_provider)

    def run(self, on_event: OnEvent) -> StageResult:
        """Judge what is missing."""
        self.has_run = True
        settings = self._settings_for(self._answers)
        settings = replace(settings, out=self.folder, reuse=tuple(self._others(settings)))
        run = self._judged(settings, on_event)
        return StageResult(run, run.is_finished)

    def _judged(self, settings: CompareSettings, on_event: OnEvent) -> Run:
        """Judge all pairs, or until enough is known. What each round would take is not told: the plan was."""
        part = self._study.compare

        def without_previews(event: Event) -> None:
            if not isinstance(event, Preview):
                on_event(event)

        if part.until_decided is not None:
            design = Design(detect=part.detect)
            return compare_until_decided(settings, part.until_decided, design=design, on_event=without_previews)
        if part.until_half_width is not None:
            return compare_until(settings, part.until_half_width, on_event=without_previews).run
        return compare_designed(settings, on_event=on_event)

    @property
    def _offline(self) -> bool:
        return self._spec.is_offline

    @property
    def _judges(self) -> list[ModelSpec]:
        """The judges that are models."""
        own = [self._spec] if self._panel is None else [each.judge for each in self._panel.members]
        return [spec for spec in (*own, self._expert) if spec is not None and not spec.is_offline]

    @property
    def _uses_provider(self) -> bool:
        return any(spec.place is None for spec in self._judges)

    def _of_expert(self, parts: Sequence[Estimate]) -> Estimate:
        """The expert's calls: the share of the planned ones that it reads, all of them where its pilot decides."""
        assert self._expert is not None
        share = self._study.compare.expert_share
        calls = round(sum(part.calls + part.completed for part in parts) * (1.0 if share == "auto" else share))
        file = self._prompt.file
        tokens = estimate_tokens(file.system) + estimate_tokens(file.user) + 2 * _TOKENS_OF_A_RESPONSE
        return expected(
            calls=calls,
            completed=0,
            tokens_in=calls * tokens,
            tokens_per_reply=output_per_reply(self._prompt),
            price=None if self._expert.is_offline else model_price(self._expert, load_prices(self._study.prices)),
            concurrency=self._study.compare.concurrency,
        )

    def _others(self, settings: CompareSettings) -> list[Path]:
        """The study's other comparisons whose judgments can be copied."""
        if self._offline:
            return []  # its judgments are free
        own = self.folder if self.is_placed else None
        runs = [run for run in sorted(self.root.glob(f"{self.name}-*")) if run != own]
        makers = [CallMaker(self._prompt, call_settings(each.settings)) for each in planned_judges(settings)]
        runs = [run for run in runs if (run / rundir.MANIFEST).is_file()]
        if self._panel is None:
            return compatible(runs, makers[0])
        whole = of_each_judge(runs)
        return [run for run in runs if any(compatible(whole[run], maker) for maker in makers)]

    def _exact(self, answers: tuple[Generate, ...]) -> Estimate:
        settings = self._settings_for(answers)
        settings = replace(settings, reuse=tuple(self._others(settings)))
        found = preview_comparison(settings, self.folder if self.is_placed else None)
        if settings.batch is None or not found.estimate.calls:
            return found.estimate
        models = [(each.model, each.estimate) for each in found.judges] or [(found.model, found.estimate)]
        return replace(found.estimate, cost=batch_cost(models, found.prices, settings.batch.size))

    def _pairs_per_item(self) -> int:
        """The pairs of models that are compared on each item, where these are compared with one another."""
        number = len(self._answers)
        most = number * (number - 1) // 2
        return min(self._study.compare.pairs_per_item or most, most)

    def _guess(self, per_item: int) -> Estimate | None:
        items = max((stage.planned() or 0 for stage in self._answers), default=0)
        if not items:
            return None
        part = self._study.compare
        pairs = min(items, part.limit or items) * per_item
        calls = pairs * part.repeats * (1 if part.orders == "one" else 2)
        calls *= len(self._prompt.criteria) if part.criteria == "apart" else 1
        file = self._prompt.file
        tokens = estimate_tokens(file.system) + estimate_tokens(file.user) + 2 * _TOKENS_OF_A_RESPONSE
        specs = [self._spec] if self._panel is None else [each.judge for each in self._panel.members]
        return side_by_side(
            [
                expected(
                    calls=calls,
                    completed=0,
                    tokens_in=calls * tokens,
                    tokens_per_reply=output_per_reply(self._prompt),
                    price=self._price(spec),
                    concurrency=part.concurrency,
                )
                for spec in specs
            ]
        )

    def _price(self, spec: ModelSpec) -> Price | None:
        """The price of a judge's calls, which may be in batches."""
        price = model_price(spec, load_prices(self._study.prices))
        in_batches = self._study.compare.batch and spec.fleet is None
        return price if price is None or not in_batches else price.in_batch

    def _settings_for(self, answers: tuple[Generate, ...]) -> CompareSettings:
        part = self._study.compare
        allow = frozenset(part.allow)
        if any(stage.allows_missing for stage in answers):
            allow |= {"unpaired"}  # missing responses are counted: `planned` says how many there should be
        return CompareSettings(
            files=tuple(str(stage.path) for stage in answers),
            judge=self._spec,
            panel=self._panel,
            prompt=part.prompt,
            values=self._values.path,
            allow=allow,
            planned=max(stage.counts().planned for stage in answers),
            prices=self._study.prices,
            inconsistent=self._study.tables.inconsistent,
            resamples=self._study.tables.resamples,
            generalize_to=self._study.tables.generalize_to,
            structured_output=part.reply,
            extra_body=extra_body(part.extra_body),
            **part.model_dump(
                exclude={
                    *("judge", "base_url", "prompt", "allow", "reply", "extra_body", "expert", "expert_base_url"),
                    "expert_extra_body",
                    *("until_decided", "detect", "until_half_width", "panel", "quorum", "combine"),
                    *SESSION,
                }
            ),
            expert=self._expert,
            **part.limits(),
        )


def _described(panel: Panel) -> dict[str, object]:
    """What of a panel decides the outcome of its stage."""
    judges = [
        [
            each.name,
            str(each.judge),
            each.judge.place,
            each.weight,
            {name: str(own) for name, own in each.own.items()},
        ]
        for each in panel.members
    ]
    return {
        "judges": judges,
        "quorum": panel.quorum,
        "combine": panel.combine,
        "allow_family": panel.allow_family,
    }


class Tables(Stage):
    """Writes the tables under the study's rule for orders that disagree. Makes no call."""

    def __init__(self, study: StudyFile, root: Path, compared: Compare) -> None:
        self._part, self._compared = study.tables, compared
        settings = study.tables.model_dump(mode="json")
        if study.tables.generalize_to == "questions":
            del settings["generalize_to"]  # so that studies of earlier versions keep their folders
        super().__init__("tables", root, settings, (compared,))

    @property
    def results(self) -> tuple[Path, ...]:
        """The summary and its page."""
        return (self.folder / rundir.MARKDOWN, self.folder / rundir.TABLES / "win_rates.csv")

    def estimate(self, done: Done) -> StageEstimate:  # noqa: ARG002
        """No call is made."""
        return StageEstimate("from the journal: no call")

    def run(self, on_event: OnEvent) -> StageResult:  # noqa: ARG002
        """Resolve the verdicts again, and write the tables; they are returned unless the comparison was just run."""
        summary = resolve_again(
            self._compared.folder,
            rule=self._part.inconsistent,
            resamples=self._part.resamples,
            to=self._part.generalize_to,
        )
        write_summary(summary, self.folder)
        return StageResult(None if self._compared.has_run else summary)
