"""The mapping of a survey, from YAML: its columns, codes and labels.

The World Values Survey's mapping ships (``preferences/mappings/wvs7.yaml``). Other surveys are described by a file of
the same form; docs/values.md shows one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from judge.core.errors import UsageError
from judge.core.field_errors import nearest
from judge.core.files.rows import file_sha256
from judge.core.files.yaml import read_mapping, read_yaml, validated
from judge.core.records import Question, Record, Scale
from judge.preferences.survey.catalogue import load_catalogue
from judge.preferences.survey.columns import label_key

FOLDER = Path(__file__).parents[1] / "mappings"
DEFAULT = FOLDER / "wvs7.yaml"
DEMOGRAPHICS = Path(__file__).parents[1] / "wvs7" / "demographics.yaml"


def _text(value: object) -> object:
    """Refuse a label that YAML read as a truth value."""
    if isinstance(value, bool):
        raise ValueError("put it in quotes: YAML reads an unquoted Yes, No, On or Off as true or false")
    return value


Label = Annotated[str, BeforeValidator(_text)]


class Bands(Record):
    """Codes of an attribute from ranges of a number such as age: first and last, both inclusive; null is open."""

    column: str
    bands: dict[int, tuple[int, int | None]]


class Attribute(Record):
    """An attribute of respondents: its column, labels by code, and the column to use if that one is absent.

    A code without a label here takes the file's own value label.
    """

    column: str
    labels: dict[int, Label]
    fallback: Bands | None = None


class Words(Record):
    """Part of a persona's wording, "a(n) ADJECTIVE NOUN CLAUSE living in COUNTRY WHO": one of the four."""

    noun: str | None = None
    adjective: str | None = None
    clause: str | None = None
    who: str | None = None


class CountryColumn(Record):
    """The column of the country's code, or the only country of a survey without such a column; names for personas."""

    column: str | None = None
    only: str | None = None
    names: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.column is None) == (self.only is None):
            raise ValueError("give either the column, or the only country")
        return self


class Wave(Record):
    """The column of the wave, and its required value."""

    column: str
    value: int


class Missing(Record):
    """Codes that are no answer: all below a number, and those listed.

    ``labels`` are texts that are no answer, in files with labels instead of codes ("Don't know").
    """

    below: int | None = None
    codes: tuple[int, ...] = ()
    labels: tuple[Label, ...] = ()


class MappedQuestion(Record):
    """A question of a survey without a catalogue. ``missing`` lists codes that are no answer to this question."""

    column: str | None = None
    category: str
    structured: str
    open: str
    codes: dict[int, Label] = Field(min_length=2)
    ordinal: bool
    missing: tuple[int, ...] = ()


