"""What earlier pulls saw: edits that the author's own save would hide, and annotations that are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.labels.history import compare_with_history, forget_deleted
from judge.annotation.labels.raw import Fetched, RawAnnotation
from judge.annotation.labels.resolve import Resolved, resolve_annotations
from judge.annotation.labelstudio.pull import resolve_fetched as resolved
from judge.core.errors import UsageError
from tests.support.campaigns import CAMPAIGN, GOOD, item, key, raw


def resolve_fetched(rows: list[RawAnnotation], campaign: Campaign, there: Key, **options: bool) -> Resolved:
    return resolved(Fetched(rows), campaign, there, **options)


def version(server_id: str, **more: Any) -> RawAnnotation:
    return raw(version=server_id, **more)


def told(found: Resolved) -> tuple[int, list[str]]:
    return len(found.annotations), [one.category for one in found.set_aside]


def test_an_edit_by_another_stays_known_after_the_author_saved_again() -> None:
    there = key(item("a"))
    assert told(resolve_fetched([version("v1")], CAMPAIGN, there)) == (1, [])
    meddled = version("v1", edited_by_another=True, answers=GOOD | {"overall": ("2",)})
    assert told(resolve_fetched([meddled], CAMPAIGN, there)) == (0, ["edited by another"])
    laundered = replace(meddled, edited_by_another=False)
    found = resolve_fetched([laundered], CAMPAIGN, there)
    assert told(found) == (0, ["edited by another"])
    assert found.revised == 0
    assert told(resolve_fetched([laundered], CAMPAIGN, there, accept_edits=True)) == (1, [])
    assert told(resolve_fetched([laundered, version("v2")], CAMPAIGN, there)) == (1, ["edited by another"])  # done anew


def test_an_author_may_change_an_answer_and_it_is_counted() -> None:
    there = key(item("a"))
    resolve_fetched([version("v1")], CAMPAIGN, there)
    found = resolve_fetched([version("v1", answers=GOOD | {"overall": ("1",)})], CAMPAIGN, there)
    assert (told(found), found.revised) == ((1, []), 1)


@pytest.mark.parametrize("change", [{"identity": "ben@example.com"}, {"item": "b"}])
def test_an_annotation_that_changed_hands_or_tasks_is_not_believed(change: dict[str, str]) -> None:
    there = key(item("a"), item("b"))
    resolve_fetched([version("v1")], CAMPAIGN, there)
    taken = replace(version("v1"), **change)  # type: ignore[arg-type]
    for _ in range(2):
        assert told(resolve_fetched([taken], CAMPAIGN, there)) == (0, ["moved"])
    assert told(resolve_fetched([version("v1")], CAMPAIGN, there)) == (1, [])


def test_what_is_gone_stops_a_pull_until_it_is_accepted() -> None:
    there = key(item("a"), item("b"))
    rows = [version("v1"), version("v2", name="b"), version("v3", who="ben@example.com")]
    resolve_fetched(rows, CAMPAIGN, there)
    for _ in range(2):
        with pytest.raises(UsageError, match=r"2 annotations .* \(annotator-01: 1, annotator-02: 1\)") as caught:
            resolve_fetched(rows[:1], CAMPAIGN, there)
        assert "--accept-deleted" in str(caught.value)
        assert "@" not in str(caught.value)
    found = resolve_fetched(rows[:1], CAMPAIGN, there, accept_deleted=True)
    assert (told(found), found.deleted) == ((1, []), {"annotator-01": 1, "annotator-02": 1})
    assert resolve_fetched(rows[:1], CAMPAIGN, there).deleted == {}


def test_drafts_foreign_tasks_and_other_tools_rows_are_not_remembered() -> None:
    there = key(item("a"))
    rows = [version("v1", draft=True), version("v2", name="z"), raw(), version("v3", who=None)]
    assert compare_with_history(Fetched(rows), there).rows == rows
    assert there.seen == {}
    forget_deleted([], there)
    assert resolve_annotations([raw()], CAMPAIGN, there).deleted == {}


@pytest.mark.parametrize("number", ["2 in the project of today", "2 since then"])
def test_people_whose_accounts_were_removed_stay_who_they_were(number: str) -> None:
    there = key(item("a"), item("b"), item("c"))
    first = [version(f"{who}{place}", who=f"{who}@example.com", name=place) for who in "xy" for place in "ab"]
    before = resolve_fetched(first, CAMPAIGN, there).annotations  # as earlier versions did it: by addresses alone
    assert len({one.annotator for one in before}) == 2
    accounts = {"x@example.com": number, "y@example.com": None}
    gone = [replace(row, identity=None, account=accounts[str(row.identity)]) for row in first]
    assert resolve_fetched(gone, CAMPAIGN, there).annotations == before
    late = version("xc", who=None, name="c", account=number)  # came after the last look
    found = resolve_fetched([*gone, late], CAMPAIGN, there)
    assert told(found) == (5, [])
    assert {one.annotator for one in found.annotations} == {one.annotator for one in before}
    assert len(there.annotators) == 2


def test_an_annotation_that_was_given_to_a_removed_account_is_not_believed() -> None:
    there = key(item("a"), item("b"), item("c"))
    ben = [version(place, who="ben@example.com", name=place) for place in "ab"]
    resolve_fetched([*ben, version("c", who="ada@example.com", name="c")], CAMPAIGN, there)
    rows = [replace(row, identity=None, account="3 since then") for row in (*ben, version("c", name="c"))]
    assert told(resolve_fetched(rows, CAMPAIGN, there)) == (2, ["moved"])


def test_answers_without_an_author_are_set_aside() -> None:
    there = key(item("a"), item("b"))
    rows = [version("v1"), version("v2", name="b", who=None), version("v3", name="z", who=None)]
    found = resolve_fetched(rows, CAMPAIGN, there)
    assert told(found) == (1, ["no annotator", "foreign task"])
