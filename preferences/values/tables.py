"""The description of a values file as lines, warnings and tables of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from judge.core.screen.tables import Table
from judge.preferences.survey.checks import UNCHECKED
from judge.preferences.values.describe import LEAST_STABLE, Description
from judge.stats.formatting import counted

MANY = 0.05  # share of respondents without an attribute from which a build warns; describe reports every one
_SHOWN = 12  # excluded cells, questions and codes that are listed one by one
_REASONS = {"no_answer": "no answer", "outside_bands": "outside every band", "without_label": "a code without a label"}


def coverage(manifest: dict[str, Any]) -> str:
    """The number of questions built, of those that a file of the country should have: ``8 of 214 questions``."""
    expected = manifest.get("questions_expected")  # manifests before 2026-11-29 do not have it
    return (
        f"{manifest['questions']} questions" if expected is None else f"{manifest['questions']} of {expected} questions"
    )


def manifest_warnings(manifest: dict[str, Any], *, least: float = 0.0) -> list[str]:
    """Warnings on respondents in no subgroup, on labels, on dropped answers, and on checks that were not made.

    Args:
        manifest: the content of a values file's manifest.
        least: share of respondents without an attribute below which it is not reported.
    """
    people = manifest["source"]["respondents"]
    warnings = []
    for name, counts in manifest.get("attributes", {}).items():
        without = sum(counts.values())
        if not without or without < least * people:
            continue
        reasons = [f"{number:,} {_REASONS[why]}" for why, number in counts.items() if number]
        codes = _some(list(manifest["unlabelled_codes"].get(name, {})))
        warnings.append(
            f"{without:,} of {people:,} respondents ({100 * without / people:.1f}%) are in no subgroup of {name}: "
            f"{', '.join(reasons)}{f' ({codes})' if codes else ''}."
        )
    if differences := manifest.get("label_differences"):
        warnings.append(
            f"The file's label of an end code differs from the catalogue's in {len(differences)} questions "
            f"({_some(list(differences))}): see `label_differences` in the manifest."
        )
    if (duplicates := manifest.get("duplicate_respondents", "")).startswith(UNCHECKED):
        warnings.append(f"Duplicate respondents: {duplicates}.")
    if manifest["unknown_codes"]:
        dropped = ", ".join(f"{name} {number}" for name, number in manifest["unknown_codes"].items())
        warnings.append(f"Answers dropped because their code is unknown: {dropped}.")
    return warnings


def headline(found: Description) -> list[str]:
    """The lines above the tables: source, numbers of rows, questions and subgroups, what was left out and flagged."""
    lines = [f"Source: {source}" for source in found.sources]
    strata = ", ".join(f"{name} {number}" for name, number in found.strata.items())
    questions = counted(found.questions, "question") if found.manifest is None else coverage(found.manifest)
    lines.append(f"{counted(found.rows, 'row')}: {questions}, {counted(len(found.groups), 'subgroup')} ({strata}).")
    if found.stale:
        lines.append("The manifest belongs to another file: what was left out is unknown.")
    elif found.manifest is None:
        lines.append("There is no manifest: what was left out is unknown.")
    if found.manifest is None:
        return lines
    about, settings = found.manifest, found.manifest["settings"]
    return [
        *lines,
        f"Left out: {counted(len(about['excluded_cells']), 'cell')} with fewer than {settings['min_n']} respondents, "
        f"{counted(len(about['excluded_questions']), 'question')}, {counted(len(about['absent_rows']), 'row')} without "
        f"a valid answer, {counted(len(about['unstable_rows']), 'row')} below the least stability.",
        f"Flagged: {counted(about['rows_with_few_answers'], 'row')} with fewer than {settings['min_n']} valid answers, "
        f"{about['rows_with_ties']} with ties (mode: {settings['ties']}). Weighting: {settings['weighting']}. "
        f"Stability: {settings['resamples']:,} bootstrap samples, seed {settings['seed']}.",
    ]


def tables(found: Description) -> Iterator[Table]:
    """Excluded cells and questions, subgroups, diversity by category, and the most divisive questions."""
    if found.manifest is not None:
        yield from _excluded(found.manifest)
    yield _groups(found)
    yield from _diversity(found)


def _excluded(manifest: dict[str, Any]) -> Iterator[Table]:
    """Cells and questions left out; a table without rows is omitted."""
    if cells := sorted(manifest["excluded_cells"], key=lambda cell: -cell["n"]):
        more = len(cells) - _SHOWN
        yield Table(
            title="Excluded cells",
            head=f"{len(cells):,} cells with fewer than {manifest['settings']['min_n']} respondents",
            columns=("cell", "respondents"),
            rows=tuple((cell["subgroup"], str(cell["n"])) for cell in cells[:_SHOWN]),
            notes=(f"{more} more: see the manifest.",) if more > 0 else (),
        )
    if excluded := manifest["excluded_questions"]:
        yield Table(
            title="Excluded questions",
            head=f"{len(excluded):,} questions",
            columns=("reason", "questions"),
            rows=tuple(
                (f"{reason}: {_some([name for name, why in excluded.items() if why == reason])}", str(number))
                for reason, number in Counter(excluded.values()).most_common()
            ),
        )


def _groups(found: Description) -> Table:
    """Respondents, rows and stability of each subgroup."""
    return Table(
        title="Subgroups",
        head=f"{len(found.groups)} subgroups of {len(found.strata)} strata",
        columns=("subgroup", "n", "rows", "ties", "few answers", "mean stability", f"below {_share(LEAST_STABLE)}"),
        rows=tuple(
            (
                row.subgroup.id,
                f"{row.subgroup.n:,}",
                str(row.rows),
                str(row.ties),
                str(row.few_answers),
                _share(row.stability),
                "" if row.stability is None else str(row.unstable),
            )
            for row in found.groups
        ),
    )


def _diversity(found: Description) -> Iterator[Table]:
    """Diversity by category, and the questions with the highest diversity."""
    pairs = f"{len(found.per_question):,} pairs of question and stratum"
    notes = [
        "MDS: entropy of the subgroups' modal answers / its maximum; 0 is consensus. W1: mean Wasserstein-1 distance "
        "between pairs of subgroups, codes scaled to 0-1 (ordinal and two-option questions). n: pairs of question and "
        "stratum."
    ]
    if partial := sum(row.subgroups < row.of for row in found.per_question):
        notes.append(
            f"In {partial:,} of {len(found.per_question):,} pairs some subgroups have no row (unstable mode, or no "
            "valid answer): both measures are over the others, and |S| counts the others."
        )
    yield Table(
        title="Diversity by category",
        head=pairs,
        columns=("category", "MDS", "n", "W1", "n"),
        rows=tuple(
            (row.category, _share(row.mds), str(row.mds_n), _share(row.wasserstein), str(row.wasserstein_n))
            for row in found.categories
        ),
        notes=tuple(notes),
    )
    yield Table(
        title="Most divisive questions",
        head=f"highest MDS of {pairs}",
        columns=("question", "stratum", "category", "subgroups", "MDS", "W1"),
        labels=3,
        rows=tuple(
            (
                row.question.id,
                row.stratum,
                row.question.category,
                str(row.subgroups) if row.subgroups == row.of else f"{row.subgroups} of {row.of}",
                _share(row.mds),
                _share(row.wasserstein),
            )
            for row in found.divisive
        ),
    )


def _some(names: list[str]) -> str:
    """The first names of a list."""
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _share(value: float | None) -> str:
    """A share as tables show it: .318; empty where it is undefined."""
    return "" if value is None else f"{value:.3f}".removeprefix("0")
