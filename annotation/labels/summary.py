"""Write resolved annotations and their summary."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from judge.annotation.campaign.campaign import Campaign, Key, save_key
from judge.annotation.labels.agreement import agreement, ratings_per_annotator, self_agreement
from judge.annotation.labels.categories import CATEGORIES
from judge.annotation.labels.resolve import Resolved
from judge.core.files import run_directory as rundir


@dataclass(frozen=True)
class Written:
    """Annotations on disk: what was resolved, for which campaign, and the two files."""

    resolved: Resolved
    campaign: Campaign
    annotations: Path
    summary: Path


def write_annotations(resolved: Resolved, campaign: Campaign, key: Key, path: Path, out: Path) -> Written:
    """Write annotations to ``out`` and their summary beside it.

    The key file of the campaign file ``path`` is saved first, so that pseudonyms in a file keep their meaning.
    """
    save_key(path, key)
    with rundir.replacing(out) as file:
        for annotation in resolved.annotations:
            file.write(annotation.model_dump_json() + "\n")
    rundir.write_json(summary_path(out), summary(resolved, campaign))
    return Written(resolved, campaign, out, summary_path(out))


def summary_path(out: Path) -> Path:
    """Path of the summary of the annotations file ``out``."""
    return out.with_name(f"{out.stem}.summary.json")


def summary(resolved: Resolved, campaign: Campaign) -> dict[str, Any]:
    """The summary as JSON: counts, rows set aside and why, attention checks, agreement. Pseudonyms only."""
    categories = Counter(one.category for one in resolved.set_aside)
    return {
        "campaign": campaign.id,
        "received": resolved.received,
        "annotations": sum(not one.skipped for one in resolved.annotations),
        "skipped": sum(one.skipped for one in resolved.annotations),
        "addresses_removed": resolved.addresses,
        "revised_since_last_pull": resolved.revised,
        "gone_since_last_pull": resolved.deleted,
        "set_aside": {name: categories[name] for name in CATEGORIES if categories[name]},
        "set_aside_rows": [asdict(one) for one in resolved.set_aside],
        "attention_checks": [asdict(one) for one in resolved.checks],
        "ratings": ratings_per_annotator(resolved.annotations),
        "agreement": {
            name: asdict(agreement(resolved.annotations, name))
            | dict(zip(("repeated_same", "repeated"), self_agreement(resolved.annotations, name), strict=True))
            for name in campaign.criteria
        },
    }
