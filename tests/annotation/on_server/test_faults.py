"""What gets lost between us and a real server: no task twice, none missing, and one project."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from judge.annotation.labels.resolve import resolve_annotations
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio.client import ServerError, connected
from judge.annotation.labelstudio.pull import fetch
from judge.annotation.labelstudio.push import push
from judge.annotation.server.accounts import Account, Accounts, invite, load, sign_up
from judge.annotation.server.serve import Served
from judge.core.errors import UsageError
from tests.annotation.conftest import Planner
from tests.annotation.on_server.proxy import Faults, Kind, proxy
from tests.support.annotators import Person

pytestmark = pytest.mark.slow
KINDS: tuple[Kind, ...] = ("lost", "lost as 502", "502", "cut")
PLACES = (("POST", "/import"), ("POST", "/api/projects/"), ("PATCH", "/api/projects/"), ("GET", "/api/tasks"))


def held(client: Any, campaign: Any) -> tuple[int, Counter[str | None]]:
    """The number of the campaign's projects, and how often each task is there."""
    marked = [one for one in client.projects.list() if projects.mark(campaign) in (one.description or "")]
    tasks = [
        task for one in marked for task in client.tasks.list(project=one.id, fields="task_only", include="id,data")
    ]
    return len(marked), Counter(task.data.get("item") for task in tasks)


@pytest.mark.parametrize(("kind", "place"), [*product(KINDS, PLACES), *product(("late",), PLACES[:2])])
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
    faults = Faults([("POST", "/import", "502")] * 3)
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        with pytest.raises(ServerError, match=r"failed \(status 502\)$|failed \(status 502\)\n"):
            push(through, url, campaign, key)
        assert push(through, url, campaign, key).added == 12
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))


def test_two_pushes_at_once_leave_one_project_and_each_task_once_and_the_server_whole(
    planned: Planner, server: Served, client: Any
) -> None:
    _, campaign, key = planned(items=12)
    start, ends = threading.Barrier(2), []

    def work() -> None:
        with connected(server.url, server.accounts.token) as own:
            start.wait()
            ends.append(push(own, server.url, campaign, key).project)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == 2
    assert len(set(ends)) == 1
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))
    account = Account(email=f"after-{campaign.id}@example.com")  # two deletions at once would leave it without a token
    assert sign_up(server.invitation.link, account)
    Person(server.url, account).close()


def second(client: Any, campaign: Any, key: Any) -> tuple[int, list[int]]:
    """A project as a push makes it whose replies were lost for good."""
    project = client.projects.create(**projects.settings(campaign)).id
    tasks = [{"data": {"item": item.id} | item.data} for item in key.items]
    return project, client.projects.import_tasks(project, request=tasks, return_task_ids=True).task_ids


def test_a_second_project_without_work_is_deleted(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, key = planned(items=3)
    project = push(client, server.url, campaign, key).project
    double, _ = second(client, campaign, key)
    assert fetch(client, server.url, campaign).rows == []
    again = push(client, server.url, campaign, key)
    assert (again.project, again.deleted, again.added) == (project, (double,), 0)
    assert held(client, campaign)[0] == 1


def test_of_two_projects_the_one_that_people_worked_on_stands(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, key = planned(items=3)
    project = push(client, server.url, campaign, key).project
    double, tasks = second(client, campaign, key)
    client.annotations.create(id=tasks[0], result=[], lead_time=1.0)
    assert [row.item for row in fetch(client, server.url, campaign).rows] == [key.items[0].id]
    again = push(client, server.url, campaign, key)
    assert (again.project, again.deleted) == (double, (project,))


def test_a_second_project_with_work_or_foreign_tasks_is_left_alone(
    planned: Planner, server: Served, client: Any, people: list[Person]
) -> None:
    _, campaign, key = planned(items=3)
    project = push(client, server.url, campaign, key).project
    strange, _ = second(client, campaign, key)
    client.projects.import_tasks(strange, request=[{"data": dict.fromkeys(key.items[0].data, "not ours")}])
    again = push(client, server.url, campaign, key)
    assert (again.project, again.deleted) == (project, ())
    _, tasks = second(client, campaign, key)
    for person, task in zip(people, (people[0].tasks(project)[key.items[0].id], tasks[1]), strict=False):
        person.draft(task, {"q1_persona": "1"})
    for work in (lambda: push(client, server.url, campaign, key), lambda: fetch(client, server.url, campaign)):
        with pytest.raises(UsageError, match=f"annotators worked on 2 projects of this campaign at .*: {project}, "):
            work()
    assert held(client, campaign)[0] == 3


def test_texts_that_were_changed_on_the_server_are_put_right_or_told(
    planned: Planner, server: Served, client: Any
) -> None:
    _, campaign, key = planned(items=3)
    project = push(client, server.url, campaign, key).project
    tasks = {task.data["item"]: task.id for task in client.tasks.list(project=project)}
    idle, worked, _ = key.items
    for item in (idle, worked):
        turned = item.data | {"response_1": item.data["response_2"], "response_2": item.data["response_1"]}
        client.tasks.update(str(tasks[item.id]), data={"item": item.id} | turned)
    client.annotations.create(id=tasks[worked.id], result=[], lead_time=1.0)
    again = push(client, server.url, campaign, key)
    assert (again.mended, again.altered, again.added) == (1, (tasks[worked.id],), 0)
    data = {task.data["item"]: task.data for task in client.tasks.list(project=project)}
    assert data[idle.id] == {"item": idle.id} | idle.data
    found = resolve_annotations(fetch(client, server.url, campaign).rows, campaign, key)
    assert [one.category for one in found.set_aside] == ["sides swapped"]


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
    assert [row.item for row in fetch(client, server.url, campaign).rows] == [key.items[0].id]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        *product((*KINDS, "half a reply", "locked"), ("/export",)),
        *product(("locked",), ("/api/projects/", "/api/users")),
    ],
)
def test_a_pull_asks_again_where_the_line_is_bad_for_a_moment(
    planned: Planner, server: Served, client: Any, people: list[Person], kind: Kind, path: str
) -> None:
    _, campaign, key = planned(items=4)
    project = push(client, server.url, campaign, key).project
    people[0].skip(people[0].tasks(project)[key.items[0].id])
    faults = Faults([("GET", path, kind)])
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        assert [row.item for row in fetch(through, url, campaign).rows] == [key.items[0].id]
    assert faults.happened == [kind]


