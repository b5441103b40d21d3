"""Reasoning text is separated from the reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.text.reasoning import split_reasoning

HARMONY = "<|channel|>analysis<|message|>Which?<|end|><|start|>assistant<|channel|>final<|message|>Answer: 2<|return|>"


@pytest.mark.parametrize(
    ("text", "reasoning", "reply"),
    [
        ("Answer: 2", "", "Answer: 2"),
        ("", "", ""),
        ("<think>1?</think>Answer: 2", "<think>1?</think>", "Answer: 2"),
        ("<THINKING>1?</Thinking> 2", "<THINKING>1?</Thinking>", " 2"),
        ("1?</think>2", "1?</think>", "2"),
        ("<think>a</think>b<think>c</think>d", "<think>a</think>b<think>c</think>", "d"),
        ("<think>Answer: 1", "<think>Answer: 1", None),
        ("<think>a</think>b<think>c", "<think>a</think>b<think>c", None),
        ("<think>1</think>", "<think>1</think>", ""),
        (HARMONY, HARMONY.partition("<|channel|>final")[0], "Answer: 2"),
        (f"<|start|>assistant{HARMONY}", f"<|start|>assistant{HARMONY}".partition("<|channel|>final")[0], "Answer: 2"),
        ("<|channel|>final<|constrain|>json<|message|>{}", "", "{}"),
        ("<|channel|>analysis<|message|>Which? Answer: 2", "<|channel|>analysis<|message|>Which? Answer: 2", None),
        (f"The response says {HARMONY}", "", f"The response says {HARMONY}"),
    ],
)
def test_a_text_is_split(text: str, reasoning: str, reply: str | None) -> None:
    split = split_reasoning(text)
    assert (split.reasoning, split.text) == (reasoning, reply)


@given(st.lists(st.sampled_from(["<think>", "</think>", "<|channel|>", "final", "<|message|>", "a ", "<|end|>"])))
def test_no_reply_has_an_open_tag(pieces: list[str]) -> None:
    split = split_reasoning("".join(pieces))
    if split.text is not None and not "".join(pieces).startswith("<|channel|>"):
        assert "<think>" not in split.text
        assert split.reasoning + split.text == "".join(pieces)
