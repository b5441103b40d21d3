"""A campaign's project on a server, found by the mark in its description: names change and replies get lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from annotation import guide, page
from annotation.campaign import Campaign
from annotation.client import ONCE, ServerError, plain_errors
from judge.core.errors import UsageError


@dataclass(frozen=True)
class Project:
    """A project as the server has it. ``annotations`` counts submitted and skipped ones."""

    id: int
    config: str
    instructions: str
    overlap: int
    title: str
    annotations: int


def mark(campaign: Campaign) -> str:
    """The words in a project's description that say whose it is."""
    return f"[campaign {campaign.id}]"


def find(client: Any, url: str, campaign: Campaign) -> Project | None:
    """The campaign's project, or None. Errors: there are two of them."""
    with plain_errors(url):
        marked = [one for one in client.projects.list(page_size=100) if mark(campaign) in (one.description or "")]
        if not marked:
            return None
        if len(marked) > 1:
            raise UsageError(
                f"{url} holds {len(marked)} projects of this campaign: {', '.join(str(one.id) for one in marked)}",
                hint="delete all but one on the server: keep the one with annotations",
            )
        full = client.projects.get(marked[0].id)
    count = (full.total_annotations_number or 0) + (full.skipped_annotations_number or 0)
    return Project(
        full.id, full.label_config or "", full.expert_instruction or "", full.maximum_annotations or 1,
        full.title or "", count,
    )  # fmt: skip


def require(client: Any, url: str, campaign: Campaign) -> Project:
    """The campaign's project. Errors: it is not there."""
    project = find(client, url, campaign)
    if project is None:
        raise ServerError(f"{url} has no project of this campaign", hint="judge annotate push makes it")
    return project


def create(client: Any, url: str, campaign: Campaign) -> None:
    """Make the project. A reply may get lost: look for the project afterwards, whatever this raises."""
    with plain_errors(url):
        client.projects.create(**settings(campaign), request_options=ONCE)


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
        with plain_errors(url):
            client.projects.update(project.id, **wanted, request_options=ONCE)
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
