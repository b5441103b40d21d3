"""What is believed, what is set aside and why, and how work is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign, KeyItem
from judge.annotation.labels.agreement import agreement, self_agreement
from judge.annotation.labels.annotators import assign_pseudonyms
from judge.annotation.labels.categories import CATEGORIES
from judge.annotation.labels.raw import RawAnnotation
from judge.annotation.labels.resolve import resolve_annotations
from judge.annotation.labels.status import status, status_json
from judge.annotation.labels.summary import summary
from judge.annotation.labelstudio.read_export import from_label_studio
from judge.annotation.tables import status_tables
from tests.support.campaigns import ADA, CAMPAIGN, DATA, GOOD, item, key, raw


@pytest.mark.parametrize(
    ("row", "category"),
    [
        (raw("z"), "foreign task"),
        (raw(None), "foreign task"),
        (raw(who=None), "no annotator"),
        (raw(who=" "), "no annotator"),
        (raw(draft=True), "draft"),
        (raw(data=DATA | {"response_1": "another"}), "task changed"),
        (raw(data={}), "task changed"),
        (raw(data=DATA | {"more": "text"}), "task changed"),
        (raw(data=DATA | {"response_1": "two", "response_2": "one"}), "sides swapped"),
        (raw(problem="unclear skip"), "unclear skip"),
        (raw(who=None, answers={}, problem="not answered"), "not answered"),
        (raw(edited_by_another=True), "edited by another"),
        (raw(answers=GOOD | {"style": ("1",)}), "unknown criterion"),
        (raw(answers=GOOD | {"overall": ("3",)}), "unknown choice"),
        (raw(answers=GOOD | {"overall": ("Tie",)}), "unknown choice"),
        (raw(answers=GOOD | {"overall": ("1", "2")}), "several choices"),
        (raw(answers=GOOD | {"overall": ()}), "missing criterion"),
        (raw(answers={}), "missing criterion"),
        (raw(answers=GOOD | {"overall": ("ada@example.com",)}), "unknown choice"),
        (raw(answers=GOOD | {"eve@example.com": ("1",)}), "unknown criterion"),
    ],
)
def test_what_is_not_believed_is_counted_under_its_reason(row: RawAnnotation, category: str) -> None:
    found = resolve_annotations([row, raw("b")], CAMPAIGN, key(item("a"), item("b")))
    assert [one.category for one in found.set_aside] == [category]
    assert [one.comparison_id for one in found.annotations] == ["c-b"]
    assert found.received == 2
    assert category in CATEGORIES
    assert "@" not in str(summary(found, CAMPAIGN))


def test_an_edit_by_somebody_else_can_be_accepted() -> None:
    found = resolve_annotations([raw(edited_by_another=True)], CAMPAIGN, key(item("a")), accept_edits=True)
    assert [one.choices for one in found.annotations] == [{"persona": "A", "overall": "tie"}]


def test_no_mail_address_leaves_in_a_comment() -> None:
    rows = [
        raw("a", comment="Ask bob.o'neil+x@mail.example.org, or <eve@example.com>."),
        raw("b", comment="Response 1 @ its best: 5@2", who="ben@example.com"),
    ]
    found = resolve_annotations(rows, CAMPAIGN, key(item("a"), item("b")))
    assert [one.comment for one in found.annotations] == [
        "Ask [address removed], or <[address removed]>.",
        "Response 1 @ its best: [address removed]",
    ]
    assert found.addresses == summary(found, CAMPAIGN)["addresses_removed"] == 3


def test_a_number_of_a_pseudonym_is_never_given_twice() -> None:
    there = key(item("a"))
    for who in ("ada", "ben", "cem"):
        assign_pseudonyms([raw(who=who)], there)
    del there.annotators["ben"]  # as somebody may who asks to be forgotten
    assign_pseudonyms([raw(who="dan")], there)
    assert there.annotators["dan"] == "annotator-04"


def test_pseudonyms_do_not_follow_the_alphabet() -> None:
    crew = [f"{letter}@example.com" for letter in "abcdefgh"]
    orders = []
    for secret in ("00", "01"):
        there = key(item("a")).model_copy(update={"secret": secret})
        resolve_annotations([raw(who=who) for who in crew], CAMPAIGN, there)
        assert sorted(there.annotators) == crew
        assert sorted(there.annotators.values()) == [f"annotator-{number:02d}" for number in range(1, 9)]
        orders.append(list(there.annotators))
    assert orders[0] != orders[1]
    assert crew not in orders


def test_ways_to_write_a_name_are_one_person() -> None:
    there = key(item("a"))
    rows = [raw(who="Zoe\u0301 Ng"), raw(who=" zo\u00e9  ng ")]
    found = resolve_annotations(rows, CAMPAIGN, there)
    assert [one.annotator for one in found.annotations] == ["annotator-01"]
    assert [one.category for one in found.set_aside] == ["superseded"]


def test_times_with_and_without_fractions_are_in_order() -> None:
    annotations = [
        {"id": number, "completed_by": 3, "updated_at": at}
        for number, at in ((1, "2026-01-01T00:00:01.500000Z"), (2, "2026-01-01T00:00:01Z"), (3, "x"))
    ]
    rows = from_label_studio([{"id": 1, "data": {"item": "a"}, "annotations": annotations}], {}, CAMPAIGN)
    assert [row.at[1] for row in sorted(rows, key=lambda row: row.at)] == [3, 2, 1]


def test_a_skip_is_a_row_without_a_choice_and_not_a_tie() -> None:
    found = resolve_annotations([raw(answers={}, skipped=True)], CAMPAIGN, key(item("a")))
    assert [(one.skipped, one.choices) for one in found.annotations] == [(True, {})]
    assert summary(found, CAMPAIGN)["skipped"] == 1
    assert agreement(found.annotations, "overall").ratings == 0


@pytest.mark.parametrize("turned", [False, True])
def test_the_last_version_stands_whatever_the_order_of_the_export(turned: bool) -> None:
    rows = [
        raw(at=("2026-01-01T00:00:02Z", 1), answers=GOOD | {"overall": ("2",)}),
        raw(at=("2026-01-01T00:00:01Z", 2)),
        raw(at=("2026-01-01T00:00:02Z", 3), answers=GOOD | {"overall": ("1",)}),  # the same second: the higher id
        raw(at=("2026-01-01T00:00:09Z", 4), answers={}),  # not valid: what was said before stands
        raw(who="ben@example.com"),
    ]
    found = resolve_annotations(rows[::-1] if turned else rows, CAMPAIGN, key(item("a")))
    assert [(one.annotator, one.choices["overall"]) for one in found.annotations] == [
        ("annotator-01", "A"),
        ("annotator-02", "tie"),
    ]
    assert Counter(one.category for one in found.set_aside) == {"superseded": 2, "missing criterion": 1}


def test_of_rows_without_a_time_that_differ_none_stands() -> None:
    rows = [
        raw(at=("", 2), place="t.csv:2"),
        raw(at=("", 3), place="t.csv:3", answers=GOOD | {"overall": ("1",)}),
        raw(at=("", 4), place="t.csv:4"),
        raw("b", at=("", 5), place="t.csv:5"),
        raw("b", at=("", 6), place="t.csv:6"),  # the same again
    ]
    found = resolve_annotations(rows, CAMPAIGN, key(item("a"), item("b")))
    assert [one.comparison_id for one in found.annotations] == ["c-b"]
    assert sorted((one.place, one.category) for one in found.set_aside) == [
        ("t.csv:2", "answered twice"),
        ("t.csv:3", "answered twice"),
        ("t.csv:4", "answered twice"),
        ("t.csv:5", "superseded"),
    ]


def test_failed_checks_are_reported_and_stay() -> None:
    there = key(item("a", expected="A"), item("b", expected="B", order="candidate_first"), item("c"))
    rows = [
        raw("a", answers={"persona": ("1",), "overall": ("1",)}),
        raw("b", answers={"persona": ("2",), "overall": ("tie",)}),
        raw("b", who="ben@example.com", answers={}, skipped=True),
    ]
    found = resolve_annotations(rows, CAMPAIGN, there)
    assert [(one.annotator, one.answered, one.failed) for one in found.checks] == [("annotator-01", 2, ("c-b",))]
    assert [one.attention_check for one in found.annotations] == [True, True, True]
    assert agreement(found.annotations, "overall").ratings == 0


def test_agreement_is_on_contestants_not_on_sides() -> None:
    # Two items, opposite sides: all people choose the candidate on the first and the reference on the second.
    there = key(item("a", "reference_first"), item("b", "candidate_first"), item("c", "reference_first"))
    rows = [
        replace(raw(name, who=f"{who}@example.com"), answers={"persona": ("tie",), "overall": (choice,)})
        for name, choice in (("a", "2"), ("b", "2"), ("c", "2"))
        for who in ("ada", "ben")
    ]
    found = agreement(resolve_annotations(rows, CAMPAIGN, there).annotations, "overall")
    assert (found.alpha, found.percent, found.units, found.ratings, found.raters) == (1.0, 1.0, 3, 6, 2)
    same = agreement(resolve_annotations(rows, CAMPAIGN, there).annotations, "persona")
    assert (same.alpha, same.percent) == (None, 1.0)
    assert same.undefined is not None


def test_a_repeat_is_compared_with_oneself_across_sides() -> None:
    first = KeyItem(id="a", comparison_id="c", order="reference_first", data=DATA)
    again = KeyItem(id="b", comparison_id="c", order="candidate_first", repeat=1, data=DATA)
    rows = [raw("a", answers=GOOD | {"overall": ("1",)}), raw("b", answers=GOOD | {"overall": ("2",)})]
    found = resolve_annotations(rows, CAMPAIGN, key(first, again)).annotations
    assert [one.repeat for one in found] == [0, 1]
    assert self_agreement(found, "overall") == (1, 1)  # the reference both times
    assert self_agreement(found, "persona") == (0, 1)  # the reference, then the candidate


def test_status_counts_people_and_items() -> None:
    there = key(item("a"), item("b"), item("c"), item("d"))
    for who in ("ada", "ben", "cem"):  # Cem filled in a table, and was never on this server
        assign_pseudonyms([raw(who=f"{who}@example.com")], there)
    crew = Campaign.model_validate(CAMPAIGN.model_dump() | {"annotators": 2, "overlap": 2})
    rows = [
        raw("a", at=("2026-01-01T00:00:00Z", 1), seconds=10.0),
        raw("b", at=("2026-01-01T00:01:00Z", 2), seconds=30.0),
        raw("b", at=("2026-01-01T00:01:30Z", 3), seconds=20.0),  # again: one item done all the same
        raw("c", at=("2026-01-01T09:00:00Z", 4), answers={}, skipped=True),  # after a night's break
        raw("d", draft=True),
        raw("a", who="ben@example.com"),
        raw("z", who="eve@example.com"),
    ]
    found = status(rows, crew, there)
    ada, ben = found.annotators
    assert (ada.done, ada.skipped, ada.drafts, ada.left, ada.seconds) == (2, 1, 1, 1, 20.0)
    assert ada.per_hour == pytest.approx(2 * 3600 / 90)
    assert ada.hours_left == pytest.approx(1 / 80)
    assert (ben.done, ben.left, ben.per_hour, ben.hours_left) == (1, 3, None, None)
    assert (found.items, found.wanted, found.done, found.skipped, found.left) == ({0: 2, 1: 1, 2: 1}, 8, 3, 1, 5)
    one, two = "annotator-01", "annotator-02"
    assert [(task.number, task.item, task.done, task.skipped, task.left) for task in found.tasks] == [
        (1, "a", (one, two), (), 0),
        (2, "b", (one,), (), 1),
        (3, "c", (), (one,), 2),
        (4, "d", (), (), 2),
    ]
    told = status_json(found)
    assert told["tasks"][2]["skipped"] == (one,)
    assert told["people"][0]["hours_left"] == pytest.approx(1 / 80)
    assert "@" not in str(told)
    assert status_tables(found, items=True)[2].rows[0] == ("c-a", "1", "01, 02", "-", "0")
    assert len(status_tables(found)) == 2


def test_an_export_is_read_as_the_server_writes_it() -> None:
    names = {name: control for control, name in controls.controls(CAMPAIGN).items()}
    part = {"from_name": names["overall"], "to_name": "response_1", "type": "choices", "value": {"choices": ["1"]}}
    note = {"from_name": "comment", "value": {"text": ["Well.", "Hm."]}}
    annotation = {
        "id": 7,
        "unique_id": "u-7",
        "completed_by": {"id": 3},
        "updated_by": 4,
        "was_cancelled": False,
        "lead_time": None,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
        "result": [part, part, note],
    }
    draft_of_ada = {"user": "old@example.com", "created_username": "Ada L. old@example.com, 3"}
    task = {
        "id": 1,
        "data": {"item": "a"} | DATA,
        "annotations": [annotation],
        "drafts": [draft_of_ada, {"user": "a@b.c"}],
    }
    one, own, draft = from_label_studio([task], {3: ADA}, CAMPAIGN)
    assert one == RawAnnotation(
        item="a",
        identity="ada@example.com",
        answers={"overall": ("1", "1")},
        comment="Well.\nHm.",
        seconds=None,
        at=("2026-01-02T00:00:00.000000+00:00", 7),
        edited_by_another=True,
        data=DATA,
        version="u-7",
        place="task 1",
        account="3 since then",
    )
    assert (own.draft, own.identity, own.account) == (True, "old@example.com", "3 since then")
    assert (draft.draft, draft.identity, draft.account) == (True, "a@b.c", None)
    strangers = [{"id": 2, "data": {"item": 5}, "annotations": [{"completed_by": 9}]}]
    unnamed = from_label_studio(strangers, {}, CAMPAIGN, project="today")
    assert (unnamed[0].item, unnamed[0].identity) == (None, None)
    assert unnamed[0].account == "9 in the project of today"


@pytest.mark.parametrize(
    ("editor", "saved", "edited"),
    [(3, "09:30:00", False), (4, "09:00:00", True), (None, "09:00:00.000030", False), (None, "09:30:00", True)],
)
def test_who_saved_last_is_another_also_where_that_account_was_deleted(
    editor: int | None, saved: str, edited: bool
) -> None:
    times = {"created_at": "2026-01-01T09:00:00Z", "updated_at": f"2026-01-01T{saved}Z"}
    task = {"id": 1, "data": {"item": "i"}, "annotations": [{"completed_by": 3, "updated_by": editor} | times]}
    (row,) = from_label_studio([task], {3: ADA}, CAMPAIGN)
    assert row.edited_by_another is edited


@pytest.mark.parametrize(
    "result",
    [[{"from_name": "persona", "value": "x"}], [{"from_name": "persona", "value": {"choices": "1"}}], ["x"], [{}], [5]],
)
def test_what_is_not_of_the_servers_own_form_is_an_answer_nobody_can_give(result: list[Any]) -> None:
    task = {"id": 1, "data": {"item": "i"}, "annotations": [{"completed_by": 3, "result": result, "lead_time": -5}]}
    (row,) = from_label_studio([task], {3: ADA}, CAMPAIGN)
    assert row.seconds is None
    assert not {choice for choices in row.answers.values() for choice in choices} & {"1", "2", "3"}
