"""Methods and flags of intervals, and the sentence that states them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

MIN_CLUSTERS = 5
FEW_CLUSTERS = 40

Method = Literal[
    "logit_t",
    "exact",
    "bootstrap",
    "t",
    "jackknife_t",
    "jackknife_normal",
    "bonferroni_logit_t",
    "bonferroni_t",
    "two_way_t",
    "wild_bootstrap",
    "empirical_bayes",
]
Weakness = Literal["no_variation", "few_clusters", "uneven_clusters", "lost_resamples", "below_chance"]
Undefined = Literal[
    "nothing_scored",
    "too_few_clusters",
    "too_few_questions",
    "too_few_questions_in_slice",
    "too_few_subgroups",
    "one_cluster_decides",
    "lost_all_resamples",
    "too_many_pairs",
    "few_in_common",
    "separated",
    "equal_lengths",
    "no_lengths",
    "not_connected",
    "undefeated",
    "winless",
    "no_label",
    "stratum_unlabelled",
    "one_outcome_labelled",
    "judge_at_chance",
    "no_common_item",
    "no_judged_label",
    "no_ratings",
    "one_rater",
    "no_pairable_item",
    "no_vote",
    "no_vote_in_order",
    "not_in_all_orders",
    "undecided",
    "one_label",
    "rare_labels",
    "few_other_labels",
    "no_disagreement",
    "lengths_apart",
    "no_expected_disagreement",
    "nominal_labels",
    "nested_slices",
    "one_slice",
    "zero_mean",
    "zero_maximum",
    "zero_rate",
]
Flag = Literal[Weakness, Undefined]

UNDEFINED: frozenset[Flag] = frozenset(get_args(Undefined))
_REASONS: dict[Flag, str] = {
    "nothing_scored": "nothing scored",
    "too_few_questions": "fewer than 10 questions",
    "too_few_questions_in_slice": f"a slice of fewer than {MIN_CLUSTERS} questions",
    "too_few_subgroups": f"fewer than {MIN_CLUSTERS} subgroups",
    "one_cluster_decides": "it depends on one cluster",
    "lost_all_resamples": "undefined in all resamples",
    "too_many_pairs": "too many pairs of raters, or ratings in common",
    "few_in_common": "pairs of raters have fewer than 10 items in common on average, which biases the mean",
    "separated": "the scores are separated, or do not vary",
    "equal_lengths": "all length differences are equal",
    "no_lengths": "no lengths are given",
    "not_connected": "no chain of comparisons joins all contestants",
    "undefeated": "infinite: nobody outside its group scored against it",
    "winless": "minus infinite: its group scored against nobody outside",
    "no_label": "no label",
    "stratum_unlabelled": "a sampling stratum has no label",
    "one_outcome_labelled": "annotators call no item a win, or none a loss",
    "judge_at_chance": "the judge is no better than chance",
    "no_common_item": "no item in common",
    "no_judged_label": "no item has both a judgment and an annotator's label",
    "no_ratings": "no ratings",
    "one_rater": "one rater only",
    "no_pairable_item": "no item has two ratings",
    "no_vote": "no item has a majority label",
    "no_vote_in_order": "no item with a majority label was read in this order",
    "not_in_all_orders": "no item was read in all orders",
    "undecided": "no common item with a decided label",
    "one_label": "all labels are the same, so no disagreement is expected",
    "rare_labels": "most labels are the same, and raters agree on no other",
    "few_other_labels": "fewer than 10 ratings have another label than the commonest",
    "no_disagreement": "no two ratings differ",
    "lengths_apart": "nearly all responses of one side are the longer ones",
    "no_expected_disagreement": "no disagreement is expected",
    "nominal_labels": "nominal labels have no order",
    "nested_slices": "each question lies in one slice only",
    "one_slice": "fewer than 2 slices",
    "zero_mean": "the mean is 0, or fewer than 2 slices",
    "zero_maximum": "the maximum is 0",
    "zero_rate": "a slice whose rate is 0",
}
_T_METHODS: dict[Method | None, str] = {
    "logit_t": "logit t interval",
    "t": "t interval",
    "jackknife_t": "jackknife t interval",
}


def note_of(
    method: Method | None,
    flags: Collection[Flag],
    *,
    clusters: int,
    has_interval: bool,
    degrees_of_freedom: float | None = None,
    lost: tuple[int, int] | None = None,
    family: int | None = None,
) -> str:
    """State why an interval is undefined, or what weakens it; empty if neither applies.

    Args:
        method: How the interval was computed.
        flags: What weakens the interval, or why it is undefined.
        clusters: Number of clusters in the estimate.
        has_interval: Whether there is an interval.
        degrees_of_freedom: Degrees of freedom of a t interval.
        lost: Number of resamples in which the statistic is undefined, and number of all resamples.
        family: Number of intervals that cover their values simultaneously.
    """
    if "too_few_clusters" in flags:
        return f"undefined: {clusters} cluster{'' if clusters == 1 else 's'}"
    if reasons := [_REASONS[flag] for flag in _REASONS if flag in flags]:
        return f"undefined: {'; '.join(reasons)}"
    if "no_variation" in flags and not has_interval:
        return f"undefined: no variation between {clusters} clusters"
    parts = []
    if "no_variation" in flags:
        parts.append(f"no variation between {clusters} clusters" + (": exact bound" if method == "exact" else ""))
    freedom = "" if degrees_of_freedom is None else f"{degrees_of_freedom:.1f} degrees of freedom"
    how = f": {_T_METHODS[method]}, {freedom}" if method in _T_METHODS and freedom else ""
    if "few_clusters" in flags:
        parts.append(f"few clusters ({clusters}){how}")
    if "uneven_clusters" in flags and degrees_of_freedom is not None:
        parts.append(f"uneven clusters ({clusters}, effectively {degrees_of_freedom + 1:.1f}){how}")
    if method == "two_way_t":
        parts.append(f"two-way clustering, {freedom}")
    if family is not None:
        parts.append(f"one of {family} simultaneous intervals")
    if lost is not None:
        parts.append(f"undefined in {lost[0]} of {lost[1]} resamples")
    if "below_chance" in flags:
        parts.append("slices differ less than by chance")
    return "; ".join(parts)
