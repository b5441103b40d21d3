"""A file of replies in the shapes that models use, each read as the file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.judging.reply_parser.reminder import reminder_of
from tests.support.replies import PERSONA, verdict

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "replies.yaml").read_text(encoding="utf-8"))


def reply_of(case: dict[str, Any]) -> str:
    words = case.get("json", "A B tie")
    text: str = case["reply"]
    return text.replace("JSON", verdict(*(words.split() if isinstance(words, str) else words)))


def test_the_file_has_at_least_sixty_replies_with_different_names() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_reply_is_read_as_the_file_says(case: dict[str, Any]) -> None:
    parsed = PERSONA.parse(reply_of(case), None, case.get("shown"))
    if "means" in case:
        assert list(parsed.winners.values()) == case["means"].split(), parsed.error
        assert list(parsed.flags) == case.get("flags", [])
    else:
        assert parsed.winners == {}
        assert case["fails"] in (parsed.error or "")
        if "kind" in case:
            assert parsed.kind == case["kind"]


@pytest.mark.parametrize("case", [case for case in CASES if "fails" in case], ids=lambda case: case["name"])
def test_a_reminder_says_what_was_wrong_and_repeats_no_word_of_the_reply(case: dict[str, Any]) -> None:
    parsed = PERSONA.parse(reply_of(case), None, case.get("shown"))
    reminder = reminder_of(parsed)
    if parsed.refusal:
        assert reminder is None
        return
    assert reminder is not None
    assert reminder.endswith("Reply with the JSON object only.")
    assert not parsed.detail or parsed.detail not in reminder


def test_a_reminder_names_the_property_that_the_reply_lacked() -> None:
    whole = json.loads(verdict())
    del whole["value_winner"]
    assert reminder_of(PERSONA.parse(json.dumps(whole))) == (
        "Your last reply could not be used: it lacked value_winner. Reply with the JSON object only."
    )
