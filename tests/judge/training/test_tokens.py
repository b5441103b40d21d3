"""Training rows as tokens: the prompt is the one that a local model is asked, and the loss is of the answer alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judge.generation.local.loading import Loaded, load
from judge.preferences.values.export import Selection, training_examples
from judge.preferences.values.strata import load_strata
from judge.prompts.persona import load_speaking
from judge.training.settings import FinetuneSettings
from judge.training.tokens import IGNORED, token_rows
from tests.support.generation import VALUES

ROWS = training_examples(VALUES, load_strata(), Selection(sample=5), load_speaking("first_person", "structured")).train
REASONING = (
    "{% for m in messages %}<{{ m['role'] }}>{% if m['role'] == 'assistant' and false %}{% endif %}{{ m['content'] }}"
    "<end>{% endfor %}{% if add_generation_prompt %}<assistant><think></think>{% endif %}"
)
AFTER_THE_END = (
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}<end>\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    from judge.generation.local.tiny import make_tiny_model

    model = make_tiny_model(tmp_path_factory.mktemp("tokens") / "tiny")
    return load(model, adapter=None, chat_template=None, device="cpu")


@pytest.mark.parametrize("template", [None, REASONING, AFTER_THE_END])
@pytest.mark.parametrize("folds", [False, True])
def test_the_prompt_is_as_asked_and_the_answer_ends(loaded: Loaded, template: str | None, folds: bool) -> None:
    before = loaded.tokenizer.chat_template
    loaded.tokenizer.chat_template = template or before
    model = replace(loaded, folds_system=folds)
    try:
        made = token_rows(model, ROWS, FinetuneSettings(VALUES, VALUES, VALUES))
        for row, tokens in zip(ROWS, made, strict=True):
            prompt = model.tokens(model.chat(row.system, row.user))
            answer = tokens["input_ids"][len(prompt) :]
            assert tokens["input_ids"][: len(prompt)] == prompt
            assert tokens["labels"] == [IGNORED] * len(prompt) + answer
            assert model.tokenizer.decode(answer) == f"{row.answer}<end>"
            assert [token in model.ends for token in answer] == [False] * (len(answer) - 1) + [True]
    finally:
        loaded.tokenizer.chat_template = before
