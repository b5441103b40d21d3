"""The stage that generates one model's responses, for one task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judge.core.batches.estimate import batch_cost
from judge.core.calls.cost_estimate import RefusalPreview
from judge.core.calls.events import OnEvent
from judge.core.calls.limits import ALLOW_MISSING, Limits
from judge.core.calls.prices import load_prices, money
from judge.core.engines.check import check_engine
from judge.core.errors import UsageError
from judge.core.extra_body import extra_body
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import GenerationManifest, GenerationResults
from judge.core.models.open_client import ModelSpec, check_keys
from judge.core.models.providers.addresses import listed
from judge.core.refusal_calls.choice import model_of, refusal_choice
from judge.generation.generate import generate, preview_generation
from judge.generation.items import chosen_items
from judge.generation.local.loading import require_packages
from judge.generation.models import LOCAL, ModelChoice, check_access, parse_model, takes_seed
from judge.generation.open_run import JOURNAL, folder_of
from judge.generation.settings import GenerateSettings, ModelEntry
from judge.generation.several_models import identified, settings_of
from judge.prompts.persona import load_speaking
from judge.prompts.refusal import refusal_prompt
from judge.study.file import DEMO_LORA, SESSION, TRAINED, GeneratePart, StudyFile, is_made_here
from judge.study.finetune_stage import Finetune
from judge.study.stage import Done, Stage, StageEstimate, StageResult
from judge.study.values_stage import DemoModels, Values

_OF_REFUSALS = ("refusals", "refusals_base_url", "refusals_extra_body")


class Generate(Stage):
    """Generates the responses of one model."""

    def __init__(
        self,
        study: StudyFile,
        root: Path,
        entry: ModelEntry,
        task: str,
        values: Values,
        demo: DemoModels,
        trained: Finetune | None,
    ) -> None:
        self._study, self._entry, self.task, self._values, self._demo = study, entry, task, values, demo
        self._trained = trained
        self._part = study.generate.of(task)
        self._probabilities = task == "structured" and study.generate.structured.probabilities
        self.allows_missing = ALLOW_MISSING in study.generate.allow
        needs: tuple[Stage, ...] = (values,)
        if entry.model == TRAINED and trained is not None:
            needs = (values, trained)
        elif entry.model.startswith("demo:"):
            needs = (values, demo)
        settings = _settings(self._part, entry, task)
        if self._probabilities:
            settings["probabilities"] = True
        if (model := self._classifier) is not None:
            extra = [] if model.extra is None else [model.extra.text]
            settings["refusals"] = [str(model), model.place, refusal_prompt().ref.model_dump(), *extra]
        super().__init__(f"generate {entry.name} {task}", root, settings, needs)

    @property
    def path(self) -> Path:
        """The file of responses; its stem names the contestant."""
        return self.folder / f"{self._entry.name}{'.csv' if self.task == 'structured' else '.jsonl'}"

    @property
    def model(self) -> str:
        """The model's name in the study."""
        return self._entry.name

    @property
    def results(self) -> tuple[Path, ...]:
        """The file of responses."""
        return (self.path,)

    def estimate(self, done: Done) -> StageEstimate:
        """Estimate calls and cost, as far as there is a values file to count its rows."""
        local = is_made_here(self._entry.model) or self._entry.model.startswith("hf:")
        own = bool(listed(self._entry.base_url))
        if not all(done(stage) for stage in self.needs):
            calls = self.planned()
            words = "known once the values exist" if calls is None else f"up to {calls:,} calls"
            return StageEstimate(words, calls, 0.0 if local else None, not local and not own)
        settings = self.generate_settings()
        preview = preview_generation(settings)
        found = preview.estimate
        completed = f" ({found.completed:,} more are completed)" if found.completed else ""
        if local:
            there = StageEstimate(f"{found.calls:,} calls on this machine{completed}", found.calls)
            return self._with_refusals(there, preview.refusals, load_prices(self._study.prices).currency)
        prices = load_prices(self._study.prices)
        cost, how = found.cost, ""
        if self._part.batch:
            cost, how = batch_cost([(preview.model, found)], prices, self._part.calls_per_batch), " in batches"
        words = f"{found.calls:,} calls{how}{completed}, cost {money(cost, prices.currency)}"
        made = StageEstimate(words, found.calls, cost, not own)
        return self._with_refusals(made, preview.refusals, prices.currency)

    def _with_refusals(self, made: StageEstimate, ahead: RefusalPreview | None, currency: str) -> StageEstimate:
        """Add the calls that classify the responses."""
        if ahead is None:
            return made
        found = ahead.estimate
        cost = None if made.cost is None or found.cost is None else made.cost + found.cost
        return StageEstimate(
            f"{made.description}; up to {found.calls:,} calls for refusals, cost {money(found.cost, currency)}",
            (made.calls or 0) + found.calls,
            cost,
            made.uses_provider or ahead.model.place is None,
        )

    def planned(self) -> int | None:
        """Count all calls: exact once values and models exist, an upper bound before; None where there is none."""
        part = self._part
        if self._values.made is not None and not is_made_here(self._entry.model):
            return len(chosen_items(self._choice())) * part.samples
        return None if part.sample is None else part.sample * part.samples

    def run(self, on_event: OnEvent) -> StageResult:
        """Generate the responses that are missing."""
        run = generate(self.generate_settings(), on_event=on_event)
        return StageResult(run, run.is_finished)

    def check_access(self) -> None:
        """Check for the key, or the packages of local models, and for Ray where it makes the calls."""
        entry = self._entry
        if is_made_here(entry.model):
            require_packages(adapter=True)
        else:
            check_access(choice := parse_model(entry.model, entry.base_url, adapter=entry.adapter))
            if not choice.local:
                check_engine(choice.spec, Limits(**self._part.limits()))
        if self._classifier is not None:
            check_keys(self._classifier)

    def counts(self) -> GenerationResults:
        """Read the counts from the run's manifest: planned rows, answers, failures by kind.

        Raises:
            RunDirectoryError: The run has no results.
        """
        manifest = rundir.read_manifest(folder_of(self.path), GenerationManifest)
        if manifest is None or manifest.results is None:
            raise rundir.no_run(folder_of(self.path), "judge generate")
        return manifest.results

    def missing(self) -> int:
        """Count the planned rows without an answer."""
        return self.counts().unanswered

    def _choice(self) -> GenerateSettings:
        """The settings that choose items: the stage's own folder may not be known yet."""
        part = self._part
        return GenerateSettings(
            values=self._values.path,
            model=ModelChoice(ModelSpec(LOCAL, "")),
            out=self.root,
            sample=part.sample,
            min_diversity=part.min_diversity,
            split=part.split,
            split_file=self._values.split_file,
            seed=part.seed,
        )

    @property
    def _classifier(self) -> ModelSpec | None:
        """The model that says which open responses are refusals; None: the rule."""
        return None if self.task == "structured" else classifier_of(self._study)

    def generate_settings(self) -> GenerateSettings:
        """The settings of the run."""
        part = self._part
        own = folder_of(self.path) / JOURNAL
        others = sorted(self.root.glob(f"generate-*-{self.task}-*/*.run/{JOURNAL}"))
        left_out = {"tasks", "allow", "reply", *_OF_REFUSALS, "open", "structured", *SESSION}
        given = part.model_dump(exclude=left_out)
        common: dict[str, Any] = given | {
            **part.limits(),
            "refusals": self._classifier,
            "values": self._values.path,
            "task": self.task,
            "structured_output": part.reply,
            "probabilities": self._probabilities,
            "split_file": self._values.split_file,
            "prices": self._study.prices,
            "allow": frozenset(part.allow),
            "reuse": tuple(path for path in others if path != own),
        }
        entry = self._entry
        if entry.model == TRAINED and self._trained is not None:
            trained = self._trained
            model, adapter = (trained.out, None) if trained.is_whole_model else (trained.base, trained.out)
            entry = entry.model_copy(update={"model": f"hf:{model}", "adapter": adapter})
        elif entry.model.startswith("demo:"):
            adapter = self._demo.adapter if entry.model == DEMO_LORA else None
            entry = entry.model_copy(update={"model": f"hf:{self._demo.base}", "adapter": adapter})
        return settings_of(entry, self.path, common)


