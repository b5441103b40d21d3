"""Pull: fetch a campaign's annotations from Label Studio, resolve and write them; or count them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from judge.annotation.campaign.campaign import Campaign, Key, save_key
from judge.annotation.labels.history import compare_with_history, forget_deleted
from judge.annotation.labels.raw import Fetched, server_account
from judge.annotation.labels.resolve import Resolved, resolve_annotations
from judge.annotation.labels.status import Status, status
from judge.annotation.labels.summary import Written, write_annotations
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio.client import asked, exported
from judge.annotation.labelstudio.read_export import from_label_studio
from judge.core.errors import UsageError


def pull(
    client: Any,
    url: str,
    campaign: Campaign,
    key: Key,
    path: Path,
    out: Path,
    *,
    accept_edits: bool = False,
    accept_deleted: bool = False,
) -> Written:
    """Fetch, resolve and write a campaign's annotations.

    Args:
        client: See :func:`judge.annotation.labelstudio.client.connected`.
        url: The server.
        campaign: The campaign.
        key: Its key; updated and saved.
        path: The campaign file.
        out: The annotations file to write; the summary is written beside it.
        accept_edits: Keep annotations that another user changed.
        accept_deleted: Continue without annotations that were deleted on the server.

    Raises:
        ServerError: The server failed or has no project of this campaign.
        UsageError: The labelling page is not the campaign's, or annotations were deleted.
    """
    fetched = fetch(client, url, campaign)
    resolved = resolve_fetched(fetched, campaign, key, accept_edits=accept_edits, accept_deleted=accept_deleted)
    return write_annotations(resolved, campaign, key, path, out)


def progress(client: Any, url: str, campaign: Campaign, key: Key, path: Path) -> Status:
    """Count the labels on the server, whatever its labelling page. The key is updated and saved.

    Raises:
        ServerError: The server failed or has no project of this campaign.
    """
    compared = compare_with_history(fetch(client, url, campaign, any_page=True), key)
    counted = status(compared.rows, campaign, key, compared.deleted)
    save_key(path, key)  # pseudonyms that were shown keep their meaning
    return counted


def fetch(client: Any, url: str, campaign: Campaign, *, any_page: bool = False) -> Fetched:
    """Fetch all annotations and drafts of the campaign's project: four requests, whatever its size.

    Args:
        client: See :func:`judge.annotation.labelstudio.client.connected`.
        url: The server.
        campaign: The campaign.
        any_page: Accept a labelling page that is not the campaign's: good for counting only.

    Raises:
        ServerError: The server failed or has no project of this campaign.
        UsageError: The labelling page is not the campaign's.
    """
    project = projects.require(client, url, campaign)
    if not any_page:
        projects.require_page(project, url, campaign)
    accounts = asked(
        url, lambda: {user.id: server_account(user.id, user.date_joined, user.email) for user in client.users.list()}
    )
    tasks = exported(client, url, project.id)
    rows = from_label_studio(tasks, accounts, campaign, project=project.made)
    return Fetched(rows, {one.id: one.address for one in accounts.values() if one.id})


def resolve_fetched(
    fetched: Fetched, campaign: Campaign, key: Key, *, accept_edits: bool = False, accept_deleted: bool = False
) -> Resolved:
    """Resolve a server's rows after comparison with earlier pulls.

    Raises:
        UsageError: Annotations that an earlier pull found were deleted, unless ``accept_deleted``: the earlier file
            would be replaced by one without them.
    """
    compared = compare_with_history(fetched, key)
    if compared.deleted and not accept_deleted:
        raise UsageError(
            f"{sum(compared.deleted.values())} annotations of earlier pulls were deleted on the server "
            f"({', '.join(f'{who}: {count}' for who, count in compared.deleted.items())}); nothing was written",
            hint="find out who deleted them, or whether this is another server; --accept-deleted continues without "
            "them",
        )
    forget_deleted(fetched.rows, key)
    resolved = resolve_annotations(compared.rows, campaign, key, accept_edits=accept_edits)
    return replace(resolved, revised=compared.revised, deleted=compared.deleted)
