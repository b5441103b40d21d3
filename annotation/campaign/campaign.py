"""A campaign on disk: the campaign file ``campaign.yaml``, and beside it the key file that un-blinds it.

The campaign file may be shared: it names no contestant, path or annotator. The key file has what annotators must not
know (which contestant is on the left, the strata, the run) and the annotators' identities. It is written with mode 0600
and never sent to a server.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import yaml
from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from judge.core.errors import InputError, RunDirectoryError, WriteError
from judge.core.field_errors import explain
from judge.core.files.run_directory import replacing, sync_folder
from judge.core.files.yaml import read_yaml
from judge.core.records import Choice, Order, Record

KEY_SUFFIX = ".key.json"
TITLE = (3, 50)  # shortest and longest title that Label Studio accepts


class Question(Record):
    """A criterion as annotators see it: the question on the page, and an example in the instructions."""

    question: str = Field(min_length=1)
    example: str | None = None


class Campaign(Record):
    """The campaign file. The path of the run is in the key: it may name contestants.

    Attributes:
        id: Identifies the campaign; the project on a server is marked with it.
        title: Project title that annotators see.
        prompt: Name, version and sha256 of the prompt that judged the run.
        items: Number of comparisons.
        attention_checks: Number of attention checks.
        duplicates: Number of comparisons shown twice.
        annotators: Number of annotators.
        overlap: Annotators per comparison.
        shows: The fields above the responses.
        criteria: In the order of the prompt.
        introduction: The beginning of the instructions.
        created: Time of the plan.
    """

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    title: str = Field(min_length=TITLE[0], max_length=TITLE[1])
    prompt: str
    items: int = Field(ge=1)
    attention_checks: int = Field(default=0, ge=0)
    duplicates: int = Field(default=0, ge=0)
    annotators: int = Field(ge=1)
    overlap: int = Field(ge=1)
    shows: tuple[Literal["persona", "question", "ground_truth"], ...]
    criteria: dict[str, Question] = Field(min_length=1)
    introduction: str
    created: str


class KeyItem(Record):
    """One task, with what its annotators must not know.

    ``data`` is what they see. ``expected`` is the right choice of an attention check, None for other tasks. ``order``
    says which contestant is on the left; for an attention check, ``reference_first`` means that the intact response is.
    """

    id: str
    comparison_id: str
    order: Order
    repeat: int = 0
    expected: Choice | None = None
    stratum: str | None = None
    inclusion_probability: float | None = None
    data: dict[str, str]


class SeenAnnotation(Record):
    """An annotation as pulls found it.

    ``by`` and ``item`` are its author's pseudonym and its item when it was found first, ``answers`` is a digest of its
    answers, ``edited`` says that it was found with another user's edit once, ``at`` is when it was saved last (empty in
    files of earlier versions).
    """

    by: str
    item: str
    answers: str
    edited: bool = False
    at: str = ""


class KnownAccount(Record):
    """A server's account: its annotator's pseudonym, and its last known address (None if hidden)."""

    by: str
    address: str | None = None


class Key(BaseModel):
    """The key file.

    Attributes:
        campaign: The campaign's id.
        secret: Key of the opaque ids and of the order of tasks and sides.
        seed: Seed of the sample.
        run: The run directory, relative to the key file.
        items: The tasks in the order shown.
        annotators: Pseudonym by identity (a mail address, or another tool's name of an annotator).
        accounts: Annotator by server account. Absent in files of earlier versions.
        shared: Addresses that two annotators used, one after the other. Absent in files of earlier versions.
        server: The address of the last push.
        seen: The server's annotations as earlier pulls found them, by the server's id.
    """

    campaign: str
    secret: str
    seed: int
    run: str
    items: list[KeyItem]
    annotators: dict[str, str] = Field(default_factory=dict)
    accounts: dict[str, KnownAccount] = Field(default_factory=dict)
    shared: list[str] = Field(default_factory=list)
    server: str | None = None
    seen: dict[str, SeenAnnotation] = Field(default_factory=dict)

    def by_id(self) -> dict[str, KeyItem]:
        """Index the items by their opaque id."""
        return {item.id: item for item in self.items}


def key_path(campaign: Path) -> Path:
    """Path of a campaign file's key file."""
    return campaign.with_name(campaign.stem + KEY_SUFFIX)


def load_campaign(path: Path) -> Campaign:
    """Read a campaign file.

    Raises:
        InputError: Names the file, and the line and field that are wrong.
    """
    return read_yaml(path, Campaign, hint="docs/annotation.md describes a campaign file")


def load(path: Path) -> tuple[Campaign, Key]:
    """Read a campaign file and its key.

    Raises:
        InputError: The campaign file is invalid; the key file is absent or damaged, or belongs to another campaign.
    """
    campaign = load_campaign(path)
    where = key_path(path)
    try:
        key = Key.model_validate_json(where.read_bytes())
    except OSError as error:
        raise InputError(
            f"the campaign's key file cannot be read: {error.strerror}",
            path=where,
            hint="put it back beside the campaign file: without it the labels cannot be un-blinded",
        ) from None
    except ValidationError as error:
        raise InputError(f"not a key file: {explain(error, Key)}", path=where, hint="restore it from a copy") from None
    if key.campaign != campaign.id:
        raise InputError(
            f"the key of campaign {key.campaign}, but the campaign file has {campaign.id}",
            path=where,
            hint="keep the two files that `judge annotate plan` wrote together",
        )
    return campaign, key


def save_new(path: Path, campaign: Campaign, key: Key) -> None:
    """Write a new campaign file and its key.

    Raises:
        InputError: One of the two exists: a key is never overwritten.
        WriteError: A file cannot be written.
    """
    for there in (path, key_path(path)):
        if there.exists():
            raise InputError(
                "a campaign exists already",
                path=there,
                hint="give another --out: without its key, its labels could not be un-blinded",
            )
    save_key(path, key)
    with replacing(path) as file:
        file.write("# Written by `judge annotate plan`. The title and the texts may be edited until the first push.\n")
        yaml.safe_dump(_plain(campaign), file, sort_keys=False, allow_unicode=True, width=100)


def save_key(path: Path, key: Key) -> None:
    """Write the key of the campaign file ``path``, readable by its owner only, also while it is written.

    Raises:
        WriteError: The file cannot be written.
    """
    where = key_path(path)
    draft = where.with_name(f".{where.name}.part")
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(key.model_dump(mode="json"), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(where)
        sync_folder(where.parent)
    except OSError as error:
        raise WriteError(f"{where} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a campaign while the body runs: two simultaneous pushes would import its tasks twice.

    Raises:
        RunDirectoryError: Another process has locked it.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunDirectoryError(f"{path} is in use by another process", hint="wait until it has finished") from None
    try:
        yield
    finally:
        lock.release()


def _plain(campaign: Campaign) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = json.loads(campaign.model_dump_json(exclude_none=True))
    return plain
