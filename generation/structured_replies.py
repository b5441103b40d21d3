"""Read replies to structured questions, by the same reader as scoring, so that both count alike."""

from __future__ import annotations

import json

from judge.core.calls.task import Reading
from judge.core.records import Scale
from judge.core.survey.answers import Answer, read_answer
from judge.core.text.reasoning import split_reasoning
from judge.prompts.survey_request import answer_line

_PROBLEMS = {
    "out_of_scale": "the number is not on the question's scale",
    "unreadable": "the reply does not give exactly one number of the scale",
}


def as_line(text: str) -> str:
    """Return the reply as scoring reads it: ``Answer: N`` for a JSON object ``{"answer": N}``, else as it is.

    Reasoning text before an answer is left out.
    """
    reply = split_reasoning(text).text
    text = reply.strip() if reply and reply.strip() and reply != text else text
    try:
        content = json.loads(text)
    except ValueError:
        return text
    if isinstance(content, dict) and type(content.get("answer")) is int:
        return answer_line(content["answer"])
    return text


def answer_in(text: str, scale: Scale) -> Answer:
    """Read the answer in a reply, JSON or line."""
    return read_answer(as_line(text), scale)


def read_number(text: str, scale: Scale) -> Reading:
    """Read a number: one of the scale is an answer, and so is a refusal; what cannot be parsed is neither."""
    found = answer_in(text, scale)
    if found.status == "answered":
        return Reading("ok", parsed=found.code)
    if found.status == "refused":
        return Reading("refusal", "refusal", "the reply declines to answer")
    return Reading("parse_error", found.status, _PROBLEMS.get(found.status, found.status))
