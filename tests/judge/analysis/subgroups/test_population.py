"""Tests of `judge analyze --population-weights`."""

from __future__ import annotations

from pathlib import Path

import pytest

import judge
from judge.analysis.subgroups.population import read_population
from judge.core.errors import InputError
from tests.support.demo_labels import RUN
from tests.support.generation import VALUES
from tests.support.rows import jsonl

SIZES = "subgroup,weight\n"


def weights(path: Path, *, less: int = 0) -> Path:
    """A size for each subgroup of the demo run."""
    run = judge.load_run(RUN)
    names = sorted({row.value for row in run.summary.win_rates if row.dimension == "subgroup"})
    path.write_text(SIZES + "".join(f'"{name}",{10 + at}\n' for at, name in enumerate(names[less:])), encoding="utf-8")
    return path


def test_win_rates_count_subgroups_by_their_size(tmp_path: Path) -> None:
    found = judge.analyze(RUN, by=["subgroup"], permutations=99, population_weights=weights(tmp_path / "sizes.csv"))
    rates = {row.value: row.estimate for row in found.slices if row.criterion == "overall"}
    sizes = read_population(tmp_path / "sizes.csv").sizes
    strata: dict[str, list[str]] = {}
    for verdict in judge.load_run(RUN).verdicts().itertuples():
        if verdict.subgroup not in strata.setdefault(verdict.stratum, []):
            strata[verdict.stratum].append(verdict.subgroup)
    rows = {row.stratum: row for row in found.poststratified if row.criterion == "overall"}
    assert set(rows) == set(strata)
    for stratum, names in strata.items():
        total = sum(sizes[name] for name in names)
        expected = sum(sizes[name] * (rates[name].value or 0.0) for name in names) / total
        assert rows[stratum].estimate.value == pytest.approx(expected)
        assert rows[stratum].subgroups == len(names)
    assert found.how.population_unit == "weights"


def test_a_values_file_gives_respondents_or_their_weights(tmp_path: Path) -> None:
    plain = read_population(VALUES)
    assert plain.unit == "respondents"
    assert min(plain.sizes.values()) > 0
    rows = [{"subgroup": {"id": name, "n": 5, "weight": 2.5}} for name in plain.sizes]
    assert read_population(jsonl(tmp_path / "values.jsonl", rows)).unit == "survey weights"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subgroup,weight\na,1\na,2\n", "two sizes, 1 and 2"),
        ("subgroup,weight\na,-1\n", "weight '-1' is no number"),
        ("subgroup,weight\na,nan\n", "weight 'nan' is no number"),
        ("subgroup,size\na,1\n", "no subgroup, or no weight"),
    ],
)
def test_sizes_that_cannot_be_used_are_refused_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as refused:
        read_population(path)
    assert refused.value.line == text.count("\n")


def test_a_subgroup_without_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no weight for"):
        judge.analyze(RUN, permutations=99, population_weights=weights(tmp_path / "sizes.csv", less=1))


def test_subgroups_that_cannot_count_are_named(tmp_path: Path) -> None:
    """Half of the population has no score, a tenth no size; another file has subgroups that the run lacks."""
    sizes = {"a": 5, "b": 3, "c": 0, "d": 2}
    rows = [
        {"item": f"{q}{group}", "question": q, "subgroup": group}
        | dict.fromkeys(("reference_first", "candidate_first"), "" if group == "a" else "candidate" if q < 4 else "tie")
        for q in range(6)
        for group in sizes
    ]
    table = jsonl(tmp_path / "table.jsonl", rows)
    path = tmp_path / "sizes.csv"
    path.write_text(SIZES + "".join(f"{name},{size}\n" for name, size in sizes.items()) + "x,10\n", encoding="utf-8")
    found = judge.analyze(table, permutations=99, population_weights=path)
    (row,) = found.poststratified
    assert (row.subgroups, row.unscored, row.estimate.n) == (2, ("a",), 12)
    assert row.estimate.value == pytest.approx(5 / 6)
    (warning,) = [each for each in found.warnings if "sizes.csv" in each]
    assert "1 subgroup that the run does not have, 50%" in warning
