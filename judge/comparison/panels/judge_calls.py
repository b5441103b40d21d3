"""The calls of the judges of a run: of one, or of several side by side, under one limit on money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from judge.core.batches.ledger import calls_under_way
from judge.core.calls.ask import Asked, ask_together, set_damage_aside
from judge.core.calls.budget import share_limit
from judge.core.calls.cost_estimate import Estimate, Start, check_price, load_start, model_price
from judge.core.calls.events import OnEvent
from judge.core.calls.prices import Price, PriceList
from judge.core.calls.reuse import copy_results
from judge.core.calls.session import EndedBy, Session
from judge.core.files.journal import Damage
from judge.core.models.fleet.open_served import open_served
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ModelClient
from judge.judging.calls import CallMaker, call_settings
from judge.judging.heuristic import open_heuristic
from judge.judging.panels.open_judges import OpenedJudge
from judge.judging.panels.reuse_runs import runs_for
from judge.judging.reuse import Reuse
from judge.judging.settings import CompareSettings
from judge.judging.task import Judging
from judge.prompts import Prompt


@dataclass(frozen=True)
class JudgeAhead:
    """What a session takes of one judge of a panel; ``whole`` is what all its calls would take."""

    name: str
    model: ModelSpec
    estimate: Estimate
    whole: Estimate


@dataclass
class _OneJudge:
    """A judge with its task, and once they are loaded, its completed calls; ``beside`` is what others have spent."""

    opened: OpenedJudge
    maker: CallMaker
    task: Judging
    price: Price | None
    start: Start | None = None
    beside: float = 0.0

    @property
    def settings(self) -> CompareSettings:
        return self.opened.settings

    @property
    def begun(self) -> Start:
        """Where its session starts."""
        assert self.start is not None
        return self.start

    def load(self) -> Start:
        """Read its journal."""
        self.start = load_start(self.task, self.opened.store.journal, self.settings, self.price, spent=self.beside)
        return self.start


class JudgeCalls:
    """The calls of a run's judges.

    Args:
        judges: The judges, their runs open.
        prompt: The prompt of the run.
        prices: The price list.
        reuse: For each judge the other runs whose results are copied, as :func:`opened_reuse` opens them.
    """

    def __init__(
        self, judges: Sequence[OpenedJudge], prompt: Prompt, prices: PriceList, reuse: Sequence[Reuse]
    ) -> None:
        self._judges = []
        for each in judges:
            maker = CallMaker(prompt, call_settings(each.settings))
            price = price_of(each.settings, prices)
            self._judges.append(_OneJudge(each, maker, Judging(maker, each.plan), price))
        self._reuse = reuse

    @property
    def _is_panel(self) -> bool:
        return bool(self._judges[0].opened.name)

    def copy_results(self) -> dict[str, int]:
        """Copy the results of other runs (``reuse``); a judge is then asked for structured output in the same way."""
        found: dict[str, int] = {}
        for each, others in zip(self._judges, self._reuse, strict=True):
            if others.is_empty:
                continue
            store, plan = each.opened.store, each.opened.plan
            mode = others.mode(store.manifest.reply_mode)
            store.update(reply_mode=mode)
            store.save()
            sources = partial(others.sources, plan, settled=mode)
            for name, number in copy_results(each.task, store.journal, sources).items():
                found[name] = found.get(name, 0) + number
        return found

    def load(self, spent: float) -> None:
        """Read the journals. ``spent`` was spent beside these calls, and counts for the limit on money."""
        for place, each in enumerate(self._judges):
            each.beside = 0.0 if place else spent
            each.load()
        share_limit([each.begun.budget for each in self._judges])

    def _reload(self, judge: _OneJudge) -> Start:
        start = judge.load()
        share_limit([each.begun.budget for each in self._judges])
        return start

    @property
    def ahead(self) -> tuple[JudgeAhead, ...]:
        """What the session takes of each judge of a panel; nothing of a judge alone."""
        if not self._is_panel:
            return ()
        return tuple(
            JudgeAhead(each.opened.name, each.settings.judge, each.begun.estimate, each.begun.estimate)
            for each in self._judges
        )

    @property
    def estimate(self) -> Estimate:
        """What the session takes of all judges."""
        return side_by_side([each.begun.estimate for each in self._judges])

    @property
    def planned(self) -> int:
        """The calls of the plans, completed ones included."""
        return sum(each.opened.plan.calls for each in self._judges)

    @property
    def damage(self) -> list[Damage]:
        """The damaged rows of the journals."""
        return [row for each in self._judges for row in each.begun.completed.damage]

    @property
    def under_way(self) -> int:
        """Calls in batches that are under way."""
        return sum(calls_under_way(each.opened.store.folder, each.settings) for each in self._judges)

    @property
    def spent(self) -> float:
        """Spent so far, by all judges."""
        return sum(each.begun.budget.spent for each in self._judges)

    def ask(self, on_event: OnEvent) -> Session:
        """Make the calls that are left: live, or in batches.

        Raises:
            WriteError: The disk does not take a file.
        """
        if self._judges[0].settings.batch is not None:
            return self._in_batches(on_event)
        if self._judges[0].settings.engine == "ray":
            return self._by_ray(self._judges[0], on_event)
        ready = [each for each in self._judges if each.begun.estimate.calls]
        asked = [
            Asked(
                each.task,
                each.opened.store,
                each.settings,
                open_judge(each.settings),
                each.begun,
                {"limit": each.settings.limit},
            )
            for each in ready
        ]
        found = dict(zip([each.opened.name for each in ready], ask_together(asked, on_event), strict=True))
        if not self._is_panel:
            return found[""]
        self.set_aside()
        return together(found, self.spent, complete=len(self._judges) - len(ready))

    def _by_ray(self, judge: _OneJudge, on_event: OnEvent) -> Session:
        from judge.core.engines.ray_data import ray_engine
        from judge.core.engines.session import ask_with_engine

        return ask_with_engine(
            judge.task,
            judge.opened.store,
            judge.settings,
            spec=judge.settings.judge,
            engine=ray_engine(judge.settings.judge, judge.settings),
            open_client=partial(open_judge, judge.settings),
            start=judge.begun,
            reload=partial(self._reload, judge),
            on_event=on_event,
            details={"limit": judge.settings.limit},
        )

    def _in_batches(self, on_event: OnEvent) -> Session:
        from judge.core.batches.asked import InBatches
        from judge.core.batches.session import ask_together_in_batches

        asked = [
            InBatches(
                each.task,
                each.opened.store,
                each.settings,
                each.settings.judge,
                partial(open_judge, each.settings),
                each.begun,
                partial(self._reload, each),
                {"limit": each.settings.limit},
            )
            for each in self._judges
        ]
        names = [each.opened.name for each in self._judges]
        found = dict(zip(names, ask_together_in_batches(asked, on_event), strict=True))
        return together(found, self.spent) if self._is_panel else found[""]

    def set_aside(self) -> None:
        """Move damaged rows of judges without a call to make: nothing else would."""
        for each in self._judges:
            if not each.begun.estimate.calls:
                set_damage_aside(each.opened.store, each.begun.completed)
                each.opened.store.save()

    @property
    def runs(self) -> list[OpenedJudge]:
        """The runs of a panel's judges; nothing of a judge alone."""
        return [each.opened for each in self._judges] if self._is_panel else []


