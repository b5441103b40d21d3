"""Chat templates: one that drops a text is found out before the first call."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment

from judge.core.errors import UsageError
from judge.generation.local.loading import folds_system
from tests.support.generation import generate
from tests.support.refused import refused

WHOLE = "{% for message in messages %}<{{ message.role }}>{{ message.content }}{% endfor %}"
USER = "{% for message in messages if message.role == 'user' %}{{ message.content }}{% endfor %}"
STRICT = "{% if messages[0].role == 'system' %}{{ 1 // 0 }}{% endif %}" + WHOLE


def folds(template: str) -> bool:
    made = Environment().from_string(template)
    return folds_system(lambda messages: made.render(messages=messages), "t.jinja")


def test_a_template_that_drops_or_refuses_the_system_text_has_it_in_the_users() -> None:
    assert not folds(WHOLE)
    assert folds(USER)
    assert folds(STRICT)


@pytest.mark.parametrize(("template", "words"), [("", "drops the user text"), ("{{ 1 // 0 }}", "division")])
def test_a_template_that_shows_nothing_is_refused(template: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        folds(template)


@pytest.mark.parametrize("content", ["{# nothing #}", "always this"])
def test_the_command_says_so(tmp_path: Path, tiny: Path, content: str) -> None:
    template = tmp_path / "t.jinja"
    template.write_text(content)
    with refused("t.jinja cannot be used: it drops the user text"):
        generate(tmp_path / "m.jsonl", "--model", f"hf:{tiny}", "--chat-template", template, "--sample", 2)
