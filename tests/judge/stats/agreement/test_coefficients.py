"""Agreement coefficients against the worked examples of their papers, and against other packages."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from judge.stats.agreement import coefficients
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.label_counts import counts_of
from judge.stats.agreement.pairs import MEASURES, Scale, pair_measures
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.ratings import LEVELS, IntArray, Level, Ratings, majority
from tests.support.agreement_data import COHEN, COHEN_WEIGHTS, FLEISS, GWET, KRIPPENDORFF, codes_of, pair_of
from tests.support.matrix_forms import kappa, weightings


def ratings(
    codes: IntArray,
    level: Level = "nominal",
    *,
    ordered: bool = False,
    values: np.ndarray | None = None,
    clusters: IntArray | None = None,
    labels: int | None = None,
) -> Ratings:
    number = labels or int(codes.max()) + 1
    return Ratings(
        tuple(f"i{n}" for n in range(len(codes))),
        tuple(f"r{n}" for n in range(codes.shape[1])),
        tuple(str(n + 1) for n in range(number)),
        level,
        ordered or level != "nominal",
        np.arange(1.0, number + 1) if values is None else values,
        codes,
        clusters,
    )


def value(codes: IntArray, name: str, level: Level = "nominal") -> float:
    found = annotator_agreement(ratings(codes, level, ordered=True), seed=0, resamples=100).coefficients[name].value
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorff_2011(level: Level, expected: float) -> None:
    assert round(value(KRIPPENDORFF, "alpha", level), 3) == expected
    found = patterns(KRIPPENDORFF)
    own = coefficients.alpha(found.counts[None], counts_of(found.rows, 5), np.arange(1.0, 6), level)[0]
    assert round(float(own), 3) == expected


def test_coefficients_of_irr_cac_on_the_same_data() -> None:
    """Gwet's R package irrCAC documents these for its data set cac.raw4raters, which is Krippendorff's example."""
    assert round(value(KRIPPENDORFF, "ac1"), 3) == 0.775
    assert round(value(KRIPPENDORFF, "fleiss_gwet"), 3) == 0.761


@pytest.mark.parametrize("name", ["fleiss_pooled", "fleiss_items", "fleiss_gwet"])
def test_kappa_of_fleiss_1971(name: str) -> None:
    assert round(value(codes_of(FLEISS), name), 3) == 0.430
    assert value(codes_of(FLEISS), name) == pytest.approx(fleiss_kappa(FLEISS))
    assert round(value(codes_of(FLEISS), "percent_items"), 3) == 0.556


def test_kappa_of_cohen_1968() -> None:
    assert round(kappa(COHEN, COHEN_WEIGHTS), 3) == 0.348
    assert round(kappa(COHEN, weightings(np.arange(3.0))["kappa"]), 3) == 0.492
    assert round(value(pair_of(COHEN), "kappa_mean"), 3) == 0.492


def test_ac1_of_gwet_2002() -> None:
    codes = pair_of(GWET)
    assert round(value(codes, "ac1"), 3) == 0.941
    assert round(value(codes, "kappa_mean"), 3) == -0.023
    assert value(codes, "percent_items") == pytest.approx(0.944)


def random_codes(seed: int, items: int, raters: int, labels: int) -> IntArray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, size=(items, 1))
    codes = np.where(rng.random((items, raters)) < 0.5, truth, rng.integers(0, labels, size=(items, raters)))
    return np.where(rng.random(codes.shape) < 0.3, -1, codes)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(3))
def test_alpha_equals_the_package_whatever_the_raters(level: Level, seed: int) -> None:
    codes = random_codes(seed, 60, 5, 4)
    values = np.array([0.0, 1, 4, 6])
    data = np.where(codes.T >= 0, values[np.maximum(codes.T, 0)], np.nan)
    expected = krippendorff.alpha(data, level_of_measurement=level)
    found = patterns(codes)
    own = coefficients.alpha(found.counts[None], counts_of(found.rows, 4), values, level)[0]
    assert own == pytest.approx(expected)
    table = ratings(codes, level, values=values)
    assert annotator_agreement(table, seed=0, resamples=100).coefficients["alpha"].value == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_cohen_and_pairwise_alpha_equal_other_packages(seed: int) -> None:
    codes = random_codes(seed, 80, 2, 4)
    both = (codes >= 0).all(axis=1)
    one, other = codes[both].T
    found = patterns(codes)
    for level in LEVELS:
        own = pair_measures(found.counts[None], found.rows, 0, 1, Scale(4, level, np.arange(4.0), True))[0]
        named = dict(zip(MEASURES, own, strict=True))
        assert named["agreement"] == pytest.approx((one == other).mean())
        for name, weights in (("kappa", None), ("kappa_linear", "linear"), ("kappa_quadratic", "quadratic")):
            assert named[name] == pytest.approx(cohen_kappa_score(one, other, weights=weights))
        alpha = krippendorff.alpha(np.stack([one, other]).astype(float), level_of_measurement=level)
        assert named["alpha"] == pytest.approx(alpha)


def test_unequal_raters_tell_the_definitions_apart() -> None:
    """Two items of three ratings that agree, one of two that do not: counted by hand."""
    codes = np.array([[0, 0, 0], [1, 1, 1], [0, 1, -1]])
    assert value(codes, "percent_pooled") == pytest.approx(12 / 14)
    assert value(codes, "percent_items") == pytest.approx(2 / 3)
    assert value(codes, "fleiss_pooled") == pytest.approx((12 / 14 - 0.5) / 0.5)
    assert value(codes, "fleiss_items") == pytest.approx((2 / 3 - 0.5) / 0.5)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ([[0, 0], [0, 0], [0, -1]], "one_label"),
        ([[0, -1], [1, -1]], "one_rater"),
        ([[0, -1], [-1, 1]], "no_pairable_item"),
        ([[-1, -1]], "no_ratings"),
    ],
)
def test_degenerate_cases_are_undefined_and_say_why(codes: list[list[int]], why: str) -> None:
    table = ratings(np.array(codes), labels=2)
    found = annotator_agreement(table, seed=0, resamples=100).coefficients
    for name in ("alpha", "fleiss_pooled", "fleiss_items", "kappa_mean"):
        assert found[name].value is None, name
        assert found[name].flags == {why}, name


def test_weighted_kappas_of_nominal_labels_are_undefined() -> None:
    found = annotator_agreement(ratings(random_codes(0, 50, 3, 3)), seed=0, resamples=100)
    assert found.coefficients["kappa_mean"].value is not None
    assert found.coefficients["kappa_linear_mean"].flags == {"nominal_labels"}


def test_the_interval_is_that_of_resampled_items() -> None:
    codes = random_codes(1, 200, 3, 3)
    found = annotator_agreement(ratings(codes), seed=0, resamples=4_000).coefficients["alpha"]
    rng = np.random.default_rng(5)
    drawn = []
    for _ in range(400):
        again = codes[rng.integers(0, 200, size=200)]
        drawn.append(krippendorff.alpha(value_counts=counts_of(again, 3).toarray(), level_of_measurement="nominal"))
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, (0.025, 0.975)), abs=0.02)


def test_clusters_widen_the_interval_and_few_give_a_t_interval() -> None:
    codes = np.repeat(random_codes(1, 60, 3, 3), 5, axis=0)  # five copies of each item
    alone = annotator_agreement(ratings(codes), seed=0).coefficients["alpha"]
    together = annotator_agreement(ratings(codes, clusters=np.repeat(np.arange(60), 5)), seed=0).coefficients["alpha"]
    once = annotator_agreement(ratings(codes[::5]), seed=0).coefficients["alpha"]
    assert None not in (alone.low, alone.high, together.low, together.high, once.low, once.high)
    width = {name: each.high - each.low for name, each in (("alone", alone), ("together", together), ("once", once))}  # type: ignore[operator]
    assert width["alone"] < 0.6 * width["together"]
    assert width["together"] == pytest.approx(width["once"], rel=0.1)
    few = annotator_agreement(ratings(codes, clusters=np.repeat(np.arange(12), 25)), seed=0).coefficients["alpha"]
    assert (few.method, few.flags) == ("jackknife_t", {"few_clusters"})
    assert few.degrees_of_freedom == pytest.approx(10.6, abs=0.05)


def test_the_vote_of_people() -> None:
    codes = np.array([[0, 0, 1], [0, 1, -1], [-1, -1, -1], [2, 2, 2]])
    assert majority(codes, 3).tolist() == [0, -1, -1, 2]
    assert majority(codes, 3, tie=1).tolist() == [0, 1, -1, 2]


def test_patterns_stand_for_their_items_however_many_raters() -> None:
    for raters in (3, 45):  # 45: too many for a key of 64 bits
        codes = np.repeat(random_codes(2, 30, raters, 3), 2, axis=0)
        found = patterns(codes)
        assert found.counts.sum() == 60
        assert len(found.rows) <= 30
        rebuilt = np.repeat(found.rows, found.counts.astype(int), axis=0)
        assert sorted(map(tuple, rebuilt.tolist())) == sorted(map(tuple, codes.tolist()))
