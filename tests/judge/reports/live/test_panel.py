"""A panel on the page that follows runs: its judges' runs together, and each by itself."""

from __future__ import annotations

from pathlib import Path

from judge.comparison.compare import compare
from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import read_manifest, write_manifest
from judge.reports.live.find_runs import find_runs
from judge.reports.live.followed_run import FollowedRun
from tests.support.loopback import Loopback
from tests.support.panels import NAMES, panel_of, settings_of


def test_a_panel_is_the_sum_of_its_judges(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with Loopback() as ann, Loopback(fail_all=(401, {"error": {"message": "no"}})) as ben, Loopback() as cem:
        compare(settings_of(run, panel_of((ann, ben, cem))))
    assert find_runs([tmp_path]) == [run, *(run / "judges" / name for name in NAMES)]
    followed = FollowedRun(run)
    now = followed.look(in_full=True)
    assert now is not None
    assert (now.model, now.planned, now.ok) == ("panel of ann, ben, cem", 36, 24)
    assert now.win_rates
    made = read_manifest(run, JudgingManifest)
    assert made is not None
    write_manifest(run, made.model_copy(update={"results": None}))  # as while it goes on
    now = followed.look(in_full=True)
    assert now is not None
    assert (now.planned, now.ok, now.problem) == (36, 24, None)
    assert now.cost is not None
    assert now.cost > 0
    alone = FollowedRun(run / "judges" / "ann").look(in_full=True)
    assert alone is not None
    assert (alone.planned, alone.ok, len(alone.win_rates)) == (12, 12, 3)
