"""Diversity of the answers of a stratum's subgroups."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
KeyT = TypeVar("KeyT", bound=Hashable)


def modal_diversity(modes: Sequence[int], options: int) -> float | None:
    """Compute the Modal Diversity Score of one question over the subgroups of a stratum, in [0, 1].

    With M the distinct modal answers, p(m) the share of subgroups whose mode is m, |S| the number of subgroups and |C|
    the number of substantive answer options:

        MDS = -sum over m in M of p(m) log2 p(m) / log2(min(|S|, |C|))

    0 is consensus, 1 the greatest possible diversity. Undefined (None) for fewer than two subgroups. Source: Tan et al.
    (ACL 2026, arXiv 2604.12851), Modal Diversity Score.

    Args:
        modes: Modal code of each subgroup.
        options: Number of substantive answer options.

    Raises:
        ValueError: There are fewer than two options.
    """
    if options < 2:
        raise ValueError(f"{options} answer options: a question must have at least two")
    if len(modes) < 2:
        return None
    shares = [number / len(modes) for number in Counter(modes).values()]
    entropy = -sum(share * math.log2(share) for share in shares)
    return abs(entropy) / math.log2(min(len(modes), options))


def divisive(modes: Iterable[tuple[KeyT, int, int]], least: float) -> set[KeyT]:
    """Select the keys whose Modal Diversity Score is at least ``least``; an undefined score is lower.

    Args:
        modes: For each subgroup a key (question within stratum), its modal code and the number of answer options.
        least: The least score, in [0, 1].

    Raises:
        ValueError: There are fewer than two options.
    """
    of_key: dict[KeyT, list[int]] = defaultdict(list)
    options: dict[KeyT, int] = {}
    for key, mode, number in modes:
        of_key[key].append(mode)
        options[key] = number
    scores = {key: modal_diversity(found, options[key]) for key, found in of_key.items()}
    return {key for key, score in scores.items() if score is not None and score >= least}


def mean_pairwise_wasserstein(distributions: FloatArray, codes: Sequence[int]) -> float | None:
    """Compute the mean Wasserstein-1 distance between all pairs of subgroups' answer distributions, in [0, 1].

    In one dimension, the distance is the area between the two distribution functions. It requires an order of the
    answers: use it for ordinal items, and for those with two options, where it is the difference in shares. Undefined
    (None) for fewer than two subgroups. Source: Ramdas, Garcia Trillos and Cuturi (2017), Entropy 19(2), 47 (the
    distance as an integral).

    Args:
        distributions: Shares of each code per subgroup (S, C).
        codes: The codes (C,), ascending; they are rescaled to [0, 1].

    Raises:
        ValueError: Codes are not ascending, or do not match the distributions.
    """
    places = np.asarray(codes, dtype=np.float64)
    if len(places) < 2 or (np.diff(places) <= 0).any() or distributions.shape[1:] != places.shape:
        raise ValueError(f"distributions {distributions.shape} require as many ascending codes, not {list(codes)}")
    groups = len(distributions)
    if groups < 2:
        return None
    steps = np.diff(places) / (places[-1] - places[0])
    # The mean distance of pairs on each step, from the sorted values: no table of all pairs is needed.
    reached = np.sort(np.cumsum(distributions, axis=1)[:, :-1], axis=0)
    factors = 2.0 * np.arange(groups) - groups + 1
    return float(factors @ reached @ steps / (groups * (groups - 1) / 2))
