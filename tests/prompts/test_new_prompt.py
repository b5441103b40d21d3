"""`judge prompts new` and `show`: a new prompt passes the checks and judges at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judge.prompts import load_prompt
from judge.prompts.new_prompt import write_prompt
from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.rows import read_rows


def test_it_asks_for_each_criterion_and_names_itself_by_its_file(tmp_path: Path) -> None:
    prompt = load_prompt(write_prompt(tmp_path / "new" / "plain", ("clarity", "plain_words")))
    assert (prompt.file.name, prompt.criteria) == ("plain", ("clarity", "plain_words"))
    asked = list(prompt.file.reply["properties"])
    assert asked == ["clarity_analysis", "plain_words_analysis", "clarity_winner", "plain_words_winner"]
    assert load_prompt(write_prompt(tmp_path / "one.yml", ("tone",))).criteria == ("tone",)


@pytest.mark.parametrize(
    ("name", "criteria", "words"),
    [
        ("a", (), "no criterion is named"),
        ("a", ("tone", "tone"), "tone is named twice"),
        ("a", ("plain words",), "'plain words' cannot name a criterion"),
        ("there.yaml", ("tone",), "there.yaml exists"),
        ("of people", ("tone",), "name must match"),
    ],
)
def test_what_makes_no_prompt_is_refused_and_leaves_no_file(
    tmp_path: Path, name: str, criteria: tuple[str, ...], words: str
) -> None:
    there = tmp_path / "there.yaml"
    there.write_text("mine", encoding="utf-8")
    with refused(words):
        write_prompt(tmp_path / name, criteria)
    assert list(tmp_path.iterdir()) == [there]
    assert there.read_text(encoding="utf-8") == "mine"


def test_a_new_prompt_judges_at_once(call: Call, tmp_path: Path) -> None:
    def writes(body: dict[str, Any]) -> str:
        wanted = body["response_format"]["json_schema"]["schema"]["properties"]
        return json.dumps({name: "A" if "enum" in part else "because" for name, part in wanted.items()})

    assert call("prompts", "new", "mine", "--criteria", "clarity,tone") == 0
    with Loopback(writes=writes) as server:
        served = ("--judge", "openai:m", "--base-url", server.url, "--limit", "3", "--out", "run")
        assert call("compare", *PAIRS, "--prompt", "mine.yaml", *served) == 0
    rows = read_rows(tmp_path / "run" / "verdicts.jsonl")
    assert {row["criterion"] for row in rows} == {"clarity", "tone"}
    assert {row["outcome"] for row in rows} == {"inconsistent"}  # the first shown wins in both orders


def test_a_prompt_is_shown_as_its_file_is(judge: Command) -> None:
    for name in ("general", "persona-value@2"):
        assert judge("prompts", "show", name).stdout == load_prompt(name).path.read_text(encoding="utf-8")
