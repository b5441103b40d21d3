"""Pull: what people said on the server, as annotations on disk."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from annotation import project as projects
from annotation.agreement import agreement, ratings_per_person, with_oneself
from annotation.campaign import Campaign, Key, save_key
from annotation.client import plain_errors
from annotation.raw import Raw, from_label_studio
from annotation.settle import CATEGORIES, Settled
from judge.core import rundir


def fetch(client: Any, url: str, campaign: Campaign) -> list[Raw]:
    """All annotations and drafts of the campaign's project, in three calls whatever its size.

    Errors: :class:`~annotation.client.ServerError`, also where the project is not there.
    """
    project = projects.require(client, url, campaign)
    with plain_errors(url):
        people = {user.id: user.email or f"user {user.id}" for user in client.users.list()}
        tasks = client.projects.exports.as_json(project.id)
    return from_label_studio(tasks, people, campaign)


def write(settled: Settled, path: Path, out: Path, campaign: Campaign, key: Key) -> Path:
    """Write the annotations to ``out`` and the account beside it; return the account's path.

    The key file is saved first: pseudonyms that stand in a file must stay those of the same people.
    """
    save_key(path, key)
    with rundir.replacing(out) as file:
        for annotation in settled.annotations:
            file.write(annotation.model_dump_json() + "\n")
    account = out.with_name(f"{out.stem}.summary.json")
    rundir.write_json(account, summary(settled, campaign))
    return account


def summary(settled: Settled, campaign: Campaign) -> dict[str, Any]:
    """The account of a pull, for programs: counts, what was set aside and why, checks, agreement. Pseudonyms only."""
    categories = Counter(one.category for one in settled.set_aside)
    return {
        "campaign": campaign.id,
        "received": settled.received,
        "annotations": sum(not one.skipped for one in settled.annotations),
        "skipped": sum(one.skipped for one in settled.annotations),
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
