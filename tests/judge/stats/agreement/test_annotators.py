"""Every coefficient against its definition spelt out with loops over items and pairs, for any ratings."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations, product
from math import isnan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.ratings import LEVELS, Level, Ratings, majority

LABELS = 4
VALUES = (0.5, 1.0, 4.0, 6.0)

ratings = st.integers(2, 6).flatmap(
    lambda raters: st.lists(
        st.lists(st.integers(-1, LABELS - 1), min_size=raters, max_size=raters), min_size=1, max_size=14
    )
)


def computed(rows: list[list[int]], level: Level = "nominal") -> dict[str, float | None]:
    codes = np.array(rows)
    values = np.array(VALUES) if level in ("interval", "ratio") else np.arange(float(LABELS))
    table = Ratings(
        tuple(map(str, range(len(rows)))),
        tuple(map(str, range(len(rows[0])))),
        tuple("abcd"),
        level,
        True,
        values,
        codes,
    )
    return {n: e.value for n, e in annotator_agreement(table, seed=0, resamples=2).coefficients.items()}


def expected(above: float, below: float) -> float | None:
    return None if abs(below) < 1e-9 else above / below


def close(found: float | None, wanted: float | None) -> bool:
    if wanted is None or found is None:
        return found is wanted
    return found == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(rows=ratings)
def test_percent_fleiss_and_ac1(rows: list[list[int]]) -> None:
    items = [[label for label in row if label >= 0] for row in rows]
    items = [item for item in items if item]
    assume(items)
    pairable = [item for item in items if len(item) >= 2]
    found = computed(rows)
    if not pairable:
        assert all(value is None for value in found.values())
        return
    per_item = [[a == b for a, b in combinations(item, 2)] for item in pairable]
    pooled = sum(map(sum, per_item)) / sum(map(len, per_item))
    averaged = sum(sum(pairs) / len(pairs) for pairs in per_item) / len(pairable)
    together = Counter(label for item in pairable for label in item)
    shares = [together[label] / sum(together.values()) for label in range(LABELS)]
    by_item = [sum(item.count(label) / len(item) for item in items) / len(items) for label in range(LABELS)]
    chance, chance_by_item = sum(p * p for p in shares), sum(p * p for p in by_item)
    gwet = sum(p * (1 - p) for p in by_item) / (LABELS - 1)
    assert close(found["percent_pooled"], pooled)
    assert close(found["percent_items"], averaged)
    assert close(found["fleiss_pooled"], expected(pooled - chance, 1 - chance))
    assert close(found["fleiss_items"], expected(averaged - chance, 1 - chance))
    assert close(found["fleiss_gwet"], expected(averaged - chance_by_item, 1 - chance_by_item))
    assert close(found["ac1"], None if gwet < 1e-9 else (averaged - gwet) / (1 - gwet))


@settings(max_examples=100, deadline=None)
@given(rows=ratings, level=st.sampled_from(LEVELS))
def test_alpha_at_every_level(rows: list[list[int]], level: Level) -> None:
    """1 - D_o / D_e over coincidences (Krippendorff 2011), cell by cell."""
    pairable = [[label for label in row if label >= 0] for row in rows]
    pairable = [item for item in pairable if len(item) >= 2]
    coincidence = np.zeros((LABELS, LABELS))
    for item in pairable:
        for a, b in permutations(range(len(item)), 2):
            coincidence[item[a], item[b]] += 1 / (len(item) - 1)
    n_c, total = coincidence.sum(axis=1), coincidence.sum()

    def difference(c: int, k: int) -> float:
        if level == "nominal":
            return float(c != k)
        if level == "interval":
            return (VALUES[c] - VALUES[k]) ** 2
        if level == "ratio":
            return ((VALUES[c] - VALUES[k]) / (VALUES[c] + VALUES[k])) ** 2
        low, high = min(c, k), max(c, k)
        return float((n_c[low : high + 1].sum() - (n_c[low] + n_c[high]) / 2) ** 2)

    cells = list(product(range(LABELS), repeat=2))
    observed = sum(coincidence[c, k] * difference(c, k) for c, k in cells)
    by_chance = sum(n_c[c] * n_c[k] * difference(c, k) for c, k in cells)
    found = computed(rows, level)["alpha"]
    wanted = None if by_chance < 1e-9 else 1 - (total - 1) * observed / by_chance
    assert close(found, wanted)


@settings(max_examples=100, deadline=None)
@given(rows=ratings)
def test_cohen_for_each_pair_and_the_mean_of_those_defined(rows: list[list[int]]) -> None:
    found = computed(rows)
    for name, power in (("kappa_mean", 0), ("kappa_linear_mean", 1), ("kappa_quadratic_mean", 2)):
        values = []
        for one, other in combinations(range(len(rows[0])), 2):
            both = [(row[one], row[other]) for row in rows if row[one] >= 0 and row[other] >= 0]
            if not both:
                continue
            apart = [abs(a - b) ** power if a != b else 0 for a, b in both]
            chance = [abs(a - b) ** power if a != b else 0 for (a, _), (_, b) in product(both, both)]
            if sum(chance):
                values.append(1 - (sum(apart) / len(apart)) / (sum(chance) / len(chance)))
        assert close(found[name], sum(values) / len(values) if values else None)


@settings(max_examples=100, deadline=None)
@given(rows=ratings, tie=st.sampled_from([None, 2]))
def test_the_vote(rows: list[list[int]], tie: int | None) -> None:
    for row, vote in zip(rows, majority(np.array(rows), LABELS, tie=tie).tolist(), strict=True):
        votes = Counter(label for label in row if label >= 0).most_common()
        tied = len(votes) > 1 and votes[0][1] == votes[1][1]
        assert vote == (-1 if not votes else (-1 if tie is None else tie) if tied else votes[0][0])


def test_many_labels_take_the_short_way_and_give_the_same() -> None:
    """Beyond so many items and labels alpha is not the package's but ours: both sides of that bound agree."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 101, (400, 1))
    codes = np.clip(truth + rng.integers(-9, 10, (400, 4)), 0, 100)
    for level in LEVELS:
        table = Ratings(
            tuple(map(str, range(400))),
            tuple("abcd"),
            tuple(map(str, range(101))),
            level,
            True,
            np.arange(101.0),
            codes,
        )
        import krippendorff

        ours = annotator_agreement(table, seed=0, resamples=2).coefficients["alpha"].value
        assert ours is not None
        assert not isnan(ours)
        assert ours == pytest.approx(krippendorff.alpha(codes.T.astype(float), level_of_measurement=level))


def test_small_units_are_no_agreement() -> None:
    """Labels of .000001 and .000002 differ as much as 1 and 2 do."""
    rows = [[0, 1], [1, 0], [0, 0], [1, 1], [0, 1]]
    found = []
    for unit in (1.0, 1e-7):
        table = Ratings(
            tuple("01234"), ("r", "s"), ("a", "b"), "interval", True, unit * np.arange(1.0, 3), np.array(rows)
        )
        estimates = annotator_agreement(table, seed=0, resamples=100).coefficients
        found.append([estimates[name].value for name in ("alpha", "kappa_linear_mean", "kappa_quadratic_mean")])
    assert found[0] == pytest.approx(found[1])
    assert None not in found[0]
