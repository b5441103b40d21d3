"""A server that answers like none: endless pages, other JSON than Label Studio's, redirects elsewhere."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from judge.annotation.labelstudio import client as labelstudio
from judge.annotation.labelstudio.client import ServerError, all_of, asked, connected, exported
from judge.annotation.labelstudio.project import get
from judge.annotation.labelstudio.tasks import listed
from judge.core.errors import UsageError
from tests.support.raw_server import Answer, Got, RawServer

ME = {"id": 1, "first_name": "a", "last_name": "b", "username": "u", "email": "u@example.org", "date_joined": None}


class NoKey:
    def by_id(self) -> dict[str, Any]:
        return {}


def answering(answer: Callable[[Got], Answer]) -> RawServer:
    return RawServer(lambda got: Answer(200, ME) if "whoami" in got.path else answer(got))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelstudio, "BACKOFF", (0.0,))


def refused(answer: Callable[[Got], Answer], act: Callable[[Any, str], Any]) -> ServerError:
    with answering(answer) as server, connected(server.root, "token") as client, pytest.raises(ServerError) as error:
        act(client, server.root)
    return error.value


def projects(client: Any, url: str) -> Any:
    return asked(url, lambda: all_of(client.projects.list(page_size=2, include="id,description")))


def tasks_listed(client: Any, url: str) -> int:
    return listed(client, url, 1, NoKey()).foreign  # type: ignore[arg-type]


def page(*ids: int) -> Answer:
    results = [{"id": number, "description": ""} for number in ids]
    return Answer(200, {"count": 10**9, "next": "more", "previous": None, "results": results})


def test_a_page_that_comes_again_and_again_ends_the_list() -> None:
    assert "the same page again" in refused(lambda got: page(1, 2), projects).message


def test_pages_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelstudio, "_MOST_PAGES", 20)
    numbers = itertools.count()
    assert "more than 20 pages" in refused(lambda got: page(next(numbers), next(numbers)), projects).message


def test_pages_that_end_are_all_read_and_an_item_on_two_of_them_counts_once() -> None:
    pages = iter([page(1, 2), page(2, 3), page()])
    with answering(lambda got: next(pages)) as server, connected(server.root, "token") as client:
        assert [one.id for one in projects(client, server.root)] == [1, 2, 3]


def test_a_page_after_the_last_is_not_found_and_ends_the_list() -> None:
    tasks = Answer(200, {"tasks": [{"id": 1, "data": {}}], "total": 1, "total_annotations": 0, "total_predictions": 0})
    for first, act, count in ((tasks, tasks_listed, 1), (page(1, 2), lambda *each: len(projects(*each)), 2)):
        pages = iter([first, Answer(404, {"detail": "Invalid page."})])
        with answering(lambda got, pages=pages: next(pages)) as server, connected(server.root, "token") as client:
            assert act(client, server.root) == count
    assert (
        "does not have this" in refused(lambda got: Answer(404, {"detail": "No such project."}), tasks_listed).message
    )


def test_another_error_of_a_later_page_is_an_error() -> None:
    pages = iter([page(1, 2), Answer(403, {"detail": "no"})])
    assert "does not allow this" in refused(lambda got: next(pages), projects).message


BODIES: list[Any] = [
    [],
    {},
    None,
    7,
    "text",
    [1, 2],
    [[]],
    {"results": 7},
    {"results": [None]},
    {"results": [{"description": "no id"}]},
    {"tasks": [7]},
    {"tasks": [{"id": "x", "data": 5}], "total": "many"},
    [{"id": "x"}],
    [{"id": 1, "annotations": [7]}],
    [{"id": 1, "annotations": [{"id": "x"}]}],
    [{"id": 1, "drafts": 5}],
    [{"id": 1, "data": [1]}],
    {"id": 1, "total_annotations_number": "many", "label_config": 7},
    b"[" * 100_000,
    b"\xff\xfe",
    "<html>a login page</html>",
]
ACTS: dict[str, Callable[[Any, str], Any]] = {
    "projects": projects,
    "project": lambda client, url: get(client, url, 1),
    "export": lambda client, url: exported(client, url, 1),
    "tasks": tasks_listed,
}


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("act", ACTS)
def test_other_json_is_read_or_said_to_be_no_label_studio(act: str) -> None:
    body: list[Any] = []
    with answering(lambda got: Answer(200, body[-1])) as server, connected(server.root, "token") as client:
        for each in BODIES:
            body.append(each)
            with contextlib.suppress(ServerError):
                ACTS[act](client, server.root)


def test_a_redirect_to_another_host_is_refused_and_both_are_named() -> None:
    with answering(lambda got: Answer(200, [])) as other:
        error = refused(
            lambda got: Answer(302, "", {"location": f"{other.root}/api/projects"}),
            lambda client, url: get(client, url, 1),
        )
        assert not other.seen
    assert other.root in error.message
    assert "redirects to" in error.message


def test_a_redirect_within_the_host_is_followed() -> None:
    def slash(got: Got) -> Answer:
        found = Answer(200, {"id": 1, "title": "t"})
        return found if got.path.endswith("/x/") else Answer(301, "", {"location": "/x/"})

    with answering(slash) as server, connected(server.root, "token") as client:
        assert get(client, server.root, 1).title == "t"


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(ServerError) as error, connected("ftp://user:hunter2@host", "token"):
        pass
    assert "hunter2" not in str(error.value)


def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(UsageError, match="SSL_CERT_FILE=/nowhere"), connected("https://127.0.0.1:9", "token"):
        pass
