"""What each judge of a panel says beside the panel: win rates, agreement, and the panel without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from judge.core.files.manifest import JudgingManifest, PanelBy
from judge.core.records import Record
from judge.judging.panels.read_judges import ReadJudge
from judge.judging.panels.votes import Votes
from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.leaderboard.all_pairs import OTHERS
from judge.stats.panels.agreement import judge_pairs, judges_alpha, leave_one_judge_out


class PanelJudgeRow(Record):
    """A judge of a panel, and its calls.

    Attributes:
        name: Its name in the panel.
        judge: The model.
        endpoint: Where it is served.
        models_returned: The models as returned, with their replies.
        weight: Its mean weight; None where all count alike.
        calls: Its planned calls.
        failed: Those without a judgment, by kind.
        not_asked: Those that were not made.
        without: The contestants of its model family, on whose pairs it has no vote.
        left_out: The comparisons on which it has no vote for that reason.
        requests: Requests of all sessions.
        cost: Their cost; None where it is unknown.
    """

    name: str
    judge: str
    endpoint: str
    models_returned: dict[str, int]
    weight: float | None
    calls: int
    failed: dict[str, int]
    not_asked: int
    without: tuple[str, ...]
    left_out: int
    requests: int
    cost: float | None

    @property
    def ok(self) -> int:
        """Its calls with a judgment."""
        return self.calls - sum(self.failed.values()) - self.not_asked


class PanelRateRow(Record):
    """What one judge says of a candidate under one criterion, and what it changes.

    Attributes:
        judge: The judge's name; None for the panel.
        reference: The reference; ``the others`` where all pairs are compared.
        candidate: The candidate.
        criterion: The criterion.
        planned: Comparisons on which it may vote.
        voted: Those of them with its score.
        win_rate: By this judge alone.
        consistency: Share of these comparisons in which its orders agree.
        first_shown: Share of its judgments with a winner that name the response shown first.
        without: The panel's win rate without it; None for the panel.
        change: That win rate less the panel's, on the comparisons that both scored; None for the panel.
        lost: Comparisons that have no verdict without it.
    """

    judge: str | None
    reference: str
    candidate: str
    criterion: str
    planned: int
    voted: int
    win_rate: Estimate
    consistency: Estimate
    first_shown: Estimate
    without: Estimate | None = None
    change: Estimate | None = None
    lost: int = 0


class PanelAlpha(Record):
    """Krippendorff's alpha (interval level) of the judges' scores under one criterion, of all comparisons together."""

    criterion: str
    alpha: Estimate


class PanelPair(Record):
    """Two judges on the comparisons that both scored under one criterion.

    ``same`` is the share with the same score, ``difference`` the second judge's win rate less the first's.
    """

    first: str
    second: str
    criterion: str
    same: Estimate
    difference: Estimate


class PanelRates(Record):
    """What the judges of a panel say, each by itself and together.

    ``below_quorum`` counts the comparisons without a verdict under the first criterion, since fewer judges than the
    quorum have read them.
    """

    combine: str
    quorum: int
    below_quorum: int
    judges: tuple[PanelJudgeRow, ...]
    rates: tuple[PanelRateRow, ...]
    alphas: tuple[PanelAlpha, ...]
    pairs: tuple[PanelPair, ...]


def panel_rates(
    manifest: JudgingManifest,
    by: PanelBy,
    judges: Sequence[ReadJudge],
    votes: Votes,
    scores: FloatArray,
    weights: FloatArray | None = None,
) -> PanelRates:
    """Compute what each judge says beside the panel; intervals by question.

    Args:
        manifest: The manifest of the panel's run.
        by: The panel's rule.
        judges: The judges with their journals.
        votes: Their votes (n, J, C).
        scores: The panel's scores (n, C).
        weights: Their weights (n, J, C), where scores are weighted.
    """
    seed, columns = manifest.configuration.seed, range(len(votes.criteria))
    return PanelRates(
        combine=by.combine,
        quorum=by.quorum,
        below_quorum=int(np.isnan(scores[:, 0]).sum()),
        judges=tuple(
            _judge(each, place, votes, weights, apart=manifest.configuration.criteria == "apart")
            for place, each in enumerate(judges)
        ),
        rates=tuple(_rates(manifest, by, votes, scores, weights)),
        alphas=tuple(
            PanelAlpha(
                criterion=votes.criteria[column],
                alpha=judges_alpha(votes.scores[:, :, column], votes.questions, seed=seed),
            )
            for column in columns
        ),
        pairs=tuple(
            PanelPair(
                first=votes.names[pair.first],
                second=votes.names[pair.second],
                criterion=votes.criteria[column],
                same=pair.same,
                difference=pair.difference,
            )
            for column in columns
            for pair in judge_pairs(votes.scores[:, :, column], votes.questions)
        ),
    )


def _judge(judge: ReadJudge, place: int, votes: Votes, weights: FloatArray | None, *, apart: bool) -> PanelJudgeRow:
    failed = votes.failed(place, apart=apart)
    not_asked = failed.pop("not_asked", 0)
    may, state = votes.may[:, place], judge.state
    return PanelJudgeRow(
        name=judge.about.name,
        judge=judge.about.judge,
        endpoint=judge.manifest.endpoint,
        models_returned=dict(sorted(state.models.items())),
        weight=None if weights is None or not len(weights) else float(weights[:, place].mean()),
        calls=int(votes.calls[may].sum()) * (len(votes.criteria) if apart else 1),
        failed=dict(sorted(failed.items())),
        not_asked=not_asked,
        without=judge.about.without,
        left_out=int((~may).sum()),
        requests=state.requests + sum(session.unrecorded or 0 for session in judge.manifest.sessions),
        cost=state.cost,
    )


def _groups(manifest: JudgingManifest, votes: Votes) -> Iterator[tuple[str, str, IntArray, BoolArray]]:
    """Reference, candidate, the rows of their comparisons, and in which of these the candidate is the reference."""
    pairs = np.array(votes.pairs, dtype=str).reshape(-1, 2)
    if manifest.configuration.all_pairs:
        for name in manifest.contestants:
            rows = np.flatnonzero((pairs == name).any(axis=1))
            if len(rows):
                yield OTHERS, name, rows, pairs[rows, 0] == name
        return
    for reference, candidate in dict.fromkeys(votes.pairs):
        rows = np.flatnonzero((pairs == (reference, candidate)).all(axis=1))
        yield reference, candidate, rows, np.zeros(len(rows), dtype=np.bool_)


def _rates(
    manifest: JudgingManifest, by: PanelBy, votes: Votes, scores: FloatArray, weights: FloatArray | None
) -> Iterator[PanelRateRow]:
    for reference, candidate, rows, turned in _groups(manifest, votes):
        of = votes.questions[rows]
        for column, criterion in enumerate(votes.criteria):
            own = np.where(turned[:, None], 1 - votes.scores[rows, :, column], votes.scores[rows, :, column])
            whole = np.where(turned, 1 - scores[rows, column], scores[rows, column])
            rates = _means(np.column_stack([own, whole]), of)
            both = ~np.isnan(votes.in_order[rows, :, column]).any(axis=-1)  # one order agrees with nothing
            agree = np.where(np.isnan(own) | ~both, np.nan, votes.agree[rows, :, column])
            consistent = _means(agree, of)
            first = _shares(votes.first_wins[rows, :, column], votes.decided[rows, :, column], of)
            others = leave_one_judge_out(
                own,
                of,
                quorum=by.quorum,
                rule=by.combine,
                weights=None if weights is None else weights[rows, :, column],
            )
            names = {"reference": reference, "candidate": candidate, "criterion": criterion}
            for place, name in enumerate(votes.names):
                out = next((each for each in others if each.judge == place), None)
                yield PanelRateRow(
                    judge=name,
                    **names,
                    planned=int(votes.may[rows, place].sum()),
                    voted=int((~np.isnan(own[:, place])).sum()),
                    win_rate=rates[place],
                    consistency=consistent[place],
                    first_shown=first[place],
                    without=None if out is None else out.win_rate,
                    change=None if out is None else out.change,
                    lost=0 if out is None else out.lost,
                )
            together = votes.agree[rows, :, column] | np.isnan(own)
            one = np.nanmax(own, axis=1, initial=-1.0) == np.nanmin(own, axis=1, initial=2.0)
            unanimous = np.where(np.isnan(whole), np.nan, together.all(axis=1) & one)
            yield PanelRateRow(
                judge=None,
                **names,
                planned=len(rows),
                voted=int((~np.isnan(whole)).sum()),
                win_rate=rates[-1],
                consistency=_means(unanimous[:, None], of)[0],
                first_shown=_shares(
                    votes.first_wins[rows, :, column].sum(axis=1, keepdims=True),
                    votes.decided[rows, :, column].sum(axis=1, keepdims=True),
                    of,
                )[0],
            )


def _means(values: FloatArray, clusters: IntArray) -> list[Estimate]:
    """Estimate the mean of each column (n, M), ignoring NaN, with intervals by question."""
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    return _estimates(filled, there.astype(np.float64), (filled**2).sum(axis=0), clusters)


def _shares(hits: IntArray, counts: IntArray, clusters: IntArray) -> list[Estimate]:
    """Estimate the share of hits in each column (n, M), with intervals by question."""
    return _estimates(hits.astype(np.float64), counts.astype(np.float64), hits.sum(axis=0), clusters)


def _estimates(
    hits: FloatArray, counts: FloatArray, squares: FloatArray | IntArray, clusters: IntArray
) -> list[Estimate]:
    of = np.unique(clusters, return_inverse=True)[1]
    shape = (int(of.max(initial=-1)) + 1, hits.shape[1])
    sums, numbers = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, of, hits)
    np.add.at(numbers, of, counts)
    return share_estimates(sums, numbers, squares=np.asarray(squares, dtype=np.float64))
