"""A campaign on disk: ``campaign.yaml`` for people, and beside it the key file that alone can un-blind it.

The campaign file may be shared: it names no contestant, no path and no person. The key file holds what annotators must
not know (which contestant stands left, the strata, the run) and what nobody else needs to know (who they are): it is
written with mode 0600 and read by no server.
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
from judge.core.files.rows import explain
from judge.core.files.run_directory import replacing, sync_folder
from judge.core.files.yaml import read_yaml
from judge.core.records import Choice, Order, Record

KEY_SUFFIX = ".key.json"
TITLE = (3, 50)  # the shortest and the longest title that the server takes


class Question(Record):
    """One criterion as annotators meet it: the question of the page, and an example for the instructions."""

    question: str = Field(min_length=1)
    example: str | None = None


class Campaign(Record):
    """What a campaign asks of whom. ``criteria`` keep the order of the prompt file that judged the run.

    ``id`` marks the project on a server. ``shows`` lists which of persona, question and ground_truth stand above the
    responses. ``overlap`` is the number of people that each item should be judged by. Where the run lies stands in the
    key: a path may name contestants.
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
    """One task and all that its annotators must not know. ``data`` is what they see.

    ``expected`` is the answer of an attention check, null for all others. ``order`` says which contestant stands left;
    for an attention check, ``reference_first`` says that the sound response does.
    """

    id: str
    comparison_id: str
    order: Order
    repeat: int = 0
    expected: Choice | None = None
    stratum: str | None = None
    inclusion_probability: float | None = None
    data: dict[str, str]


class Seen(Record):
    """What pulls saw of one annotation: its author's pseudonym and its item at first sight, a digest of its answers.

    ``edited`` says that it was once seen with somebody else's edit, ``at`` when the server had saved it last (empty in
    files of earlier versions).
    """

    by: str
    item: str
    answers: str
    edited: bool = False
    at: str = ""


class Member(Record):
    """A server's account: its person's pseudonym, and the address it had when it was looked at last (None: hidden)."""

    by: str
    address: str | None = None


class Key(BaseModel):
    """The key file: the secret behind the opaque ids, the draw, the items in the order shown, and who is who.

    ``run`` is the run's folder, seen from the key file. ``annotators`` maps an identity (a mail address, or what
    another tool calls a person) to a pseudonym, ``accounts`` a server's account to its person; ``shared`` are addresses
    that were two people's, one after the other. Files of earlier versions have ``annotators`` alone.
    ``server`` is the address that was pushed to last. ``seen`` are the server's annotations as earlier pulls met them,
    by the server's id.
    """

    campaign: str
    secret: str
    seed: int
    run: str
    items: list[KeyItem]
    annotators: dict[str, str] = Field(default_factory=dict)
    accounts: dict[str, Member] = Field(default_factory=dict)
    shared: list[str] = Field(default_factory=list)
    server: str | None = None
    seen: dict[str, Seen] = Field(default_factory=dict)

    def by_id(self) -> dict[str, KeyItem]:
        """The items by their opaque id."""
        return {item.id: item for item in self.items}


def key_path(campaign: Path) -> Path:
    """Where the key file of a campaign file lies."""
    return campaign.with_name(campaign.stem + KEY_SUFFIX)


def load_campaign(path: Path) -> Campaign:
    """Read a campaign file.

    Raises:
        InputError: Names the file, and the line and field that are wrong.
    """
    return read_yaml(path, Campaign, hint="docs/annotation.md describes a campaign file")


def load(path: Path) -> tuple[Campaign, Key]:
    """Read a campaign file and its key. Errors: the key is absent, is damaged, or belongs to another campaign."""
    campaign = load_campaign(path)
    where = key_path(path)
    try:
        key = Key.model_validate_json(where.read_bytes())
    except OSError as error:
        raise InputError(
            f"the campaign's key file cannot be read: {error.strerror}",
            path=where,
            hint="keep it beside the campaign file: without it no label can be un-blinded",
        ) from None
    except ValidationError as error:
        raise InputError(f"not a key file: {explain(error)}", path=where, hint="restore it from a copy") from None
    if key.campaign != campaign.id:
        raise InputError(
            f"the key of campaign {key.campaign}, not of {campaign.id}",
            path=where,
            hint="put the two files that one `judge annotate plan` wrote beside each other again",
        )
    return campaign, key


def save_new(path: Path, campaign: Campaign, key: Key) -> None:
    """Write a campaign file and its key. Errors: one of them is there: a key is never overwritten by another's."""
    for there in (path, key_path(path)):
        if there.exists():
            raise InputError(
                "a campaign is there already",
                path=there,
                hint="give another --out: its labels could not be un-blinded without its key",
            )
    save_key(path, key)
    with replacing(path) as file:
        file.write("# Written by `judge annotate plan`. The title and the texts may be edited until the first push.\n")
        yaml.safe_dump(_plain(campaign), file, sort_keys=False, allow_unicode=True, width=100)


def save_key(path: Path, key: Key) -> None:
    """Write the key of the campaign file ``path``, readable by its owner alone from its first byte on."""
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
        raise WriteError(f"{where}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a campaign for this process: two pushes at once would import its tasks twice."""
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunDirectoryError(f"{path} is in use by another process", hint="wait for it") from None
    try:
        yield
    finally:
        lock.release()


def _plain(campaign: Campaign) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = json.loads(campaign.model_dump_json(exclude_none=True))
    return plain
