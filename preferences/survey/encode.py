"""From the columns of a file to surveys of countries: every code checked, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.core.records import Question
from judge.preferences.survey.attributes import index_of, missing_codes, trait
from judge.preferences.survey.checks import check_respondents, check_wave, check_weights, present_countries
from judge.preferences.survey.columns import Columns, Wanted
from judge.preferences.survey.mapping import Mapping
from judge.preferences.survey.survey import Survey, in_use
from judge.preferences.survey.value_labels import check_labels


def wanted_columns(mapping: Mapping, attributes: Sequence[str], keep: frozenset[str] | None) -> Wanted:
    """What must be read of a file for these attributes: nothing else is."""
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
    )


class Encoder:
    """Gives codes their meaning. ``path`` and ``sha256`` name the source in messages and rows (None: in memory)."""

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
    ) -> None:
        self._columns = columns
        self._mapping = mapping
        self._attributes = tuple(attributes)
        self._weighted = weighted
        self._path = path
        self._sha256 = sha256
        self._lenient = unknown_codes_missing
        self._place: Path | str = path or "the survey in memory"
        check_wave(columns, mapping, path)
        self._duplicates = check_respondents(columns, mapping, path)
        self._differences = check_labels(columns, mapping, path)

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes of the countries that were read."""
        return present_countries(self._columns, self._mapping)

    def surveys(self) -> Iterator[Survey]:
        """One survey per country that was read. Errors: a code outside the catalogue, with line and respondent."""
        column = self._mapping.file.country.column
        for code in self.countries:
            rows = self._columns if column is None else self._columns.take(self._columns.texts[column] == code)
            yield self._survey(rows, code)

    def _survey(self, rows: Columns, country: str) -> Survey:
        mapping = self._mapping
        rows = _in_order(rows, mapping.file.respondent)
        listed = mapping.lists.get(country)
        if listed and (absent := [name for name in listed if not rows.has(mapping.columns[name])]):
            raise self._error(
                f"{len(absent)} of the {len(listed)} questions that were asked in {country} have no column: "
                f"{', '.join(absent[:10])}{', ...' if len(absent) > 10 else ''}",
                hint="take the file as it was downloaded",
            )
        questions: list[Question] = []
        answers: list[NDArray[np.int8]] = []
        excluded = dict(mapping.excluded)
        unknown: dict[str, int] = {}
        for name, question in mapping.questions.items():
            if listed and name not in listed:
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
            raise self._error(f"no question was answered in {country}", hint="is this the right file?")
        return Survey(
            source=_source(rows, mapping),
            sha256=self._sha256,
            country=country,
            country_name=mapping.country_name(country),
            questions=tuple(questions),
            answers=np.stack(answers, axis=1),
            traits={
                name: trait(rows, name, mapping.attributes[name], mapping.file.missing, self._place)
                for name in self._attributes
            },
            weights=check_weights(rows, mapping, self._path) if self._weighted else None,
            weighting=(mapping.file.weight or "none") if self._weighted else "none",
            excluded=excluded,
            unknown_codes=unknown,
            label_differences=self._differences,
            duplicates=self._duplicates,
        )

    def _answers(self, rows: Columns, name: str, question: Question) -> tuple[NDArray[np.int8], int]:
        """Indices of the answers, and how many were dropped because their code is unknown."""
        values = rows.numbers[self._mapping.columns[name]]
        coded, unknown = index_of(values, sorted(question.scale.codes))
        unknown &= ~missing_codes(values, self._mapping.file.missing) & ~np.isin(
            values, list(self._mapping.set_aside.get(name, ()))
        )
        if unknown.any() and not self._lenient:
            at = int(np.argmax(unknown))
            raise self._error(
                f"{name} is {values[at]:g}, which is neither one of its codes "
                f"({', '.join(str(code) for code in question.scale.codes)}) nor a missing code",
                rows=rows,
                at=at,
                hint="correct the file, or give --unknown-codes missing to drop such answers",
            )
        return coded.astype(np.int8), int(unknown.sum())

    def _error(self, message: str, *, hint: str, rows: Columns | None = None, at: int = 0) -> InputError:
        respondent = self._mapping.file.respondent
        row = str(rows.texts[respondent][at]) if rows is not None and respondent in rows.texts else None
        line = int(rows.lines[at]) if rows is not None else None
        return InputError(message, path=self._place, line=line, row=row, hint=hint)


def _in_order(rows: Columns, respondent: str | None) -> Columns:
    """Respondents by id, so that the order of a file's rows changes no resample."""
    if respondent not in rows.texts:
        return rows
    return rows.take(np.argsort(rows.texts[respondent], kind="stable"))


def _unused(coded: NDArray[np.int8], question: Question) -> str | None:
    used = in_use(coded, len(question.scale.codes))
    if used == 0:
        return "not asked: no valid answer"
    return "only one of its codes is in use" if used == 1 else None


def _source(rows: Columns, mapping: Mapping) -> str:
    """Survey and edition. A synthetic survey says so in its edition, and is called nothing else."""
    edition = rows.texts.get(mapping.file.edition or "", np.array([], dtype="U"))
    names = sorted(set(edition.tolist()) - {""})
    if any(name.startswith("synthetic") for name in names):
        return "; ".join(names)
    return f"{mapping.file.name}, {mapping.file.edition} {'; '.join(names)}" if names else mapping.file.name
