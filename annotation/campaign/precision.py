"""Expected load per annotator and expected precision of Krippendorff's alpha, for a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.alpha import nominal_agreement

WORDS_PER_MINUTE = 238  # silent reading of non-fiction: M. Brysbaert, Journal of Memory and Language 109, 2019
SECONDS_PER_CHOICE = 5  # our assumption; `judge annotate status` shows the actual pace
ASSUMED = (0.4, 0.6, 0.8)
CAMPAIGNS = 400


@dataclass(frozen=True)
class Load:
    """Expected load: labels in total, tasks per annotator, hours per annotator."""

    ratings: int
    per_annotator: float
    hours: float


def expected_load(words: Sequence[int], *, criteria: int, annotators: int, overlap: int) -> Load:
    """Compute the load: words / 238 minutes of reading per task, and 5 seconds per choice.

    An annotator labels a task once, so an ``overlap`` beyond the number of annotators adds nothing.

    Args:
        words: Words per task.
        criteria: Choices per task.
        annotators: Number of annotators.
        overlap: Annotators per task.
    """
    times = min(overlap, annotators)
    seconds = sum(count / WORDS_PER_MINUTE * 60 + SECONDS_PER_CHOICE * criteria for count in words)
    ratings = len(words) * times
    return Load(ratings, ratings / annotators, seconds * times / annotators / 3600)


@dataclass(frozen=True)
class Precision:
    """Half the width of the interval of 95 % of simulated alphas, if the true alpha is ``alpha``.

    None if alpha is undefined in 5 % of the simulated campaigns or more (too few items, or one category).
    """

    alpha: float
    half_width: float | None


def expected_precision(
    items: int, raters: int, shares: Sequence[float], *, seed: int, campaigns: int = CAMPAIGNS
) -> list[Precision]:
    """Simulate the precision of nominal alpha, for each alpha in ``ASSUMED``.

    Model: an item's category is drawn from ``shares`` (they add up to 1). Each of ``raters`` independent raters names
    it with probability r, and else draws a category from ``shares`` at random. Two raters then agree with probability
    r^2 + (1 - r^2) * sum(shares^2), and by chance with sum(shares^2), so that alpha = r^2: we set r = sqrt(alpha).
    Items are independent; labels that are clustered by question make the interval wider.

    Args:
        items: Number of items.
        raters: Annotators per item; with one, all half widths are None.
        shares: Share of each category.
        seed: Seed of the simulation.
        campaigns: Number of simulated campaigns.
    """
    if raters < 2:
        return [Precision(alpha, None) for alpha in ASSUMED]
    generator = np.random.default_rng(seed)
    found = []
    for alpha in ASSUMED:
        simulated = []
        for _ in range(campaigns):
            true = generator.choice(len(shares), size=items, p=shares)
            guess = generator.choice(len(shares), size=(raters, items), p=shares)
            named = generator.random((raters, items)) < np.sqrt(alpha)
            value = nominal_agreement(np.where(named, true, guess).astype(np.float64)).alpha
            if value is not None:
                simulated.append(value)
        if len(simulated) <= 0.95 * campaigns:
            found.append(Precision(alpha, None))
            continue
        low, high = np.quantile(simulated, [0.025, 0.975])
        found.append(Precision(alpha, float(high - low) / 2))
    return found
