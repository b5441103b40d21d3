"""Cluster-robust t intervals for few clusters: CR2 variance, Satterthwaite degrees of freedom; and a jackknife.

Sources: Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples",
Survey Methodology 28(2), 169-181 (CR2 and its degrees of freedom); Pustejovsky and Tipton (2018), J. Bus. Econ. Stat.
36(4), 672-683; Imbens and Kolesar (2016), Rev. Econ. Stat. 98(4), 701-712 (what it gains with few clusters).
"""

from __future__ import annotations

import numpy as np

from judge.stats.bootstrap import FloatArray


def cr2(sums: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, standard error and degrees of freedom of each column of (clusters K, columns M): three arrays (M,).

    ``sums`` and ``counts`` are those of scores within clusters; a cluster without a score (count 0) is no part of a
    column. This is CR2 of a regression on a constant: with f_g = n_g / N and e_g the sum of residuals of cluster g,
    V = sum_g e_g^2 / (1 - f_g) / N^2. The degrees of freedom are (sum M_gg)^2 / sum M_gh^2, where M is the matrix of
    that quadratic form under independent scores of one variance: M_gg = n_g, M_gh = - n_g n_h / (N sqrt((1 - f_g)
    (1 - f_h))), both over N^2. Clusters of one size give K - 1, and so the t interval of the K cluster means.
    NaN where fewer than two clusters have a score.
    """
    total = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.sum(axis=0) / total
        share = counts / total
        rest = np.where(share < 1, 1 - share, np.nan)
        residuals = sums - counts * mean
        variance = (residuals**2 / rest).sum(axis=0) / total**2
        diagonal = counts.sum(axis=0) ** 2
        # sum over g, h of M_gh^2: the square of a sum, where the diagonal has another value.
        outer = counts**2 / rest
        squares = (counts**2).sum(axis=0) + (outer.sum(axis=0) ** 2 - (outer**2).sum(axis=0)) / total**2
        freedom = diagonal / squares
    return mean, np.sqrt(variance), freedom


def freedom_of(sizes: FloatArray) -> float:
    """Satterthwaite degrees of freedom of a mean over clusters of these sizes (K,), as in :func:`cr2`."""
    return float(cr2(np.zeros((len(sizes), 1)), sizes[:, None])[2][0])


def t_quantile(freedom: FloatArray | float, level: float) -> FloatArray:
    """What a standard error is multiplied by: the (1 + level) / 2 quantile of Student's t."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(freedom, (1 + level) / 2), dtype=np.float64)


def t_p_value(t: FloatArray, freedom: FloatArray) -> FloatArray:
    """Two-sided p of a t statistic."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(freedom, -np.abs(t)), dtype=np.float64)


def jackknife_error(left_out: FloatArray) -> FloatArray:
    """Standard error from the values of a statistic with one cluster left out at a time: (K, S) to (S,).

    SE^2 = (K - 1) / K * sum_g (theta_(-g) - mean)^2. Source: Efron and Tibshirani (1993), section 11.2. NaN where the
    statistic is undefined without one of the clusters.
    """
    number = len(left_out)
    deviations = left_out - left_out.mean(axis=0)
    return np.asarray(np.sqrt((number - 1) / number * (deviations**2).sum(axis=0)))
