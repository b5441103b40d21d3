"""People change their addresses, and leave: what they said stays theirs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from judge.annotation.campaign import controls
from judge.annotation.labels.raw import RawAnnotation
from judge.annotation.labels.resolve import resolve_annotations
from judge.annotation.labelstudio.pull import fetch, resolve_fetched
from judge.annotation.labelstudio.push import push
from judge.annotation.server.accounts import Account, sign_up
from judge.annotation.server.serve import Served
from tests.annotation.conftest import Planner
from tests.support.annotators import Person

pytestmark = pytest.mark.slow


def joined(server: Served, *names: str) -> list[Person]:
    """People who sign up, and are no others' business."""
    found = []
    for name in names:
        account = Account(email=f"{name}@example.com")
        assert sign_up(server.invitation.link, account)
        found.append(Person(server.url, account))
    return found


def test_who_changes_the_address_on_the_server_stays_the_same_person(
    planned: Planner, server: Served, client: Any, data_folder: Path
) -> None:
    _, campaign, key = planned(items=3)
    project = push(client, server.url, campaign, key).project
    ada, ben = joined(server, "ada", "ben")
    tasks = ada.tasks(project)
    answers = dict.fromkeys(controls.controls(campaign), controls.alias("A"))
    for person in (ada, ben):
        person.annotate(tasks[key.items[0].id], answers)
    first = resolve_fetched(fetch(client, server.url, campaign), campaign, key)
    old = key.model_copy(deep=True, update={"accounts": {}})  # as an earlier version left it

    with closing(sqlite3.connect(data_folder / "label_studio.sqlite3")) as database, database:
        for before, after in (("ada", "ada.new"), ("ben", "ada")):  # as Django's admin pages do; Ben takes what Ada had
            change = "UPDATE htx_user SET email = ? WHERE email = ?"
            assert database.execute(change, (f"{after}@example.com", f"{before}@example.com")).rowcount == 1
    for person in (ada, ben):
        person.annotate(tasks[key.items[1].id], answers)
        person.draft(tasks[key.items[2].id], answers)
        person.close()
    found = resolve_fetched(fetch(client, server.url, campaign), campaign, key)
    assert found.annotations[:2] == first.annotations
    assert Counter(one.annotator for one in found.annotations) == {"annotator-01": 2, "annotator-02": 2}
    assert Counter(one.annotator for one in found.set_aside) == {"annotator-01": 1, "annotator-02": 1}  # the drafts
    table = [
        RawAnnotation(
            item=key.items[0].id,
            identity=f"{name}@example.com",
            answers=dict.fromkeys(campaign.criteria, ("1",)),
            data=key.items[0].data,
        )
        for name in ("ada.new", "ben", "ada")
    ]
    read = resolve_annotations(table, campaign, key)
    assert {one.annotator for one in read.annotations} == {"annotator-01", "annotator-02"}
    assert [one.category for one in read.set_aside] == ["shared address"]

    late = resolve_fetched(fetch(client, server.url, campaign), campaign, old)
    assert late.annotations == found.annotations  # addresses alone would make Ben Ada


def test_what_people_said_stays_theirs_when_they_leave(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, key = planned(items=4)
    project = push(client, server.url, campaign, key).project
    leavers = joined(server, "removed", "also-removed", "deleted")
    tasks = leavers[0].tasks(project)
    for index, person in enumerate(leavers):
        answers = dict.fromkeys(controls.controls(campaign), controls.alias(("A", "B", "tie")[index]))
        for item in key.items:
            person.annotate(tasks[item.id], answers)
        person.close()
    fresh = key.model_copy(deep=True)  # the key of those who look for the first time when all is over
    before = resolve_fetched(fetch(client, server.url, campaign), campaign, key).annotations
    assert Counter(one.annotator for one in before).keys() == {"annotator-01", "annotator-02", "annotator-03"}

    numbers = {user.email: user.id for user in client.users.list()}
    head = {"Authorization": f"Token {server.accounts.token}"}
    with httpx2.Client(base_url=server.url, headers=head, trust_env=False, timeout=60) as http:
        for person in leavers[:2]:
            http.delete(f"/api/organizations/1/memberships/{numbers[person.email]}/").raise_for_status()
        http.delete(f"/api/users/{numbers[leavers[2].email]}/").raise_for_status()
    assert not {person.email for person in leavers} & {user.email for user in client.users.list()}

    assert resolve_fetched(fetch(client, server.url, campaign), campaign, key).annotations == before
    late = resolve_fetched(fetch(client, server.url, campaign), campaign, fresh)
    assert sorted(Counter(one.annotator for one in late.annotations).values()) == [4, 4]  # two people, not one
    assert Counter(one.category for one in late.set_aside) == {"no annotator": 4}
    assert fresh.annotators == {}  # the server hides their addresses
    assert len({member.by for member in fresh.accounts.values()}) == 2


def test_an_edit_is_noticed_though_the_editors_account_was_deleted(
    planned: Planner, server: Served, client: Any, data_folder: Path
) -> None:
    _, campaign, key = planned(items=2)
    project = push(client, server.url, campaign, key).project
    author, editor = joined(server, "author", "editor")
    tasks = author.tasks(project)
    one, other = (dict.fromkeys(controls.controls(campaign), controls.alias(choice)) for choice in ("A", "B"))
    numbers = [author.annotate(tasks[item.id], one) for item in key.items]
    with closing(sqlite3.connect(data_folder / "label_studio.sqlite3")) as database, database:
        earlier = "strftime('%Y-%m-%d %H:%M:%f', created_at, '-1 hour')"
        database.execute(
            f"UPDATE task_completion SET updated_at = {earlier}, created_at = {earlier} WHERE project_id = ?",
            (project,),
        )
    editor.edit(numbers[0], other)
    user = next(user.id for user in client.users.list() if user.email == editor.email)
    for person in (author, editor):
        person.close()
    client.users.delete(user)
    found = resolve_fetched(fetch(client, server.url, campaign), campaign, key)
    assert [one.category for one in found.set_aside] == ["edited by another"]
    assert [one.comparison_id for one in found.annotations] == [key.items[1].comparison_id]
