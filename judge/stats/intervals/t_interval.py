"""Cluster-robust standard errors (CR2) with Satterthwaite degrees of freedom, and a jackknife.

Sources: Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples",
Survey Methodology 28(2), 169-181 (CR2 and its degrees of freedom); Pustejovsky and Tipton (2018), J. Bus. Econ. Stat.
36(4), 672-683; Imbens and Kolesar (2016), Rev. Econ. Stat. 98(4), 701-712 (gain with few clusters).
"""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import FloatArray


def cr2(
    sums: FloatArray, counts: FloatArray, squares: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute mean, CR2 standard error and Satterthwaite degrees of freedom of each column.

    This is CR2 of a regression on a constant: with f_g = n_g / N and e_g the sum of residuals of cluster g, V = sum_g
    e_g^2 / (1 - f_g) / N^2. The degrees of freedom are those of :func:`satterthwaite`, with the correlation of scores
    within a cluster estimated by :func:`alikeness` (Imbens and Kolesar 2016, section 4). K clusters of one size have K
    - 1 degrees of freedom whatever the correlation, and their interval is the t interval of the K cluster means.

    Args:
        sums: Sum of scores per cluster, (clusters K, columns M).
        counts: Number of scores per cluster (K, M); a cluster with count 0 is not part of the column.
        squares: Sums of squared scores (M,); without them the correlation is taken as 1, which gives the fewest degrees
            of freedom.

    Returns:
        Means, standard errors and degrees of freedom, each (M,); NaN where fewer than two clusters have a score.
    """
    total = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.sum(axis=0) / total
        share = counts / total
        rest = np.where(share < 1, 1 - share, np.nan)
        variance = ((sums - counts * mean) ** 2 / rest).sum(axis=0) / total**2
    alike = np.ones(sums.shape[1]) if squares is None else alikeness(sums, counts, squares)
    return mean, np.sqrt(variance), satterthwaite(counts, alike)


def satterthwaite(counts: FloatArray, alike: FloatArray) -> FloatArray:
    """Compute the degrees of freedom (M,) of the CR2 variance of means over clusters.

    They are (sum M_gg)^2 / sum M_gh^2, with M the matrix of that quadratic form if two scores of one cluster correlate
    by rho = ``alike``: the sum of a cluster has variance v_g = n_g (1 - rho) + n_g^2 rho, residual sums have covariance
    delta_gh v_g - f_g v_h - f_h v_g + f_g f_h sum v, and M_gh is that covariance over sqrt((1 - f_g) (1 - f_h)).

    Args:
        counts: Number of scores per cluster (K, M).
        alike: Correlation of two scores of one cluster (M,).
    """
    total = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / total
        weight = np.where(share < 1, 1 / (1 - share), np.nan)
        spread = counts * (1 - alike) + counts**2 * alike
        whole = spread.sum(axis=0)
        off = share**2 * whole - 2 * share * spread
        trace = (weight * (spread + off)).sum(axis=0)
        # sum over g, h of M_gh^2: first without the diagonal term delta_gh, from sums over g; then the diagonal's part.
        shares, spreads, both = ((weight * each).sum(axis=0) for each in (share**2, spread**2, share * spread))
        squares = 2 * shares * spreads + 2 * both**2 + (whole * shares) ** 2 - 4 * whole * shares * both
        squares += (weight**2 * ((spread + off) ** 2 - off**2)).sum(axis=0)
        freedom = trace**2 / squares
    # Clusters of one size: set the exact whole number, which the formula gives up to rounding.
    number = (counts > 0).sum(axis=0)
    even = (counts.max(axis=0, initial=0.0) * number == total) & (number > 1)
    return np.asarray(np.where(even, number - 1.0, freedom))


def alikeness(sums: FloatArray, counts: FloatArray, squares: FloatArray) -> FloatArray:
    """Compute the correlation of two scores of one cluster (M,), in [0, 1].

    It is the analysis-of-variance estimator (B - W) / (B + (n_0 - 1) W): B and W are the mean squares between and
    within clusters, n_0 is the effective cluster size of an uneven design (Donner 1986, Int. Stat. Rev. 54(1), 67-82).
    0 if scores do not vary, or if no cluster has two scores.

    Args:
        sums: Sum of scores per cluster (K, M).
        counts: Number of scores per cluster (K, M).
        squares: Sums of squared scores (M,).
    """
    there = counts > 0
    number, total = there.sum(axis=0), counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(there, sums**2 / np.where(there, counts, 1), 0.0).sum(axis=0)
        between = (means - sums.sum(axis=0) ** 2 / total) / (number - 1)
        within = np.maximum(squares - means, 0.0) / (total - number)
        usual = (total - (counts**2).sum(axis=0) / total) / (number - 1)
        found = (between - within) / (between + (usual - 1) * within)
    return np.asarray(np.clip(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), 0.0, 1.0))


def freedom_of(sizes: FloatArray) -> float:
    """Compute the degrees of freedom of a mean over clusters of these sizes (K,), with correlation 1 within clusters.

    This correlation gives the fewest degrees of freedom.
    """
    return float(satterthwaite(sizes[:, None], np.ones(1))[0])


def t_quantile(freedom: FloatArray | float, level: FloatArray | float) -> FloatArray:
    """Return the factor of the standard error in a t interval: the (1 + level) / 2 quantile of Student's t."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(freedom, (1 + level) / 2), dtype=np.float64)


def t_p_value(t: FloatArray, freedom: FloatArray) -> FloatArray:
    """Compute the two-sided p-value of a t statistic."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(freedom, -np.abs(t)), dtype=np.float64)


def jackknife_error(left_out: FloatArray) -> FloatArray:
    """Compute the jackknife standard error of S statistics from leave-one-cluster-out values: (K, S) to (S,).

    SE^2 = (K - 1) / K * sum_g (theta_(-g) - mean)^2. Source: Efron and Tibshirani (1993), section 11.2. NaN if the
    statistic is undefined without one of the clusters.
    """
    number = len(left_out)
    deviations = left_out - left_out.mean(axis=0)
    return np.asarray(np.sqrt((number - 1) / number * (deviations**2).sum(axis=0)))


def jackknife_interval(value: float, left_out: FloatArray, freedom: float, level: float) -> tuple[float, float]:
    """Compute the t interval of a statistic from its leave-one-cluster-out values (K,); NaN if one of them is NaN."""
    half = float(t_quantile(freedom, level)) * float(jackknife_error(left_out[:, None])[0])
    return value - half, value + half
