"""A campaign's project on a server, identified by a mark in its description: titles change, replies get lost."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

from judge.annotation.campaign import controls, guide
from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.labelstudio import page
from judge.annotation.labelstudio.client import ServerError, all_of, asked, exported, plain_errors
from judge.core.errors import UsageError

_PAGE = 100
_PAUSES = (0.5, 0.5, 1.0, 2.0, 2.0)  # seconds for another push to delete the project that it created


@dataclass(frozen=True)
class Project:
    """A project on the server.

    ``annotations`` counts submitted annotations and skips, ``tasks`` all tasks. ``made`` is the time of creation in
    microseconds, which identifies the project among those of all servers.
    """

    id: int
    config: str
    instructions: str
    overlap: int
    title: str
    annotations: int
    tasks: int
    made: str


def mark(campaign: Campaign) -> str:
    """The mark in the description of a campaign's project."""
    return f"[campaign {campaign.id}]"


def find(client: Any, url: str, campaign: Campaign) -> Project | None:
    """Find the campaign's project.

    Returns:
        Of several that an accident left, the one with annotations or drafts; without any, the first. None if there is
        no project.

    Raises:
        UsageError: Two projects have annotations or drafts.
    """
    found = _marked(client, url, campaign)
    return _chosen(client, url, found)[0] if found else None


def only(
    client: Any, url: str, campaign: Campaign, key: Key, own: Collection[int] = ()
) -> tuple[Project | None, list[int]]:
    """Find the campaign's project as :func:`find` does, and delete its duplicates.

    A creation that was carried out late, or two simultaneous pushes, leave a second project. It is deleted only if it
    has our mark, no annotation, no draft, and only tasks of the campaign.

    A project that is not among this push's ``own`` is first left to the push that created it, since two simultaneous
    deletions break the server: Label Studio disables all its signals while it deletes a project, and two deletions
    leave them disabled until it is restarted (new accounts get no token, tasks are not marked as labelled).

    Returns:
        The project (None if there is none), and the ids of the deleted ones.

    Raises:
        UsageError: Two projects have annotations or drafts.
    """
    found = _marked(client, url, campaign)
    if not found:
        return None, []
    chosen, exports = _chosen(client, url, found)
    deleted = []
    for other in found:
        if other.id == chosen.id or other.id not in exports or not _is_empty_copy(exports[other.id], key):
            continue
        if other.id not in own and _gone(client, url, other.id):
            continue
        try:
            asked(url, partial(client.projects.delete, other.id))
        except ServerError as error:
            if not error.missing:  # else another push was faster
                raise
        deleted.append(other.id)
    return chosen, deleted


def _gone(client: Any, url: str, number: int) -> bool:
    """Whether another push deletes the project while this one waits."""
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            get(client, url, number)
        except ServerError as error:
            if not error.missing:
                raise
            return True
    return False


def get(client: Any, url: str, number: int) -> Project:
    """Fetch a project by its id."""
    return asked(url, lambda: _project(client.projects.get(number), url))


def _project(full: Any, url: str) -> Project:
    count = (full.total_annotations_number or 0) + (full.skipped_annotations_number or 0)
    return Project(
        full.id,
        full.label_config or "",
        full.expert_instruction or "",
        full.maximum_annotations or 1,
        full.title or "",
        count,
        full.task_number or 0,
        str(full.created_at or url),
    )


def work(export: Any) -> dict[int, int]:
    """Count annotations and drafts by task id, for tasks that have any."""
    counts = {task["id"]: len(task.get("annotations") or ()) + len(task.get("drafts") or ()) for task in export}
    return {task: count for task, count in counts.items() if count}


def _marked(client: Any, url: str, campaign: Campaign) -> list[Project]:
    found = []
    ids = asked(url, lambda: [one.id for one in _all(client) if mark(campaign) in (one.description or "")])
    for number in sorted(ids):
        try:
            found.append(get(client, url, number))
        except ServerError as error:
            if not error.missing:  # else another push has just deleted it
                raise
    return found


def _all(client: Any) -> list[Any]:
    """All projects, with only the fields needed: labelling pages and counts are expensive."""
    first = client.projects.list(page_size=_PAGE, include="id,description")
    return all_of(first) if len(first.items or ()) >= _PAGE else list(first.items or ())  # the SDK requests another


