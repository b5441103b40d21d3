"""Pull: what people said on the server, as annotations on disk."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from judge.annotation.answers.agreement import agreement, ratings_per_person, with_oneself
from judge.annotation.answers.history import forget, review
from judge.annotation.answers.raw import Fetched, account
from judge.annotation.answers.resolve import CATEGORIES, Settled, settle
from judge.annotation.campaign.campaign import Campaign, Key, save_key
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio.client import asked
from judge.annotation.labelstudio.export import from_label_studio
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir


def fetch(client: Any, url: str, campaign: Campaign, *, any_page: bool = False) -> Fetched:
    """All annotations and drafts of the campaign's project, in four calls whatever its size.

    They only read, and are repeated if the server fails for a moment (:func:`.client.asked`).

    Errors: :class:`.ServerError`, also where the project is not there; its page is not the campaign's
    (:class:`UsageError`), unless ``any_page``, which is good for counting only.
    """
    project = projects.require(client, url, campaign)
    if not any_page:
        projects.require_page(project, url, campaign)
    users = asked(url, lambda: list(client.users.list()))
    people = {user.id: account(user.id, user.date_joined, user.email) for user in users}
    tasks = asked(url, lambda: client.projects.exports.as_json(project.id))
    rows = from_label_studio(tasks, people, campaign, project=project.made)
    return Fetched(rows, {one.id: one.address for one in people.values() if one.id})


def write(settled: Settled, path: Path, out: Path, campaign: Campaign, key: Key) -> Path:
    """Write the annotations to ``out`` and the account beside it; return the account's path.

    The key file is saved first: pseudonyms that stand in a file must stay those of the same people.
    """
    save_key(path, key)
    with rundir.replacing(out) as file:
        for annotation in settled.annotations:
            file.write(annotation.model_dump_json() + "\n")
    rundir.write_json(account_path(out), summary(settled, campaign))
    return account_path(out)


def account_path(out: Path) -> Path:
    """Where the account of a pull to ``out`` is written."""
    return out.with_name(f"{out.stem}.summary.json")


def settled_rows(
    fetched: Fetched, campaign: Campaign, key: Key, *, accept_edits: bool = False, accept_deleted: bool = False
) -> Settled:
    """Settle a server's rows in the light of what earlier pulls saw.

    Errors: :class:`UsageError` if annotations are gone that were there, unless ``accept_deleted``: the file of the
    earlier pull would be replaced by one that lacks them.
    """
    past = review(fetched, key)
    if past.gone and not accept_deleted:
        raise UsageError(
            f"{sum(past.gone.values())} annotations that were there before are gone from the server "
            f"({', '.join(f'{who}: {count}' for who, count in past.gone.items())}); nothing was written",
            hint="find out who deleted them, or whether this is another server; --accept-deleted goes on without them",
        )
    forget(fetched.rows, key)
    settled = settle(past.rows, campaign, key, accept_edits=accept_edits)
    return replace(settled, revised=past.revised, gone=past.gone)


def summary(settled: Settled, campaign: Campaign) -> dict[str, Any]:
    """The account of a pull, for programs: counts, what was set aside and why, checks, agreement. Pseudonyms only."""
    categories = Counter(one.category for one in settled.set_aside)
    return {
        "campaign": campaign.id,
        "received": settled.received,
        "annotations": sum(not one.skipped for one in settled.annotations),
        "skipped": sum(one.skipped for one in settled.annotations),
        "addresses_removed": settled.addresses,
        "revised_since_last_pull": settled.revised,
        "gone_since_last_pull": settled.gone,
        "set_aside": {name: categories[name] for name in CATEGORIES if categories[name]},
        "set_aside_rows": [asdict(one) for one in settled.set_aside],
        "attention_checks": [asdict(one) for one in settled.checks],
        "ratings": ratings_per_person(settled.annotations),
        "agreement": {
            name: asdict(agreement(settled.annotations, name))
            | dict(zip(("repeated_same", "repeated"), with_oneself(settled.annotations, name), strict=True))
            for name in campaign.criteria
        },
    }
