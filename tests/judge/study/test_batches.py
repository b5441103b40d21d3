"""A study whose calls are made in batches."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from judge.core.errors import InputError
from judge.study.file import load_study
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


@pytest.mark.parametrize("change", [{"orders": "adaptive"}, {"until_half_width": 0.1}, {"expert": "openai:better"}])
def test_designs_that_need_live_calls_are_refused_with_batches(tmp_path: Path, change: dict[str, object]) -> None:
    study = served_study(tmp_path, "http://127.0.0.1:1/v1", compare={**IN_BATCHES, **change})
    with pytest.raises(InputError, match="need live calls"):
        load_study(study)
