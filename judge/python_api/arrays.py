"""Statistics of the user's own arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from judge.core.errors import UsageError
from judge.python_api.arguments import OneOf, Within, checked
from judge.stats.agreement.ratings import Level

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from judge.stats.estimate import Estimate


def win_rate(scores: ArrayLike, clusters: ArrayLike | None = None) -> Estimate:
    """Mean score of comparisons with a cluster-robust 95 % interval.

    The estimator is the ratio of summed scores to their number over clusters. The interval is a cluster-robust t
    interval on the logit scale (CR2, Satterthwaite degrees of freedom; Bell & McCaffrey 2002), which stays within
    [0, 1]; where nothing varies it is exact. Below 5 clusters it is undefined.

    Args:
        scores: Shape (n,). 1 for a win of the candidate, 0 for a loss, .5 for a tie, or any number in [0, 1]. NaN or
            None marks a missing score: it is left out, never counted as 0.
        clusters: Shape (n,). What is not independent shares a value: the question of each comparison, say. None makes
            each comparison a cluster of its own.

    Returns:
        The estimate with ``value``, ``low``, ``high``, ``n`` (scores), ``clusters``, ``method`` and ``flags``.
        ``value`` is None where no score is given; ``low`` and ``high`` are None where the interval is undefined.

    Raises:
        UsageError: The shapes differ, a score lies outside [0, 1], or a cluster is missing.

    Example:
        >>> import judge
        >>> found = judge.win_rate([1, 1, 0, 1, 0.5, 1, 1, 0, 1, 1], clusters=[1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
        >>> found.value, found.n, found.clusters, found.method
        (0.75, 10, 5, 'logit_t')
        >>> judge.win_rate([1, 0, None], clusters=["a", "b", "c"]).low is None
        True
    """
    import numpy as np

    from judge.stats.intervals.share_interval import share_estimates

    values = np.asarray(
        [np.nan if _is_empty(score) else score for score in np.asarray(scores, dtype=object)], dtype=float
    )
    if values.ndim != 1:
        raise UsageError(f"scores have {values.ndim} dimensions", hint="give one score per comparison")
    there = ~np.isnan(values)
    if ((values[there] < 0) | (values[there] > 1)).any():
        raise UsageError("a score lies outside [0, 1]", hint="1 is a win, 0 a loss, .5 a tie, NaN a missing score")
    numbers = np.arange(len(values)) if clusters is None else _codes(clusters, len(values))
    number = int(numbers.max(initial=-1)) + 1
    kept = np.where(there, values, 0.0)
    sums = np.bincount(numbers, weights=kept, minlength=number)[:, None].astype(np.float64)
    counts = np.bincount(numbers, weights=there, minlength=number)[:, None].astype(np.float64)
    squares = np.array([(kept**2).sum()])
    return share_estimates(sums, counts, squares=squares)[0]


@checked(level=OneOf(Level), resamples=Within(100))
def alpha(
    ratings: ArrayLike | pd.DataFrame,
    level: Level = "nominal",
    *,
    order: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    seed: int = 0,
    resamples: int = 2_000,
) -> Estimate:
    """Krippendorff's alpha of an items x raters table, with a 95 % bootstrap interval over items.

    Source: K. Krippendorff, Content Analysis, 4th ed., Sage 2019, chapter 12. Items with fewer than two ratings are
    left out, as there.

    Args:
        ratings: Shape (items, raters): labels of any kind; None, NaN or an empty text where a rater gave none.
        level: ``nominal``, ``ordinal``, ``interval`` or ``ratio``.
        order: All labels from least to most, for ordinal data. Without it numbers are in their order; labels that are
            text are refused.
        clusters: Shape (items,). Items that are not independent, like those of one question, share a value and are
            drawn together.
        seed: Seed of the bootstrap.
        resamples: Bootstrap resamples.

    Returns:
        The estimate of alpha; ``n`` counts the items with two ratings or more. ``value`` is None where alpha is
        undefined (one rater, no item with two ratings, or one label only).

    Raises:
        UsageError: The table has not two dimensions; ordinal text labels without ``order``; a label that is not in
            ``order``; a label that is no number at interval or ratio level.

    Example:
        >>> import judge
        >>> votes = [["A", "A"], ["B", "B"], ["A", "B"], ["tie", "tie"], ["B", "B"], ["A", None]]
        >>> found = judge.alpha(votes)
        >>> round(found.value, 3), found.n
        (0.71, 5)
    """
    import numpy as np

    from judge.stats.agreement.annotators import annotator_agreement
    from judge.stats.agreement.ratings import Ratings, label_values

    table = np.asarray(ratings, dtype=object)
    if table.ndim != 2:
        raise UsageError(
            f"the ratings have {table.ndim} dimension(s)", hint="give a table of items (rows) by raters (columns)"
        )
    cells = [[None if _is_empty(cell) else cell for cell in row] for row in table]
    labels = _labels({cell for row in cells for cell in row if cell is not None}, level, order)
    place = {label: code for code, label in enumerate(labels)}
    codes = np.array([[-1 if cell is None else place[cell] for cell in row] for row in cells], dtype=np.int64)
    try:
        values = label_values([str(label) for label in labels], level)
    except ValueError as error:
        raise UsageError(str(error), hint="use level='nominal' or 'ordinal'") from None
    found = annotator_agreement(
        Ratings(
            items=tuple(str(number) for number in range(len(codes))),
            raters=tuple(str(number) for number in range(table.shape[1])),
            labels=tuple(str(label) for label in labels),
            level=level,
            ordered=level != "nominal",
            values=values,
            codes=codes.reshape(table.shape),
            clusters=None if clusters is None else _codes(clusters, len(codes)),
        ),
        seed=seed,
        resamples=resamples,
    )
    return found.coefficients["alpha"]


def _codes(clusters: ArrayLike, length: int) -> NDArray[np.int64]:
    """Clusters as numbers from 0."""
    import numpy as np

    given = list(np.asarray(clusters, dtype=object))
    if len(given) != length:
        raise UsageError(f"{length} rows but {len(given)} clusters", hint="give one cluster per row")
    if any(_is_empty(each) for each in given):
        raise UsageError("a cluster is missing", hint="give each row its cluster, or leave out the row")
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(each, len(numbers)) for each in given], dtype=np.int64)


def _is_empty(cell: object) -> bool:
    """Whether a cell holds no label: None, an empty text, NaN or pandas' NA."""
    return (
        cell is None
        or type(cell).__name__ in ("NAType", "NaTType")
        or (isinstance(cell, str) and not cell)
        or (isinstance(cell, float) and math.isnan(cell))
    )


def _labels(found: set[Any], level: Level, order: Sequence[Any] | None) -> list[Any]:
    if order is not None:
        if unknown := found - set(order):
            raise UsageError(f"{unknown.pop()!r} is not in order", hint="order lists all labels, from least to most")
        return list(order)
    if level == "ordinal" and any(isinstance(label, str) for label in found):
        raise UsageError("ordinal labels that are text have no order", hint="give order=[least, ..., most]")
    return sorted(found, key=lambda label: (isinstance(label, str), label))
