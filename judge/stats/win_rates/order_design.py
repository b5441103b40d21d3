"""What a second order of each comparison is worth: from a pilot in both orders.

With s1 and s2 the candidate's scores when it is shown first and second, the score of both orders is m = (s1 + s2) / 2,
and d = (s1 - s2) / 2 is what the place adds to it in one order and takes from it in the other. One order, drawn with
probability 1/2 each, has the score m + d or m - d. Less the mean e of d in the one and plus e in the other (a control
variate: the order is drawn independently of all scores), its expected value is m, and its variance Var(m) + Var(d).
Without that correction it would be Var(m) + E d^2, far more where position bias is strong. Source of the correction:
Cochran (1977), Sampling Techniques, section 7.3, difference estimators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.intervals.t_interval import alikeness

_NOTHING = 1e-12
_CLEARLY_MORE = 1.2  # times the calls of both orders


@dataclass(frozen=True)
class OrderDesign:
    """What one order of each comparison would cost in precision.

    Attributes:
        effect: Mean of d: what the response shown first gains in score, clustered by question, in [-.5, .5].
        correlation: Of s1 and s2 less their effects, if their variances are the same: (Var m - Var d) / (Var m + Var
            d). None where no score varies.
        variance_ratio: Variance of the win rate in one corrected order to that in both, of the same comparisons; None
            where both orders have none.
        calls_ratio: Half of it: calls of one order to those of both, if calls buy precision at the rate of the plan.
    """

    effect: Estimate
    correlation: float | None
    variance_ratio: float | None
    calls_ratio: float | None

    @property
    def one_suffices(self) -> bool:
        """Whether to go on with one order: unless it clearly takes more calls, or that is unknown.

        A pilot of 60 comparisons knows ``calls_ratio`` with a standard error of .1 or more, so that a limit of 1 would
        often choose both orders where one is cheaper. And a choice by chance is worse than either design: the variance
        of the mean of both outcomes times the mean calls is larger than that of the better one (see the benchmark).
        """
        return self.calls_ratio is not None and self.calls_ratio < _CLEARLY_MORE


def order_design(
    shown_first: FloatArray, shown_second: FloatArray, clusters: IntArray, planned: IntArray
) -> OrderDesign:
    """Estimate from comparisons in both orders what the second order adds to a plan.

    The win rate of N comparisons, n_g on question g, has in both orders the variance Var(m) (rho sum n_g^2 / N^2 + (1 -
    rho) / N), with rho the correlation of m within questions (0 where the pilot has one comparison of each), and in one
    order Var(d) (1 + 1 / n) / N more, n being the comparisons that e is estimated from. What lies between questions no
    second order reduces. Two orders take twice the calls of one.

    Args:
        shown_first: The candidate's scores when it is shown first (n,); NaN where there is none.
        shown_second: The same when it is shown second.
        clusters: Question numbers (n,).
        planned: Numbers of planned comparisons n_g of each question (G,).

    Returns:
        The design. Below two comparisons in both orders, or 5 questions, only the effect is given, as far as it is
        defined.
    """
    both = ~np.isnan(shown_first) & ~np.isnan(shown_second)
    m, d = (shown_first + shown_second)[both] / 2, (shown_first - shown_second)[both] / 2
    of = np.unique(clusters[both], return_inverse=True)[1]
    n, k = len(m), int(of.max(initial=-1)) + 1
    counts = np.bincount(of, minlength=k).astype(np.float64)[:, None]

    def sums(values: FloatArray) -> FloatArray:
        return np.bincount(of, weights=values, minlength=k).astype(np.float64)[:, None]

    effect = share_estimates(sums(d), counts, squares=np.array([(d**2).sum()]), bounds=(-0.5, 0.5))[0]
    if n < 2 or k < MIN_CLUSTERS:
        return OrderDesign(effect, None, None, None)
    level, place = float(m.var(ddof=1)), float(d.var(ddof=1))
    rho = float(alikeness(sums(m), counts, np.array([(m**2).sum()]))[0])
    total = int(planned.sum())
    in_both = level * (rho * float((planned.astype(np.float64) ** 2).sum()) / total**2 + (1 - rho) / total)
    in_one = in_both + place * (1 + 1 / n) / total
    ratio: float | None = in_one / in_both if in_both > _NOTHING / total else None
    if ratio is None and place <= _NOTHING:
        ratio = 1.0  # all scores are the same in the pilot, in both orders: a second one adds nothing
    spread = level + place
    return OrderDesign(
        effect,
        correlation=(level - place) / spread if spread > _NOTHING else None,
        variance_ratio=ratio,
        calls_ratio=None if ratio is None else ratio / 2,
    )