def _chosen(client: Any, url: str, found: list[Project]) -> tuple[Project, dict[int, Any]]:
    """The project that counts, and the exports of all projects (none if there is only one project)."""
    if len(found) == 1:
        return found[0], {}
    exports = {}
    for one in found:
        try:
            exports[one.id] = exported(client, url, one.id)
        except ServerError as error:
            if not error.missing:  # else another push has just deleted it
                raise
    found = [one for one in found if one.id in exports]
    if not found:
        raise ServerError(f"the campaign's projects at {url} were just deleted", hint="push again")
    worked = [one for one in found if work(exports[one.id])]
    if len(worked) > 1:
        raise UsageError(
            f"annotators worked on {len(worked)} projects of this campaign at {url}: "
            f"{', '.join(str(one.id) for one in worked)}",
            hint="on the server, export all but one, and delete them",
        )
    return (worked or found)[0], exports


def _is_empty_copy(export: Any, key: Key) -> bool:
    ours = key.by_id()
    return not work(export) and all((task.get("data") or {}).get(controls.ITEM) in ours for task in export)


def require(client: Any, url: str, campaign: Campaign) -> Project:
    """Find the campaign's project.

    Raises:
        ServerError: It does not exist.
        UsageError: Two projects have annotations or drafts.
    """
    project = find(client, url, campaign)
    if project is None:
        raise ServerError(f"{url} has no project of this campaign", hint="create it with `judge annotate push`")
    return project


def require_page(project: Project, url: str, campaign: Campaign) -> None:
    """Refuse labels from a page that shows or stores other things: a swapped alias or field swaps the sides.

    Style and hotkeys do not count.

    Raises:
        UsageError: The page differs from the campaign's.
    """
    if _content(project.config) != _content(page.config(campaign)):
        raise UsageError(
            f"the labelling page of project {project.id} at {url} is not the campaign's: its labels may refer to other "
            "sides or questions",
            hint="undo the change in the campaign file or on the server; labels submitted in between cannot be told "
            "from others",
        )


def _content(config: str) -> list[tuple[str, dict[str, str]]]:
    """What a page shows and stores, in order: headings, texts, questions and choices."""
    try:
        parts = ET.fromstring(config).iter()  # noqa: S314 - from a server that the user trusts with a token
    except ET.ParseError:
        return []
    kept = {"name", "value", "alias", "toName", "choice"}
    return [
        (part.tag, {name: text for name, text in part.attrib.items() if name in kept})
        for part in parts
        if part.tag not in ("View", "Style")
    ]


def create(client: Any, url: str, campaign: Campaign) -> int:
    """Create the project; return its id. If the reply is lost, the project may exist although this raises.

    Raises:
        ServerError: The server refused or did not reply.
    """
    with plain_errors(url):
        return int(client.projects.create(**settings(campaign)).id)


def update(client: Any, url: str, campaign: Campaign, project: Project) -> list[str]:
    """Update the project's settings; return the names of those that changed.

    Raises:
        UsageError: The page or the instructions differ and the project has annotations: they answer other questions
            than later ones would.
    """
    wanted = settings(campaign)
    different = [
        name
        for name, same in (
            ("labelling page", _canonical(project.config) == _canonical(wanted["label_config"])),
            ("instructions", project.instructions == wanted["expert_instruction"]),
            ("title", project.title == wanted["title"]),
            ("overlap", project.overlap == wanted["maximum_annotations"]),
        )
        if not same
    ]
    fixed = [name for name in different if name in ("labelling page", "instructions")]
    if fixed and project.annotations:
        raise UsageError(
            f"the {' and the '.join(fixed)} changed, but project {project.id} has {project.annotations} annotations "
            "made before the change",
            hint="undo the change in the campaign file, or plan a new campaign",
        )
    if different:
        asked(url, lambda: client.projects.update(project.id, **wanted))
    return different


def settings(campaign: Campaign) -> dict[str, Any]:
    """Build the project's settings."""
    return {
        "title": campaign.title,
        "description": f"Pairs of responses, judged blind. {mark(campaign)}",
        "label_config": page.config(campaign),
        "expert_instruction": guide.instructions(campaign),
        "show_instruction": True,
        "maximum_annotations": min(campaign.overlap, campaign.annotators),
        "sampling": "Sequential sampling",  # keeps duplicates half a campaign apart
        "show_skip_button": True,
        "enable_empty_annotation": False,
    }


def _canonical(config: str) -> str:
    try:
        return ET.canonicalize(config, strip_text=True)
    except ET.ParseError:
        return config
