"""The accounts of a local server: kept in its own data folder, mode 0600, and nowhere else."""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import BaseModel, Field, ValidationError

from annotation.client import ServerError

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

    Accounts made by the API could not log in: they have no password. Errors: the server refuses.
    """
    link = url + invite_path(url, accounts.token)
    while len(accounts.annotators) < count:
        account = Account(email=f"annotator{len(accounts.annotators) + 1}@{_DOMAIN}")
        sign_up(link, account)
        accounts.annotators.append(account)
        save(data, accounts)
    return Invitation(link, accounts.annotators)


def invite_path(url: str, token: str) -> str:
    """The path of the sign-up page that lets people in. ``token`` is the administrator's legacy token."""
    with httpx2.Client(trust_env=False, timeout=60) as http:
        reply = http.get(f"{url}/api/invite", headers={"Authorization": f"Token {token}"})
    if reply.status_code != httpx2.codes.OK:
        raise ServerError(f"{url} gives no invitation (status {reply.status_code})")
    return str(reply.json()["invite_url"])


def sign_up(link: str, account: Account) -> None:
    """Fill in the sign-up page behind an invitation's link. Errors: the server refuses, with its words."""
    with httpx2.Client(trust_env=False, timeout=60) as http:
        page = http.get(link)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if not found:
            raise ServerError("the invitation's page has no form to sign up with", hint="ask for a new invitation")
        form = {"csrfmiddlewaretoken": found[1], "email": account.email, "password": account.password}
        reply = http.post(link, data=form, headers={"Referer": link})
        if reply.status_code != httpx2.codes.FOUND or "sessionid" not in http.cookies:
            said = re.findall(r'class="[^"]*error[^"]*"[^>]*>\s*([^<]+?)\s*<', reply.text)
            raise ServerError(f"signing up {account.email} was refused: {'; '.join(said) or reply.status_code}")
