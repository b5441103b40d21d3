"""The plan follows from the seed alone: the same with swapped files, and a larger limit extends a smaller one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.comparison.results import load_summary
from judge.core.errors import RunDirectoryError
from judge.core.files.run_directory import COMPARISONS
from judge.core.records import Comparison, Item
from judge.judging.call_plan import Plan
from tests.support.command import judge
from tests.support.rows import inputs, read_rows

ROWS = 40


def comparison(item: int, *, swapped: bool) -> Comparison:
    names = ("ft", "base") if swapped else ("base", "ft")
    return Comparison(
        id=f"Q{item}|0|{names[0]}|{names[1]}",
        item=Item(id=f"Q{item}", question_id=f"Q{item}"),
        sample=0,
        reference=names[0],
        candidate=names[1],
        reference_text=names[0],
        candidate_text=names[1],
        reference_sha256="",
        candidate_sha256="",
    )


def write(path: Path, *, swapped: bool = False, backwards: bool = False) -> Path:
    rows = [comparison(item, swapped=swapped) for item in range(ROWS)]
    ordered = reversed(rows) if backwards else rows
    path.write_text("".join(row.model_dump_json() + "\n" for row in ordered), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same pairs, and with the files swapped and the rows turned round."""
    folder = tmp_path_factory.mktemp("plan")
    return write(folder / "one.jsonl"), write(folder / "two.jsonl", swapped=True, backwards=True)


def items(plan: Plan) -> list[str]:
    return [row.item.id for row in plan]


def shown_first(plan: Plan) -> list[list[str]]:
    """Per comparison, the name of the contestant that each call shows first."""
    return [
        [row.reference if call.order == "reference_first" else row.candidate for call in plan.calls_of(row)]
        for row in plan
    ]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(), small=st.integers(1, ROWS), large=st.integers(1, 2 * ROWS))
def test_a_larger_limit_extends_a_smaller_ones_sample(
    paths: tuple[Path, Path], seed: int, small: int, large: int
) -> None:
    small, large = sorted((small, large))
    one, other = (Plan(paths[0], seed=seed, orders="both", repeats=1, limit=limit) for limit in (small, large))
    assert items(one) == items(other)[:small]
    assert len(one) == small
    assert len(other) == min(large, ROWS)
    assert one.available == ROWS


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(), limit=st.none() | st.integers(1, ROWS), repeats=st.integers(1, 3))
@pytest.mark.parametrize("orders", ["both", "one"])
def test_swapped_files_give_the_same_plan(
    paths: tuple[Path, Path], orders: str, seed: int, limit: int | None, repeats: int
) -> None:
    one, other = (
        Plan(path, seed=seed, orders="one" if orders == "one" else "both", repeats=repeats, limit=limit)
        for path in paths
    )
    assert items(one) == items(other)
    assert shown_first(one) == shown_first(other)


NAMES = ("base", "one", "two", "three")


def several(path: Path, names: tuple[str, ...], *, samples: int = 1) -> Path:
    """Pairs of each later name with the first, on all items."""
    rows = [
        comparison(item, swapped=False).model_copy(
            update={"id": f"Q{item}|{sample}|{names[0]}|{name}", "sample": sample, "candidate": name}
        )
        for name in names[1:]
        for item in range(ROWS)
        for sample in range(samples)
    ]
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows), encoding="utf-8")
    return path


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(), limit=st.integers(1, ROWS), samples=st.integers(1, 2))
def test_a_limit_takes_the_same_items_for_all_candidates(
    tmp_path_factory: pytest.TempPathFactory, seed: int, limit: int, samples: int
) -> None:
    path = several(tmp_path_factory.mktemp("several") / "rows.jsonl", NAMES, samples=samples)
    plan, larger = (Plan(path, seed=seed, orders="both", repeats=2, limit=many) for many in (limit, limit + 1))
    taken = {name: {(row.item.id, row.sample) for row in plan if row.candidate == name} for name in NAMES[1:]}
    assert len(plan) == 3 * limit
    assert plan.calls == 4 * len(plan)
    assert plan.available == 3 * samples * ROWS
    assert {len(drawn) for drawn in taken.values()} == {limit}
    assert len({frozenset(drawn) for drawn in taken.values()}) == 1
    ids = [row.id for row in plan]
    assert [row.id for row in larger][: len(ids)] == ids


