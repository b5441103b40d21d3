"""Texts of chat messages: content as text or as parts, the last turn of the model, and what it answers."""

from __future__ import annotations

from judge.responses.shape import inside

_OF_MODEL = ("assistant", "gpt", "model", "bot", "chatgpt")
_OF_USER = ("user", "human")
_THOUGHT = ("thinking", "reasoning")


def content_text(content: object) -> str:
    """The text of a message's content: text as it is, of a list of parts the parts of text, joined."""
    if isinstance(content, list):
        parts = (part if isinstance(part, str) else inside(part, "text") for part in content)
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def content_reasoning(content: object) -> str | None:
    """The reasoning among a content's parts, None without any."""
    parts = content if isinstance(content, list) else []
    found = [
        each
        for part in parts
        if inside(part, "type") in _THOUGHT and isinstance(each := inside(part, str(inside(part, "type"))), str)
    ]
    return "\n".join(found) or None


def last_turn(messages: object) -> str | None:
    """The model's last message of a conversation, None if a user's message is the last or there is none.

    Reads ``role`` and ``content``, and ``from`` and ``value`` as ShareGPT has them.
    """
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        return None
    last = messages[-1]
    return content_text(_content(last)) if _role(last) in _OF_MODEL else None


def question_of(messages: object) -> str | None:
    """What the model's last message answers: the user's only message, else the conversation before it, turn by turn."""
    if not isinstance(messages, list):
        return None
    turns = [turn for turn in messages if isinstance(turn, dict)]
    if turns and _role(turns[-1]) in _OF_MODEL:
        turns = turns[:-1]
    asked = [turn for turn in turns if _role(turn) in _OF_USER]
    talk = [turn for turn in turns if _role(turn) in (*_OF_USER, *_OF_MODEL)]
    if len(talk) == len(asked) == 1:
        return content_text(_content(asked[0])) or None
    lines = (f"{'User' if _role(turn) in _OF_USER else 'Assistant'}: {content_text(_content(turn))}" for turn in talk)
    return "\n\n".join(lines) or None


def _role(turn: dict[str, object]) -> str:
    return str(turn.get("role", turn.get("from", "")))


def _content(turn: dict[str, object]) -> object:
    return turn["content"] if "content" in turn else turn.get("value")
