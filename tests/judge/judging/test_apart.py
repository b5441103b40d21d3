"""`--criteria apart`: one call for each criterion, one journal, the same tables; and what it costs more."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from judge.comparison.compare import compare, preview_comparison
from judge.comparison.results import resolve_again
from judge.core.errors import RunDirectoryError, UsageError
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.paths import ROOT
from tests.support.runs import journal, verdicts

EXAMPLES = ROOT / "examples"
CRITERIA = ("persona", "value", "overall")


def settings(out: Path | None, **more: object) -> CompareSettings:
    given: dict[str, object] = {
        "files": (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
        "judge": parse_spec("heuristic", None),
        "prompt": "persona-value",
        "values": EXAMPLES / "values.jsonl",
        "out": out,
        "limit": 8,
        "resamples": 200,
        "criteria": "apart",
    }
    return CompareSettings(**(given | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("apart") / "run"
    assert compare(settings(out)).is_finished
    return out


def test_each_criterion_has_a_call_of_its_own_in_one_journal(apart: Path) -> None:
    rows = journal(apart)
    assert Counter(row.criterion for row in rows) == dict.fromkeys(CRITERIA, 16)
    assert all(set(row.winners) == {row.criterion} for row in rows)
    assert len({row.key for row in rows}) == len({row.tag for row in rows}) == 48
    analyses = {row.criterion: set(row.analyses) for row in rows}
    assert analyses == {
        "persona": {"persona_analysis"},
        "value": {"value_analysis"},
        "overall": {"persona_analysis", "value_analysis"},
    }


def test_the_tables_are_those_of_one_call_for_all(apart: Path, tmp_path: Path) -> None:
    together = compare(settings(tmp_path / "run", criteria="together"))
    assert verdicts(apart) == verdicts(tmp_path / "run")
    summary = resolve_again(apart, rule=None, resamples=None, reparse=True, write=False)
    assert summary.win_rates == together.summary.win_rates
    assert (summary.counts.comparisons, summary.counts.calls, summary.counts.ok) == (8, 48, 48)
    assert together.summary.counts.calls == 16


def test_a_run_resumes_with_the_same_setting_and_refuses_the_other(apart: Path) -> None:
    again = compare(settings(apart))
    assert again.session is not None
    assert again.session.calls == 0
    with pytest.raises(RunDirectoryError, match="criteria: apart there, together now"):
        compare(settings(apart, criteria="together"))


def test_a_missing_call_leaves_the_other_criteria_their_verdict(apart: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    compare(settings(out))
    rows = (out / "judgments.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    left = [row for row in rows if json.loads(row)["criterion"] != "value"]
    (out / "judgments.jsonl").write_text("".join(left), encoding="utf-8")
    counts = resolve_again(out, rule=None, resamples=None, reparse=False, write=False).counts
    assert (counts.calls, counts.ok, counts.not_asked) == (48, 32, 16)
    run = compare(settings(out))
    assert run.session is not None
    assert run.session.calls == 16


def test_the_estimate_says_what_one_call_for_all_would_take() -> None:
    preview = preview_comparison(settings(None))
    assert (preview.planned, preview.estimate.calls) == (48, 48)
    assert preview.together is not None
    assert preview.together.calls == 16
    assert preview.estimate.input_tokens > 2 * preview.together.input_tokens
    assert preview_comparison(settings(None, criteria="together")).together is None


def test_a_prompt_that_decides_all_in_one_call_is_refused(tmp_path: Path) -> None:
    for prompt in ("general", "persona-value@2"):
        with pytest.raises(UsageError, match="decides all criteria in one call"):
            compare(replace(settings(tmp_path / "run"), prompt=prompt))
        with pytest.raises(UsageError, match="decides all criteria in one call"):
            preview_comparison(replace(settings(None), prompt=prompt))
    assert not (tmp_path / "run").exists()
