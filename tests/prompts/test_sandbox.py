"""A prompt file is data: it may come from a colleague, and can run no code."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.errors import PromptError
from judge.prompts import load_prompt

SHIPPED = Path(__file__).parent.parent.parent / "prompts" / "judge" / "general.yaml"
FIELDS = {"persona": "", "question": "Q", "ground_truth": "", "response_a": "A", "response_b": "B"}


@pytest.mark.parametrize(
    "code", ["question.__class__.__base__.__subclasses__()", "''.__class__.__mro__", "cycler.__init__.__globals__"]
)
def test_a_template_reaches_nothing_but_its_fields(tmp_path: Path, code: str) -> None:
    path = tmp_path / "mine.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert "{{ question }}" in text
    path.write_text(text.replace("{{ question }}", "{{ question }}{{ " + code + " }}"), encoding="utf-8")
    with pytest.raises(PromptError):
        load_prompt(path).render(FIELDS)
