"""Group-sequential tests: several planned looks at growing data, with one error for all of them together.

Sources: Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials", Biometrika 70(3), 659-663 (error
spent by the share of information); O'Brien and Fleming (1979), Biometrics 35(3), 549-556; Armitage, McPherson and Rowe
(1969), J. R. Statist. Soc. A 132(2), 235-244 (recursive integration); Jennison and Turnbull (2000), Group Sequential
Methods with Applications to Clinical Trials, chapters 3, 7 and 19.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from judge.stats.estimate import FloatArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(120)
_FARTHEST = 8.5  # a bound so far out is crossed by nothing
_LEAST_SPENT = 1e-15


def spent(fraction: float, error: float) -> float:
    """Compute the error that may be spent up to a share of the information: error * fraction^3.

    Of the power family of Kim and DeMets (1987, Biometrika 74(1), 149-154); with 3 its bounds are close to those of
    O'Brien and Fleming (Jennison and Turnbull 2000, section 7.2.3), and a little lower early on: five looks of power .9
    take .73 of a test with one look, where the function of Lan and DeMets takes .76.

    Args:
        fraction: Information at the look, as a share of that at the last planned one, in (0, 1].
        error: Two-sided error of all looks together.
    """
    return float(error * fraction**3)


def boundaries(fractions: Sequence[float], cumulative: Sequence[float]) -> FloatArray:
    """Compute the bounds of |Z| at each look that use up the error spent so far, under the null hypothesis.

    Z at looks j < k has correlation sqrt(I_j / I_k), that of estimates whose increments are independent: means of
    independent questions, and of questions of which each look takes as many further comparisons as of any other.

    Args:
        fractions: Information at the looks, as shares of that at the last planned one: increasing, in (0, 1].
        cumulative: Two-sided error spent up to each look.

    Returns:
        The bounds, one for each look.

    Raises:
        ValueError: ``fractions`` do not increase, or are outside (0, 1].
    """
    times = np.asarray(fractions, dtype=np.float64)
    if not len(times) or times[0] <= 0 or times[-1] > 1 + 1e-12 or (np.diff(times) <= 0).any():
        raise ValueError(f"fractions of information must increase within (0, 1], not {list(fractions)}")
    bounds = np.zeros(len(times))
    density: FloatArray | None = None
    points: FloatArray = np.asarray([0.0])
    for look, time in enumerate(times):
        step = float(np.sqrt(time - (times[look - 1] if look else 0.0)))
        share = cumulative[look] - (cumulative[look - 1] if look else 0.0)
        bounds[look] = _bound(density, points, step, float(time), share)
        density, points = _onward(density, points, step, bounds[look] * np.sqrt(time))
    return bounds


def crossing(fractions: Sequence[float], bounds: FloatArray, drift: float) -> FloatArray:
    """Compute the probability of first crossing a bound, on either side, at each look.

    Args:
        fractions: Information at the looks, as shares of the last one's.
        bounds: Bounds of |Z|.
        drift: Mean of Z at fraction 1.
    """
    density: FloatArray | None = None
    points: FloatArray = np.asarray([0.0])
    before = 0.0
    found = []
    for time, bound in zip(fractions, bounds, strict=True):
        edge, step, moved = bound * np.sqrt(time), float(np.sqrt(time - before)), drift * (time - before)
        found.append(_beyond(density, points, step, edge, moved))
        density, points = _onward(density, points, step, edge, moved)
        before = time
    return np.array(found)


def inflation(looks: int, error: float, power: float) -> float:
    """Compute how much more information the last of equally spaced looks needs than one look of the same power.

    Args:
        looks: Number of looks.
        error: Two-sided error of all looks together.
        power: Probability of a decision for the right side.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    fractions = [(look + 1) / looks for look in range(looks)]
    bounds = boundaries(fractions, [spent(each, error) for each in fractions])
    drift = float(brentq(lambda each: crossing(fractions, bounds, each).sum() - power, 0.1, 20))
    return float((drift / (ndtri(1 - error / 2) + ndtri(power))) ** 2)


def _bound(density: FloatArray | None, points: FloatArray, step: float, time: float, share: float) -> float:
    from scipy.optimize import brentq

    if share <= _LEAST_SPENT:
        return _FARTHEST

    def excess(bound: float) -> float:
        return _beyond(density, points, step, bound * np.sqrt(time)) - share

    return _FARTHEST if excess(_FARTHEST) > 0 else float(brentq(excess, 0.0, _FARTHEST, xtol=1e-10))


def _beyond(density: FloatArray | None, points: FloatArray, step: float, edge: float, moved: float = 0.0) -> float:
    """Probability that the process, so far within its bounds, passes +-``edge`` at the next look."""
    from scipy.special import ndtr

    weights = np.ones(1) if density is None else density
    out = ndtr((-edge - points - moved) / step) + ndtr((points + moved - edge) / step)
    return float(weights @ out)


def _onward(
    density: FloatArray | None, points: FloatArray, step: float, edge: float, moved: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Probability weights of the process within its bounds after the look, at Gauss-Legendre points."""
    weights = np.ones(1) if density is None else density
    places = edge * _NODES
    normal = np.exp(-(((places[:, None] - points[None, :] - moved) / step) ** 2) / 2) / (step * np.sqrt(2 * np.pi))
    return np.asarray(edge * _WEIGHTS * (normal @ weights)), places