@pytest.mark.filterwarnings("ignore:The `parse_obj` method:DeprecationWarning")  # inside the SDK
@pytest.mark.parametrize("kind", ["502", "locked"])
@pytest.mark.parametrize("path", [("GET", "/api/current-user/whoami"), ("POST", "/api/token/refresh")])
def test_signing_in_survives_a_server_that_fails_for_a_moment(
    server: Served, people: list[Person], kind: Kind, path: tuple[str, str]
) -> None:
    faults = Faults([(*path, kind)])
    with proxy(server.url, faults) as url, connected(url, people[0].personal_token):
        assert faults.happened == [kind]


def test_a_pull_from_a_server_that_goes_on_failing_is_an_error(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, key = planned(items=4)
    push(client, server.url, campaign, key)
    faults = Faults([("GET", "/export", "locked")] * 4)
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        with pytest.raises(ServerError, match=r"status 500.*database is locked"):
            fetch(through, url, campaign)
        assert fetch(through, url, campaign).rows == []


@pytest.mark.parametrize("kind", ["lost", "locked"])
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_task_is_deleted_or_put_right_once_though_a_reply_is_lost(
    planned: Planner, server: Served, client: Any, kind: Kind, method: str
) -> None:
    _, campaign, key = planned(items=3)
    project = push(client, server.url, campaign, key).project
    one = key.items[0]
    double = {"item": one.id} | one.data
    if method == "DELETE":
        client.projects.import_tasks(project, request=[{"data": double}])
    else:
        tasks = {task.data["item"]: task.id for task in client.tasks.list(project=project)}
        client.tasks.update(str(tasks[one.id]), data=double | {"response_1": "another"})
    faults = Faults([(method, "/api/tasks/", kind)])
    with proxy(server.url, faults) as url, connected(url, server.accounts.token) as through:
        done = push(through, url, campaign, key)
    assert (done.removed, done.mended) == ((1, 0) if method == "DELETE" else (0, 1))
    assert faults.happened == [kind]
    assert held(client, campaign) == (1, Counter(item.id for item in key.items))
    texts = {task.data["item"]: task.data for task in client.tasks.list(project=project)}
    assert texts[one.id] == double


@pytest.mark.parametrize(
    "fault", [("GET", "/api/invite"), ("GET", "/user/signup"), ("POST", "/user/signup")], ids=lambda fault: fault[1]
)
@pytest.mark.parametrize("kind", ["lost", "locked"])
def test_an_account_is_made_once_though_the_server_fails_for_a_moment(
    server: Served, client: Any, tmp_path: Path, fault: tuple[str, str], kind: Kind
) -> None:
    before = {user.email for user in client.users.list()}
    known = Accounts(admin=server.accounts.admin, token=server.accounts.token)
    faults = Faults([(*fault, kind)])
    with proxy(server.url, faults) as url:
        made = invite(url, tmp_path, known, 1).annotators  # the addresses of the session's accounts are taken
    assert faults.happened == [kind]
    assert {user.email for user in client.users.list()} - before == {made[0].email}
    Person(server.url, made[0]).close()
    assert load(tmp_path).annotators == made
