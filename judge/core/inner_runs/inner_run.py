"""Open the run of another model's calls within the folder of a run: a journal and a manifest of its own."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from judge import __version__
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.calls.session import Session
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import SCHEMA_VERSION, ManifestT, versions

_PACKAGES = ("pydantic", "jinja2")


@contextmanager
def opened_inner_run(
    folder: Path, journal: str, kind: type[ManifestT], prices: PriceList, **fields: Any
) -> Iterator[rundir.RunDirectory[ManifestT]]:
    """Make the folder of a second run, or find it again, and lock it.

    Args:
        folder: A folder within that of the run.
        journal: The name of its journal.
        kind: The class of its manifest.
        prices: The price list, which the manifest names.
        fields: What a new manifest has beside what all have.

    Raises:
        RunDirectoryError: Another process uses the folder; its costs are in another currency.
    """

    def find() -> ManifestT | None:
        manifest = rundir.read_manifest(folder, kind)
        if manifest is not None:
            check_currency(manifest, prices, folder)
        return manifest

    def make() -> ManifestT:
        return kind(
            schema_version=SCHEMA_VERSION,
            persona_judge=__version__,
            created=rundir.now(),
            updated=rundir.now(),
            python=platform.python_version(),
            packages=versions(_PACKAGES),
            prices=described(prices),
            reply_mode=None,
            sessions=(),
            **fields,
        )

    with rundir.opened(folder, journal, find, make) as store:
        store.update(prices=described(prices))
        yield store


def joined(first: Session, second: Session) -> Session:
    """Return a session and the one that followed it as one, which ended as the second did."""
    return replace(
        second,
        completed=first.completed + second.completed,
        failed=first.failed + second.failed,
        requests=first.requests + second.requests,
        spent_before=first.spent_before,
    )
