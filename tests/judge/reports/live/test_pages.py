"""The pages: hostile texts stay texts, and tables are tables."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from judge.reports.live.followed_run import FollowedRun
from judge.reports.live.pages import content_policy, list_page, run_page
from judge.reports.live.run_now import RunNow
from judge.reports.live.so_far.call_counts import Failure
from tests.support.hostile import LONG, NAME, PAYLOADS
from tests.support.report_pages import Read, read


def looked(run: Path) -> RunNow:
    now = FollowedRun(run).look(in_full=True)
    assert now is not None
    return now


def hostile(now: RunNow) -> RunNow:
    """A run whose failures, too, are hostile."""
    failures = tuple(Failure(f"kind {text}", 1, text * 3) for text in (*PAYLOADS, LONG))
    return replace(
        now,
        failures=failures,
        failed=len(failures),
        model=PAYLOADS[0],
        settings=PAYLOADS[1],
        currency=PAYLOADS[2],
        problem="".join(PAYLOADS),
        title=NAME,
        cost=3.0,
    )


@pytest.fixture
def pages(hostile_run: Path, tmp_path: Path) -> list[Read]:
    """The list and both pages of the hostile run: finished, and killed before its results were written."""
    killed = tmp_path / "killed"
    shutil.copytree(hostile_run, killed)
    about = json.loads((killed / "manifest.json").read_text())
    about["sessions"][-1] |= {"ended": None}
    about["results"] = None
    (killed / "manifest.json").write_text(json.dumps(about))
    runs = [looked(hostile_run), looked(killed)]
    runs += [hostile(now) for now in runs]
    return [read(list_page(runs, [hostile_run.parent])), *(read(run_page(now)) for now in runs)]


def test_hostile_texts_make_no_element_and_no_attribute(pages: list[Read]) -> None:
    for page in pages:
        assert [tag for tag, _ in page.elements].count("script") == 1
        assert not {"img", "iframe", "object", "base", "form", "link"} & {tag for tag, _ in page.elements}
        assert not {name for _, each in page.elements for name in each if name.startswith("on") or name == "style"}
        assert all(not each["href"].lower().startswith(("javascript", "http")) for each in page.all("a"))
        assert [each.get("http-equiv") for each in page.all("meta") if "http-equiv" in each] == [
            "Content-Security-Policy"
        ]


def test_directions_are_isolated_and_long_texts_cut(pages: list[Read]) -> None:
    for page in pages:
        assert not set("\u202e\u2066\u200b\u2028") & set(page.text)
        assert len(page.text) < 60_000


def test_the_policy_allows_the_page_s_own_script_and_style(demo_run: Path) -> None:
    for page in (read(list_page([looked(demo_run)], [demo_run])), read(run_page(looked(demo_run)))):
        for kind in ("script", "style"):
            digest = base64.b64encode(hashlib.sha256(page.raw[kind][0].encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}'" in content_policy()
        assert page.policy == content_policy()


def test_tables_have_captions_and_headers_ids_are_unique_and_changes_are_announced(demo_run: Path) -> None:
    now = replace(looked(demo_run), failures=(Failure("timeout", 2, "no answer"),))
    for page in (read(list_page([now], [demo_run])), read(run_page(now))):
        tables = page.all("table")
        assert len(page.all("caption")) == len(tables) > 0
        assert all(each["scope"] in ("col", "row") for each in page.all("th"))
        ids = [each["id"] for _, each in page.elements if "id" in each]
        assert len(ids) == len(set(ids))
        assert [each["role"] for each in page.all("p") if each.get("aria-live") == "polite"] == ["status"]
        assert all("aria-label" in each for each in page.all("progress"))


def test_the_offline_judge_is_named_on_its_page(demo_run: Path) -> None:
    assert "Not an LLM." in read(run_page(looked(demo_run))).text


def test_a_list_without_runs_says_where_it_looks(tmp_path: Path) -> None:
    page = read(list_page([], [tmp_path / "results"]))
    assert "No runs yet." in page.text
    assert str(tmp_path / "results") in page.text
