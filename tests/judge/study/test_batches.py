"""A study whose calls are made in batches."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import InputError
from judge.study.file import load_study
from judge.study.run import plan_study
from tests.support.batch_server import BatchServer
from tests.support.study import CALLS, complete, run, served_study, speak, stages

IN_BATCHES = {"batch": True, "poll": 0.05}


def test_a_study_in_batches_makes_the_calls_of_a_study_without(tmp_path: Path) -> None:
    with BatchServer(writes=speak) as server:
        study = served_study(tmp_path, server.url, generate=IN_BATCHES, compare=IN_BATCHES)
        complete(study)
        assert sum(server.made.values()) == len(server.made) == CALLS - 3  # the first of each stage is live
        folders = {stage.folder for stage in stages(study).values()}
        assert folders == {stage.folder for stage in stages(served_study(tmp_path, server.url)).values()}


def test_a_study_that_does_not_wait_goes_on_with_each_run(tmp_path: Path) -> None:
    leaves = {**IN_BATCHES, "wait": False}
    with BatchServer(writes=speak) as server:
        server.delay = 0.2
        study = served_study(tmp_path, server.url, generate=leaves, compare=leaves)
        first = run(study)
        assert first.study.unfinished is not None
        assert first.study.unfinished.startswith("generate")
        for _ in range(100):
            if run(study).study.unfinished is None:
                break
            time.sleep(0.1)
        complete(study)
        assert sum(server.made.values()) == len(server.made) == CALLS - 3  # none is sent twice


def test_a_study_finishes_live_what_batches_did_not_make(tmp_path: Path) -> None:
    live = {**IN_BATCHES, "finish": "live"}
    with BatchServer(writes=speak, make_only=2) as server:
        complete(served_study(tmp_path, server.url, generate=live, compare=live))
        assert len(server.seen) == CALLS
        assert max(server.made.values()) == 1
        assert sum(server.made.values()) == 2 * len(server.batches) == 2 * 3


PRICES = """
as_of: today
currency: USD
batch: {openai: 0.5}
models:
  openai:base: {input: 100.0, output: 400.0}
  openai:ft: {input: 100.0, output: 400.0}
  openai:judge: {input: 200.0, output: 800.0}
"""


def costs(study: Path) -> dict[str, float | None]:
    """The cost of each stage that is not done."""
    return {row.stage: row.estimate.cost for row in plan_study(study).rows if row.estimate is not None}


def test_the_estimate_of_a_study_in_batches_has_their_prices(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)

    def planned(url: str, **changes: Any) -> dict[str, float | None]:
        study = served_study(tmp_path, url, **changes)
        study.write_text(f"{study.read_text()}prices: {tmp_path / 'prices.yaml'}\n")
        return costs(study)

    def halved(live: dict[str, float | None], cheap: dict[str, float | None]) -> None:
        assert live["compare"]
        assert live.keys() == cheap.keys()
        assert [cost for cost in cheap.values() if cost is not None] == pytest.approx(
            [cost / 2 for cost in live.values() if cost is not None]
        )

    batches = {"generate": IN_BATCHES, "compare": IN_BATCHES}
    with BatchServer(writes=speak) as server:
        panel: dict[str, Any] = {"compare": {"judge": ["openai:judge", "openai:base"], "base_url": None}}
        halved(planned(server.url), planned(server.url, **batches))  # guessed from the values
        both = {name: {**panel.get(name, {}), **batches[name]} for name in batches}
        halved(planned(server.url, **panel), planned(server.url, **both))
        complete(served_study(tmp_path, server.url, compare={"limit": 1}))
        halved(planned(server.url), planned(server.url, **batches))  # counted from the responses


@pytest.mark.parametrize("change", [{"orders": "adaptive"}, {"until_half_width": 0.1}, {"expert": "openai:better"}])
def test_designs_that_need_live_calls_are_refused_with_batches(tmp_path: Path, change: dict[str, object]) -> None:
    study = served_study(tmp_path, "http://127.0.0.1:1/v1", compare={**IN_BATCHES, **change})
    with pytest.raises(InputError, match="need live calls"):
        load_study(study)
