"""Which columns and codes of a survey file mean what: the mapping, from YAML.

The World Values Survey's mapping ships (``preferences/mappings/wvs7.yaml``). Any other survey is described by a file of
the same form; docs/values.md shows one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from judge.core.files.rows import file_sha256
from judge.core.files.yaml import read_mapping, read_yaml, validated
from judge.core.records import Question, Record, Scale
from judge.preferences.survey.catalogue import load_catalogue

FOLDER = Path(__file__).parents[1] / "mappings"
DEFAULT = FOLDER / "wvs7.yaml"
DEMOGRAPHICS = Path(__file__).parents[1] / "wvs7" / "demographics.yaml"


def _text(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("put it in quotes: YAML reads an unquoted Yes, No, On or Off as true or false")
    return value


Label = Annotated[str, BeforeValidator(_text)]


class Bands(Record):
    """An attribute's codes from ranges of a number (first and last, both inside; null is open), such as age."""

    column: str
    bands: dict[int, tuple[int, int | None]]


class Attribute(Record):
    """What is known of respondents: a column, its codes with labels, and where to turn if the column is absent.

    A code without a label here takes the file's own value label.
    """

    column: str
    labels: dict[int, Label]
    fallback: Bands | None = None


class Words(Record):
    """How a persona is worded: "a(n) ADJECTIVE NOUN CLAUSE living in COUNTRY WHO". Give one of the four."""

    noun: str | None = None
    adjective: str | None = None
    clause: str | None = None
    who: str | None = None


class CountryColumn(Record):
    """The column with the country's code, or the one country of a survey without such a column; names for personas."""

    column: str | None = None
    only: str | None = None
    names: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.column is None) == (self.only is None):
            raise ValueError("give either the column, or the only country")
        return self


class Wave(Record):
    """The column that tells the wave, and the number that it must hold."""

    column: str
    value: int


class Missing(Record):
    """Codes that are no answer: all below a number, and those listed."""

    below: int | None = None
    codes: tuple[int, ...] = ()


class MappedQuestion(Record):
    """A question of a survey without a catalogue. ``missing`` lists codes that are no answer to this one."""

    column: str | None = None
    category: str
    structured: str
    open: str
    codes: dict[int, Label] = Field(min_length=2)
    ordinal: bool
    missing: tuple[int, ...] = ()


class MappingFile(Record):
    """The content of a mapping file, as written."""

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

    @model_validator(mode="after")
    def _questions_from_one_place(self) -> Self:
        if (self.catalogue is None) == (not self.questions):
            raise ValueError("give either `catalogue: wvs7` or `questions`")
        if self.catalogue is None and not self.attributes:
            raise ValueError("give `attributes`: what strata are made of")
        return self


@dataclass(frozen=True)
class Mapping:
    """A mapping with its questions and attributes at hand.

    ``columns`` maps a question's id to its column; ``set_aside`` to the codes that are known but no answer;
    ``lists`` a country to the ids that are to be used there (others: whatever was asked); ``excluded`` maps ids that
    are never used to the reason. ``sha256`` covers the file, and ``catalogue`` what stands beside it.
    """

    file: MappingFile
    path: Path
    sha256: str
    questions: dict[str, Question]
    columns: dict[str, str]
    attributes: dict[str, Attribute]
    set_aside: dict[str, frozenset[int]] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    catalogue: dict[str, str] | None = None

    def country_name(self, code: str) -> str:
        """The country as a persona says it; the code itself where no name is known."""
        return self.file.country.names.get(code, code)

    def is_missing(self, code: float) -> bool:
        """Whether a code is no answer to any question."""
        missing = self.file.missing
        return (missing.below is not None and code < missing.below) or code in missing.codes


def load_mapping(path: Path | None = None) -> Mapping:
    """Read a mapping file, or the World Values Survey's. Errors: :class:`InputError` names the file and the field."""
    source = path or DEFAULT
    file = read_yaml(source, MappingFile)
    sha256 = file_sha256(source)
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
            set_aside={name: frozenset(question.missing) for name, question in given.items()},
        )
    catalogue = load_catalogue()
    return Mapping(
        file=file,
        path=source,
        sha256=sha256,
        questions=catalogue.questions,
        columns={name: name for name in catalogue.questions},
        attributes=attributes,
        set_aside={name: frozenset(codes) for name, codes in catalogue.set_aside.items()},
        lists=catalogue.countries,
        excluded=catalogue.excluded,
        catalogue={"name": catalogue.name, "version": catalogue.version, "sha256": catalogue.sha256},
    )


def load_attributes(path: Path) -> dict[str, Attribute]:
    """Read attributes with their verbatim labels. Errors: :class:`InputError` names the file and the field."""
    return {name: validated(Attribute, entry, path, name) for name, entry in read_mapping(path).items()}


def _question(name: str, given: MappedQuestion) -> Question:
    codes = tuple(sorted(given.codes))
    scale = Scale(codes=codes, labels=tuple(given.codes[code] for code in codes), ordinal=given.ordinal)
    return Question(id=name, category=given.category, structured=given.structured, open=given.open, scale=scale)
