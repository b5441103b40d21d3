"""Planning a campaign: from a run directory to a campaign file and its key."""

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
from judge.annotation.campaign.outputs import check_places
from judge.annotation.campaign.precision import Load, Precision, expected_load, expected_precision
from judge.annotation.campaign.sampling import Drawn, draw
from judge.core.errors import InputError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.rows import explain, json_rows
from judge.core.records import Choice, Comparison, Order, Record, Verdict
from judge.prompts.loader import load_prompt

Row = TypeVar("Row", bound=Record)
_CONTEXT = ("persona", "question", "ground_truth")


@dataclass(frozen=True)
class Options:
    """What `judge annotate plan` was told. ``criterion`` is the one whose outcomes stratify [the prompt's last]."""

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
    """A campaign with what is to be said of it. ``outcomes`` counts the judge's outcomes: in the run, in the sample.

    ``naming`` counts tasks that name a contestant, ``familiar`` attention checks made of texts that items show too.
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

    Errors: the folder holds no run, or one without verdicts; there is no such criterion; more duplicates than half of
    the items; a title that no server takes, or that names a contestant; a campaign is at ``options.out`` already, or
    something else that is not to be overwritten.
    """
    check_places([options.out, key_path(options.out)], [options.run], keys=True)
    if not TITLE[0] <= len(options.title) <= TITLE[1]:
        raise UsageError(
            f"a title of {len(options.title)} characters", hint=f"the server takes {TITLE[0]} to {TITLE[1]}"
        )
    rundir.require_manifest(options.run)
    prompt = load_prompt(options.run / rundir.PROMPT)
    criterion = options.criterion or prompt.criteria[-1]
    if criterion not in prompt.criteria:
        raise UsageError(f"the run has no criterion {criterion!r}", hint=f"known: {', '.join(prompt.criteria)}")
    comparisons = _rows(options.run / rundir.COMPARISONS, Comparison)
    if not comparisons:
        raise InputError("the run has no comparison", path=options.run / rundir.COMPARISONS)
    _require_blind(options.title, _contestants(comparisons))
    outcomes = {
        verdict.comparison_id: str(verdict.outcome)
        for verdict in _rows(options.run / rundir.VERDICTS, Verdict, lambda row: row.get("criterion") == criterion)
    }
    if not outcomes:
        raise InputError(
            f"no verdict on {criterion}: the sample is drawn by the judge's outcomes",
            path=options.run / rundir.VERDICTS,
            hint="finish the run: give `judge compare` again",
        )
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
                explain(error), path=path, line=number, hint="the run is damaged; judge it again"
            ) from None
    return rows


def _relative(run: Path, out: Path) -> str:
    return Path(os.path.relpath(run, out.parent)).as_posix()


def _arrange(
    drawn: list[Drawn], comparisons: list[Comparison], options: Options, fields: tuple[str, ...], secret: str
) -> list[KeyItem]:
    """The tasks in the order shown: checks spread among the items, each duplicate half a campaign after its first."""
    # With the secret: sides that followed from the seed alone could be replayed by anyone who sees the tasks.
    generator = random.Random(f"arrangement|{options.seed}|{secret}")  # noqa: S311 - SHA-512 of it is the state
    if options.duplicates > len(drawn) // 2:
        raise UsageError(
            f"{options.duplicates} duplicates of {len(drawn)} items",
            hint=f"at most {len(drawn) // 2}: a duplicate stands half a campaign after its first",
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
    """Attention checks, made of texts that no item shows as far as there are such: a known text gives a check away."""
    usable = [comparison for comparison in comparisons if blinding.can_check(comparison)]
    if options.checks > len(usable):
        raise UsageError(
            f"{options.checks} attention checks, but {len(usable)} comparisons with a response of "
            f"{blinding.CHECK_WORDS} words to make them of",
            hint="ask for fewer --checks",
        )
    there = {text for one in drawn for text in _responses(one.comparison)}
    generator.shuffle(usable)
    usable.sort(key=lambda one: bool(there & _responses(one)))  # stable: the strange ones first, in random order
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
    """A task's opaque id. It starts with a letter beyond e: a spreadsheet makes a number of 12345e10."""
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
    ties = len(drawn) - sum(decided.values())  # a judge that contradicts itself found no difference either
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
    """Refuse a title that names a contestant, in a word of its own: annotators see it on every page."""
    for name in sorted(names):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title, re.IGNORECASE):
            raise UsageError(f"the title names the contestant {name!r}", hint="annotators see it: give another --title")


def _names_one(item: KeyItem, names: set[str]) -> bool:
    """Whether a response names a contestant, as a model may that speaks of itself. Names like `ft` are too short."""
    texts = f" {item.data[blinding.LEFT]} {item.data[blinding.RIGHT]} ".casefold()
    return any(len(name) > 4 and name.casefold() in texts for name in names)


def _familiar(items: list[KeyItem]) -> int:
    """How many attention checks show a response that another task shows too."""
    sides = (blinding.LEFT, blinding.RIGHT)
    there = {item.data[side] for item in items if item.expected is None for side in sides}
    return sum(item.expected is not None and any(item.data[side] in there for side in sides) for item in items)
