"""A panel of judges on loopback: what is asked, what is kept, and the verdict that they make together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judge.cli.shared.session_output import closing_lines
from judge.comparison.compare import JudgingPreview, compare, preview_comparison
from judge.comparison.fewer_calls.expert_judge import compare_with_expert
from judge.comparison.panel_tables import screen_panel
from judge.comparison.results import load_run, load_summary, resolve_again
from judge.comparison.run import Run
from judge.comparison.stopping.decision import compare_until_decided
from judge.comparison.tables import rate_tables
from judge.core.errors import Declined
from judge.core.models.open_client import ModelSpec
from judge.judging.pairs.pairing import OWN_FAMILY
from judge.judging.panel import Member, Panel
from judge.judging.panels.rates import PanelRateRow, PanelRates
from judge.stats.win_rates.early_decision import Design
from tests.support.loopback import Loopback
from tests.support.panels import NAMES, panel_of, settings_of, spec_of
from tests.support.refused import refused
from tests.support.runs import journal, verdicts

REFUSAL = "I'm sorry, but I can't compare these responses."


def rates_of(run: Run) -> PanelRates:
    assert run.summary.panel is not None
    return run.summary.panel


def rate(run: Run, judge: str | None, criterion: str = "overall") -> PanelRateRow:
    return next(row for row in rates_of(run).rates if row.judge == judge and row.criterion == criterion)


def test_three_judges_of_both_formats_decide_together(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback(bias=0.9) as ben, Loopback(bias=0.4) as cem:
        servers = (ann, ben, cem)
        run = compare(settings_of(tmp_path / "run", panel_of(servers)))
        again = compare(settings_of(tmp_path / "run", panel_of(servers)))
        assert [len(server.seen) for server in servers] == [12, 12, 12]
    assert run.is_finished
    assert run.summary.counts.calls == run.summary.counts.ok == 36
    assert again.summary == run.summary == load_summary(tmp_path / "run")
    members = [verdicts(tmp_path / "run" / "judges" / name) for name in NAMES]
    for row, *own in zip(verdicts(tmp_path / "run"), *members, strict=True):
        assert {each.comparison_id for each in own} == {row.comparison_id}
        assert row.score == pytest.approx(np.mean([each.score for each in own if each.score is not None]))
        outcomes = {each.outcome for each in own}
        assert row.outcome == (outcomes.pop() if len(outcomes) == 1 else "inconsistent")
    for name in NAMES:
        alone = load_run(tmp_path / "run" / "judges" / name).summary.win_rates
        own = next(row for row in alone if row.dimension == "all" and row.criterion == "overall")
        assert rate(run, name).win_rate.value == pytest.approx(own.win_rate.value)
    others = [rate(run, name).win_rate.value or 0 for name in NAMES[1:]]
    without = rate(run, "ann").without
    assert without is not None
    assert without.value == pytest.approx(np.mean(others))
    assert run.summary.spent.cost == pytest.approx(12 * 100 * (0.001 + 0.002 + 0.003))


def test_a_judge_that_is_added_later_is_asked_alone_and_one_left_out_has_no_vote(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback(bias=0.9) as ben, Loopback(bias=0.4) as cem:
        servers = (ann, ben, cem)
        compare(settings_of(tmp_path / "run", panel_of(servers[:2])))
        run = compare(settings_of(tmp_path / "run", panel_of(servers)))
        assert [len(server.seen) for server in servers] == [12, 12, 12]
        assert len(rates_of(run).judges) == 3
        fewer = compare(settings_of(tmp_path / "run", panel_of(servers[:2])))
        assert [each.name for each in rates_of(fewer).judges] == ["ann", "ben"]
        assert fewer.summary.counts.calls == 24
        spent, before = fewer.summary.spent, run.summary.spent
        assert spent.left_out == {"cem": pytest.approx(12 * 100 * 0.003)}
        assert (spent.cost, spent.requests, spent.replies) == (before.cost, before.requests, before.replies)
        assert fewer.summary.how.models_returned.keys() < run.summary.how.models_returned.keys()
        whole = compare(settings_of(tmp_path / "run", panel_of(servers)))
        assert [len(server.seen) for server in servers] == [12, 12, 12]
    assert whole.summary == run.summary


def test_a_dead_judge_does_not_stop_the_others_and_is_asked_alone_later(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback(fail_all=(401, {"error": {"message": "no"}})) as ben, Loopback() as cem:
        servers = (ann, ben, cem)
        run = compare(settings_of(tmp_path / "run", panel_of(servers)))
        assert run.session is not None
        assert run.session.error is None
        assert run.session.judges["ben"].error is not None
        assert not run.is_finished
        assert {row.outcome for row in verdicts(tmp_path / "run")} <= {"win", "loss", "tie", "inconsistent"}
        assert [each.ok for each in rates_of(run).judges] == [12, 0, 12]
        assert rate(run, "ben").win_rate.value is None
        again = compare(
            settings_of(tmp_path / "run", panel_of(servers))
        )  # asks the dead one alone, which is not the end
        assert again.session is not None
        assert again.session.error is None
        assert again.session.judges["ben"].error is not None
        ben.fail_all = None
        run = compare(settings_of(tmp_path / "run", panel_of(servers)))
        assert run.is_finished
        assert (len(ann.seen), len(cem.seen)) == (12, 12)


def test_where_every_judge_is_dead_the_session_has_the_error(tmp_path: Path) -> None:
    with Loopback(fail_all=(401, {"error": {"message": "no"}})) as dead:
        run = compare(settings_of(tmp_path / "run", panel_of((dead, dead))))
    assert run.session is not None
    assert run.session.ended_by == "error"
    assert run.session.error is not None


def test_a_judge_that_refuses_everything_has_no_vote_and_the_quorum_decides(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback(writes=lambda _: REFUSAL) as cem:
        servers = (ann, ben, cem)
        run = compare(settings_of(tmp_path / "run", panel_of(servers)))
        assert rates_of(run).judges[2].failed == {"refusal": 12}
        assert rates_of(run).below_quorum == 0
        assert run.summary.counts.failed == {"refusal": 12}
        # All six comparisons have a verdict: it is calls that lack a judgment.
        assert any("12 calls have no judgment" in line for line in closing_lines(run, "judgment", retry_failed=True))
        assert not run.is_finished
        strict = compare(settings_of(tmp_path / "run", panel_of(servers, quorum=3), retry_failed=False))
    assert rates_of(strict).below_quorum == 6
    assert {(row.outcome, row.score) for row in verdicts(tmp_path / "run")} == {("missing", None)}
    assert (len(ann.seen), len(ben.seen)) == (12, 12)


def test_in_one_order_nothing_is_said_of_orders_that_agree(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback(bias=0.9) as ben:
        run = compare(settings_of(tmp_path / "run", panel_of((ann, ben)), orders="one"))
        assert (len(ann.seen), len(ben.seen)) == (6, 6)
    assert [rate(run, name).consistency.n for name in NAMES[:2]] == [0, 0]
    assert [rate(run, name).win_rate.n for name in NAMES[:2]] == [6, 6]


def test_majority_and_weights_need_no_call(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback(bias=0.9) as ben, Loopback(bias=0.4) as cem:
        servers = (ann, ben, cem)
        compare(settings_of(tmp_path / "run", panel_of(servers)))
        compare(settings_of(tmp_path / "run", panel_of(servers, combine="majority")))
        assert {row.score for row in verdicts(tmp_path / "run")} <= {0.0, 0.5, 1.0}
        members = tuple(
            Member(name, spec_of(name, server), weight)
            for name, server, weight in zip(NAMES, servers, (1e9, 1.0, 1.0), strict=True)
        )
        run = compare(settings_of(tmp_path / "run", Panel(members, 2, "weighted")))
        notes = [note for table in rate_tables(run.summary) for note in table.notes]
        assert any("scored by the weighted mean." in note for note in notes)
        assert [len(server.seen) for server in servers] == [12, 12, 12]
    own = {(row.comparison_id, row.criterion): row.score for row in verdicts(tmp_path / "run" / "judges" / "ann")}
    for row in verdicts(tmp_path / "run"):
        assert row.score == pytest.approx(own[row.comparison_id, row.criterion], abs=1e-6)


def three_contestants(folder: Path) -> dict[str, Any]:
    """Settings of a comparison of three contestants, of which one is a Llama."""
    for name in ("base", "ft", "other"):
        model = "Llama-3.1-8B" if name == "other" else f"{name}-1"
        rows = (
            f'{{"item_id": "q{n}", "text": "{name} {n}", "question": "Q {n}?", "question_id": "q{n}", '
            f'"model": "{model}"}}\n'
            for n in range(6)
        )
        (folder / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
    files = tuple(str(folder / f"{name}.jsonl") for name in ("base", "ft", "other"))
    return {"files": files, "values": None, "prompt": "general", "limit": None, "prices": None}


def family_panel(servers: tuple[Loopback, Loopback, Loopback], quorum: int = 2) -> Panel:
    """One judge is of the family of the contestant ``ft``, by whose name it is called."""
    names = ("ann", "ben", "llama-3")
    return panel_of(servers, quorum, names)


def test_a_judge_of_a_contestants_family_is_not_asked_unless_allowed(tmp_path: Path) -> None:
    more = three_contestants(tmp_path)
    with Loopback(prompt="general") as ann, Loopback(prompt="general") as ben, Loopback(prompt="general") as llama:
        servers = (ann, ben, llama)
        with refused("2 of 3 judges may vote on base and other, and the quorum is 3"):
            compare(settings_of(tmp_path / "run", family_panel(servers, 3), **more))
        with refused("needs weights"):
            compare(settings_of(tmp_path / "run", panel_of(servers, combine="weighted"), **more))
        assert not ann.seen
        assert not (tmp_path / "run").exists(), "a panel that is refused leaves nothing"
        run = compare(settings_of(tmp_path / "run", family_panel(servers), **more))
        assert [len(server.seen) for server in servers] == [24, 24, 12]
        judge = rates_of(run).judges[2]
        assert (judge.without, judge.left_out, judge.calls, judge.ok) == (("other",), 6, 12, 12)
        assert run.is_finished
        assert run.summary.counts.calls == 60
        assert not [text for text in run.summary.warnings if "family" in text]
        assert load_run(tmp_path / "run" / "judges" / "llama-3").summary.counts.comparisons == 6
        allowed = compare(settings_of(tmp_path / "run", family_panel(servers), allow=frozenset({OWN_FAMILY}), **more))
        assert [len(server.seen) for server in servers] == [24, 24, 24]
    assert rates_of(allowed).judges[2].left_out == 0
    assert [text for text in allowed.summary.warnings if "family" in text]


def test_one_limit_on_money_holds_for_all_judges(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        servers = (ann, ben, cem)
        wanted = settings_of(tmp_path / "run", panel_of(servers), limit=None, max_cost=9.0, max_tokens=100)
        run = compare(wanted)
        seen = [len(server.seen) for server in servers]
        assert run.session is not None
        assert run.session.over_budget
        spent = 0.1 * seen[0] + 0.2 * seen[1] + 0.3 * seen[2]
        assert 8.0 < spent <= 9.0
        assert run.session.spent == pytest.approx(spent)
        assert all(seen)
        again = compare(wanted)
        assert sum(len(server.seen) for server in servers) - sum(seen) <= 1
        assert again.session is not None
        assert again.session.over_budget
        made = sum(len(server.seen) for server in servers)
        (tmp_path / "run" / "judges" / "people.jsonl").touch()  # people's labels, beside the judges' folders
        fewer = compare(replace(wanted, panel=panel_of(servers[:2])))  # what the third has cost counts all the same
        assert fewer.session is not None
        assert fewer.session.over_budget
        assert sum(len(server.seen) for server in servers) - made <= 1
    table = next(screen_panel(run.summary))
    failed, left = (table.columns.index(name) for name in ("failed", "not made"))
    assert [row[failed] for row in table.rows] == ["0"] * 3
    assert [int(row[left]) for row in table.rows] == [each.not_asked for each in rates_of(run).judges]


def test_the_plan_is_told_by_judge_before_anything_is_paid(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        wanted = settings_of(tmp_path / "run", panel_of((ann, ben, cem)))
        told: list[JudgingPreview] = []

        def no(preview: JudgingPreview) -> bool:
            told.append(preview)
            return False

        with pytest.raises(Declined):
            compare(wanted, confirm=no)
        estimated = preview_comparison(wanted)
        assert not ann.seen
        compare(settings_of(tmp_path / "run", panel_of((ann, ben))))
        left = preview_comparison(wanted, tmp_path / "run")
    assert [(each.name, each.estimate.calls) for each in told[0].judges] == [(name, 12) for name in NAMES]
    assert [each.estimate for each in estimated.judges] == [each.estimate for each in told[0].judges]
    assert estimated.estimate.cost == pytest.approx(sum(each.estimate.cost or 0 for each in estimated.judges))
    assert [each.estimate.calls for each in left.judges] == [0, 0, 12]


def test_numbers_are_computed_again_where_a_judges_journal_has_changed(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback(bias=0.9) as ben:
        run = compare(settings_of(tmp_path / "run", panel_of((ann, ben))))
    half = resolve_again(tmp_path / "run", rule="half", write=True)
    assert (run.summary.how.inconsistent, half.how.inconsistent) == ("mean", "half")
    assert {row.score for row in verdicts(tmp_path / "run" / "judges" / "ben")} <= {0.0, 0.5, 1.0}
    with refused("would not vote"):
        resolve_again(tmp_path / "run", rule="exclude")
    path = tmp_path / "run" / "judges" / "ben" / "judgments.jsonl"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    found = load_summary(tmp_path / "run")
    assert found.notes
    assert found.counts.not_asked == 1
    assert len(journal(tmp_path / "run" / "judges" / "ann")) == 12


def test_another_model_of_the_same_name_is_refused(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as other:
        compare(settings_of(tmp_path / "run", panel_of((ann, ben))))
        with refused("holds a run of another configuration: endpoint"):
            compare(settings_of(tmp_path / "run", panel_of((ann, other))))
        with refused("several"):
            compare(settings_of(tmp_path / "run", panel_of((ann, ben)), orders="adaptive"))
        with refused("--expert estimates the verdicts of one better judge, and a panel has several"):
            compare_with_expert(settings_of(tmp_path / "run", panel_of((ann, ben)), expert=ModelSpec("openai", "x")))


def test_a_panel_ranks_contestants_and_counts_the_calls_of_those_who_may_vote(tmp_path: Path) -> None:
    more = three_contestants(tmp_path) | {"all_pairs": True}
    with Loopback(prompt="general") as ann, Loopback(prompt="general") as ben, Loopback(prompt="general") as llama:
        servers = (ann, ben, llama)
        run = compare(settings_of(tmp_path / "run", family_panel(servers), **more))
        assert [len(server.seen) for server in servers] == [36, 36, 12]
    assert run.is_finished
    assert run.summary.counts.calls == run.summary.counts.ok == 84
    assert {row.candidate: row.calls for row in run.summary.win_rates if row.criterion == "overall"} == {
        "base": 60, "ft": 60, "other": 48
    }  # fmt: skip
    own = {row.candidate: row for row in rates_of(run).rates if row.judge == "llama-3"}
    assert {name: row.planned for name, row in own.items()} == {"base": 6, "ft": 6, "other": 0}
    assert own["base"].win_rate.value == pytest.approx(1 - (own["ft"].win_rate.value or 0))
    assert len(run.summary.leaderboards) == 1


def test_judging_until_decided_is_about_the_panels_win_rate(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        servers = (ann, ben, cem)
        wanted = settings_of(tmp_path / "run", panel_of(servers), limit=60)
        run = compare_until_decided(wanted, "overall", design=Design(detect=0.9))
        assert len({len(server.seen) for server in servers}) == 1
    assert run.summary.decision is not None
    (decided,) = run.summary.decision.candidates
    assert decided.looks
    assert decided.looks[-1].comparisons == len(verdicts(tmp_path / "run")) / 3
    assert run.summary.panel is not None


def test_the_judgments_of_a_run_of_one_judge_are_not_paid_for_again(tmp_path: Path) -> None:
    with Loopback() as ann, Loopback() as ben, Loopback() as cem:
        servers = (ann, ben, cem)
        panel = panel_of(servers)
        alone = settings_of(tmp_path / "alone", panel)
        compare(replace(alone, panel=None, judge=spec_of("ben", ben)))
        with refused("--reuse", "alone"):
            compare(alone)
        run = compare(settings_of(tmp_path / "run", panel, reuse=(tmp_path / "alone",)))
        assert [len(server.seen) for server in servers] == [12, 12, 12]
        again = compare(settings_of(tmp_path / "again", panel, reuse=(tmp_path / "run",)))
        assert [len(server.seen) for server in servers] == [12, 12, 12]
        with refused("nothing of", "no judge of the panel was asked so"):
            compare(
                settings_of(tmp_path / "other", panel_of(servers[::2], names=("a", "b")), reuse=(tmp_path / "run",))
            )
    assert run.summary.spent.taken_over == {"alone": 12}
    assert rates_of(again).rates == rates_of(run).rates


def test_the_words_of_a_failure_are_those_of_the_judge_that_failed_most_often(tmp_path: Path) -> None:
    once = iter([REFUSAL])
    with (
        Loopback() as ann,
        Loopback(writes=lambda _: next(once, None)) as ben,
        Loopback(writes=lambda _: REFUSAL) as cem,
    ):
        run = compare(settings_of(tmp_path / "run", panel_of((ann, ben, cem), quorum=1)))
    assert run.summary.counts.failed == {"refusal": 13}
    assert run.summary.counts.reasons["refusal"].startswith("cem: ")
