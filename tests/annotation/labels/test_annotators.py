"""Who is who: people change their addresses, take over others', move between servers and fill in tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.annotation.campaign.campaign import Key
from judge.annotation.labels.annotators import assign_pseudonyms, pseudonym_of
from judge.annotation.labels.raw import Fetched, RawAnnotation
from judge.annotation.labels.resolve import Resolved, resolve_annotations
from judge.annotation.labelstudio.pull import resolve_fetched
from tests.support.campaigns import CAMPAIGN, item, key, raw

ADA, BEN = "5 since 2026-01-01T00:00:00.000001+00:00", "6 since 2026-01-01T00:00:00.000002+00:00"


def said(account: str | None, address: str | None, place: str = "a", version: str | None = None) -> RawAnnotation:
    return raw(place, who=address, account=account, version=version or f"{account} {place}")


def look(there: Key, *rows: RawAnnotation, accounts: dict[str, str | None] | None = None) -> Resolved:
    """A pull; the accounts are those of the rows, unless others are there too."""
    listed = {row.account: row.identity for row in rows if row.account} | (accounts or {})
    return resolve_fetched(Fetched(list(rows), listed), CAMPAIGN, there)


def who(found: Resolved) -> list[str]:
    return [one.annotator for one in found.annotations]


def test_a_person_who_changes_the_address_stays_the_same_person() -> None:
    there = key(item("a"), item("b"))
    assert who(look(there, said(ADA, "ada@example.com"))) == ["annotator-01"]
    rows = [said(ADA, "ada@new.example.com", place) for place in "ab"]
    found = look(there, *rows)
    assert (who(found), found.set_aside) == (["annotator-01"] * 2, [])
    assert who(look(there, *rows)) == ["annotator-01"] * 2
    for address in ("ada@example.com", "ADA@new.example.com"):  # a table meets her under both
        assert who(resolve_annotations([raw(who=address)], CAMPAIGN, there)) == ["annotator-01"]


def test_a_person_of_a_table_is_met_again_on_a_server_and_stays_after_a_change_there() -> None:
    there = key(item("a"))
    assert who(resolve_annotations([raw(who="ada@example.com")], CAMPAIGN, there)) == ["annotator-01"]
    assert who(look(there, said(ADA, "Ada@example.com"))) == ["annotator-01"]
    assert who(look(there, said(ADA, "ada@new.example.com"))) == ["annotator-01"]


def test_who_takes_over_an_address_is_another_person() -> None:
    there = key(item("a"), item("b"))
    look(there, said(ADA, "ada@example.com"))
    rows = [said(ADA, "ada@new.example.com"), said(BEN, "ada@example.com")]
    assert sorted(who(look(there, *rows))) == ["annotator-01", "annotator-02"]
    found = resolve_annotations([raw(who="ada@example.com"), raw("b", who="ada@new.example.com")], CAMPAIGN, there)
    assert who(found) == ["annotator-01"]
    assert [one.category for one in found.set_aside] == ["shared address"]  # a table does not say whose it is


def test_whose_a_shared_address_is_can_be_written_into_the_key_by_hand() -> None:
    there = key(item("a"), item("b"))
    rows = [said(ADA, "ada@new.example.com"), said(BEN, "ada@example.com")]
    look(there, said(ADA, "ada@example.com"))
    look(there, *rows)
    there.shared.remove("ada@example.com")
    look(there, *rows)
    assert who(resolve_annotations([raw(who="ada@example.com")], CAMPAIGN, there)) == ["annotator-01"]
    there.annotators["ada@example.com"] = "annotator-02"
    look(there, *rows)
    assert who(resolve_annotations([raw(who="ada@example.com")], CAMPAIGN, there)) == ["annotator-02"]


def test_an_address_that_was_given_up_is_known_to_be_so_without_a_row_of_its_person() -> None:
    there = key(item("a"))
    look(there, said(ADA, "ada@example.com"))
    found = resolve_fetched(
        Fetched([said(BEN, "ada@example.com")], {ADA: "ada@new.example.com", BEN: "ada@example.com"}),
        CAMPAIGN,
        there,
        accept_deleted=True,
    )
    assert who(found) == ["annotator-02"]


def test_two_who_swap_their_addresses_stay_themselves() -> None:
    there = key(item("a"))
    before = look(there, said(ADA, "ada@example.com"), said(BEN, "ben@example.com"))
    by = {account: there.accounts[account].by for account in (ADA, BEN)}
    after = look(there, said(ADA, "ben@example.com"), said(BEN, "ada@example.com"))
    assert (who(after), after.set_aside) == (who(before), [])
    assert {account: there.accounts[account].by for account in (ADA, BEN)} == by
    assert sorted(there.shared) == ["ada@example.com", "ben@example.com"]


def test_the_same_number_on_another_server_or_after_a_backup_is_another_person() -> None:
    there = key(item("a"))
    look(there, said(ADA, "ada@example.com"))
    elsewhere = "5 since 2026-03-01T00:00:00.000000+00:00"
    rows = [said(elsewhere, "cem@example.com")]
    found = resolve_fetched(Fetched(rows, {elsewhere: "cem@example.com"}), CAMPAIGN, there, accept_deleted=True)
    assert who(found) == ["annotator-02"]
    hidden = [f"7 in the project of {made}" for made in ("today", "yesterday")]
    found = resolve_fetched(Fetched([said(one, None) for one in hidden]), CAMPAIGN, there, accept_deleted=True)
    assert len(set(who(found))) == 2


def test_the_same_address_on_another_server_is_the_same_person() -> None:
    there = key(item("a"))
    look(there, said(ADA, "ada@example.com"))
    elsewhere = "9 since 2026-03-01T00:00:00.000000+00:00"
    rows = Fetched([said(elsewhere, "ada@example.com")], {elsewhere: "ada@example.com"})
    assert who(resolve_fetched(rows, CAMPAIGN, there, accept_deleted=True)) == ["annotator-01"]


def test_a_removed_account_stays_its_person_though_its_annotations_were_never_seen() -> None:
    there = key(item("a"), item("b"))
    resolve_annotations([raw(who="ada@example.com")], CAMPAIGN, there)
    assign_pseudonyms([said(ADA, "ada@example.com")], there)  # as a status that saw a draft
    assert who(look(there, said(ADA, None, "b"))) == ["annotator-01"]


def test_who_comes_to_an_address_that_two_have_is_neither_of_them() -> None:
    there = key(item("a"))
    look(there, said(ADA, "ada@example.com"), said(BEN, "ben@example.com"))
    elsewhere = {BEN: "ada@example.com"}  # on a server of his; on hers, Ada has it still
    resolve_fetched(Fetched([said(BEN, "ada@example.com")], elsewhere), CAMPAIGN, there, accept_deleted=True)
    third = "9 since 2026-03-01T00:00:00.000000+00:00"
    rows = Fetched([said(third, "ada@example.com")], {third: "ada@example.com"})
    assert who(resolve_fetched(rows, CAMPAIGN, there, accept_deleted=True)) == ["annotator-03"]


@pytest.mark.parametrize("hidden", ["5 in the project of today", "5 since 1999-01-01T00:00:00.000000+00:00"])
def test_an_account_that_the_server_tells_less_or_other_of_is_known_by_its_annotations(hidden: str) -> None:
    there = key(item("a"), item("b"))
    look(there, said(ADA, "ada@example.com", version="v1"))
    rows = [said(hidden, None, version="v1"), said(hidden, None, "b", version="v2")]
    assert who(look(there, *rows)) == ["annotator-01"] * 2


def test_a_key_of_an_earlier_version_is_read_on() -> None:
    there = key(item("a"), item("b"))
    plain = [said(None, "ada@example.com", version="v1"), said(None, "ben@example.com", version="v2")]
    before = look(there, *plain)
    old = {name: value for name, value in there.model_dump(mode="json").items() if name not in ("accounts", "shared")}
    for seen in old["seen"].values():
        del seen["at"]
    there = Key.model_validate(old)
    found = look(there, *(replace(row, account=one) for row, one in zip(plain, (ADA, BEN), strict=True)))
    assert (found.annotations, found.set_aside) == (before.annotations, [])
    assert {there.accounts[ADA].by, there.accounts[BEN].by} == set(who(before))
    # Ada's address changed before the first look with accounts: her annotations were seen under the old one.
    there = Key.model_validate(old)
    moved = replace(plain[0], account=ADA, identity="ada@new.example.com")
    found = look(there, moved, replace(plain[1], account=BEN))
    assert (found.annotations, found.set_aside) == (before.annotations, [])


def test_a_key_of_an_earlier_version_survives_that_an_address_went_over_before_the_next_look() -> None:
    for reverse in (False, True):
        there = key(item("a"), item("b"))
        before = look(there, said(None, "ada@example.com", version="v1"), said(None, "ben@example.com", version="v2"))
        rows = [said(ADA, "ada@new.example.com", version="v1"), said(BEN, "ada@example.com", version="v2")]
        found = look(there, *(rows[::-1] if reverse else rows), said(BEN, "ada@example.com", "b"))
        assert found.set_aside == []
        by = {row.account: pseudonym_of(row, there) for row in rows}
        assert found.annotations[:2] == before.annotations
        assert [one.annotator for one in found.annotations[2:]] == [by[BEN]]
        assert there.shared == ["ada@example.com"]


def test_with_a_key_of_an_earlier_version_annotations_that_changed_hands_are_not_believed() -> None:
    there = key(item("a"))
    look(there, said(None, "ada@example.com", version="v1"))
    stolen = said(BEN, "ben@example.com", version="v1")
    found = look(there, stolen, accounts={ADA: "ada@example.com"})  # Ada is there, without a row
    assert [one.category for one in found.set_aside] == ["moved"]
    assert there.accounts[BEN].by == "annotator-02"


PEOPLE, MAIL = range(4), [f"{letter}@example.com" for letter in "abcd"]
MOVES = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(MAIL)), max_size=8)


@given(MOVES, st.data())
def test_two_people_never_become_one_and_one_never_two(moves: list[tuple[int, str]], data: st.DataObject) -> None:
    # People move between addresses, one at a time as the server has it; now and then somebody looks.
    there = key(*(item(str(person)) for person in PEOPLE))
    account = {person: f"{person} since day {person}" for person in PEOPLE}
    now: dict[int, str] = {}
    names: dict[int, set[str]] = defaultdict(set)
    for person, address in moves:
        if address in now.values():
            continue
        now[person] = address
        if data.draw(st.booleans()):
            continue
        active = data.draw(st.sets(st.sampled_from(sorted(now))))
        rows = [said(account[one], now[one], str(one)) for one in sorted(now) if one in active or one in names]
        found = look(there, *rows, accounts={account[one]: now[one] for one in now})
        assert found.set_aside == []
        for one in found.annotations:
            names[int(one.comparison_id.removeprefix("c-"))].add(one.annotator)
    assert all(len(given_names) == 1 for given_names in names.values())
    assert len({one for given_names in names.values() for one in given_names}) == len(names)


@given(st.lists(st.sampled_from(MAIL), min_size=1), st.randoms())
def test_a_row_knows_its_person_in_whatever_order_sources_come(addresses: list[str], order: object) -> None:
    there = key(item("a"))
    rows = [raw(who=address) for address in addresses] + [said(f"{one} since then", one) for one in addresses]
    order.shuffle(rows)  # type: ignore[attr-defined]
    for row in rows:
        assign_pseudonyms([row], there)
    by = {address: {pseudonym_of(row, there) for row in rows if row.identity == address} for address in addresses}
    assert all(len(one) == 1 and None not in one for one in by.values())
    assert len({next(iter(one)) for one in by.values()}) == len(by)
