"""What judges that a panel's run does not name any more have cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from judge.core.calls.budget import Budget
from judge.core.calls.completed_calls import load_completed
from judge.core.calls.cost_estimate import model_price
from judge.core.calls.prices import PriceList
from judge.core.files import run_directory as rundir
from judge.core.models.open_client import ModelSpec
from judge.judging.calls import CallMaker, call_settings
from judge.judging.open_run import open_plan
from judge.judging.panels.read_judges import left_out_runs
from judge.judging.settings import CompareSettings
from judge.judging.task import Judging
from judge.prompts import Prompt


def spent_by_left_out(
    run: Path, settings: CompareSettings, prompt: Prompt, prices: PriceList, named: Collection[str]
) -> float:
    """Return what judges of a panel's run have cost that are not named any more: the limit on money holds for the run.

    A judge without a price counts nothing; nor does any where there is no limit.

    Args:
        run: The run directory.
        settings: The settings of the comparison.
        prompt: The prompt of the run.
        prices: The price list.
        named: The names of the judges that are asked now.
    """
    if settings.panel is None or settings.max_cost is None:
        return 0.0
    found = 0.0
    for folder, manifest in left_out_runs(run, named):
        provider, _, model = manifest.configuration.judge.partition(":")
        judge = ModelSpec(provider, model, manifest.configuration.endpoint)
        maker = CallMaker(prompt, call_settings(replace(settings, judge=judge, panel=None)))
        budget = Budget(model_price(judge, prices))
        load_completed(Judging(maker, open_plan(folder, manifest, None).only(())), folder / rundir.JOURNAL, budget)
        found += budget.spent
    return found
