"""Modal answers of groups of respondents: counts, modes, ties, and stability of the mode under resampling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MISSING = -1
TIE_RULE = "the lowest code of those that tie"
_EQUAL = 1e-9  # relative to the largest count: closer counts tie; sums of weights have errors of about 1e-15
CELLS_AT_ONCE = 20_000_000  # bounds the memory of the resamples, whatever the group's size


@dataclass(frozen=True)
class Modes:
    """Modal answers of Q questions with up to C options each.

    Attributes:
        mode: Index of the modal code (Q,); -1 if there is no valid answer.
        shares: Shares of the options (Q, C), which sum to 1 over a question's options; NaN without answers, 0 beyond
            the question's last option.
        margin: Share of the mode minus that of the runner-up (Q,); 0 for ties.
        tied: Which codes share the largest count (Q, C), including the mode.
    """

    mode: IntArray
    shares: FloatArray
    margin: FloatArray
    tied: NDArray[np.bool_]


class Answers:
    """Answers of N respondents to Q questions, prepared for counting.

    Args:
        codes: Indices into each question's options in ascending code order (N, Q); -1 for a missing answer.
        options: Number of options of each question (Q,).

    Raises:
        ValueError: ``codes`` is not N x Q, or an index is beyond the options of its question.
    """

    def __init__(self, codes: NDArray[np.integer], options: Sequence[int]) -> None:
        self.codes = codes
        self.options = np.asarray(options, dtype=np.int64)
        if codes.ndim != 2 or codes.shape[1] != len(self.options):
            raise ValueError(f"codes {codes.shape} must be N x {len(self.options)}")
        if codes.size and (codes >= self.options).any():
            raise ValueError("a code's index is beyond the question's options")
        self.width = int(self.options.max(initial=1))
        starts = np.concatenate(([0], np.cumsum(self.options)[:-1])).astype(np.int64)
        self._exists = np.arange(self.width) < self.options[:, None]
        # One column per option of each question: counting is one matrix product.
        self._chosen = np.zeros((len(codes), int(self.options.sum())), dtype=np.float32)
        rows, questions = np.nonzero(codes >= 0)
        self._chosen[rows, starts[questions] + codes[rows, questions]] = 1.0

    def counts(self, members: IntArray, weights: FloatArray | None = None) -> FloatArray:
        """Sum the weights of the members per question and option: (Q, C), 0 beyond the last option.

        Args:
            members: Row numbers of the group's members.
            weights: Weight of each respondent (N,); None: each counts 1.
        """
        chosen = self._chosen[members]
        each = np.ones(len(chosen)) if weights is None else weights[members]
        sums = each @ chosen.astype(np.float64)
        padded = np.zeros((len(self.options), self.width))
        padded[self._exists] = sums
        return padded

    def stability(
        self,
        members: IntArray,
        mode: IntArray,
        *,
        resamples: int,
        seed: Sequence[int],
        weights: FloatArray | None = None,
        cells_at_once: int = CELLS_AT_ONCE,
    ) -> FloatArray:
        """Compute the share of bootstrap samples with the same mode, per question: (Q,), NaN where ``mode`` is -1.

        The group's n members are drawn n times with replacement, including those without an answer, each with their
        weight. All questions share the draws. Ties in a sample follow the same rule as those of the mode. A sample
        without any answer has no mode and counts as different.

        Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 6 (resampling of respondents).

        Args:
            members: Row numbers of the group's members.
            mode: Modal answers of the group (Q,).
            resamples: Number of bootstrap samples.
            seed: Seed of the bootstrap.
            weights: Weight of each respondent (N,); None: each counts 1.
            cells_at_once: Bound of the memory; it does not change the result.
        """
        # Counts of respondents are whole numbers, which single precision represents exactly.
        exact: type[np.floating] = np.float32 if weights is None and len(members) < 2**24 else np.float64
        chosen = self._chosen[members].astype(exact, copy=False)
        cells = len(self.options) * self.width
        same = np.zeros(len(mode), dtype=np.int64)
        for draws in _draws(len(members), resamples, cells_at_once // max(len(members), cells, 1), seed):
            drawn: NDArray[np.floating] = draws.astype(exact)
            if weights is not None:
                drawn = drawn * weights[members]
            counts: NDArray[np.floating] = np.zeros((len(draws), len(self.options), self.width), dtype=exact)
            counts[:, self._exists] = drawn @ chosen
            hit = (counts if weights is None else _at_top(counts)).argmax(axis=2) == mode
            same += (hit & (counts.max(axis=2) > 0)).sum(axis=0)
        shares = same / resamples
        shares[mode == MISSING] = np.nan
        return shares


def modes(counts: FloatArray) -> Modes:
    """Find the modal answers of counts (Q, C); of tied codes the lowest is taken (options are in code order).

    Degenerate cases: without an answer the mode is -1, and shares and margin are NaN; if all answers give one option
    the margin is 1.
    """
    totals = counts.sum(axis=1)
    valid = totals > 0
    with np.errstate(invalid="ignore"):
        shares = counts / totals[:, None]
    tied = _at_top(counts) & valid[:, None]
    order = np.sort(np.where(valid[:, None], shares, 0.0), axis=1)
    runner_up = order[:, -2] if counts.shape[1] > 1 else np.zeros(len(counts))
    margin = np.where(tied.sum(axis=1) > 1, 0.0, order[:, -1] - runner_up)
    return Modes(
        mode=np.where(valid, tied.argmax(axis=1), MISSING).astype(np.int64),
        shares=shares,
        margin=np.where(valid, margin, np.nan),
        tied=tied,
    )


def _at_top(counts: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Mark the options (last axis) with the largest count, up to rounding errors; argmax then takes the lowest code.

    The tolerance is relative to the largest count, which makes the result independent of the scale of the weights.
    """
    return np.asarray(counts >= counts.max(axis=-1, keepdims=True) * (1 - _EQUAL), dtype=np.bool_)


def _draws(n: int, resamples: int, rows: int, seed: Sequence[int]) -> Iterator[IntArray]:
    """Count how often each of n members is drawn in each resample, in blocks of rows of n numbers that sum to n."""
    rng = np.random.default_rng([number % 2**64 for number in seed])
    for start in range(0, resamples, max(1, rows)):
        size = min(max(1, rows), resamples - start)
        drawn = rng.integers(0, n, size=(size, n), dtype=np.int64)
        drawn += np.arange(size, dtype=np.int64)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
