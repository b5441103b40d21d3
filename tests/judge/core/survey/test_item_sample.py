"""The stratified sample: proportions, seeds, and the marginal cases."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.survey.item_sample import stratified, turns

GRID = [
    (f"g{group}", f"c{category}", f"Q{category}{number}_g{group}")
    for group in range(7)
    for category in range(4)
    for number in range(3 + 4 * category)
]
ROWS = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("xyz")), min_size=1, max_size=120).map(
    lambda cells: [(group, category, str(place)) for place, (group, category) in enumerate(cells)]
)


def test_subgroups_and_categories_keep_their_proportions() -> None:
    for number in (7, 20, 50, 100, 200):
        drawn = [GRID[place] for place in stratified(GRID, number, 0)]
        for column in (0, 1):
            found = Counter(row[column] for row in drawn)
            for name, size in Counter(row[column] for row in GRID).items():
                expected = number * size / len(GRID)
                assert abs(found[name] - expected) < (1 if column == 0 else 2.5), (number, name)


@settings(max_examples=60)
@given(rows=ROWS, number=st.integers(1, 130), seed=st.integers(0, 3))
def test_a_sample_is_so_many_different_rows_in_order_and_the_same_each_time(
    rows: list[tuple[str, str, str]], number: int, seed: int
) -> None:
    places = stratified(rows, number, seed)
    assert len(places) == min(number, len(rows))
    assert places == sorted(set(places))
    assert places == stratified(rows, number, seed)
    found, sizes = Counter(rows[place][0] for place in places), Counter(group for group, _, _ in rows)
    assert all(abs(found[name] - len(places) * size / len(rows)) < 1 for name, size in sizes.items())


def test_another_seed_draws_another_sample() -> None:
    assert stratified(GRID, 50, 0) != stratified(GRID, 50, 1)


def test_the_sample_does_not_depend_on_the_order_of_the_rows() -> None:
    turned = GRID[::-1]
    assert {turned[place] for place in stratified(turned, 40, 5)} == {GRID[place] for place in stratified(GRID, 40, 5)}


@settings(max_examples=60)
@given(rows=ROWS, number=st.integers(1, 60), more=st.integers(0, 60), seed=st.integers(0, 3))
def test_a_larger_sample_holds_the_smaller_one(
    rows: list[tuple[str, str, str]], number: int, more: int, seed: int
) -> None:
    assert set(stratified(rows, number, seed)) <= set(stratified(rows, number + more, seed))


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12), data=st.data())
def test_turns_keep_every_party_within_one_of_its_share(sizes: list[int], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, sum(sizes)))
    had = [0] * len(sizes)
    for turn, party in enumerate(turns(sizes, number), start=1):
        had[party] += 1
        assert all(abs(count - size * turn / sum(sizes)) < 1 for count, size in zip(had, sizes, strict=True))
        assert all(count <= size for count, size in zip(had, sizes, strict=True))
