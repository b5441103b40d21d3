"""The question catalogue of a survey: wordings (ours), codes, labels, and an open wording of each question.

A catalogue is a folder of YAML files (``preferences/wvs7`` ships): ``catalogue.yaml`` has its name and version,
``scales.yaml`` named answer scales, ``excluded.yaml`` the variables that are not value questions, ``countries.yaml``
the questions chosen for a country, ``demographics.yaml`` the attributes of respondents; every other file is one
thematic category.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from pydantic import Field

from judge.core.errors import InputError
from judge.core.files.yaml import read_mapping, read_yaml, validated
from judge.core.records import Question, Record, Scale
from judge.prompts.question import spelt_out

FOLDER = Path(__file__).parents[1] / "wvs7"
_OTHER_FILES = {"catalogue.yaml", "scales.yaml", "excluded.yaml", "countries.yaml", "demographics.yaml"}
_ID = re.compile(r"^[A-Za-z]+\d+[A-Za-z]?$")


class ScaleEntry(Record):
    """A scale as written. ``range`` adds unlabelled codes between labelled ends; ``set_aside`` codes are no answer."""

    ordinal: bool
    labels: dict[int, str] = Field(min_length=1)
    range: tuple[int, int] | None = None
    set_aside: dict[int, str] = Field(default_factory=dict)


class QuestionEntry(Record):
    """A question as written: ``scale`` is a name of scales.yaml or a scale of the question's own."""

    ask: str = Field(min_length=1)
    open: str = Field(min_length=1)
    scale: str | ScaleEntry


class _Category(Record):
    category: str = Field(min_length=1)
    questions: dict[str, Any] = Field(min_length=1)


class _Head(Record):
    name: str
    version: str


class Catalogue(Record):
    """All questions of a survey. ``sha256`` covers every YAML file of the folder, names included.

    ``questions`` and the ids of each country are in questionnaire order. ``set_aside`` names, per question, the
    non-negative codes that a data file may hold and that are no answer on the scale ("Not allowed to vote"): a reader
    drops them like missing codes.
    """

    name: str
    version: str
    sha256: str
    questions: dict[str, Question]
    excluded: dict[str, str]
    countries: dict[str, tuple[str, ...]]
    set_aside: dict[str, dict[int, str]]


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read and check a catalogue; without ``folder``, the one of the World Values Survey wave 7 that ships.

    Raises:
        InputError: names the file and the question: bad YAML, an id that occurs twice, an unknown scale, a missing
            wording, labels that do not fit the codes, a question that is excluded as well, a country's unknown or
            repeated id.
    """
    folder = folder or FOLDER
    if not folder.is_dir():
        raise InputError("no such folder", path=folder, hint="a catalogue is a folder of YAML files")
    head = read_yaml(folder / "catalogue.yaml", _Head)
    scales = {
        name: validated(ScaleEntry, entry, folder / "scales.yaml", name)
        for name, entry in read_mapping(folder / "scales.yaml").items()
    }
    questions: dict[str, Question] = {}
    set_aside: dict[str, dict[int, str]] = {}
    homes: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name in _OTHER_FILES:
            continue
        category = read_yaml(path, _Category)
        for row, content in category.questions.items():
            if row in homes:
                raise InputError(f"the question is in {homes[row].name} as well", path=path, row=row)
            homes[row] = path
            entry = validated(QuestionEntry, content, path, row)
            scale = _scale(entry, scales, path, row)
            questions[row] = question(row, category.category, entry, scale, path)
            if scale.set_aside:
                set_aside[row] = scale.set_aside
    if not questions:
        raise InputError("the folder has no category of questions", path=folder)
    ordered = dict(sorted(questions.items(), key=lambda item: place(item[0])))
    return Catalogue(
        **head.model_dump(),
        sha256=_sha256(folder),
        questions=ordered,
        excluded=_excluded(folder / "excluded.yaml", homes),
        countries=_countries(folder / "countries.yaml", ordered),
        set_aside={row: set_aside[row] for row in ordered if row in set_aside},
    )


def place(row: str) -> tuple[str, int, str]:
    """Sort key of ids in questionnaire order: Q9, Q10, Q234, Q234A, Q235."""
    match = re.match(r"^([A-Za-z]+)(\d+)(.*)$", row)
    return (match[1], int(match[2]), match[3]) if match else (row, 0, "")


def question(row: str, category: str, entry: QuestionEntry, scale: ScaleEntry, path: Path) -> Question:
    """The record of a question; its structured wording ends with the codes and labels of the scale.

    Raises:
        InputError: the id or the scale is invalid.
    """
    if not _ID.match(row):
        raise InputError("not an id of a question, such as Q182", path=path, row=row)
    low, high = scale.range or (0, -1)
    codes = sorted(scale.labels.keys() | set(range(low, high + 1)))
    if scale.range and (codes[0] != low or codes[-1] != high or not {low, high} <= scale.labels.keys()):
        raise InputError(f"the range {low} to {high} needs labels for both ends, and none beyond", path=path, row=row)
    if both := set(codes) & scale.set_aside.keys():
        raise InputError(f"code {min(both)} is on the scale and set aside", path=path, row=row)
    labels = [scale.labels.get(code, str(code)) for code in codes]
    content = {"codes": codes, "labels": labels, "ordinal": scale.ordinal}
    options = validated(Scale, content, path, row)
    structured = f"{entry.ask.strip()} {spelt_out(options)}"
    return Question(id=row, category=category, structured=structured, open=entry.open.strip(), scale=options)


def _scale(entry: QuestionEntry, scales: dict[str, ScaleEntry], path: Path, row: str) -> ScaleEntry:
    if isinstance(entry.scale, ScaleEntry):
        return entry.scale
    if entry.scale not in scales:
        hint = f"scales.yaml has {', '.join(scales)}"
        raise InputError(f"no scale is called {entry.scale!r}", path=path, row=row, hint=hint)
    return scales[entry.scale]


def _excluded(path: Path, homes: dict[str, Path]) -> dict[str, str]:
    reasons = read_mapping(path)
    for row, reason in reasons.items():
        if row in homes:
            raise InputError(f"the question is in {homes[row].name} as well", path=path, row=row)
        if not isinstance(reason, str) or not reason.strip():
            raise InputError("the reason is missing", path=path, row=row)
    return dict(sorted(reasons.items(), key=lambda item: place(item[0])))


def _countries(path: Path, questions: dict[str, Question]) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for country, rows in read_mapping(path).items():
        if not isinstance(rows, list) or not rows:
            raise InputError("the value is no list of question ids", path=path, row=country)
        for row in rows:
            if row not in questions:
                raise InputError(f"{country} has an id that is not in the catalogue", path=path, row=str(row))
            if rows.count(row) > 1:
                raise InputError(f"{country} has the id twice", path=path, row=str(row))
        chosen[country] = tuple(sorted(rows, key=place))
    return chosen


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        data = path.read_bytes()
        digest.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()
