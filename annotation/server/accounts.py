"""Accounts of a local server: kept in its data folder with mode 0600, and made by the server's own invitation."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
from pydantic import BaseModel, Field, ValidationError

from judge.annotation.labelstudio.client import ServerError, retry

FILE = "accounts.json"
_DOMAIN = "example.com"  # reserved: no mail is delivered to it


class Account(BaseModel):
    """An address and a password to sign in with."""

    email: str
    password: str = Field(default_factory=lambda: secrets.token_urlsafe(12))


class Accounts(BaseModel):
    """The accounts file: the administrator with a legacy token, and the annotators."""

    admin: Account
    token: str = Field(default_factory=lambda: secrets.token_hex(20))
    annotators: list[Account] = Field(default_factory=list)


@dataclass(frozen=True)
class Invitation:
    """The sign-up link for further annotators, and the annotator accounts that exist."""

    link: str
    annotators: list[Account]


def load(data: Path) -> Accounts:
    """Read the accounts file of a data folder; create it with an administrator if it is absent.

    Raises:
        ServerError: The file cannot be read.
    """
    path = data / FILE
    try:
        return Accounts.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        accounts = Accounts(admin=Account(email=f"admin@{_DOMAIN}"))
        save(data, accounts)
        return accounts
    except (OSError, ValidationError):
        raise ServerError(f"{path} cannot be read", hint="restore it, or give another --data folder") from None


def save(data: Path, accounts: Accounts) -> None:
    """Write the accounts file, readable by its owner only."""
    draft = data / f".{FILE}.part"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(accounts.model_dump(), file, indent=1)
    draft.replace(data / FILE)


def invite(url: str, data: Path, accounts: Accounts, count: int) -> Invitation:
    """Create annotator accounts until there are ``count``, by signing up through the invitation link.

    Accounts created through the API have no password and cannot log in. An address that the server knows with another
    password is skipped: an earlier command may have been killed before it saved the password.

    Raises:
        ServerError: The server refused.
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
    """Fetch the path of the server's sign-up page.

    Args:
        url: The server.
        token: The administrator's legacy token.

    Raises:
        ServerError: The server refused.
    """
    with httpx2.Client(trust_env=False, timeout=60) as http:
        reply = _reply(lambda: http.get(f"{url}/api/invite", headers={"Authorization": f"Token {token}"}))
    if reply.status_code != httpx2.codes.OK:
        raise ServerError(f"{url} gave no invitation (status {reply.status_code})")
    return str(reply.json()["invite_url"])


def sign_up(link: str, account: Account) -> bool:
    """Sign up through an invitation link.

    Safe to repeat: an address has at most one account. The server creates an account in several steps; if it fails
    between two of them, the account is unusable and the result is False.

    Returns:
        True if the account exists with this password, False if the address has another password.

    Raises:
        ServerError: The server refused; the message has its words.
    """
    reply = _reply(lambda: _send(link, account))
    if _is_signed_in(reply):
        return True
    errors = re.findall(r'class="[^"]*error[^"]*"[^>]*>\s*(?:<li>)?\s*([^<]+?)\s*<', reply.text)
    if any("already exists" in error for error in errors):
        login = link.partition("/user/signup")[0] + "/user/login"
        return _is_signed_in(_reply(lambda: _send(login, account)))
    words = "; ".join(errors) if reply.status_code == httpx2.codes.OK else ""
    raise ServerError(f"the server refused to sign up {account.email}: {words or f'status {reply.status_code}'}")


def _send(address: str, account: Account) -> httpx2.Response:
    """Submit the form at ``address`` in a new session."""
    with httpx2.Client(trust_env=False, timeout=60) as http:
        page = http.get(address)
        if page.is_server_error:
            return page
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if not found:
            raise ServerError("the invitation page has no sign-up form", hint="ask for a new invitation")
        form = {"csrfmiddlewaretoken": found[1], "email": account.email, "password": account.password}
        return http.post(address, data=form, headers={"Referer": address})


def _is_signed_in(reply: httpx2.Response) -> bool:
    return reply.status_code == httpx2.codes.FOUND and "sessionid" in reply.cookies


def _reply(call: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The reply to a request that is safe to repeat; repeated if the server fails or the connection breaks."""

    def once() -> httpx2.Response:
        try:
            reply = call()
        except httpx2.TransportError as error:
            words = str(error) or type(error).__name__
            raise ServerError(f"the connection to the server broke: {words}", passing=True) from None
        if reply.is_server_error:
            raise ServerError(f"the server failed (status {reply.status_code})", passing=True)
        return reply

    return retry(once)
