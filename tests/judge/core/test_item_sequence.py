"""Items are spread over questions and subgroups; older runs keep their uniform draw."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import MANIFEST
from judge.core.item_sequence import Unit, in_sequence
from judge.judging.open_run import open_plan
from tests.support.rows import inputs, read_rows


def grid(questions: int, subgroups: int, samples: int = 1) -> list[Unit]:
    return [
        Unit(f"Q{q}_s{s}", sample, f"Q{q}", f"s{s}")
        for q in range(questions)
        for s in range(subgroups)
        for sample in range(samples)
    ]


@settings(max_examples=40, deadline=None)
@given(
    questions=st.integers(1, 14),
    subgroups=st.integers(1, 12),
    samples=st.integers(1, 2),
    seed=st.integers(),
    data=st.data(),
)
def test_any_prefix_is_spread_over_questions_and_subgroups(
    questions: int, subgroups: int, samples: int, seed: int, data: st.DataObject
) -> None:
    """Every question has as many items as any other, or one fewer; while no subgroup repeats, so has every subgroup."""
    units = grid(questions, subgroups, samples)
    found = in_sequence(data.draw(st.permutations(units)), seed, "spread")
    assert sorted(found) == sorted(units)
    for length in range(1, len(found) + 1):
        taken = Counter(unit.question for unit in found[:length])
        assert max(taken.values()) - min(taken[unit.question] for unit in units) <= 1
    for wave in range(subgroups):  # each wave goes through the subgroups in turn
        drawn = Counter(unit.subgroup for unit in found[wave * questions : (wave + 1) * questions])
        assert max(drawn.values()) <= -(-questions // subgroups)
    first = found[: questions * subgroups]
    assert {unit.sample for unit in first} == {0}
    assert len({(unit.question, unit.subgroup) for unit in first}) == len(first)


def test_few_questions_come_to_all_subgroups_before_one_returns() -> None:
    found = in_sequence(grid(7, 50), 3, "spread")
    assert len({unit.subgroup for unit in found[:49]}) == 49


def test_questions_that_lack_subgroups_are_spread_too() -> None:
    rng = np.random.default_rng(1)
    units = [unit for unit in grid(20, 10) if rng.random() < 0.6]
    found = in_sequence(units, 0, "spread")
    sizes = Counter(unit.question for unit in units)
    for length in range(1, len(found) + 1):
        taken = Counter(unit.question for unit in found[:length])
        assert all(taken[q] >= min(sizes[q], max(taken.values()) - 1) for q in sizes)


def test_the_uniform_sequence_is_that_of_older_versions() -> None:
    units = grid(5, 4)
    old = sorted(units, key=lambda unit: hashlib.sha256(f"9|{unit.sample}|{unit.item_id}".encode()).digest())
    assert in_sequence(units, 9, "uniform") == old


def test_a_prefix_that_is_spread_has_less_variance() -> None:
    """One item of each of 20 questions, correlation .3: by the formulas .050 and .063."""
    rng = np.random.default_rng(2)
    means: dict[str, list[float]] = {"spread": [], "uniform": []}
    units = grid(20, 20)
    for seed in range(400):
        score = rng.normal(0, 0.3**0.5, 20)[:, None] + rng.normal(0, 0.7**0.5, (20, 20))
        for rule, values in means.items():
            taken = in_sequence(units, seed, rule)[:20]  # type: ignore[arg-type]
            values.append(float(np.mean([score[int(u.question[1:]), int(u.subgroup[1:])] for u in taken])))
    assert np.var(means["spread"]) < 0.95 * np.var(means["uniform"])


def test_a_run_says_which_rule_it_used_and_an_older_one_goes_on_with_its_own(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    assert files.compare(limit=2).manifest.sequence == "spread"
    uniform = files.compare(limit=2, out=tmp_path / "u", sequence="uniform")
    assert uniform.manifest.sequence == "uniform"
    judged = [row["comparison_id"] for row in read_rows(tmp_path / "u" / "verdicts.jsonl")]
    path = tmp_path / "u" / MANIFEST
    kept = json.loads(path.read_text(encoding="utf-8"))
    del kept["sequence"], kept["results"]["made_from"]["sequence"]  # as versions without the choice wrote it
    path.write_text(json.dumps(kept), encoding="utf-8")
    before = (tmp_path / "u" / "judgments.jsonl").read_bytes()
    again = files.compare(limit=2, out=tmp_path / "u")
    assert again.session is not None
    assert (again.session.calls, again.manifest.sequence) == (0, None)
    assert "sequence" not in json.loads(path.read_text(encoding="utf-8"))
    assert [row["comparison_id"] for row in read_rows(tmp_path / "u" / "verdicts.jsonl")] == judged
    assert (tmp_path / "u" / "judgments.jsonl").read_bytes() == before
    manifest = JudgingManifest.model_validate_json(path.read_bytes())
    assert open_plan(tmp_path / "u", manifest, None).sequence == "uniform"


def test_another_sequence_of_a_run_asks_only_for_what_it_lacks(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    assert files.compare().is_finished
    before = (files.out / "judgments.jsonl").read_bytes()
    assert files.compare(limit=2, sequence="uniform").summary.counts.comparisons == 2
    assert (files.out / "judgments.jsonl").read_bytes() == before


@pytest.mark.parametrize(("rho", "cost", "best"), [(0.2, 1, 2.0), (0.2, 9, 6.0), (0.9, 1, 1.0), (0.0, 1, float("inf"))])
def test_the_best_number_of_comparisons_per_question(rho: float, cost: float, best: float) -> None:
    from judge.stats.win_rates.variance_components import best_per_question

    assert best_per_question(rho, cost) == pytest.approx(best)


def test_the_fewest_comparisons_that_are_nearly_as_good() -> None:
    from judge.stats.win_rates.variance_components import enough_per_question, half_width

    enough = enough_per_question(0.03, 0.12, 50, 0.05)
    full = half_width(0.03, 0.12, 214, 50)
    assert half_width(0.03, 0.12, 214, enough) <= 1.05 * full < half_width(0.03, 0.12, 214, enough - 1)
    assert enough_per_question(0.0, 0.0, 50, 0.05) == 1  # all comparisons of a question alike
