"""People leave: their accounts are removed from the server, and what they said stays theirs."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import httpx2
import pytest

from annotation import page
from annotation.pull import fetch, settled_rows
from annotation.push import push
from annotation.server.accounts import Account, sign_up
from annotation.server.serve import Served
from annotation.settle import settle
from tests.annotation.conftest import Planner
from tests.annotation.people import Person


@pytest.mark.slow
def test_what_people_said_stays_theirs_when_they_leave(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, key = planned(items=4)
    project = push(client, server.url, campaign, key).project
    leavers = []
    for name in ("removed", "also-removed", "deleted"):
        account = Account(email=f"{name}@example.com")
        sign_up(server.invitation.link, account)
        leavers.append(Person(server.url, account))
    tasks = leavers[0].tasks(project)
    for index, person in enumerate(leavers):
        answers = dict.fromkeys(page.controls(campaign), page.alias(("A", "B", "tie")[index]))
        for item in key.items:
            person.annotate(tasks[item.id], answers)
        person.close()
    fresh = key.model_copy(deep=True)  # the key of those who look for the first time when all is over
    before = settled_rows(fetch(client, server.url, campaign), campaign, key).annotations
    assert Counter(one.annotator for one in before).keys() == {"annotator-01", "annotator-02", "annotator-03"}

    numbers = {user.email: user.id for user in client.users.list()}
    head = {"Authorization": f"Token {server.accounts.token}"}
    with httpx2.Client(base_url=server.url, headers=head, trust_env=False, timeout=60) as http:
        for person in leavers[:2]:
            http.delete(f"/api/organizations/1/memberships/{numbers[person.email]}/").raise_for_status()
        http.delete(f"/api/users/{numbers[leavers[2].email]}/").raise_for_status()
    assert not {person.email for person in leavers} & {user.email for user in client.users.list()}

    assert settled_rows(fetch(client, server.url, campaign), campaign, key).annotations == before
    late = settle(fetch(client, server.url, campaign), campaign, fresh)
    assert sorted(Counter(one.annotator for one in late.annotations).values()) == [4, 4]  # two people, not one
    assert Counter(one.category for one in late.set_aside) == {"no annotator": 4}
    assert all(re.fullmatch(r"user [0-9]+", identity) for identity in fresh.annotators)
