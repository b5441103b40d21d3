"""Reasoning text is separated from the reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.text.reasoning import has_reasoning, split_reasoning

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
        ("<seed:think>1?</seed:think>2", "<seed:think>1?</seed:think>", "2"),
        ("&lt;think&gt;1?&lt;/think&gt;2", "&lt;think&gt;1?&lt;/think&gt;", "2"),
        ('<think type="long">1?</think >2', '<think type="long">1?</think >', "2"),
        ("[THINK]1?[/THINK]2", "[THINK]1?[/THINK]", "2"),
        ("\u25c1think\u25b71?\u25c1/think\u25b72", "\u25c1think\u25b71?\u25c1/think\u25b7", "2"),
        ("<|channel>thought\n1?<channel|>2", "<|channel>thought\n1?<channel|>", "2"),
        ("<reasoning>1?</reasoning>2", "<reasoning>1?</reasoning>", "2"),
        ("<thought>a</thought><Inner_Monologue>b</inner_monologue> c", "<thought>a</thought><Inner_Monologue>b"
         "</inner_monologue>", " c"),
        ("<reasoning>1? Answer: 2", "<reasoning>1? Answer: 2", None),
        ("I wrote <reasoning> once.", "", "I wrote <reasoning> once."),
        ("<think>1?</think>\n<answer>Soup.</answer>", "<think>1?</think>", "Soup."),
        ("<answer>Soup.</answer>", "", "<answer>Soup.</answer>"),
        ("<|begin_of_thought|>1?<|end_of_thought|>\n<|begin_of_solution|>2<|end_of_solution|>",
         "<|begin_of_thought|>1?<|end_of_thought|>", "2"),
        ("<|START_THINKING|>1?<|END_THINKING|><|START_RESPONSE|>2<|END_RESPONSE|>",
         "<|START_THINKING|>1?<|END_THINKING|>", "2"),
        ("analysis<|message|>1?<|end|><|start|>assistant<|channel|>final<|message|>2", "analysis<|message|>1?<|end|>"
         "<|start|>assistant", "2"),
        ("<|channel|>analysis<|message|>1?<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{}",
         "<|channel|>analysis<|message|>1?<|end|><|start|>assistant", "{}"),
        ("analysisWe need an answer.assistantfinalSoup.", "analysisWe need an answer.assistantfinal", "Soup."),
        ("analysis of my week: work, soup.", "", "analysis of my week: work, soup."),
        ("Here is my thought process:\n1?\nHere is my response:\n2", "Here is my thought process:\n1?\n"
         "Here is my response:\n", "2"),
        ("Thinking...\n1?\n...done thinking.\n\n2", "Thinking...\n1?\n...done thinking.\n\n", "2"),
        ("Here is what I think: soup.", "", "Here is what I think: soup."),
        ("I love <3 soup [really].", "", "I love <3 soup [really]."),
    ],
)  # fmt: skip
def test_a_text_is_split(text: str, reasoning: str, reply: str | None) -> None:
    split = split_reasoning(text)
    assert (split.reasoning, split.text) == (reasoning, reply)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Soup at noon.", False),
        ("<think>a</think>Soup.", True),
        ("<think>a", True),
        ("<|channel|>final<|message|>Soup.<|return|>", True),
        ("I <b>love</b> soup.", False),
    ],
)
def test_a_text_has_reasoning_or_not(text: str, found: bool) -> None:
    assert has_reasoning(text) is found


@given(st.text(alphabet=st.sampled_from("<>/[]|thinkTHINK \n:answer{}final"), max_size=200))
def test_any_text_is_split(text: str) -> None:
    split = split_reasoning(text)
    assert split.text is None or split.text in text


@given(st.lists(st.sampled_from(["<think>", "</think>", "<|channel|>", "final", "<|message|>", "a ", "<|end|>"])))
def test_no_reply_has_an_open_tag(pieces: list[str]) -> None:
    split = split_reasoning("".join(pieces))
    if split.text is not None and not "".join(pieces).lstrip().startswith(("<|channel|>", "final")):
        assert "<think>" not in split.text
        assert split.reasoning + split.text == "".join(pieces)
