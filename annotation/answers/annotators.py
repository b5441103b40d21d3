"""Who is who: the rows of all sources to pseudonyms. A server's account tells a person better than an address does.

An address may change, and may go over to somebody else; an account stays. Other tools know addresses (or names) alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from judge.annotation.answers.raw import Fetched, Raw
from judge.annotation.campaign.blinding import opaque_id
from judge.annotation.campaign.campaign import Key, Member

_NUMBER = re.compile(r"annotator-([0-9]+)")


def recognise(fetched: Fetched, key: Key) -> list[Raw]:
    """Who the accounts of a server are, as far as ``key`` can tell; nobody gets a pseudonym.

    Accounts that ``key`` knows bring their addresses up to date, so that a table meets the same person under either. An
    account that is new to it is whoever its annotations were first seen with (a key of an earlier version knows
    addresses alone, and the server may hide one, or show another by now), else whoever its address names, if the
    address is that person's still. Where no account is left, as after its deletion, each annotation's first sight
    counts.
    """
    _bring_up_to_date(fetched.accounts, key)
    _recognise_by_annotations(fetched, key)
    for account, address in fetched.accounts.items():
        if account not in key.accounts and (by := _holder(address, key)) is not None:
            key.accounts[account] = Member(by=by, address=plain_identity(address))
    return [
        replace(row, person=key.seen[row.version].by)
        if row.account is None and not plain_identity(row.identity) and row.version in key.seen
        else row
        for row in fetched.rows
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
            _settle_account(account, _holder(plain, key) or _fresh(key), plain, key)
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


def _bring_up_to_date(accounts: Mapping[str, str | None], key: Key) -> None:
    for account, address in accounts.items():
        member, plain = key.accounts.get(account), plain_identity(address)
        if member is not None and plain and member.address != plain:
            _settle_account(account, member.by, plain, key)


def _recognise_by_annotations(fetched: Fetched, key: Key) -> None:
    """Make those accounts known whose annotations tell more than their addresses do.

    Annotations may have been given to another account, so they count only if their person is nobody else: has no other
    account, and no address that another account has which may be that person. One account may settle the next.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    addresses = {row.account: row.identity for row in fetched.rows if row.account is not None} | dict(fetched.accounts)
    for row in fetched.rows:
        if row.account is not None and row.account not in key.accounts and row.version in key.seen:
            votes[row.account][key.seen[row.version].by] += 1
    again = True
    while again:
        again = False
        for account in [one for one in votes if one not in key.accounts]:
            by = votes[account].most_common(1)[0][0]
            if (named := _holder(addresses[account], key)) in votes[account]:
                by = str(named)
            elif _has_another(by, account, key) or _is_elsewhere(by, account, addresses, key):
                continue
            _settle_account(account, by, plain_identity(addresses[account]), key)
            again = True


def _is_elsewhere(by: str, account: str, addresses: Mapping[str, str | None], key: Key) -> bool:
    """Whether another account has an address of the person's, and is not known to be somebody else."""
    return any(
        key.annotators.get(plain_identity(address)) == by and (one not in key.accounts or key.accounts[one].by == by)
        for one, address in addresses.items()
        if one != account
    )


def _settle_account(account: str, by: str, plain: str, key: Key) -> None:
    """Write down whose an account is, and its address."""
    key.accounts[account] = Member(by=by, address=plain or None)
    if plain:
        _claim(plain, by, key)


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
