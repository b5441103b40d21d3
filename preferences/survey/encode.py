"""From the columns of a file to surveys of countries: every code is checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.core.records import Question
from judge.preferences.survey.attributes import index_of, missing_codes, trait
from judge.preferences.survey.checks import check_respondents, check_wave, check_weights, present_countries
from judge.preferences.survey.columns import Columns, Wanted
from judge.preferences.survey.mapping import Mapping
from judge.preferences.survey.survey import Survey, Trait, in_use
from judge.preferences.survey.value_labels import check_labels


def wanted_columns(mapping: Mapping, attributes: Sequence[str], keep: frozenset[str] | None) -> Wanted:
    """The columns to read for these attributes; ``keep``: the countries (None: all)."""
    file = mapping.file
    chosen = [mapping.attributes[name] for name in attributes]
    numbers = [attribute.column for attribute in chosen]
    numbers += [attribute.fallback.column for attribute in chosen if attribute.fallback]
    numbers += [file.wave.column] if file.wave else []
    numbers += [file.weight] if file.weight else []
    texts = [name for name in (file.country.column, file.respondent, file.edition) if name]
    return Wanted(
        numbers=tuple(dict.fromkeys([*numbers, *mapping.columns.values()])),
        texts=tuple(texts),
        column=file.country.column,
        keep=keep,
        named={name: code for code, name in file.country.names.items()},
        codes=mapping.codes_of_labels(),
    )


class Encoder:
    """Turn the columns of a file into surveys of countries.

    Args:
        columns: the file's columns.
        mapping: the survey.
        attributes: the attributes to encode.
        weighted: whether weights are needed.
        path: the file, for messages; None for a survey in memory.
        sha256: hex digest of the file, for the rows.
        unknown_codes_missing: count and drop answers whose code or label is unknown, instead of refusing the country.
        partial: accept a country for whose questions the file does not have all columns.

    Raises:
        InputError: the file's value labels are reversed.
    """

    def __init__(
        self,
        columns: Columns,
        mapping: Mapping,
        *,
        attributes: Sequence[str],
        weighted: bool,
        path: Path | None,
        sha256: str | None,
        unknown_codes_missing: bool = False,
        partial: bool = False,
    ) -> None:
        self._columns = columns
        self._mapping = mapping
        self._attributes = tuple(attributes)
        self._weighted = weighted
        self._path = path
        self._sha256 = sha256
        self._lenient = unknown_codes_missing
        self._partial = partial
        self._place: Path | str = path or "the survey in memory"
        self._differences = check_labels(columns, mapping, path)

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes of the countries that were read."""
        return present_countries(self._columns, self._mapping)

    def surveys(self) -> Iterator[Survey]:
        """One survey per country that was read; see :meth:`survey`."""
        return (self.survey(code) for code in self.countries)

    def survey(self, country: str) -> Survey:
        """The survey of one country.

        Raises:
            InputError: the file has no column for a question (unless partial); a respondent is of another wave or
                occurs twice; a code or label is unknown (names line and respondent); no question was answered.
        """
        mapping, column = self._mapping, self._mapping.file.country.column
        rows = self._columns if column is None else self._columns.take(self._columns.texts[column] == country)
        check_wave(rows, mapping, self._path)
        duplicates = check_respondents(rows, mapping, self._path)
        rows = _in_order(rows, mapping.file.respondent)
        listed, expected = mapping.lists.get(country), mapping.expected(country)
        absent = [name for name in expected if not rows.has(mapping.columns[name])]
        if absent and not self._partial:
            raise self._error(
                f"the file has columns for {len(expected) - len(absent)} of {len(expected)} questions of {country}; "
                f"missing: {', '.join(absent[:10])}{', ...' if len(absent) > 10 else ''}",
                hint="use the file as downloaded, or give --allow partial to build from the questions it has",
            )
        questions: list[Question] = []
        answers: list[NDArray[np.int8]] = []
        excluded = dict(mapping.excluded)
        unknown: dict[str, int] = {}
        for name, question in mapping.questions.items():
            if listed is not None and name not in listed:
                excluded[name] = f"not among the {len(listed)} questions chosen for {country}"
            elif not rows.has(mapping.columns[name]):
                excluded[name] = "the file has no such column"
            else:
                coded, strange = self._answers(rows, name, question)
                if strange:
                    unknown[name] = strange
                if used := _unused(coded, question):
                    excluded[name] = used
                else:
                    questions.append(question)
                    answers.append(coded)
        if not questions:
            raise self._error(f"no question was answered in {country}", hint="check that this is the right file")
        return Survey(
            source=_source(rows, mapping),
            sha256=self._sha256,
            country=country,
            country_name=mapping.country_name(country),
            questions=tuple(questions),
            answers=np.stack(answers, axis=1),
            traits={name: self._trait(rows, name, unknown) for name in self._attributes},
            weights=check_weights(rows, mapping, self._path) if self._weighted else None,
            weighting=(mapping.file.weight or "none") if self._weighted else "none",
            excluded=excluded,
            expected=len(expected),
            unknown_codes=unknown,
            label_differences=self._differences,
            duplicates=duplicates,
        )

    def _answers(self, rows: Columns, name: str, question: Question) -> tuple[NDArray[np.int8], int]:
        """Indices of the answers, and the number of those dropped because their code is unknown."""
        values = rows.numbers[self._mapping.columns[name]]
        coded, unknown = index_of(values, sorted(question.scale.codes))
        unknown &= ~missing_codes(values, self._mapping.file.missing) & ~np.isin(
            values, list(self._mapping.set_aside.get(name, ()))
        )
        if unknown.any() and not self._lenient:
            at = int(np.argmax(unknown))
            raise self._error(
                f"{name} is {rows.cell(self._mapping.columns[name], at)}, which is neither one of its codes "
                f"({_scale(question)}) nor a missing code",
                rows=rows,
                at=at,
                hint="correct the file, or give --unknown-codes missing to drop such answers",
            )
        return coded.astype(np.int8), int(unknown.sum())

    def _trait(self, rows: Columns, name: str, unknown: dict[str, int]) -> Trait:
        """One attribute. Text that is neither a number nor a label is refused, or dropped and counted."""
        attribute = self._mapping.attributes[name]
        column = attribute.column
        if not rows.has(column) and attribute.fallback:
            column = attribute.fallback.column
        values = rows.numbers.get(column, np.empty(0))
        if (text := np.isinf(values)).any():
            at = int(np.argmax(text))
            if not self._lenient:
                labels = ", ".join(f"{code} {label}" for code, label in attribute.labels.items())
                raise self._error(
                    f"{column} ({name}) is {rows.cell(column, at)}, which is neither a number nor one of its labels",
                    rows=rows,
                    at=at,
                    hint=f"correct the file (labels: {labels}), or give --unknown-codes missing to drop such cells",
                )
            unknown[name] = int(text.sum())
            rows = replace(rows, numbers=rows.numbers | {column: np.where(text, np.nan, values)})
        return trait(rows, name, attribute, self._mapping.file.missing, self._place)

    def _error(self, message: str, *, hint: str, rows: Columns | None = None, at: int = 0) -> InputError:
        """The error for one respondent (``rows``, ``at``) or for the whole file."""
        respondent = self._mapping.file.respondent
        row = str(rows.texts[respondent][at]) if rows is not None and respondent in rows.texts else None
        line = int(rows.lines[at]) if rows is not None else None
        return InputError(message, path=self._place, line=line, row=row, hint=hint)


