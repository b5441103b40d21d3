"""Who is who: the rows of all sources to pseudonyms. A server's account tells a person better than an address does.

An address may change, and may go over to somebody else; an account stays. Other tools know addresses (or names) alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from annotation.blinding import opaque_id
from annotation.campaign import Key, Member
from annotation.raw import Raw

_NUMBER = re.compile(r"annotator-([0-9]+)")


def meet(accounts: Mapping[str, str | None], key: Key) -> list[str]:
    """Hold a server's accounts (with their addresses, None where hidden) against those that ``key`` knows.

    Known accounts bring their addresses up to date, so that a table meets the same person under either. An account that
    is new here is whoever its address names, if the address is that person's still. Returns the pseudonyms of people
    whose account has another address than before. Nobody gets a pseudonym.
    """
    changed = []
    for account, address in accounts.items():
        member, plain = key.accounts.get(account), plain_identity(address)
        if member is None or not plain or member.address == plain:
            continue
        if member.address is not None:
            changed.append(member.by)
        key.accounts[account] = member.model_copy(update={"address": plain})
        _claim(plain, member.by, key)
    for account, address in accounts.items():
        # After all have moved: an address that was given up names nobody.
        if account not in key.accounts and (by := _holder(address, key)) is not None:
            key.accounts[account] = Member(by=by, address=plain_identity(address))
    return sorted(set(changed))


def recognise(rows: Iterable[Raw], key: Key) -> list[Raw]:
    """The rows, with people whom only earlier looks at their annotations tell.

    An account that ``key`` does not know is who most of its annotations were first seen with: its person was known by
    an address alone, which the server hides or which has changed. Not so if that person has another account: then the
    annotations changed hands. Where no account is left, as after its deletion, each annotation's first sight counts.
    """
    rows = list(rows)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    addresses = {row.account: plain_identity(row.identity) for row in rows if row.account is not None}
    for row in rows:
        if row.account is not None and row.account not in key.accounts and row.version in key.seen:
            votes[row.account][key.seen[row.version].by] += 1
    for account, count in votes.items():
        by = count.most_common(1)[0][0]
        if _has_another(by, account, key):
            continue
        key.accounts[account] = Member(by=by, address=addresses[account] or None)
        if addresses[account]:
            _claim(addresses[account], by, key)
    return [
        replace(row, person=key.seen[row.version].by)
        if row.account is None and not plain_identity(row.identity) and row.version in key.seen
        else row
        for row in rows
    ]


def name(rows: Iterable[Raw], key: Key) -> None:
    """Give everybody in the rows a pseudonym who has none yet, in an order that only the key's secret tells.

    In the order of their addresses, whoever knows a team would know who is annotator-01.
    """
    new = {(row.account, plain_identity(row.identity)) for row in rows if row.person is None}
    for account, plain in sorted(
        new, key=lambda one: (opaque_id(key.secret, "person", one[1] or one[0] or ""), one[0] or "")
    ):
        if account is not None and account not in key.accounts:
            by = _holder(plain, key) or _fresh(key)
            key.accounts[account] = Member(by=by, address=plain or None)
            if plain:
                _claim(plain, by, key)
        elif account is None and plain and plain not in key.annotators:
            key.annotators[plain] = _fresh(key)


def known(row: Raw, key: Key) -> str | None:
    """The row's person's pseudonym; None for nobody, for somebody who has none, and for a :func:`shared` address."""
    if row.person is not None:
        return row.person
    if row.account is None:
        return None if shared(row, key) else key.annotators.get(plain_identity(row.identity))
    member = key.accounts.get(row.account)
    return member.by if member else _holder(row.identity, key)


def shared(row: Raw, key: Key) -> bool:
    """Whether nothing but an address tells whose the row is, and the address was two people's."""
    return row.person is None and row.account is None and plain_identity(row.identity) in key.shared


def plain_identity(identity: str | None) -> str:
    """One form for all ways to write an identity: case, white space and composed letters do not tell people apart."""
    return " ".join(unicodedata.normalize("NFKC", identity or "").casefold().split())


def _holder(address: str | None, key: Key) -> str | None:
    """Whom an address names by itself: its person, unless two had it, or all accounts of the person gave it up."""
    plain = plain_identity(address)
    by = None if plain in key.shared else key.annotators.get(plain)
    accounts = [member.address for member in key.accounts.values() if member.by == by]
    return by if not accounts or plain in accounts else None


def _claim(plain: str, by: str, key: Key) -> None:
    """An account says whose the address is; if it was another's before, nobody can tell whose a table's row is."""
    if key.annotators.setdefault(plain, by) != by and plain not in key.shared:
        key.shared.append(plain)


def _has_another(by: str, account: str, key: Key) -> bool:
    numbers = {_number(one) for one, member in key.accounts.items() if member.by == by}
    return bool(numbers - {_number(account)})


def _number(account: str) -> str:
    return account.partition(" ")[0]


def _fresh(key: Key) -> str:
    """A new pseudonym. Its number is above all others, also where somebody was taken out of the file by hand."""
    members = (member.by for member in key.accounts.values())
    given = {*key.annotators.values(), *members, *(seen.by for seen in key.seen.values())}
    numbers = (int(found[1]) for one in given if (found := _NUMBER.fullmatch(one)))
    return f"annotator-{max(numbers, default=0) + 1:02d}"