def opened_reuse(runs: Sequence[Path], makers: Sequence[CallMaker], currency: str, *, is_panel: bool) -> list[Reuse]:
    """Open the runs that each judge's results are copied from.

    Args:
        runs: The runs, of one judge or of panels.
        makers: What makes the calls of each judge.
        currency: Of the costs of this run.
        is_panel: Whether there are several judges: each run need then fit one of them only.

    Raises:
        RunDirectoryError: A directory has no run, or no judge of the panel was asked as that run's was.
    """
    chosen: Sequence[Sequence[Path]] = runs_for(runs, makers) if is_panel and runs else [runs for _ in makers]
    return [Reuse(own, maker, currency) for own, maker in zip(chosen, makers, strict=True)]


def price_of(settings: CompareSettings, prices: PriceList) -> Price | None:
    """Look up the price of a judge.

    Raises:
        UsageError: There is a limit on money, and it has no price.
    """
    price = model_price(settings.judge, prices)
    if not settings.judge.is_offline:
        check_price(settings.judge, price, prices, settings.max_cost)
    return price


def open_judge(settings: CompareSettings) -> ModelClient:
    """Open the client of a judge."""
    if settings.judge.is_offline:
        return open_heuristic()
    return open_served(settings.judge, concurrency=settings.concurrency, timeout=settings.timeout, http=settings.http)


def side_by_side(estimates: Sequence[Estimate]) -> Estimate:
    """Add up estimates of calls that are made at the same time."""
    whole = estimates[0]
    for each in estimates[1:]:
        whole = replace(
            whole.plus(each),
            seconds=max(whole.seconds, each.seconds),
            replied=whole.replied + each.replied,
            reasked=whole.reasked + each.reasked,
        )
    return whole


def together(sessions: Mapping[str, Session], spent: float, complete: int = 0) -> Session:
    """Return the sessions of a panel's judges as one.

    What stopped one judge is in its own session; only where all were stopped has the whole an error, the first one's.
    ``complete`` is the number of judges that had no call to make, and were not stopped.
    """
    if not sessions:
        return Session(spent=spent, spent_before=spent)
    every = list(sessions.values())
    errors = [each.error for each in every if each.error is not None]
    ends = {each.ended_by for each in every}
    stopped = len(errors) == len(every) + complete
    order: tuple[EndedBy, ...] = ("interrupt", "max-cost", "batches")
    ended_by: EndedBy = "error" if stopped else next((end for end in order if end in ends), "done")
    made = sum(each.spent - each.spent_before for each in every)
    return Session(
        ended_by=ended_by,
        completed=sum(each.completed for each in every),
        failed=sum(each.failed for each in every),
        requests=sum(each.requests for each in every),
        spent=spent,
        spent_before=spent - made,
        estimated=sum(each.estimated for each in every),
        unpriced=sum(each.unpriced for each in every),
        max_cost=every[0].max_cost,
        error=errors[0] if stopped else None,
        in_batches=sum(each.in_batches for each in every),
        judges=sessions,
    )
