"""Plan a campaign: from a run directory to a campaign file and its key."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from judge.annotation.campaign import blinding, guide
from judge.annotation.campaign.campaign import TITLE, Campaign, Key, KeyItem, key_path, save_new
from judge.annotation.campaign.outputs import check_output_paths
from judge.annotation.campaign.precision import Load, Precision, expected_load, expected_precision
from judge.annotation.campaign.sampling import Drawn, draw
from judge.core.errors import InputError, UsageError
from judge.core.field_errors import explain
from judge.core.files import run_directory as rundir
from judge.core.files.rows import json_rows
from judge.core.records import Choice, Comparison, Order, Record, Verdict
from judge.prompts.loader import load_prompt

Row = TypeVar("Row", bound=Record)
_CONTEXT = ("persona", "question", "ground_truth")


@dataclass(frozen=True)
class Options:
    """Settings of a plan. ``criterion`` is the one whose outcomes stratify (None: the prompt's last)."""

    run: Path
    out: Path
    items: int
    annotators: int
    overlap: int
    checks: int = 0
    duplicates: int = 0
    seed: int = 0
    criterion: str | None = None
    title: str = "Which response is closer?"


@dataclass(frozen=True)
class Planned:
    """A planned campaign and its description.

    Attributes:
        campaign: The campaign.
        criterion: The criterion whose outcomes stratify.
        outcomes: Comparisons per outcome of the judge: in the run, in the sample.
        strata: Number of strata in the sample.
        load: Expected load.
        precision: Expected precision of alpha.
        naming: Tasks with a response that names a contestant.
        familiar: Attention checks with a response that another task shows too.
    """

    campaign: Campaign
    criterion: str
    outcomes: dict[str, tuple[int, int]]
    strata: int
    load: Load
    precision: list[Precision]
    naming: int
    familiar: int


def plan(options: Options) -> Planned:
    """Draw a campaign from a run and write its two files.

    Raises:
        RunDirectoryError: The folder has no run.
        InputError: The run has no verdicts; a campaign exists at ``options.out``.
        UsageError: Unknown criterion; more duplicates than half of the items; too many attention checks; a title that
            the server refuses or that names a contestant; an output that would overwrite an input.
    """
    check_output_paths([options.out, key_path(options.out)], [options.run], keys=True)
    if not TITLE[0] <= len(options.title) <= TITLE[1]:
        raise UsageError(
            f"the title has {len(options.title)} characters", hint=f"Label Studio accepts {TITLE[0]} to {TITLE[1]}"
        )
    rundir.require_manifest(options.run)
    prompt = load_prompt(options.run / rundir.PROMPT)
    criterion = options.criterion or prompt.criteria[-1]
    if criterion not in prompt.criteria:
        raise UsageError(f"the run has no criterion {criterion!r}", hint=f"known: {', '.join(prompt.criteria)}")
    comparisons = _rows(options.run / rundir.COMPARISONS, Comparison)
    if not comparisons:
        raise InputError("the run has no comparisons", path=options.run / rundir.COMPARISONS)
    _require_blind(options.title, _contestants(comparisons))
    outcomes = {
        verdict.comparison_id: str(verdict.outcome)
        for verdict in _rows(options.run / rundir.VERDICTS, Verdict, lambda row: row.get("criterion") == criterion)
    }
    if not outcomes:
        raise InputError(
            f"no verdict on {criterion}: the sample is stratified by the judge's outcomes",
            path=options.run / rundir.VERDICTS,
            hint="rerun `judge compare` to finish the run",
        )
    comparisons = [each for each in comparisons if each.id in outcomes]  # without those beyond the run's --limit
    drawn = draw(comparisons, outcomes, options.items, options.seed)
    fields = tuple(field for field in _CONTEXT if field in prompt.file.requires)
    secret = blinding.new_secret()
    items = _arrange(drawn, comparisons, options, fields, secret)
    campaign = Campaign(
        id=blinding.opaque_id(secret, "campaign")[:12],
        title=options.title,
        prompt=f"{prompt.file.name} {prompt.file.version} {prompt.sha256}",
        items=len(drawn),
        attention_checks=options.checks,
        duplicates=options.duplicates,
        annotators=options.annotators,
        overlap=options.overlap,
        shows=fields,
        criteria=guide.questions({name: one.description for name, one in prompt.file.criteria.items()}),
        introduction=guide.INTRODUCTION,
        created=rundir.now(),
    )
    run = _relative(options.run, options.out)
    key = Key(campaign=campaign.id, secret=secret, seed=options.seed, run=run, items=items)
    save_new(options.out, campaign, key)
    return _describe(campaign, key, criterion, comparisons, outcomes, drawn)


def _rows(path: Path, record: type[Row], keep: Callable[[dict[str, object]], bool] = lambda _: True) -> list[Row]:
    rows = []
    for number, row in json_rows(path):
        try:
            if keep(row):
                rows.append(record.model_validate(row))
        except ValidationError as error:
            raise InputError(
                explain(error, record),
                path=path,
                line=number,
                hint="the run is damaged: rerun `judge compare` on a new --out",
            ) from None
    return rows


def _relative(run: Path, out: Path) -> str:
    return Path(os.path.relpath(run, out.parent)).as_posix()


def _arrange(
    drawn: list[Drawn], comparisons: list[Comparison], options: Options, fields: tuple[str, ...], secret: str
) -> list[KeyItem]:
    """The tasks in the order shown: attention checks at random, a duplicate half a campaign after its original."""
    # With the secret: anyone who sees the tasks could reproduce sides that depend on the seed only.
    generator = random.Random(f"arrangement|{options.seed}|{secret}")  # noqa: S311 - SHA-512 of it is the state
    if options.duplicates > len(drawn) // 2:
        raise UsageError(
            f"{options.duplicates} duplicates of {len(drawn)} items are too many",
            hint=f"give at most {len(drawn) // 2}: a duplicate comes half a campaign after its original",
        )
    again = drawn[: options.duplicates]
    orders = blinding.draw_orders(len(drawn) + len(again), generator)
    first = [_item(one, order, 0, fields, secret) for one, order in zip(drawn, orders, strict=False)]
    repeats = [_item(one, order, 1, fields, secret) for one, order in zip(again, orders[len(drawn) :], strict=True)]
    half = max(len(drawn) // 2, 1)
    tasks = first[:half]
    for index, item in enumerate(first[half:]):
        tasks += [*repeats[index : index + 1], item]
    for item in _checks(comparisons, drawn, options, fields, secret, generator):
        tasks.insert(generator.randint(0, len(tasks)), item)
    return tasks


def _item(one: Drawn, order: Order, repeat: int, fields: tuple[str, ...], secret: str) -> KeyItem:
    return KeyItem(
        id=_id(secret, "item", one.comparison.id, str(repeat)),
        comparison_id=one.comparison.id,
        order=order,
        repeat=repeat,
        stratum=one.stratum,
        inclusion_probability=one.probability,
        data=blinding.shown(one.comparison, order, fields),
    )


def _checks(
    comparisons: list[Comparison],
    drawn: list[Drawn],
    options: Options,
    fields: tuple[str, ...],
    secret: str,
    generator: random.Random,
) -> Iterable[KeyItem]:
    """Attention checks. They use responses that no item shows if possible: a known response reveals a check."""
    usable = [comparison for comparison in comparisons if blinding.can_check(comparison)]
    if options.checks > len(usable):
        raise UsageError(
            f"{options.checks} attention checks, but {len(usable)} comparisons have a response of at least "
            f"{blinding.CHECK_WORDS} words",
            hint="give fewer --checks",
        )
    there = {text for one in drawn for text in _responses(one.comparison)}
    generator.shuffle(usable)
    usable.sort(key=lambda one: bool(there & _responses(one)))  # stable: those not shown first, in random order
    orders = blinding.draw_orders(options.checks, generator)
    for comparison, order in zip(usable[: options.checks], orders, strict=True):
        expected: Choice = "A" if order == "reference_first" else "B"
        yield KeyItem(
            id=_id(secret, "check", comparison.id),
            comparison_id=f"{comparison.id}|attention-check",
            order=order,
            expected=expected,
            data=blinding.check(comparison, expected, fields, generator),
        )


def _responses(comparison: Comparison) -> set[str]:
    return {comparison.reference_text.strip(), comparison.candidate_text.strip()}


def _id(secret: str, *parts: str) -> str:
    """A task's opaque id. It starts with t: a spreadsheet would read 12345e10 as a number."""
    return "t" + blinding.opaque_id(secret, *parts)[1:]


def _describe(
    campaign: Campaign,
    key: Key,
    criterion: str,
    comparisons: list[Comparison],
    outcomes: dict[str, str],
    drawn: list[Drawn],
) -> Planned:
    in_run = Counter(outcomes.get(comparison.id, "missing") for comparison in comparisons)
    sampled = Counter(outcomes.get(one.comparison.id, "missing") for one in drawn)
    decided = {name: sampled[name] for name in ("win", "loss")}
    ties = len(drawn) - sum(decided.values())  # an inconsistent verdict counts as a tie
    shares = [count / len(drawn) for count in (*decided.values(), ties)]
    raters = min(campaign.overlap, campaign.annotators)
    words = [sum(len(text.split()) for text in item.data.values()) for item in key.items]
    return Planned(
        campaign=campaign,
        criterion=criterion,
        outcomes={name: (count, sampled[name]) for name, count in sorted(in_run.items())},
        strata=len({one.stratum for one in drawn}),
        load=expected_load(
            words, criteria=len(campaign.criteria), annotators=campaign.annotators, overlap=campaign.overlap
        ),
        precision=expected_precision(len(drawn), raters, shares, seed=key.seed),
        naming=sum(_names_one(item, _contestants(comparisons)) for item in key.items),
        familiar=_familiar(key.items),
    )


def _contestants(comparisons: list[Comparison]) -> set[str]:
    return {name for comparison in comparisons for name in (comparison.reference, comparison.candidate)}


def _require_blind(title: str, names: set[str]) -> None:
    """Refuse a title that names a contestant as a separate word: annotators see it on every page."""
    for name in sorted(names):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title, re.IGNORECASE):
            raise UsageError(f"the title names the contestant {name!r}", hint="annotators see it: give another --title")


def _names_one(item: KeyItem, names: set[str]) -> bool:
    """Whether a response names a contestant. Names of up to four characters, like `ft`, are ignored."""
    texts = f" {item.data[blinding.LEFT]} {item.data[blinding.RIGHT]} ".casefold()
    return any(len(name) > 4 and name.casefold() in texts for name in names)


def _familiar(items: list[KeyItem]) -> int:
    """Number of attention checks with a response that another task shows too."""
    sides = (blinding.LEFT, blinding.RIGHT)
    there = {item.data[side] for item in items if item.expected is None for side in sides}
    return sum(item.expected is not None and any(item.data[side] in there for side in sides) for item in items)
