"""Which judges are in a panel and how they decide: what ``--judge``, ``--panel``, ``--quorum``, ``--combine`` say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from judge.core.calls.limits import StructuredOutput
from judge.core.errors import UsageError
from judge.core.extra_body import extra_body
from judge.core.field_errors import explain
from judge.core.files.yaml import read_yaml
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.providers.discover import named_judge
from judge.judging.panel import PANEL, Member, Panel
from judge.judging.settings import CompareSettings
from judge.stats.panels.scores import PanelRule

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_OTHERS = re.compile(r"[^A-Za-z0-9._-]+")
_HINT = "docs/panels.md describes a file of judges"


class JudgeEntry(BaseModel):
    """A judge in a file; settings that it does not have are those of the command. A text alone names the judge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str
    name: Annotated[str, Field(pattern=_NAME)] | None = None
    base_url: str | tuple[str, ...] | None = None
    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    temperature: Annotated[float, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    model_seed: int | None = None
    extra_body: dict[str, Any] | None = None
    structured_output: StructuredOutput | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None
    rpm: Annotated[float, Field(ge=0.1)] | None = None
    tpm: Annotated[float, Field(ge=1)] | None = None
    timeout: Annotated[float, Field(ge=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"judge": value} if isinstance(value, str) else value

    def own(self) -> dict[str, Any]:
        """The settings of a comparison that are this judge's own."""
        beside = {"judge", "name", "base_url", "key", "weight"}
        found = self.model_dump(exclude=beside, exclude_none=True)
        if self.extra_body is not None:
            found["extra_body"] = extra_body(self.extra_body)
        return found


class PanelFile(BaseModel):
    """A file of judges."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judges: tuple[JudgeEntry, ...] = Field(min_length=2)
    quorum: Annotated[int, Field(ge=1)] | None = None
    combine: Literal["mean", "majority", "weighted"] | None = None
    allow_family: bool = False


def judge_and_panel(
    judges: Sequence[str],
    base_urls: Sequence[str] = (),
    file: Path | Mapping[str, Any] | None = None,
    *,
    quorum: int | None = None,
    combine: PanelRule | None = None,
    form: str = "--judge {}",
) -> tuple[ModelSpec, Panel | None]:
    """Read which judge there is, or which panel: then the judge is :data:`~judge.judging.panel.PANEL`.

    Args:
        judges: As in :func:`panel_of`, like the other arguments.
        base_urls: The addresses.
        file: A file of judges, or its content.
        quorum: How many judges must have read a comparison.
        combine: How scores are combined.
        form: How a judge is named in this place, with ``{}`` for its name.

    Raises:
        UsageError: No judge is named, or what is given does not fit together.
        InputError: The file cannot be read.
    """
    several = panel_of(judges, base_urls, file, quorum=quorum, combine=combine)
    if several is not None:
        return PANEL, several
    name = named_judge(judges[0] if judges else None, form)
    return parse_spec(name, base_urls), None


def panel_of(
    judges: Sequence[str],
    base_urls: Sequence[str] = (),
    file: Path | Mapping[str, Any] | None = None,
    *,
    quorum: int | None = None,
    combine: PanelRule | None = None,
) -> Panel | None:
    """Read a panel; None where one judge is named, or none.

    Args:
        judges: What names the judges, as ``PROVIDER:MODEL``.
        base_urls: One address for all, or one for each judge, in their order; ``-`` is the provider's own. (Of one
            judge, several are a fleet.)
        file: A file of judges, or its content.
        quorum: How many judges must have read a comparison; None is that of the file, else more than half.
        combine: How scores are combined; None is as the file says, else as the run was last made.

    Raises:
        UsageError: What is given does not fit together.
        InputError: The file cannot be read.
    """
    if file is not None:
        if judges or base_urls:
            raise UsageError(
                "--panel names all judges", hint="leave out --judge and --base-url, or name all judges by them"
            )
        content = read_yaml(file, PanelFile, hint=_HINT) if isinstance(file, Path) else _content(file)
        return _of_file(content, quorum, combine)
    if len(judges) > 1:
        entries = tuple(JudgeEntry(judge=name, base_url=url) for name, url in _addressed(judges, base_urls))
        return _of_file(PanelFile(judges=entries), quorum, combine)
    if quorum is not None or combine is not None:
        name = "--quorum" if quorum is not None else "--combine"
        raise UsageError(f"{name} is for several judges", hint="give --judge several times, or --panel FILE")
    return None


def refuse_beside_panel(settings: CompareSettings) -> None:
    """Refuse what a panel cannot be combined with.

    Raises:
        UsageError: There is an expert, orders are adaptive, or the judge itself is to classify refusals.
    """
    if settings.panel is None:
        return
    if settings.expert is not None:
        raise UsageError(
            "--expert estimates the verdicts of one better judge, and a panel has several",
            hint="leave out --expert, or name the expert as a judge of the panel",
        )
    if settings.orders == "adaptive":
        raise UsageError(
            "--orders adaptive is about the position bias of one judge, and a panel has several",
            hint="--orders both or --orders one",
        )
    if isinstance(settings.refusals, ModelSpec) and settings.refusals.provider == PANEL.provider:
        raise UsageError(
            "--refusals model is the judge, and a panel has several", hint="name one model, as --refusals openai:MODEL"
        )


def _content(mapping: Mapping[str, Any]) -> PanelFile:
    try:
        return PanelFile.model_validate(mapping)
    except ValidationError as error:
        raise UsageError(f"panel: {explain(error, PanelFile)}", hint=_HINT) from None


def _of_file(file: PanelFile, quorum: int | None, combine: PanelRule | None) -> Panel:
    specs = [_spec(entry) for entry in file.judges]
    _refuse_same(file.judges, specs)
    names = _names(file.judges, specs)
    number = len(names)
    quorum = quorum or file.quorum or number // 2 + 1
    if quorum > number:
        raise UsageError(f"a quorum of {quorum} is more than the {number} judges", hint=f"--quorum 1 to {number}")
    members = tuple(
        Member(name, spec, entry.weight, entry.own())
        for name, spec, entry in zip(names, specs, file.judges, strict=True)
    )
    return Panel(members, quorum, combine or file.combine, file.allow_family)


def _spec(entry: JudgeEntry) -> ModelSpec:
    spec = parse_spec(entry.judge, entry.base_url)
    if spec.is_offline:
        raise UsageError(
            "the offline heuristic is no language model, and has no vote in a panel", hint="name it alone, as --judge"
        )
    return spec if entry.key is None else replace(spec, key=entry.key)


def _refuse_same(entries: Sequence[JudgeEntry], specs: Sequence[ModelSpec]) -> None:
    """Refuse a judge that is there twice: its vote would count twice, and it would seem to agree with another."""
    how = set(JudgeEntry.model_fields) - {"name", "weight", "key", "concurrency", "rpm", "tpm", "timeout"}
    before = []
    for entry, spec in zip(entries, specs, strict=True):
        asked = (replace(spec, key=None), entry.model_dump(include=how - {"judge", "base_url"}))
        if asked in before:
            raise UsageError(
                f"two judges are {spec}, at the same address and with the same settings",
                hint="name it once; --repeats asks a judge several times",
            )
        before.append(asked)


def _names(entries: Sequence[JudgeEntry], specs: Sequence[ModelSpec]) -> list[str]:
    """The judges' names: those that are given, else the models', with the provider where two are alike."""
    short = [entry.name or _slug(spec.model) for entry, spec in zip(entries, specs, strict=True)]
    times = Counter(map(str.casefold, short))
    names = [
        name if entry.name or times[name.casefold()] == 1 else _slug(str(spec))
        for name, entry, spec in zip(short, entries, specs, strict=True)
    ]
    again = Counter(map(str.casefold, names))
    twice = next((name for name in names if again[name.casefold()] > 1), None)
    if twice is not None:
        raise UsageError(
            f"two judges are called {twice}",
            hint="give each a `name` of its own in a file (--panel FILE); several servers of one model are one judge "
            "(docs/howto/fleet.md)",
        )
    return names


def _slug(text: str) -> str:
    return _OTHERS.sub("-", text).strip("-.") or "judge"


def _addressed(judges: Sequence[str], base_urls: Sequence[str]) -> list[tuple[str, str | None]]:
    """Each judge with its address."""
    if len(base_urls) not in (0, 1, len(judges)):
        raise UsageError(
            f"{len(base_urls)} addresses for {len(judges)} judges",
            hint="give --base-url once for all, or once for each in their order ('-' is the provider's own)",
        )
    if len(base_urls) == 1 and len(providers := dict.fromkeys(name.partition(":")[0] for name in judges)) > 1:
        raise UsageError(
            f"one address for judges of {' and '.join(providers)}",
            hint="give --base-url once for each judge, in their order ('-' is the provider's own)",
        )
    urls = list(base_urls) * (len(judges) if len(base_urls) == 1 else 1) or ["-"] * len(judges)
    return [(name, None if url == "-" else url) for name, url in zip(judges, urls, strict=True)]
