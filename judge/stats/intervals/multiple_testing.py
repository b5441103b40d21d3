"""Adjusted p-values of a family of tests: Holm, Benjamini-Hochberg and Benjamini-Yekutieli."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust the p-values of a family of tests by Holm's step-down method; None (no test) is not part of the family.

    The i-th smallest of m is multiplied by m - i + 1; an adjusted value is at least each smaller one's, and at most 1.
    Rejecting adjusted values of at most alpha bounds the probability of any false rejection by alpha, whatever the
    dependence. Source: Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    least = 0.0
    for rank, (p, place) in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p))
        adjusted[place] = least
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust the p-values of a family of tests for the false discovery rate; None (no test) is not part of the family.

    The i-th smallest of m is multiplied by m / i, and is at most each larger one's. Rejecting adjusted values of at
    most q bounds the expected share of false rejections by q, for tests that are independent or positively dependent.
    Source: Benjamini and Hochberg (1995), J. R. Statist. Soc. B 57(1), 289-300.
    """
    return _step_up(p_values, 1.0)


def benjamini_yekutieli(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values as :func:`benjamini_hochberg`, times 1 + 1/2 + ... + 1/m: valid whatever the dependence.

    Source: Benjamini and Yekutieli (2001), Annals of Statistics 29(4), 1165-1188.
    """
    number = sum(p is not None for p in p_values)
    return _step_up(p_values, sum(1 / rank for rank in range(1, number + 1)))


def _step_up(p_values: Sequence[float | None], factor: float) -> list[float | None]:
    order = sorted(((p, place) for place, p in enumerate(p_values) if p is not None), reverse=True)
    adjusted: list[float | None] = [None] * len(p_values)
    most = 1.0
    for number, (p, place) in enumerate(order):
        most = min(most, factor * p * len(order) / (len(order) - number))
        adjusted[place] = most
    return adjusted