def _in_order(rows: Columns, respondent: str | None) -> Columns:
    """Respondents sorted by id: resamples do not depend on the order of a file's rows."""
    if respondent not in rows.texts:
        return rows
    return rows.take(np.argsort(rows.texts[respondent], kind="stable"))


def _scale(question: Question) -> str:
    """Codes with their labels for a message, shortened where there are many."""
    pairs = zip(question.scale.codes, question.scale.labels, strict=True)
    shown = [str(code) if label == str(code) else f"{code} {label}" for code, label in pairs]
    return ", ".join(shown)


def _unused(coded: NDArray[np.int8], question: Question) -> str | None:
    """Why a question is not used; None where at least two codes occur."""
    used = in_use(coded, len(question.scale.codes))
    if used == 0:
        return "not asked: no valid answer"
    return "only one of its codes is in use" if used == 1 else None


def _source(rows: Columns, mapping: Mapping) -> str:
    """Name and edition of the survey; of a synthetic survey the edition alone, which says that it is synthetic."""
    edition = rows.texts.get(mapping.file.edition or "", np.array([], dtype="U"))
    names = sorted(set(edition.tolist()) - {""})
    if any(name.startswith("synthetic") for name in names):
        return "; ".join(names)
    return f"{mapping.file.name}, {mapping.file.edition} {'; '.join(names)}" if names else mapping.file.name
