"""Separate a model's reasoning text from its reply: one implementation for generation, scoring and judging.

Reasoning is found in these forms, most of which a server removes if it knows the model and keeps if it does not:

- between tags: ``<think>...</think>`` and spellings of it (``<thinking>``, ``<seed:think>``, ``[THINK]``,
  ``◁think▷``, ``&lt;think&gt;``), and between special tokens (``<|begin_of_thought|>``, ``<|START_THINKING|>``). A chat
  template may have eaten the first tag;
- between tags that are words (``<thought>``, ``<reasoning>``, ``<scratchpad>``, ...), where the text begins with one:
  elsewhere such a tag may be the reply's own;
- in channels. Of the harmony format ``final`` holds the reply:
  ``<|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...<|return|>``, also where the
  special tokens were removed: ``analysis...assistantfinal...``. Another format has ``<|channel>thought...<channel|>``;
- after a heading, up to the heading of the reply ("Here is my thought process: ... Here is my response: ...").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_THINK = r"(?:\w+:)?think(?:ing)?"
_OPEN = re.compile(
    rf"(?:<|&lt;){_THINK}(?:\s[^<>]*)?(?:>|&gt;)|\[think\]|\u25c1think\u25b7|<\|(?:begin_of_thought|start_thinking)\|>|"
    r"<\|channel>thought\b|<unused94>",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    rf"(?:<|&lt;)/{_THINK}\s*(?:>|&gt;)|\[/think\]|\u25c1/think\u25b7|<\|(?:end_of_thought|end_thinking)\|>|"
    r"<channel\|>|<unused95>",
    re.IGNORECASE,
)
_WORD_TAG = re.compile(
    r"\s*<((?:inner[_ ]|internal[_ ])?(?:thoughts?|reasoning|reflection|scratchpad|monologue|deliberation|"
    r"chain[_ ]of[_ ]thought))(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
# Only a text that begins with a marker is in harmony format: elsewhere a marker may be quoted from a response.
_HARMONY = re.compile(
    r"\s*(?:<\|start\|>assistant)?(?:<\|channel\|>|(?:analysis|commentary|final)\b[^<]{0,40}<\|message\|>)"
)
_FINAL = re.compile(r"(?:<\|channel\|>|^\s*)final\s*(?:<\|constrain\|>\s*\w+)?<\|message\|>")
_END = re.compile(r"<\|(?:end|return|start|call)\|>")
_BARE_HARMONY = re.compile(r"\s*analysis(?=[^a-z\s:.,]|\s[A-Z]).*?assistant\s?final(?![a-z])", re.DOTALL)
_HEADINGS = (
    (re.compile(r"\W*here(?: is|'s) my (?:thought process|reasoning(?: process)?)\W*?:", re.IGNORECASE),
     re.compile(r"\bhere(?: is|'s) my (?:final )?(?:response|answer|reply)\W*?:[*\s]*", re.IGNORECASE)),
    (re.compile(r"\s*thinking\.\.\.\s*\n", re.IGNORECASE),
     re.compile(r"\.\.\.\s*done thinking\.\s*", re.IGNORECASE)),
)  # fmt: skip
# After reasoning, some models put the reply between tags too.
_WRAPPED = re.compile(
    r"\s*(?:<(?P<tag>answer|response|output|final_answer|final_response)>|<\|(?:begin_of_solution|start_response)\|>|"
    r"\[BEGIN FINAL RESPONSE\])(?P<reply>.*?)(?:</(?P=tag)>|<\|(?:end_of_solution|end_response)\|>|"
    r"\[END FINAL RESPONSE\]|\Z)\s*(?:<\|\w+\|>\s*)*\Z",
    re.IGNORECASE | re.DOTALL,
)
_BEGINNING = re.compile(r"\W*(?:analysis|here|thinking\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's text in two parts. ``text`` is None where the reply was cut off within its reasoning."""

    reasoning: str
    text: str | None


def split_reasoning(text: str) -> Reply:
    """Split a text after its last piece of reasoning; a text without any is all reply.

    Args:
        text: A model's whole text.

    Returns:
        Both parts, with their tags. Of the harmony format and of a reply between tags of its own (``<answer>``), the
        reply is what stands between the markers.
    """
    if not _may_have(text):
        return Reply("", text)
    if _HARMONY.match(text):
        *before, rest = _FINAL.split(text)
        if not before:
            return Reply(text, None)
        return Reply("".join(before), _END.split(rest, maxsplit=1)[0])
    start = _end_of_reasoning(text)
    if start is None:
        return Reply(text, None)
    if not start:
        return Reply("", text)
    rest = text[start:]
    wrapped = _WRAPPED.match(rest)
    return Reply(text[:start], rest if wrapped is None else wrapped["reply"])


def has_reasoning(text: str) -> bool:
    """Test whether a text contains reasoning, or the markers of a format that separates it."""
    return _may_have(text) and split_reasoning(text).text != text


def _may_have(text: str) -> bool:
    """Whether a text has a sign that all tags share, or a heading. Fast: it is asked of every response."""
    signs = "<" in text or "[" in text or "&" in text or "\u25c1" in text
    return signs or _BEGINNING.match(text) is not None


def _end_of_reasoning(text: str) -> int | None:
    """Where the reply begins: 0 without reasoning, None where the reasoning does not end."""
    start = 0
    while (tag := _WORD_TAG.match(text, start)) is not None:
        closed = re.compile(rf"</{re.escape(tag[1])}\s*>", re.IGNORECASE).search(text, tag.end())
        if closed is None:
            return None
        start = closed.end()
    for heading, reply in _HEADINGS:
        if (head := heading.match(text)) is not None:
            found = reply.search(text, head.end())
            return None if found is None else found.end()
    if (bare := _BARE_HARMONY.match(text)) is not None:
        return bare.end()
    for closed in _CLOSED.finditer(text, start):
        start = closed.end()
    return None if _OPEN.search(text, start) else start
