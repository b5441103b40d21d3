"""A whole campaign against a real Label Studio: three people, all that they may do, and what comes back."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign, Key, KeyItem, load
from judge.annotation.labels.resolve import Resolved, resolve_annotations
from judge.annotation.labels.status import status
from judge.annotation.labels.summary import write_annotations
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio.client import ServerError, connected
from judge.annotation.labelstudio.pull import fetch, resolve_fetched
from judge.annotation.labelstudio.push import push
from judge.annotation.server.serve import Served
from judge.core.errors import UsageError
from judge.core.records import Annotation, Choice
from tests.annotation.conftest import CANDIDATE, REFERENCE, Planner
from tests.support.annotators import Person

pytestmark = pytest.mark.slow
Said = dict[tuple[str, int, str], dict[str, Choice]]  # comparison, repeat, mail address


class Office:
    """The three people at work on one campaign, and a list of what they said."""

    def __init__(self, people: list[Person], campaign: Campaign, project: int) -> None:
        self.people = people
        self.controls = {name: control for control, name in controls.controls(campaign).items()}
        self.tasks = people[0].tasks(project)
        self.random = random.Random(7)
        self.said: Said = {}
        self.ids: dict[tuple[str, str], int] = {}

    def choices(self) -> dict[str, Choice]:
        return {name: self.random.choice(("A", "B", "tie")) for name in self.controls}

    def answers(self, choices: dict[str, Choice]) -> dict[str, str]:
        return {self.controls[name]: controls.alias(choice) for name, choice in choices.items()}

    def judges(self, person: Person, item: KeyItem, **options: Any) -> None:
        choices = self.choices()
        self.ids[person.email, item.id] = person.annotate(self.tasks[item.id], self.answers(choices), **options)
        self.said[item.comparison_id, item.repeat, person.email] = choices

    def edits(self, person: Person, item: KeyItem) -> None:
        choices = self.choices()
        person.edit(self.ids[person.email, item.id], self.answers(choices))
        self.said[item.comparison_id, item.repeat, person.email] = choices

    def forget(self, person: Person, item: KeyItem) -> None:
        del self.said[item.comparison_id, item.repeat, person.email]


def pulled(annotations: list[Annotation], key: Key) -> Said:
    mail = {pseudonym: identity for identity, pseudonym in key.annotators.items()}
    return {(one.comparison_id, one.repeat, mail[one.annotator]): one.choices for one in annotations}


def test_what_people_said_comes_back_and_nothing_else(
    planned: Planner, server: Served, client: Any, people: list[Person], tmp_path: Path
) -> None:
    path, campaign, key = planned(items=40, checks=2, duplicates=4)
    pushed = push(client, server.url, campaign, key)
    assert (pushed.created, pushed.added, pushed.there) == (True, 46, 0)
    office = Office(people, campaign, pushed.project)
    assert office.tasks.keys() == key.by_id().keys()
    ada, ben, cem = people
    plain = [item for item in key.items if item.expected is None and item.repeat == 0]
    skipped, edited, drafted, invalid, twice, meddled, incomplete, commented = plain[:8]

    for item in key.items:
        for person in people:
            if (person, item) in ((ada, skipped), (cem, drafted), (ada, invalid), (ben, incomplete)):
                continue
            office.judges(person, item, comment="Hard to tell." if (person, item) == (ben, commented) else None)
    ada.skip(office.tasks[skipped.id])
    office.said[skipped.comparison_id, 0, ada.email] = {}
    office.edits(ben, edited)
    cem.draft(office.tasks[drafted.id], office.answers(office.choices()))
    ada.annotate(office.tasks[invalid.id], office.answers(office.choices()) | {"q1_persona": "3"})
    incomplete_answers = office.answers(office.choices())
    del incomplete_answers["q2_value"]
    ben.annotate(office.tasks[incomplete.id], incomplete_answers)
    office.judges(ben, twice)
    client.annotations.update(office.ids[cem.email, meddled.id], result=[], lead_time=1.0)
    office.forget(cem, meddled)
    client.projects.import_tasks(pushed.project, request=[{"data": dict.fromkeys(plain[0].data, "not ours")}])

    again = push(client, server.url, campaign, key)
    assert (again.created, again.added, again.there, again.changed, again.foreign) == (False, 0, 46, [], 1)

    rows = fetch(client, server.url, campaign).rows
    counted = status(rows, campaign, load(path)[1])
    assert (counted.wanted, len(counted.tasks), counted.skipped) == (138, 46, 1)
    assert sorted(one.drafts for one in counted.annotators) == [0, 0, 1]

    resolved = resolve_annotations(rows, campaign, key)
    assert pulled(resolved.annotations, key) == office.said
    assert Counter(one.category for one in resolved.set_aside) == {
        "draft": 1,
        "unknown choice": 1,
        "missing criterion": 1,
        "superseded": 1,
        "edited by another": 1,
    }
    assert len(resolved.annotations) + len(resolved.set_aside) == resolved.received
    assert [one.comment for one in resolved.annotations if one.comment] == ["Hard to tell."]
    assert {one.seconds for one in resolved.annotations if not one.skipped} == {20.0}
    by_id = {(item.comparison_id, item.repeat): item for item in key.items}
    for one in resolved.annotations:
        item = by_id[one.comparison_id, one.repeat]
        assert (one.order, one.stratum, one.inclusion_probability, one.attention_check) == (
            item.order,
            item.stratum,
            item.inclusion_probability,
            item.expected is not None,
        )
    assert [check.answered for check in resolved.checks] == [2, 2, 2]

    account = write_annotations(resolved, campaign, key, path, tmp_path / "annotations.jsonl").summary
    written = (tmp_path / "annotations.jsonl").read_text() + account.read_text() + path.read_text()
    assert "@example.com" not in written
    assert load(path)[1].annotators.keys() == {person.email for person in people}
    assert sorted(load(path)[1].annotators.values()) == ["annotator-01", "annotator-02", "annotator-03"]
    assert [json.loads(line) for line in (tmp_path / "annotations.jsonl").read_text().splitlines()] == [
        one.model_dump(mode="json") for one in resolved.annotations
    ]


def test_the_page_of_annotated_tasks_stays_as_it_was(
    planned: Planner, server: Served, client: Any, people: list[Person]
) -> None:
    _, campaign, key = planned(items=3)
    first = campaign.model_copy(update={"title": "Another title", "introduction": "Read both."})
    pushed = push(client, server.url, first, key)
    assert push(client, server.url, campaign, key).changed == ["instructions", "title"]
    office = Office(people, campaign, pushed.project)
    office.judges(people[0], key.items[0])
    with pytest.raises(UsageError, match=r"the instructions changed, but project \d+ has 1 annotations"):
        push(client, server.url, first, key)
    criteria = {name: campaign.criteria[name] for name in ("persona", "value")}
    with pytest.raises(UsageError, match="labelling page"):
        push(client, server.url, campaign.model_copy(update={"criteria": criteria}), key)
    more = campaign.model_copy(update={"title": "Any title", "overlap": 2})
    assert push(client, server.url, more, key).changed == ["title", "overlap"]
    assert list(
        pulled(resolve_annotations(fetch(client, server.url, campaign).rows, campaign, key).annotations, key)
    ) == list(office.said)


def test_what_earlier_pulls_saw_is_held_against_what_the_server_says_now(
    planned: Planner, server: Served, client: Any, people: list[Person]
) -> None:
    _, campaign, key = planned(items=4)
    office = Office(people, campaign, push(client, server.url, campaign, key).project)
    ada, ben, _ = people
    kept, laundered, stolen, deleted = key.items
    for item in key.items:
        office.judges(ada, item)

    def pull(**options: bool) -> Resolved:
        return resolve_fetched(fetch(client, server.url, campaign), campaign, key, **options)

    assert len(pull().annotations) == 4
    ben.edit(office.ids[ada.email, laundered.id], office.answers(office.choices()))
    assert [one.category for one in pull().set_aside] == ["edited by another"]
    office.edits(ada, laundered)  # the server forgets that Ben was here
    ben._send("PATCH", f"/api/annotations/{office.ids[ada.email, stolen.id]}/", {"completed_by": user_id(client, ben)})
    found = pull()
    assert sorted(one.category for one in found.set_aside) == ["edited by another", "moved"]
    assert {one.annotator for one in found.annotations} == {"annotator-01"}
    client.annotations.delete(office.ids[ada.email, deleted.id])
    with pytest.raises(UsageError, match="1 annotations of earlier pulls were deleted"):
        pull()
    found = pull(accept_deleted=True)
    assert [one.comparison_id for one in found.annotations] == [kept.comparison_id]
    assert found.deleted == {"annotator-01": 1}
    office.judges(ada, laundered)  # anew: believed
    assert len(pull().annotations) == 2


def user_id(client: Any, person: Person) -> int:
    return next(int(user.id) for user in client.users.list() if user.email == person.email)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('alias="1"', 'alias="x"'),
        ('value="$response_1"', 'value="$response_2"'),
        ('value="Response 1" size', 'value="Response 2" size'),
    ],
)
def test_answers_to_a_page_that_was_turned_on_the_server_are_not_read(
    planned: Planner, server: Served, client: Any, people: list[Person], old: str, new: str
) -> None:
    _, campaign, key = planned(items=2)
    project = push(client, server.url, campaign, key).project
    office = Office(people, campaign, project)
    page_now = client.projects.get(project).label_config
    assert old in page_now
    client.projects.update(project, label_config=page_now.replace(old, new).replace(".pj-left", ".pj-other"))
    office.judges(people[0], key.items[0])
    with pytest.raises(UsageError, match="is not the campaign's"):
        fetch(client, server.url, campaign)
    assert len(fetch(client, server.url, campaign, any_page=True).rows) == 1
    client.projects.update(project, label_config=page_now.replace(".pj-left", ".pj-other"))
    assert len(fetch(client, server.url, campaign).rows) == 1  # style alone says nothing else


def test_a_draft_alone_and_a_skip_alone_arrive(
    planned: Planner, server: Served, client: Any, people: list[Person]
) -> None:
    _, campaign, key = planned(items=2)
    office = Office(people, campaign, push(client, server.url, campaign, key).project)
    people[0].draft(office.tasks[key.items[0].id], office.answers(office.choices()))
    people[1].skip(office.tasks[key.items[1].id])
    found = resolve_annotations(fetch(client, server.url, campaign).rows, campaign, key)
    assert [one.category for one in found.set_aside] == ["draft"]
    assert [one.skipped for one in found.annotations] == [True]


def test_the_server_holds_nothing_that_tells_who_wrote_what(
    planned: Planner, server: Served, client: Any, data_folder: Path
) -> None:
    _, campaign, key = planned(items=96, checks=3, duplicates=5)
    push(client, server.url, campaign, key)
    database = sqlite3.connect(data_folder / "label_studio.sqlite3")
    held = "\n".join(database.iterdump())
    database.close()
    for file in data_folder.rglob("*"):
        if file.is_file() and ".sqlite3" not in file.name:
            held += file.read_text(encoding="utf-8", errors="replace")
    assert all(item.id in held for item in key.items)  # we do look where the tasks are
    secrets = {
        REFERENCE,
        CANDIDATE,
        "zebra",
        "reference_first",
        "candidate_first",
        "attention-check",
        key.secret,
        "sex_Female",
    }
    secrets |= {item.comparison_id for item in key.items} | {item.stratum for item in key.items if item.stratum}
    assert {secret for secret in secrets if secret in held} == set()


@pytest.mark.filterwarnings("ignore:The `parse_obj` method:DeprecationWarning")  # inside the SDK
def test_both_kinds_of_token_work(planned: Planner, server: Served, people: list[Person]) -> None:
    _, campaign, key = planned(items=2)
    for token in (people[0].personal_token, people[0].token):
        with connected(server.url, token) as found:
            assert push(found, server.url, campaign, key).there in (0, 2)
    assert people[0].personal_token.count(".") == 2


def test_errors_of_a_real_server_are_plain(planned: Planner, server: Served, client: Any) -> None:
    _, campaign, _ = planned(items=2)
    with pytest.raises(ServerError, match="refused the token"), connected(server.url, "no-such-token"):
        pass
    with pytest.raises(ServerError, match="has no project of this campaign"):
        projects.require(client, server.url, campaign)
    bad = campaign.model_copy(update={"title": "x" * 60})
    with pytest.raises(ServerError, match="title"):
        projects.create(client, server.url, bad)
