"""Ground truth: the distribution and the mode of each subgroup's answers to each question."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from judge.core.records import GroundTruth, Question, Subgroup
from judge.preferences.survey.mapping import Words
from judge.preferences.survey.survey import Survey
from judge.preferences.values.settings import TruthSettings
from judge.preferences.values.strata import Cell, Strata, cells
from judge.prompts.wording import noun_phrase, without_country
from judge.stats.answers.modal import Answers, FloatArray, Modes, modes

_DIGITS = 6  # decimals of shares in the file


def persona(
    codes: Mapping[str, int], labels: Mapping[str, str], words: Mapping[str, Mapping[int, Words]], country: str
) -> str:
    """Word a subgroup as a persona. A label without words is quoted after the country.

    The order is: article, adjectives, noun (``person`` if none), clauses, country, relative clauses.

    Args:
        codes: attribute -> code.
        labels: attribute -> label.
        words: attribute -> code -> part of the wording.
        country: the country's name.
    """
    parts: dict[str, list[str]] = {"adjective": [], "noun": [], "clause": [], "who": []}
    quoted: list[str] = []
    for attribute, code in codes.items():
        given = words.get(attribute, {}).get(code)
        if given is None:
            quoted.append(f"{attribute.replace('_', ' ')}: {without_country(labels[attribute])}")
            continue
        for place, text in given.model_dump(exclude_none=True).items():
            parts[place].append(text)
    return noun_phrase(parts, country, quoted)


@dataclass
class Built:
    """Counts of what was built and left out; filled while the rows are yielded."""

    subgroups: dict[str, list[Subgroup]] = field(default_factory=dict)
    small_cells: list[Subgroup] = field(default_factory=list)
    rows: int = 0
    ties: int = 0
    few_answers: int = 0
    absent: list[str] = field(default_factory=list)
    unstable: list[str] = field(default_factory=list)


def ground_truth(
    survey: Survey, strata: Strata, words: dict[str, dict[int, Words]], settings: TruthSettings, built: Built
) -> Iterator[GroundTruth]:
    """Rows by stratum, subgroup (in the order of codes) and question (in the survey's order).

    A subgroup has at least ``min_n`` respondents, unweighted. A row with fewer valid answers is flagged; a question
    without a valid answer has no row. Of codes that tie, the lowest is the mode. The stability is the share of
    bootstrap samples of the subgroup's respondents with the same mode; each subgroup has its own generator (seed and
    subgroup id), so that a row does not depend on the other strata.

    Args:
        survey: one country.
        strata: the strata to build.
        words: parts of personas: attribute -> code -> words.
        settings: thresholds, resamples, seed.
        built: filled with counts of what was built and left out.
    """
    scales = [_ascending(question) for question in survey.questions]
    # Only ratios of weights count. Equal weights of any size become exactly 1, and give the unweighted result.
    weights = None if survey.weights is None else survey.weights / survey.weights.max()
    answers = Answers(survey.answers, [len(codes) for codes, _ in scales])
    for name, stratum in strata.by_name.items():
        built.subgroups[name] = []
        for cell in cells(survey, name, stratum):
            group = _subgroup(cell, survey, words, weights)
            if group.n < settings.min_n:
                built.small_cells.append(group)
                continue
            built.subgroups[name].append(group)
            yield from _rows(survey, answers, weights, scales, cell, group, settings, built)


def _rows(
    survey: Survey,
    answers: Answers,
    weights: FloatArray | None,
    scales: list[tuple[list[int], list[str]]],
    cell: Cell,
    group: Subgroup,
    settings: TruthSettings,
    built: Built,
) -> Iterator[GroundTruth]:
    """The rows of one subgroup."""
    found = modes(answers.counts(cell.members, weights))
    valid = (survey.answers[cell.members] >= 0).sum(axis=0)
    stability = None
    if settings.resamples:
        stability = (
            answers.stability(
                cell.members,
                found.mode,
                resamples=settings.resamples,
                weights=weights,
                seed=(settings.seed, zlib.crc32(group.id.encode())),
            )
            .round(_DIGITS)
            .tolist()
        )
    shares, margins = found.shares.round(_DIGITS).tolist(), found.margin.round(_DIGITS).tolist()
    tied = found.tied.sum(axis=1) > 1
    for number, question in enumerate(survey.questions):
        item_id = f"{question.id}_{group.id}"
        mode = int(found.mode[number])
        if mode < 0:
            built.absent.append(item_id)
            continue
        stable = None if stability is None else stability[number]
        if settings.min_stability is not None and stable is not None and stable < settings.min_stability:
            built.unstable.append(item_id)
            continue
        codes, labels = scales[number]
        n = int(valid[number])
        built.rows += 1
        built.ties += int(tied[number])
        built.few_answers += n < settings.min_n
        yield GroundTruth(
            item_id=item_id,
            question=question,
            subgroup=group,
            modal_code=codes[mode],
            modal_label=labels[mode],
            distribution={str(code): share for code, share in zip(codes, shares[number], strict=False)},
            n=n,
            margin=margins[number],
            ties=_ties(found, number, codes) if tied[number] else (),
            stability=stable,
            resamples=settings.resamples or None,
            few_answers=n < settings.min_n,
            weighting=survey.weighting,
            country=survey.country,
            source=survey.source,
            source_sha256=survey.sha256,
        )


def _ties(found: Modes, number: int, codes: list[int]) -> tuple[int, ...]:
    return tuple(codes[at] for at in np.flatnonzero(found.tied[number]))


def _subgroup(cell: Cell, survey: Survey, words: dict[str, dict[int, Words]], weights: FloatArray | None) -> Subgroup:
    return Subgroup(
        id=cell.id,
        stratum=cell.stratum,
        attributes=cell.attributes,
        n=len(cell.members),
        weight=None if weights is None else round(float(weights[cell.members].sum() / weights.mean()), _DIGITS),
        persona=persona(cell.codes, cell.attributes, words, survey.country_name),
    )


def _ascending(question: Question) -> tuple[list[int], list[str]]:
    pairs = sorted(zip(question.scale.codes, question.scale.labels, strict=True))
    return [code for code, _ in pairs], [label for _, label in pairs]
