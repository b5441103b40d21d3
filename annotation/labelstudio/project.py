"""A campaign's project on a server, found by the mark in its description: names change and replies get lost."""

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
from judge.annotation.labelstudio.client import ServerError, asked, plain_errors
from judge.core.errors import UsageError

_PAGE = 100
_PAUSES = (0.5, 0.5, 1.0, 2.0, 2.0)  # seconds for another push to delete what it made


@dataclass(frozen=True)
class Project:
    """A project as the server has it. ``annotations`` counts submitted and skipped ones, ``tasks`` all tasks.

    ``made`` is when it was made, to the microsecond: no other project, of this server or another, has the same.
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
    """The words in a project's description that say whose it is."""
    return f"[campaign {campaign.id}]"


def find(client: Any, url: str, campaign: Campaign) -> Project | None:
    """The campaign's project, or None. Of several that an accident left it is the one that people worked on.

    Where nobody worked on any it is the first. Errors: people worked on two of them.
    """
    found = _marked(client, url, campaign)
    return _chosen(client, url, found)[0] if found else None


def only(
    client: Any, url: str, campaign: Campaign, key: Key, own: Collection[int] = ()
) -> tuple[Project | None, list[int]]:
    """The campaign's project as by :func:`find`, and the ids of others that were deleted.

    A create that was carried out late, or two pushes at once, leave a second project. It is deleted only if it carries
    our mark and holds no annotation, no draft, and no task but the campaign's.

    What is not this push's ``own`` is first left to whoever made it: two deletions at one time break the server.
    Label Studio switches all its signals off while it deletes a project, and two at once leave them off until it is
    restarted (accounts then get no token, tasks are not marked as labelled).
    """
    found = _marked(client, url, campaign)
    if not found:
        return None, []
    chosen, exported = _chosen(client, url, found)
    deleted = []
    for other in found:
        if other.id == chosen.id or other.id not in exported or not _is_empty_copy(exported[other.id], key):
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
    """A project by its id."""
    full = asked(url, lambda: client.projects.get(number))
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


def work(exported: Any) -> dict[int, int]:
    """Annotations and drafts by task id, of the tasks that have any."""
    counts = {task["id"]: len(task.get("annotations") or ()) + len(task.get("drafts") or ()) for task in exported}
    return {task: count for task, count in counts.items() if count}


def _marked(client: Any, url: str, campaign: Campaign) -> list[Project]:
    found = []
    ids = [one.id for one in asked(url, partial(_all, client)) if mark(campaign) in (one.description or "")]
    for number in sorted(ids):
        try:
            found.append(get(client, url, number))
        except ServerError as error:
            if not error.missing:  # else another push has just deleted it
                raise
    return found


def _all(client: Any) -> list[Any]:
    """All projects, with no more than what is looked for: labelling pages and counts cost the server more than that."""
    first = client.projects.list(page_size=_PAGE, include="id,description")
    return list(first) if len(first.items or ()) >= _PAGE else list(first.items or ())  # the SDK always asks for more


def _chosen(client: Any, url: str, found: list[Project]) -> tuple[Project, dict[int, Any]]:
    """The project that counts, and what all of them hold (not looked up where there is one)."""
    if len(found) == 1:
        return found[0], {}
    exported = {}
    for one in found:
        try:
            exported[one.id] = asked(url, partial(client.projects.exports.as_json, one.id))
        except ServerError as error:
            if not error.missing:  # else another push has just deleted it
                raise
    found = [one for one in found if one.id in exported]
    if not found:
        raise ServerError(f"the campaign's projects at {url} were just deleted", hint="push again")
    worked = [one for one in found if work(exported[one.id])]
    if len(worked) > 1:
        raise UsageError(
            f"people worked on {len(worked)} projects of this campaign at {url}: "
            f"{', '.join(str(one.id) for one in worked)}",
            hint="export all but one on the server, and delete them there",
        )
    return (worked or found)[0], exported


def _is_empty_copy(exported: Any, key: Key) -> bool:
    ours = key.by_id()
    return not work(exported) and all((task.get("data") or {}).get(controls.ITEM) in ours for task in exported)


def require(client: Any, url: str, campaign: Campaign) -> Project:
    """The campaign's project. Errors: it is not there."""
    project = find(client, url, campaign)
    if project is None:
        raise ServerError(f"{url} has no project of this campaign", hint="judge annotate push makes it")
    return project


def require_page(project: Project, url: str, campaign: Campaign) -> None:
    """Refuse answers to a page that shows or stores something else: an alias or a field turned round turns the sides.

    Style and hotkeys do not count. Errors: :class:`UsageError`.
    """
    if _meaning(project.config) != _meaning(page.config(campaign)):
        raise UsageError(
            f"the labelling page of project {project.id} at {url} is not the campaign's: its answers may mean other "
            "sides or questions",
            hint="undo the change in the campaign file or on the server; answers given meanwhile cannot be told apart",
        )


def _meaning(config: str) -> list[tuple[str, dict[str, str]]]:
    """What a page shows and stores, in its order: headings, texts, questions and choices."""
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
    """Make the project; its id. A reply may get lost: look for the project afterwards, whatever this raises."""
    with plain_errors(url):
        return int(client.projects.create(**settings(campaign)).id)


def update(client: Any, url: str, campaign: Campaign, project: Project) -> list[str]:
    """Bring the project's settings up to date; return what was changed.

    Errors: :class:`UsageError` if the page or the instructions differ and people have annotated: their labels would
    answer another question than those to come.
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
            "that were made with the old",
            hint="undo the change in the campaign file; or plan a new campaign",
        )
    if different:
        asked(url, lambda: client.projects.update(project.id, **wanted))
    return different


def settings(campaign: Campaign) -> dict[str, Any]:
    """The project's settings on the server."""
    return {
        "title": campaign.title,
        "description": f"Pairs of responses, judged blind. {mark(campaign)}",
        "label_config": page.config(campaign),
        "expert_instruction": guide.instructions(campaign),
        "show_instruction": True,
        "maximum_annotations": min(campaign.overlap, campaign.annotators),
        "sampling": "Sequential sampling",  # duplicates stand half a campaign apart, in this order
        "show_skip_button": True,
        "enable_empty_annotation": False,
    }


def _canonical(config: str) -> str:
    try:
        return ET.canonicalize(config, strip_text=True)
    except ET.ParseError:
        return config
