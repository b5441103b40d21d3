"""A panel whose calls are made in batches, or elsewhere: each judge has its own parts and files."""

from __future__ import annotations

from pathlib import Path

from judge.call_files.batches import parts_of
from judge.call_files.runs import export_run, import_run
from judge.comparison.compare import compare
from judge.comparison.results import load_summary
from judge.core.calls.limits import Batches
from tests.support.batch_server import BatchServer
from tests.support.loopback import Loopback
from tests.support.panels import NAMES, panel_of, settings_of
from tests.support.refused import refused
from tests.support.run_batch import run_batch
from tests.support.runs import verdicts

SOON = Batches(poll=0.02, settle=0.1)


def test_the_parts_of_all_judges_are_under_way_at_once_and_collected_later(tmp_path: Path) -> None:
    with BatchServer() as ann, BatchServer() as ben, BatchServer() as cem:
        servers = (ann, ben, cem)
        panel = panel_of(servers)
        sent = compare(settings_of(tmp_path / "run", panel, batch=Batches(wait=False, settle=0.1)))
        assert sent.session is not None
        assert (sent.session.ended_by, sent.session.in_batches) == ("batches", 33)
        assert len(parts_of(tmp_path / "run")) == 3
        with refused("are in 1 batches under way"):
            compare(settings_of(tmp_path / "run", panel))
        run = compare(settings_of(tmp_path / "run", panel, batch=SOON))
        assert run.is_finished
        assert [max(server.made.values()) for server in servers] == [1, 1, 1]
        assert [sum(server.made.values()) for server in servers] == [11, 11, 11]  # the first of each is live
        assert [len(server.seen) for server in servers] == [12, 12, 12]
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        live = compare(settings_of(tmp_path / "live", panel_of((ann, ben, cem))))
    assert [row.outcome for row in verdicts(tmp_path / "run")] == [row.outcome for row in verdicts(tmp_path / "live")]
    assert run.summary.spent.cost == live.summary.spent.cost


def test_batches_under_way_of_one_judge_count_for_the_limit_of_all(tmp_path: Path) -> None:
    with BatchServer() as ann, BatchServer() as ben, BatchServer() as cem:
        servers = (ann, ben, cem)
        run = compare(settings_of(tmp_path / "run", panel_of(servers), batch=SOON, max_cost=4.0, max_tokens=100))
        made = [len(server.seen) for server in servers]
    assert run.session is not None
    assert run.session.over_budget
    assert 0.1 * made[0] + 0.2 * made[1] + 0.3 * made[2] <= 4.0


def test_a_file_of_calls_is_of_one_judge(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        servers = (ann, ben, cem)
        run = tmp_path / "run"
        made = compare(settings_of(run, panel_of(servers), no_calls=True))
        assert made.summary.counts.not_asked == 36
        with refused("judged by a panel", "judges/ann"):
            export_run(run, tmp_path / "calls.jsonl")
        for name, server in zip(NAMES[::2], servers[::2], strict=True):
            export_run(run / "judges" / name, tmp_path / "calls.jsonl")
            run_batch(tmp_path / "calls.jsonl", tmp_path / "results.jsonl", server.root)
            import_run(run / "judges" / name, tmp_path / "results.jsonl")
        assert not ben.seen
    found = load_summary(run)
    assert found.panel is not None
    assert [each.ok for each in found.panel.judges] == [12, 0, 12]
    assert found.panel.below_quorum == 0
