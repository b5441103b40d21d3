"""Push: create or update the project and its tasks on the server, each exactly once, also after lost replies."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio import tasks
from judge.annotation.labelstudio.client import ServerError


@dataclass(frozen=True)
class Pushed:
    """What a push did.

    Attributes:
        project: The project's id.
        created: The project was created.
        changed: Settings that were updated.
        added: Tasks added.
        there: Tasks that existed.
        foreign: Tasks of other campaigns.
        removed: Duplicate tasks without annotations that were deleted.
        repeated: Lost replies.
        deleted: Duplicate projects without annotations that were deleted.
        mended: Tasks whose texts were restored.
        altered: Annotated tasks whose texts differ from the campaign's.
    """

    project: int
    created: bool
    changed: list[str]
    added: int
    there: int
    foreign: int
    removed: int = 0
    repeated: int = 0
    deleted: tuple[int, ...] = ()
    mended: int = 0
    altered: tuple[int, ...] = ()


def push(client: Any, url: str, campaign: Campaign, key: Key) -> Pushed:
    """Create or update the project and its tasks.

    Safe to repeat: existing tasks are listed first, and only missing ones are written. After a lost reply the server's
    tasks are listed again, with growing pauses. Duplicates from an accident or a simultaneous push are deleted if they
    have no annotations or drafts.

    Raises:
        ServerError: The server refused or stayed unreachable.
        UsageError: The page or the instructions changed and the project has annotations.
    """
    own: list[int] = []
    project, created, changed, deleted = _project(client, url, campaign, key, own)
    found = tasks.listed(client, url, project, key)
    there = len(found.ids)
    missing = [item for item in key.items if item.id not in found.ids]
    before = found.foreign + sum(len(ids) for ids in found.ids.values())
    repeated = tasks.add(client, url, project, missing, key)
    now = projects.get(client, url, project)
    if repeated or now.tasks != before + len(missing):  # a write came late, or another push runs
        found = tasks.listed(client, url, project, key)
    removed = tasks.remove_doubles(client, url, project, found)
    mended, altered = tasks.mend(client, url, project, found)
    done = Pushed(project, created, changed, len(missing), there, found.foreign, removed, repeated)
    if created:  # look again for a project that was created late
        stands, late = projects.only(client, url, campaign, key, own)
        deleted += late
        if stands is None or stands.id != project:  # another push was first
            again = push(client, url, campaign, key)
            return replace(again, deleted=(*deleted, *again.deleted))
    return replace(done, deleted=tuple(deleted), mended=mended, altered=tuple(altered))


def _project(
    client: Any, url: str, campaign: Campaign, key: Key, own: list[int]
) -> tuple[int, bool, list[str], list[int]]:
    """The project's id, whether it was created, what was updated, and the ids of duplicates that were deleted.

    Projects that are created here are added to ``own``.
    """
    created = False
    for attempt in range(tasks.ROUNDS + 1):
        try:
            found, deleted = projects.only(client, url, campaign, key, own)
            if found is not None:
                return found.id, created, projects.update(client, url, campaign, found), deleted
            created = True
            own.append(projects.create(client, url, campaign))
        except ServerError as error:
            if not error.unsure or attempt == tasks.ROUNDS:
                raise
            _await(client, url, campaign)
    project = projects.require(client, url, campaign)
    return project.id, True, [], []


def _await(client: Any, url: str, campaign: Campaign) -> None:
    """Wait for a project whose creation was not confirmed."""
    for pause in tasks.PAUSES:
        time.sleep(pause)
        try:
            if projects.find(client, url, campaign) is not None:
                return
        except ServerError as error:
            if not error.unsure:
                raise