class MappingFile(Record):
    """The content of a mapping file, as written.

    ``other_labels`` gives further labels of a question's or an attribute's codes, for files with labels instead of
    codes: question or attribute -> label -> code.
    """

    name: str
    catalogue: Literal["wvs7"] | None = None
    questions: dict[str, MappedQuestion] | None = None
    attributes: dict[str, Attribute] | None = None
    country: CountryColumn
    respondent: str | None = None
    edition: str | None = None
    wave: Wave | None = None
    weight: str | None = None
    missing: Missing = Missing()
    words: dict[str, dict[int, Words]] = Field(default_factory=dict)
    other_labels: dict[str, dict[Label, int]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _questions_from_one_place(self) -> Self:
        if (self.catalogue is None) == (not self.questions):
            raise ValueError("give either `catalogue: wvs7` or `questions`")
        if self.catalogue is None and not self.attributes:
            raise ValueError("give `attributes`, from which strata are formed")
        return self


@dataclass(frozen=True)
class Mapping:
    """A mapping with its questions and attributes.

    Attributes:
        file: the content of the file.
        path: the file.
        sha256: hex digest of the file.
        questions: by id.
        columns: question id -> column.
        attributes: by name.
        set_aside: question id -> codes on the file's scale that are no answer, with their labels (may be empty).
        lists: country -> ids of the questions used there. Other countries use all that were asked.
        excluded: ids that are never used -> the reason.
        catalogue: name, version and sha256 of the question catalogue, if there is one.
    """

    file: MappingFile
    path: Path
    sha256: str
    questions: dict[str, Question]
    columns: dict[str, str]
    attributes: dict[str, Attribute]
    set_aside: dict[str, dict[int, str]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    catalogue: dict[str, str] | None = None

    def country_name(self, code: str) -> str:
        """The country's name in personas; its code if it has no name."""
        return self.file.country.names.get(code, code)

    def expected(self, country: str) -> tuple[str, ...]:
        """Ids of the questions that a file of this country should have columns for, in order."""
        return self.lists.get(country, tuple(self.questions))

    def of_categories(self, names: Sequence[str]) -> Mapping:
        """The mapping with the questions of these categories alone; the others are excluded by name.

        Raises:
            UsageError: No question has such a category.
        """
        known = list(dict.fromkeys(question.category for question in self.questions.values()))
        if unknown := [name for name in names if name not in known]:
            near = nearest(unknown[0], known)
            meant = f"did you mean {near[0]!r}? " if near else ""
            raise UsageError(
                f"{self.path.name}: no question is of the category {unknown[0]!r}",
                hint=f"{meant}categories: {'; '.join(known)}",
            )
        kept = {name: question for name, question in self.questions.items() if question.category in names}
        others = {name: "its category was not chosen" for name in self.questions if name not in kept}
        return replace(
            self,
            questions=kept,
            columns={name: self.columns[name] for name in kept},
            set_aside={name: codes for name, codes in self.set_aside.items() if name in kept},
            lists={code: tuple(name for name in listed if name in kept) for code, listed in self.lists.items()},
            excluded=self.excluded | others,
        )

    def codes_of_labels(self) -> dict[str, dict[str, float]]:
        """Per column, the codes of labels by :func:`label_key`; NaN for labels that are no answer.

        A label that two codes of a column share is left out.
        """
        labels: dict[str, list[tuple[str, float]]] = {}
        for name, attribute in self.attributes.items():
            labels.setdefault(attribute.column, []).extend(_given(attribute.labels, self.file.other_labels.get(name)))
        for name, question in self.questions.items():
            scale = dict(zip(question.scale.codes, question.scale.labels, strict=True))
            codes = scale | self.set_aside.get(name, {})
            labels.setdefault(self.columns[name], []).extend(_given(codes, self.file.other_labels.get(name)))
        missing = {label_key(label): float("nan") for label in self.file.missing.labels}
        return {column: missing | _unambiguous(pairs) for column, pairs in labels.items()}


def _given(labels: dict[int, str], others: dict[str, int] | None) -> list[tuple[str, float]]:
    """Labels with their codes."""
    return [(label, float(code)) for code, label in labels.items()] + [
        (label, float(code)) for label, code in (others or {}).items()
    ]


def _unambiguous(pairs: list[tuple[str, float]]) -> dict[str, float]:
    """The labels that have one code, by key."""
    found: dict[str, set[float]] = {}
    for label, code in pairs:
        found.setdefault(label_key(label), set()).add(code)
    return {key: codes.pop() for key, codes in found.items() if key and len(codes) == 1}


def load_mapping(path: Path | None = None) -> Mapping:
    """Read a mapping file; without ``path``, the World Values Survey's.

    Raises:
        InputError: the file cannot be read, or a field is wrong; names the file and the field.
    """
    source = path or DEFAULT
    return _loaded(source, file_sha256(source))


@lru_cache(maxsize=16)
def _loaded(source: Path, sha256: str) -> Mapping:
    """Read the file of this digest: to parse the catalogue of the World Values Survey takes a sixth of a second."""
    file = read_yaml(source, MappingFile)
    attributes = file.attributes if file.attributes is not None else load_attributes(DEMOGRAPHICS)
    if file.catalogue is None:
        given = file.questions or {}
        return Mapping(
            file=file,
            path=source,
            sha256=sha256,
            questions={name: _question(name, question) for name, question in given.items()},
            columns={name: question.column or name for name, question in given.items()},
            attributes=attributes,
            set_aside={name: dict.fromkeys(question.missing, "") for name, question in given.items()},
        )
    catalogue = load_catalogue()
    return Mapping(
        file=file,
        path=source,
        sha256=sha256,
        questions=catalogue.questions,
        columns={name: name for name in catalogue.questions},
        attributes=attributes,
        set_aside=catalogue.set_aside,
        lists=catalogue.countries,
        excluded=catalogue.excluded,
        catalogue={"name": catalogue.name, "version": catalogue.version, "sha256": catalogue.sha256},
    )


def load_attributes(path: Path) -> dict[str, Attribute]:
    """Read attributes with their verbatim labels.

    Raises:
        InputError: the file cannot be read, or a field is wrong; names the file and the field.
    """
    return {name: validated(Attribute, entry, path, name) for name, entry in read_mapping(path).items()}


def _question(name: str, given: MappedQuestion) -> Question:
    """A question of a mapping file as a record, codes ascending."""
    codes = tuple(sorted(given.codes))
    scale = Scale(codes=codes, labels=tuple(given.codes[code] for code in codes), ordinal=given.ordinal)
    return Question(id=name, category=given.category, structured=given.structured, open=given.open, scale=scale)
