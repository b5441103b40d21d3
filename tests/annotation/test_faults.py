"""What gets lost between us and a real server: no task twice, none missing, and one project."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import pytest

from annotation import project as projects
from annotation.client import ServerError, connected
from annotation.pull import fetch
from annotation.push import push
from annotation.server.serve import Served
from tests.annotation.conftest import Planner
from tests.annotation.proxy import Faults, Kind, proxy

pytestmark = pytest.mark.slow
KINDS: tuple[Kind, ...] = ("lost", "lost as 502", "502", "cut")
PLACES = (("POST", "/import"), ("POST", "/api/projects/"), ("PATCH", "/api/projects/"), ("GET", "/api/tasks"))


def held(client: Any, campaign: Any) -> tuple[int, Counter[str]]:
    """The number of the campaign's projects, and how often each task is there."""
    marked = [one for one in client.projects.list() if projects.mark(campaign) in (one.description or "")]
    tasks = [
        task for one in marked for task in client.tasks.list(project=one.id, fields="task_only", include="id,data")
    ]
    return len(marked), Counter(task.data["item"] for task in tasks)


@pytest.mark.parametrize(("kind", "place"), list(product(KINDS, PLACES)))
def test_a_fault_loses_nothing_and_doubles_nothing(
    planned: Planner, server: Served, client: Any, kind: Kind, place: tuple[str, str]
) -> None:
    _, campaign, key = planned(items=12)
    if place[0] == "PATCH":  # there is something to update only if it was pushed before
        push(client, server.url, campaign.model_copy(update={"title": "Old title"}), key)
    faults = Faults([(*place, kind)])
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        push(through, url, campaign, key)
    assert faults.happened == [kind]
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))


def test_one_fault_after_another(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, key = planned(items=12)
    faults = Faults([("POST", "/api/projects/", "lost"), ("POST", "/import", "502"), ("POST", "/import", "lost")])
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        assert push(through, url, campaign, key).repeated == 2
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))


def test_a_server_that_stays_away_is_an_error_and_a_second_push_mends_it(
    planned: Planner, server: Served, client: Any
) -> None:
    _, campaign, key = planned(items=12)
    faults = Faults([("POST", "/import", "502")] * 5)
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        with pytest.raises(ServerError, match=r"failed \(status 502\)$|failed \(status 502\)\n"):
            push(through, url, campaign, key)
        assert push(through, url, campaign, key).added == 12
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))


def test_tasks_that_an_accident_doubled_are_removed_unless_somebody_worked_on_them(
    planned: Planner, server: Served, client: Any
) -> None:
    _, campaign, key = planned(items=4)
    project = push(client, server.url, campaign, key).project
    doubled = [{"data": {"item": item.id} | item.data} for item in key.items[:3]]
    ids = client.projects.import_tasks(project, request=doubled, return_task_ids=True).task_ids
    client.annotations.create(id=ids[0], result=[], lead_time=1.0)  # on the second copy: the first one goes
    assert push(client, server.url, campaign, key).removed == 3
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))
    assert [row.item for row in fetch(client, server.url, campaign)] == [key.items[0].id]


@pytest.mark.parametrize("kind", [*KINDS, "half a reply"])
def test_a_pull_through_a_bad_line_is_whole_or_an_error(
    planned: Planner, server: Served, client: Any, kind: Kind
) -> None:
    _, campaign, key = planned(items=4)
    push(client, server.url, campaign, key)
    faults = Faults([("GET", "/export", kind)])
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        with pytest.raises(ServerError):
            fetch(through, url, campaign)
        assert fetch(through, url, campaign) == []
