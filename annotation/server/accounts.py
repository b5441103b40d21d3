"""The accounts of a local server: kept in its own data folder, mode 0600, and nowhere else."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import BaseModel, Field, ValidationError

from judge.annotation.labelstudio.client import BACKOFF, ServerError

FILE = "accounts.json"
_DOMAIN = "example.com"  # reserved: mail to it goes nowhere


class Account(BaseModel):
    """A person's way in. Only the administrator has a token from the start."""

    email: str
    password: str = Field(default_factory=lambda: secrets.token_urlsafe(12))


class Accounts(BaseModel):
    """All accounts that ``serve`` made."""

    admin: Account
    token: str = Field(default_factory=lambda: secrets.token_hex(20))
    annotators: list[Account] = Field(default_factory=list)


@dataclass(frozen=True)
class Invitation:
    """What people need to get in: the link for those who sign up themselves, and the accounts that are made."""

    link: str
    annotators: list[Account]


def load(data: Path) -> Accounts:
    """The accounts in the data folder; an administrator's is made where there is none yet."""
    path = data / FILE
    try:
        return Accounts.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        accounts = Accounts(admin=Account(email=f"admin@{_DOMAIN}"))
        save(data, accounts)
        return accounts
    except (OSError, ValidationError):
        raise ServerError(f"{path}: cannot be read", hint="restore it, or start with another --data folder") from None


def save(data: Path, accounts: Accounts) -> None:
    """Write the accounts, readable by their owner alone."""
    draft = data / f".{FILE}.part"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(accounts.model_dump(), file, indent=1)
    draft.replace(data / FILE)


def invite(url: str, data: Path, accounts: Accounts, count: int) -> Invitation:
    """Make annotator accounts until there are ``count``, each by signing up through the invitation's link.

    Accounts made by the API could not log in: they have no password. An address that the server has already, as when an
    earlier command was killed before it wrote the password down, is left to whoever has it. Errors: the server refuses.
    """
    link = url + invite_path(url, accounts.token)
    number = 0
    while len(accounts.annotators) < count:
        number += 1
        account = Account(email=f"annotator{number}@{_DOMAIN}")
        if account.email in {one.email for one in accounts.annotators} or not sign_up(link, account):
            continue
        accounts.annotators.append(account)
        save(data, accounts)
    return Invitation(link, accounts.annotators)


def invite_path(url: str, token: str) -> str:
    """The path of the sign-up page that lets people in. ``token`` is the administrator's legacy token."""
    with httpx2.Client(trust_env=False, timeout=60) as http:
        reply = _again(lambda: http.get(f"{url}/api/invite", headers={"Authorization": f"Token {token}"}))
    if reply.status_code != httpx2.codes.OK:
        raise ServerError(f"{url} gives no invitation (status {reply.status_code})")
    return str(reply.json()["invite_url"])


def sign_up(link: str, account: Account) -> bool:
    """Fill in the sign-up page behind an invitation's link. False if the address has an account with another password.

    An address has one account at most: signing up again makes no second one. The server makes an account in several
    steps; one that it broke off between them is none that people could work with, and gives False. Errors: the server
    refuses, with its words.
    """
    reply = _again(lambda: _send(link, account))
    if _is_in(reply):
        return True
    said = re.findall(r'class="[^"]*error[^"]*"[^>]*>\s*(?:<li>)?\s*([^<]+?)\s*<', reply.text)
    if any("already exists" in words for words in said):
        door = link.partition("/user/signup")[0] + "/user/login"
        return _is_in(_again(lambda: _send(door, account)))
    words = "; ".join(said) if reply.status_code == httpx2.codes.OK else ""
    raise ServerError(f"signing up {account.email} was refused: {words or f'status {reply.status_code}'}")


def _send(address: str, account: Account) -> httpx2.Response:
    """Fill in the form at ``address`` in a session of its own; the reply tells whether the person is in."""
    with httpx2.Client(trust_env=False, timeout=60) as http:
        page = http.get(address)
        if page.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return page
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if not found:
            raise ServerError("the invitation's page has no form to sign up with", hint="ask for a new invitation")
        form = {"csrfmiddlewaretoken": found[1], "email": account.email, "password": account.password}
        return http.post(address, data=form, headers={"Referer": address})


def _is_in(reply: httpx2.Response) -> bool:
    return reply.status_code == httpx2.codes.FOUND and "sessionid" in reply.cookies


def _again(call: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The reply of a call that is safe to repeat; it is repeated if the server fails or the line breaks."""
    for pause in BACKOFF:
        with suppress(httpx2.TransportError):
            reply = call()
            if reply.status_code < httpx2.codes.INTERNAL_SERVER_ERROR:
                return reply
        time.sleep(pause)
    try:
        return call()
    except httpx2.TransportError as error:
        raise ServerError(f"the connection to the server broke: {error or type(error).__name__}") from None
