"""Replies of a judge, and the parsers of the two prompts."""

from __future__ import annotations

import json
from typing import Any

from judge.judging.reply_parser.parser import Parsed, ReplyParser
from judge.prompts import load_prompt

PERSONA = ReplyParser(load_prompt("persona-value"))
GENERAL = ReplyParser(load_prompt("general"))


def verdict(persona: Any = "A", value: Any = "B", overall: Any = "tie", analysis: str = "Both are brief.") -> str:
    return json.dumps(
        {
            "persona_analysis": analysis,
            "value_analysis": "The first agrees.",
            "persona_winner": persona,
            "value_winner": value,
            "overall_winner": overall,
        },
        ensure_ascii=False,
    )


def general(winner: str = "B", analysis: str = "Both are brief.") -> str:
    return json.dumps({"analysis": analysis, "overall_winner": winner})


def assert_error(parsed: Parsed, words: str = "") -> None:
    assert parsed.error is not None
    assert words in parsed.error
    assert parsed.winners == {}
    assert parsed.analyses == {}
