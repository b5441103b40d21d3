"""Small surveys for tests: a mapping with two questions and three attributes, and files of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judge.preferences.values.build import CountryValues, build
from judge.preferences.values.settings import BuildSettings, TruthSettings

MAPPING = """\
name: A village survey
respondent: id
edition: edition
country: {column: land, names: {XX: Exland, YY: Whyland}}
wave: {column: round, value: 2}
weight: w
missing: {below: 0, codes: [99]}
attributes:
  sex: {column: sex, labels: {1: Male, 2: Female}}
  age_group:
    column: band
    labels: {1: 16-24 years, 2: 65 and over}
    fallback: {column: age, bands: {1: [16, 24], 2: [65, null]}}
  region: {column: region, labels: {10: North}}
words:
  sex: {1: {noun: man}, 2: {noun: woman}}
questions:
  A1:
    column: trust
    category: Trust
    structured: Can most people be trusted? 1 = Yes; 2 = No.
    open: What do you think of strangers?
    codes: {1: "Yes", 2: "No"}
    ordinal: false
    missing: [8]
  A2:
    category: Work
    structured: How important is work? 1 = Very; 2 = Rather; 3 = Not at all.
    open: What does work mean to you?
    codes: {1: Very, 2: Rather, 3: Not at all}
    ordinal: true
"""
STRATA = """\
sex: {attributes: [sex], split: train}
age_group: {attributes: [age_group], split: train}
sex_x_age: {attributes: [sex, age_group], split: ood}
region: {attributes: [region], split: none}
"""
HEADER = "id,land,round,edition,w,sex,band,age,region,trust,A2,unused"


def rows() -> list[list[str]]:
    """Eight respondents of XX and two of YY. Men of XX: trust 1 1 2 missing; women: 2 2 2 1."""
    trust = ("1", "1", "2", "-1", "2", "2", "2", "1")
    work = ("1", "2", "3", "3", "1", "1", "2", "2")
    found = [
        [f"x{n}", "XX", "2", "v1", "1.5" if n < 4 else "0.5", "1" if n < 4 else "2", "12"[n % 2],
         "2070"[n % 2 * 2 :][:2], "10", trust[n], work[n], "text"]
        for n in range(8)
    ]  # fmt: skip
    return found + [[f"y{n}", "YY", "2", "v1", "1", "1", "1", "20", "11", "12"[n], "1", ""] for n in range(2)]


def write_village(folder: Path, changed: dict[tuple[int, str], str] | None = None) -> Path:
    """Write mapping.yaml, strata.yaml and the survey; ``changed`` maps (row from 0, column) to another cell."""
    (folder / "mapping.yaml").write_text(MAPPING)
    (folder / "strata.yaml").write_text(STRATA)
    columns = HEADER.split(",")
    table = rows()
    for (row, column), cell in (changed or {}).items():
        table[row][columns.index(column)] = cell
    path = folder / "village.csv"
    path.write_text("\n".join([HEADER, *(",".join(row) for row in table)]) + "\n")
    return path


def without(path: Path, *columns: str) -> Path:
    """The same file without some of its columns."""
    lines = [line.split(",") for line in path.read_text().splitlines()]
    keep = [at for at, name in enumerate(lines[0]) if name not in columns]
    path.write_text("\n".join(",".join(line[at] for at in keep) for line in lines) + "\n")
    return path


def build_village(path: Path, **options: Any) -> CountryValues:
    """Build the values of the survey at ``path``, whose mapping and strata lie beside it."""
    settings: dict[str, Any] = {"countries": ("XX",), "strata": ("sex", "age_group")} | options
    (found,) = build(
        BuildSettings(
            out=path.parent / "v.jsonl",
            source=path,
            mapping=path.parent / "mapping.yaml",
            strata_file=path.parent / "strata.yaml",
            truth=TruthSettings(min_n=1, resamples=0),
            **settings,
        )
    ).files
    return found