def classifier_of(study: StudyFile) -> ModelSpec | None:
    """Return the model that says which responses are refusals (``model``: the study's judge); None: the rule.

    Raises:
        UsageError: It is no model, or the study has no judge that is one.
    """
    part = study.generate
    extra = extra_body(part.refusals_extra_body, "refusals_extra_body")
    judge_extra = extra_body(study.compare.extra_body)
    return model_of(refusal_choice(part.refusals, part.refusals_base_url, _judge_of(study), extra, judge_extra))


def _settings(part: GeneratePart, entry: ModelEntry, task: str) -> dict[str, Any]:
    """The settings that decide the file of responses, of those that apply to a model of this kind and to this task."""
    given = part.model_dump(mode="json", exclude={"open", "structured"}) | entry.model_dump(
        include={"temperature", "max_tokens", "model_seed"}, exclude_none=True
    )
    names = ["samples", "temperature", "max_tokens", "sample", "min_diversity", "split"]
    names.append("words" if task == "open" else "reply")
    if takes_seed(entry.model):
        names.append("model_seed")
    if part.sample is not None:
        names.append("seed")
    prompt = load_speaking(part.persona_prompt, task).ref.model_dump()
    own: dict[str, Any] = {"draw": entry.draw} if entry.draw > 1 else {}
    if (extra := extra_body(entry.extra_body)) is not None:
        own["extra_body"] = extra.text
    return {name: given[name] for name in names} | {"task": task, "prompt": prompt, **identity_of(entry), **own}


def identity_of(entry: ModelEntry) -> dict[str, Any]:
    """Identify the model that an entry names; those that the study makes are identified by their names."""
    return {"model": entry.model} if is_made_here(entry.model) else identified(entry)


def _judge_of(study: StudyFile) -> ModelSpec:
    """The judge of a study, which classifies refusals, too, where it is asked to.

    Raises:
        UsageError: It is to, and there are several.
    """
    judge, panel = study.compare.judged_by
    if panel is not None and study.generate.refusals == "model":
        raise UsageError(
            "refusals: model is the judge, and a panel has several", hint="name one, as refusals: openai:MODEL"
        )
    return judge
