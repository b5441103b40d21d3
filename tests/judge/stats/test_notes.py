"""Notes of estimates: each flag has one phrase, and old records are read without parsing theirs."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel

from judge.stats.estimate import Estimate, Flag, Method
from judge.stats.notes import UNDEFINED, Undefined, note_of


class Row(BaseModel, extra="forbid"):
    estimate: Estimate


@pytest.mark.parametrize("flag", get_args(Undefined))
def test_every_reason_has_a_phrase(flag: Flag) -> None:
    assert note_of(None, {flag}, clusters=3, has_interval=False).startswith("undefined: ")


@pytest.mark.parametrize(
    ("flags", "method", "freedom", "note"),
    [
        (set(), "bootstrap", None, ""),
        ({"few_clusters"}, "t", 8.04, "few clusters (9): t interval, 8.0 degrees of freedom"),
        ({"few_clusters"}, "jackknife_t", 8.04, "few clusters (9): jackknife t interval, 8.0 degrees of freedom"),
        ({"few_clusters"}, "jackknife_normal", None, "few clusters (9)"),
        ({"uneven_clusters"}, "t", 8.1, "uneven clusters (9, effectively 9.1): t interval, 8.1 degrees of freedom"),
        ({"no_variation"}, "bootstrap", None, "no variation between 9 clusters"),
        (set(), "two_way_t", 8.1, "two-way clustering, 8.1 degrees of freedom"),
        ({"below_chance"}, "wild_bootstrap", None, "slices differ less than by chance"),
    ],
)
def test_a_note_states_method_and_flags(flags: set[Flag], method: Method, freedom: float | None, note: str) -> None:
    found = Estimate(0.5, 0.4, 0.6, 90, 9, method=method, flags=frozenset(flags), degrees_of_freedom=freedom)
    assert found.note == note


def test_a_record_holds_method_flags_and_note_and_reads_what_it_wrote() -> None:
    found = Estimate(0.5, 0.4, 0.6, 90, 9, "t", frozenset({"no_variation", "few_clusters"}), 8.0)
    written = Row(estimate=found).model_dump()["estimate"]
    assert written["method"] == "t"
    assert written["flags"] == ["few_clusters", "no_variation"]
    assert written["note"] == found.note
    assert Row.model_validate_json(Row(estimate=found).model_dump_json()).estimate == found


def test_the_method_of_an_older_record_is_unknown() -> None:
    old = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 90, "clusters": 9, "note": "few clusters (9): t interval, 8.0"}
    found = Row.model_validate({"estimate": old}).estimate
    assert (found.value, found.method, found.flags, found.note) == (0.5, None, frozenset(), "")


def test_undefined_flags_are_all_reasons() -> None:
    assert set(get_args(Undefined)) == UNDEFINED
