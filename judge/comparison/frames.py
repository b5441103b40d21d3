"""A run's rows as pandas DataFrames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from judge.comparison.summary import Summary
from judge.core.records import Judgment, Verdict

if TYPE_CHECKING:
    import pandas as pd


def verdict_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """One row per comparison and criterion, with the fields of :class:`judge.Verdict`.

    Attributes of the subgroup become columns of their own, ``attribute_sex`` and so on. ``score`` is the candidate's,
    in [0, 1], NaN where the outcome is ``missing``.
    """
    import pandas as pd

    rows = []
    for verdict in verdicts:
        row = verdict.model_dump(exclude={"attributes"})
        rows.append(row | {f"attribute_{name}": value for name, value in verdict.attributes.items()})
    frame = pd.DataFrame(
        rows, columns=None if rows else [name for name in Verdict.model_fields if name != "attributes"]
    )
    for name in ("score", "reference_first", "candidate_first"):
        frame[name] = frame[name].astype(float)
    return frame


def judgment_frame(judgments: Iterable[Judgment]) -> pd.DataFrame:
    """One row per judge call in the journal, failures and earlier attempts included.

    ``winner_CRITERION`` and ``analysis_NAME`` hold what the judge named; A is the response that was shown first.
    ``input_tokens``, ``output_tokens`` and ``cached_tokens`` are the provider's counts.
    """
    import pandas as pd

    rows = []
    for judgment in judgments:
        row: dict[str, Any] = judgment.model_dump(exclude={"winners", "analyses", "usage"})
        row |= {f"winner_{name}": winner for name, winner in judgment.winners.items()}
        row |= {f"analysis_{name}": text for name, text in judgment.analyses.items()}
        if judgment.usage is not None:
            row |= {
                "input_tokens": judgment.usage.input,
                "output_tokens": judgment.usage.output,
                "cached_tokens": judgment.usage.cached,
            }
        rows.append(row)
    left_out = {"winners", "analyses", "usage"}
    return pd.DataFrame(
        rows, columns=None if rows else [name for name in Judgment.model_fields if name not in left_out]
    )


def leaderboard_frame(summary: Summary) -> pd.DataFrame:
    """One row per criterion and contestant, the best first.

    ``rank`` with ``rank_low`` and ``rank_high``, the ends of its simultaneous 95 % confidence set; ``strength``, the
    Bradley-Terry log strength (0 is the mean contestant), and ``win_rate`` against the others, with their 95 %
    intervals ``strength_low`` and so on; NaN where undefined, and ``note`` says why.
    """
    import pandas as pd

    rows = [
        {
            "criterion": board.criterion,
            "contestant": each.contestant,
            "rank": each.rank,
            "rank_low": each.rank_low,
            "rank_high": each.rank_high,
            "strength": each.strength.value,
            "strength_low": each.strength.low,
            "strength_high": each.strength.high,
            "win_rate": each.win_rate.value,
            "win_rate_low": each.win_rate.low,
            "win_rate_high": each.win_rate.high,
            "n": each.win_rate.n,
            "clusters": each.win_rate.clusters,
            "note": each.strength.note,
        }
        for board in summary.leaderboards
        for each in board.standings
    ]
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if name.startswith("rank"):
            frame[name] = frame[name].astype("Int64")
        elif name.startswith(("strength", "win_rate")):
            frame[name] = frame[name].astype(float)
    return frame


def win_rate_frame(summary: Summary) -> pd.DataFrame:
    """One row per candidate, slice and criterion.

    ``win_rate``, ``low`` and ``high`` are the estimate with its 95 % interval, NaN where undefined; ``n`` counts scored
    comparisons, ``clusters`` the questions that they lie in; ``method`` says how the interval was computed.
    ``planned`` is the sum of ``win``, ``loss``, ``tie``, ``inconsistent`` and ``missing``.
    """
    import pandas as pd

    rows = []
    for row in summary.win_rates:
        found = row.win_rate
        rows.append(
            row.model_dump(exclude={"win_rate", "failed"})
            | {
                "failed": sum(row.failed.values()),
                "win_rate": found.value,
                "low": found.low,
                "high": found.high,
                "n": found.n,
                "clusters": found.clusters,
                "method": found.method,
                "flags": ", ".join(sorted(found.flags)),
            }
        )
    frame = pd.DataFrame(rows)
    for name in ("win_rate", "low", "high"):
        if name in frame:
            frame[name] = frame[name].astype(float)
    return frame
