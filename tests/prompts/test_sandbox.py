"""A prompt file is data: it may come from a colleague, and can run no code."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import TemplateError

from judge.core.errors import PromptError
from judge.prompts import load_prompt
from judge.prompts.templates import compile_template

SHIPPED = Path(__file__).parent.parent.parent / "prompts" / "judge" / "general.yaml"
FIELDS = {"persona": "", "question": "Q", "ground_truth": "", "response_a": "A", "response_b": "B"}


@pytest.mark.parametrize(
    "code",
    ["question.__class__.__base__.__subclasses__()", "''.__class__.__mro__", "cycler.__init__.__globals__", "9" * 5000],
)
def test_a_template_reaches_nothing_but_its_fields(tmp_path: Path, code: str) -> None:
    path = tmp_path / "mine.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert "{{ question }}" in text
    path.write_text(text.replace("{{ question }}", "{{ question }}{{ " + code + " }}"), encoding="utf-8")
    with pytest.raises(PromptError):
        load_prompt(path).render(FIELDS)


def test_a_long_response_is_shown_and_no_template_makes_it_endless() -> None:
    long = {"text": "word " * 4_000_000}
    assert len(compile_template("{{ text }} and {{ text }}")(long)) > 2 * len(long["text"])
    with pytest.raises(TemplateError, match="becomes longer"):
        compile_template("{% for one in [1, 2, 3, 4, 5, 6] %}{{ text }}{% endfor %}")(long)
