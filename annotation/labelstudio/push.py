"""Push: make the server hold the project and each of its tasks exactly once, whatever gets lost on the way."""

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
    """What a push did. ``added`` were not there; ``foreign`` are not of the campaign.

    ``removed`` counts doubled tasks without work, ``deleted`` lists doubled projects without work. ``repeated`` counts
    lost replies. ``mended`` counts tasks that got their texts back; ``altered`` lists those that have other texts and
    work on them.
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
    """Bring the server up to date. Safe to repeat: what is there is listed first, and only what is missing is written.

    No write is repeated blindly: after a lost reply the server is asked, with growing pauses, what it holds. What an
    accident or a push at the same time doubled is removed if nobody worked on it.
    Errors: :class:`ServerError`; a changed page on a project that has annotations (:class:`UsageError`).
    """
    own: list[int] = []
    project, created, changed, deleted = _project(client, url, campaign, key, own)
    found = tasks.listed(client, url, project, key)
    there = len(found.ids)
    missing = [item for item in key.items if item.id not in found.ids]
    before = found.foreign + sum(len(ids) for ids in found.ids.values())
    repeated = tasks.add(client, url, project, missing, key)
    now = projects.get(client, url, project)
    if repeated or now.tasks != before + len(missing):  # a write came late, or somebody else pushes
        found = tasks.listed(client, url, project, key)
    removed = tasks.remove_doubles(client, url, project, found)
    mended, altered = tasks.mend(client, url, project, found)
    done = Pushed(project, created, changed, len(missing), there, found.foreign, removed, repeated)
    if created:  # look once more for a project that came late
        stands, late = projects.only(client, url, campaign, key, own)
        deleted += late
        if stands is None or stands.id != project:  # another push was first
            again = push(client, url, campaign, key)
            return replace(again, deleted=(*deleted, *again.deleted))
    return replace(done, deleted=tuple(deleted), mended=mended, altered=tuple(altered))


def _project(
    client: Any, url: str, campaign: Campaign, key: Key, own: list[int]
) -> tuple[int, bool, list[str], list[int]]:
    """The project's id, whether it was made now, what was changed of it, and the ids of doubles that were deleted.

    Projects that are made here are added to ``own``.
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
    """Give a write whose reply was lost time to be carried out."""
    for pause in tasks.PAUSES:
        time.sleep(pause)
        try:
            if projects.find(client, url, campaign) is not None:
                return
        except ServerError as error:
            if not error.unsure:
                raise
