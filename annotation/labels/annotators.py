"""Annotators' pseudonyms: map the accounts and addresses of all sources to `annotator-01`, `annotator-02`, ...

A server's account identifies an annotator better than an address: an address may change or pass to another annotator.
Other tools know addresses (or names) only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from judge.annotation.campaign.blinding import opaque_id
from judge.annotation.campaign.campaign import Key, KnownAccount
from judge.annotation.labels.raw import Fetched, RawAnnotation

_NUMBER = re.compile(r"annotator-([0-9]+)")


def match_accounts(fetched: Fetched, key: Key) -> list[RawAnnotation]:
    """Record in ``key`` which annotators the server's accounts belong to; give nobody a new pseudonym.

    Known accounts update their addresses, so that a CSV file names the same annotator under either. A new account
    belongs to the annotator whom earlier pulls found as author of its annotations (a key of an earlier version has
    addresses only, and the server may hide or change one), else to the annotator of its address, if the address is
    still theirs.

    Returns:
        The rows. Those without account and address (a deleted account) have the ``annotator`` of an earlier pull.
    """
    for account, address in fetched.accounts.items():
        member, plain = key.accounts.get(account), normalized_identity(address)
        if member is not None and plain and member.address != plain:
            _record_account(account, member.by, plain, key)
    _match_by_annotations(fetched, key)
    for account, address in fetched.accounts.items():
        if account not in key.accounts and (by := _owner_of_address(address, key)) is not None:
            key.accounts[account] = KnownAccount(by=by, address=normalized_identity(address))
    return [
        replace(row, annotator=key.seen[row.version].by)
        if row.account is None and not normalized_identity(row.identity) and row.version in key.seen
        else row
        for row in fetched.rows
    ]


def assign_pseudonyms(rows: Iterable[RawAnnotation], key: Key) -> None:
    """Give each author without a pseudonym a new one, recorded in ``key``.

    The order depends on the key's secret. In the order of addresses, anyone who knows the team could tell who is
    annotator-01.
    """
    new = {(row.account, normalized_identity(row.identity)) for row in rows if row.annotator is None}
    for account, plain in sorted(
        new, key=lambda one: (opaque_id(key.secret, "person", one[1] or one[0] or ""), one[0] or "")
    ):
        if account is not None and account not in key.accounts:
            _record_account(account, _owner_of_address(plain, key) or _new_pseudonym(key), plain, key)
        elif account is None and plain and plain not in key.annotators:
            key.annotators[plain] = _new_pseudonym(key)


def pseudonym_of(row: RawAnnotation, key: Key) -> str | None:
    """Look up the pseudonym of a row's author.

    Returns:
        None if the row names nobody, its author has no pseudonym yet, or only a shared address names them.
    """
    if row.annotator is not None:
        return row.annotator
    if row.account is None:
        return None if has_shared_address(row, key) else key.annotators.get(normalized_identity(row.identity))
    member = key.accounts.get(row.account)
    return member.by if member else _owner_of_address(row.identity, key)


def has_shared_address(row: RawAnnotation, key: Key) -> bool:
    """Tell whether only an address names the row's author, and two annotators used it one after the other."""
    return row.annotator is None and row.account is None and normalized_identity(row.identity) in key.shared


def normalized_identity(identity: str | None) -> str:
    """Reduce an identity to one spelling: case, white space and Unicode composition do not distinguish annotators."""
    return " ".join(unicodedata.normalize("NFKC", identity or "").casefold().split())


def _match_by_annotations(fetched: Fetched, key: Key) -> None:
    """Match new accounts by the annotations that earlier pulls found.

    An annotation may have been given to another account. So it counts only if its author cannot be another account:
    has no other account, and no address that another account has. One match may allow the next.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    addresses = {row.account: row.identity for row in fetched.rows if row.account is not None} | dict(fetched.accounts)
    for row in fetched.rows:
        if row.account is not None and row.account not in key.accounts and row.version in key.seen:
            votes[row.account][key.seen[row.version].by] += 1
    matched = True
    while matched:
        matched = False
        for account in [one for one in votes if one not in key.accounts]:
            by = votes[account].most_common(1)[0][0]
            if (owner := _owner_of_address(addresses[account], key)) in votes[account]:
                by = str(owner)
            elif _has_another_account(by, account, key) or _may_be_another_account(by, account, addresses, key):
                continue
            _record_account(account, by, normalized_identity(addresses[account]), key)
            matched = True


def _may_be_another_account(by: str, account: str, addresses: Mapping[str, str | None], key: Key) -> bool:
    """Whether another account has an address of the annotator's and is not known to be someone else's."""
    return any(
        key.annotators.get(normalized_identity(address)) == by
        and (one not in key.accounts or key.accounts[one].by == by)
        for one, address in addresses.items()
        if one != account
    )


def _has_another_account(by: str, account: str, key: Key) -> bool:
    numbers = {one.partition(" ")[0] for one, member in key.accounts.items() if member.by == by}
    return bool(numbers - {account.partition(" ")[0]})


def _record_account(account: str, by: str, plain: str, key: Key) -> None:
    """Record an account's annotator and address. An address of another annotator becomes a shared one."""
    key.accounts[account] = KnownAccount(by=by, address=plain or None)
    if plain and key.annotators.setdefault(plain, by) != by and plain not in key.shared:
        key.shared.append(plain)


def _owner_of_address(address: str | None, key: Key) -> str | None:
    """The annotator of an address; None if two used it, or if all accounts of the annotator have other addresses."""
    plain = normalized_identity(address)
    by = None if plain in key.shared else key.annotators.get(plain)
    accounts = [member.address for member in key.accounts.values() if member.by == by]
    return by if not accounts or plain in accounts else None


def _new_pseudonym(key: Key) -> str:
    """A new pseudonym, numbered above all in the key, also if one was removed by hand."""
    members = (member.by for member in key.accounts.values())
    given = {*key.annotators.values(), *members, *(seen.by for seen in key.seen.values())}
    numbers = (int(found[1]) for one in given if (found := _NUMBER.fullmatch(one)))
    return f"annotator-{max(numbers, default=0) + 1:02d}"
