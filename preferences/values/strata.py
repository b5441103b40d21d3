"""Strata and their cells: the respondents of each subgroup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from judge.core.errors import InputError, UsageError
from judge.core.files.rows import file_sha256
from judge.core.files.yaml import read_mapping, validated
from judge.core.records import Record
from judge.preferences.survey.attributes import id_part
from judge.preferences.survey.survey import Survey
from judge.stats.answers.modal import MISSING

DEFAULT = Path(__file__).parents[1] / "strata.yaml"
Side = Literal["train", "ood", "none"]


class Stratum(Record):
    """A set of attributes, and its side of the compositional split."""

    attributes: tuple[str, ...] = Field(min_length=1)
    split: Side = "none"


@dataclass(frozen=True)
class Strata:
    """Strata by name, in order, with the file that defines them."""

    by_name: dict[str, Stratum]
    path: Path
    sha256: str

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes of all strata."""
        return tuple(dict.fromkeys(name for stratum in self.by_name.values() for name in stratum.attributes))

    def chosen(self, names: Sequence[str] | None) -> Strata:
        """The strata of the given names, in this order; None are those on a side of the split, or all if none is.

        Raises:
            UsageError: a name is unknown.
        """
        if names is None:
            sided = {name: stratum for name, stratum in self.by_name.items() if stratum.split != "none"}
            return Strata(sided or self.by_name, self.path, self.sha256)
        if unknown := [name for name in names if name not in self.by_name]:
            raise UsageError(
                f"no stratum is called {', '.join(unknown)}",
                hint=f"known in {self.path.name}: {', '.join(self.by_name)}",
            )
        return Strata({name: self.by_name[name] for name in names}, self.path, self.sha256)


@dataclass(frozen=True)
class Cell:
    """One combination of a stratum's labels, and the row numbers (n,) of its respondents."""

    stratum: str
    attributes: dict[str, str]
    codes: dict[str, int]
    members: NDArray[np.int64]

    @property
    def id(self) -> str:
        """The subgroup's id as in the study: stratum and labels joined by ``_``, blanks as hyphens."""
        return subgroup_id(self.stratum, tuple(self.attributes.values()))


def subgroup_id(stratum: str, labels: Sequence[str]) -> str:
    """``sex_x_age``, ``Male``, ``65 and over`` -> ``sex_x_age_Male_65-and-over``."""
    return "_".join((stratum, *(id_part(label) for label in labels)))


def load_strata(path: Path | None = None) -> Strata:
    """Read a strata file; without ``path``, the study's.

    Raises:
        InputError: the file cannot be read, defines no stratum, or a field is wrong; names the file and the field.
    """
    source = path or DEFAULT
    strata = {name: validated(Stratum, entry, source, name) for name, entry in read_mapping(source).items()}
    if not strata:
        raise InputError("the file defines no stratum", path=source, hint="docs/values.md shows a strata file")
    return Strata(strata, source, file_sha256(source))


def check_attributes(strata: Strata, known: Sequence[str]) -> None:
    """Check that the survey's mapping describes all attributes of the strata.

    Raises:
        InputError: an attribute is not in ``known``.
    """
    for name, stratum in strata.by_name.items():
        if unknown := [attribute for attribute in stratum.attributes if attribute not in known]:
            raise InputError(
                f"stratum {name} needs the attribute {unknown[0]!r}, which is not in the mapping",
                path=strata.path,
                hint=f"known: {', '.join(known)}; choose others with --strata",
            )


def cells(survey: Survey, name: str, stratum: Stratum) -> Iterator[Cell]:
    """All cells of a stratum with at least one respondent, sorted by the codes of its attributes.

    A respondent without an attribute, or whose code has no label, is in no cell of a stratum that needs it.
    """
    traits = [survey.traits[attribute] for attribute in stratum.attributes]
    combined: NDArray[np.int64] = np.zeros(len(survey), dtype=np.int64)
    known: NDArray[np.bool_] = np.ones(len(survey), dtype=np.bool_)
    for trait in traits:
        combined = combined * max(1, len(trait.labels)) + trait.codes
        known &= trait.codes != MISSING
    rows = np.flatnonzero(known)
    found, group = np.unique(combined[rows], return_inverse=True)
    order = np.argsort(group, kind="stable")
    for members in np.split(rows[order], np.cumsum(np.bincount(group, minlength=len(found)))[:-1]):
        if len(members):
            at = [int(trait.codes[members[0]]) for trait in traits]
            yield Cell(
                stratum=name,
                attributes={
                    attribute: trait.labels[code]
                    for attribute, trait, code in zip(stratum.attributes, traits, at, strict=True)
                },
                codes={
                    attribute: trait.values[code]
                    for attribute, trait, code in zip(stratum.attributes, traits, at, strict=True)
                },
                members=members,
            )