def test_another_set_of_candidates_is_judged_on_the_same_items(tmp_path: Path) -> None:
    all_of_them, two = several(tmp_path / "all.jsonl", NAMES), several(tmp_path / "two.jsonl", ("base", "two"))
    many, few = (Plan(path, seed=5, orders="both", repeats=1, limit=7) for path in (all_of_them, two))
    assert [row.item.id for row in many if row.candidate == "two"] == items(few)


def test_an_item_that_one_candidate_lacks_counts_as_one(tmp_path: Path) -> None:
    path = several(tmp_path / "rows.jsonl", NAMES)
    kept = [
        line
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if '"id":"Q3|0|base|one"' not in line
    ]
    path.write_text("".join(kept), encoding="utf-8")
    plan = Plan(path, seed=0, orders="both", repeats=1, limit=ROWS)
    assert len(plan) == plan.available == 3 * ROWS - 1
    assert len(set(items(plan))) == ROWS


def test_both_orders_are_asked_once_for_each_repeat(paths: tuple[Path, Path]) -> None:
    plan = Plan(paths[0], seed=3, orders="both", repeats=3, limit=None)
    for row in plan:
        calls = [(call.order, call.repeat) for call in plan.calls_of(row)]
        assert len(calls) == len(set(calls)) == 6
        assert Counter(order for order, _ in calls) == {"reference_first": 3, "candidate_first": 3}
    assert plan.calls == 6 * ROWS


def test_with_one_order_the_seed_draws_about_half_of_each(paths: tuple[Path, Path]) -> None:
    plan = Plan(paths[0], seed=3, orders="one", repeats=1, limit=None)
    drawn = Counter(names[0] for names in shown_first(plan))
    assert plan.calls == ROWS
    assert 10 <= drawn["base"] <= 30


def test_another_seed_gives_another_sequence_of_the_same_items(paths: tuple[Path, Path]) -> None:
    one, other = (items(Plan(paths[0], seed=seed, orders="both", repeats=1, limit=None)) for seed in (1, 2))
    assert one != other
    assert sorted(one) == sorted(other)


def test_limit_judges_a_sample_and_a_larger_limit_asks_only_for_the_rest(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    journal = files.out / "judgments.jsonl"
    assert files.compare(limit=2).is_finished
    before = journal.read_bytes()
    sample = {row["comparison_id"] for row in read_rows(journal)}
    assert len(sample) == 2
    assert files.compare(limit=4).is_finished
    counts = load_summary(files.out).counts
    assert (counts.comparisons, counts.calls, counts.ok) == (4, 8, 8)
    assert journal.read_bytes().startswith(before)
    rows = read_rows(journal)
    assert len(rows) == 8
    assert sample < {row["comparison_id"] for row in rows}


def test_a_smaller_limit_afterwards_asks_nothing_and_counts_only_its_sample(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    assert files.compare().is_finished
    before = (files.out / "judgments.jsonl").read_bytes()
    counts = files.compare(limit=2).summary.counts
    assert (counts.comparisons, counts.calls, counts.ok) == (2, 4, 4)
    assert (files.out / "judgments.jsonl").read_bytes() == before


def test_the_command_with_swapped_files_judges_the_same_sample(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    assert files.compare(limit=3).is_finished
    assert files.compare(limit=3, files=(files.ft, files.base), out=tmp_path / "swapped").is_finished
    samples = [
        [row["item_id"] for row in read_rows(run / "verdicts.jsonl")] for run in (files.out, tmp_path / "swapped")
    ]
    assert samples[0] == samples[1]


@pytest.mark.parametrize("option", [("--limit", 0), ("--limit", "many"), ("--orders", "none"), ("--nope",)])
def test_a_bad_option_is_a_usage_error(tmp_path: Path, option: tuple[object, ...]) -> None:
    files = inputs(tmp_path)
    done = judge("compare", files.base, files.ft, "--judge", "heuristic", *option, "--out", files.out)
    assert done.returncode == 2
    assert str(option[0]) in done.stderr
    assert "this is a bug" not in done.stderr
    assert not files.out.exists()


def test_the_comparisons_file_of_a_run_is_in_the_references_order(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    assert files.compare().is_finished
    ids = [row["item"]["id"] for row in read_rows(files.out / COMPARISONS)]
    assert ids == [row["item_id"] for row in read_rows(files.base)]


def test_naming_the_default_reference_is_no_other_configuration(tmp_path: Path) -> None:
    files = inputs(tmp_path)
    assert files.compare().is_finished
    assert files.compare(reference="base").is_finished
    with pytest.raises(RunDirectoryError, match="another configuration"):
        files.compare(reference="ft")
