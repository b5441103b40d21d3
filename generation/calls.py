"""Build the request of an item, and the key of its response."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from judge.core.models.types import ChatRequest
from judge.core.records import GroundTruth, Scale
from judge.core.tokens import estimate_tokens
from judge.generation.code_probabilities import TOP_TOKENS
from judge.generation.decoding import Decoding
from judge.generation.settings import GenerateSettings
from judge.prompts.persona import SpeakingPrompt
from judge.prompts.question import shown_with_scale
from judge.prompts.survey_request import described

_TOKENS_PER_WORD = 1.4
_TOKENS_OF_A_NUMBER = 8


@dataclass(frozen=True, slots=True)
class Call:
    """One planned call. ``user`` asks for text or a line, ``user_json`` (with a schema) for a JSON object."""

    item_id: str
    sample: int
    seed: int | None
    key: str
    system: str
    user: str
    user_json: str | None
    question: str
    scale: Scale


class CallMaker:
    """Renders prompts and keys for one run.

    ``key`` is the sha256 of what the model is sent, and of nothing else: the model, its endpoint, both texts, schema,
    parameters, and the seed, or the number of the sample (and of a further draw) where no seed is sent. Items with the
    same prompt (of the control without a persona, all subgroups of a question) share their calls: see
    docs/generation.md.
    """

    def __init__(
        self, prompt: SpeakingPrompt, settings: GenerateSettings, identity: dict[str, Any], decoding: Decoding
    ) -> None:
        self.prompt = prompt
        self.settings = settings
        self.decoding = decoding
        self._static = {
            **identity,
            "reply": settings.session_limits.structured_output,
            "temperature": decoding.temperature,
            "max_tokens": settings.max_tokens,
        }
        if settings.probabilities:
            self._static["probabilities"] = TOP_TOKENS
        if settings.draw > 1:
            self._static["draw"] = settings.draw
        if settings.extra_body is not None:
            self._static["extra_body"] = settings.extra_body.text

    def calls(self, items: Sequence[GroundTruth]) -> Iterator[Call]:
        """Yield the call of each row, item by item. Each sample has its own seed, or all texts would be the same."""
        by_schema = self.settings.structured and self.settings.session_limits.structured_output != "text"
        for item in items:
            system = self.prompt.system(described(item))
            question = self.question(item)
            scale = item.question.scale
            user = self.prompt.user(question, words=self.settings.words, json=False)
            user_json = self.prompt.user(question, words=self.settings.words, json=True) if by_schema else None
            content = [self._static, system, user, user_json, scale.codes if by_schema else None]
            digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
            for sample in range(self.settings.samples):
                seed = self.decoding.seed(system, user, sample)
                one = digest.copy()
                one.update(f"sample {sample}".encode() if seed is None else f"seed {seed}".encode())
                yield Call(item.item_id, sample, seed, one.hexdigest(), system, user, user_json, question, scale)

    def unique(self, items: Sequence[GroundTruth]) -> Iterator[Call]:
        """Yield the calls to make: one per key, in the order of the rows."""
        seen: set[bytes] = set()
        for call in self.calls(items):
            key = bytes.fromhex(call.key)
            if key not in seen:
                seen.add(key)
                yield call

    def question(self, item: GroundTruth) -> str:
        """Return the question in the wording of the task; a structured one includes its scale."""
        question = item.question
        return shown_with_scale(question) if self.settings.structured else question.open

    def request(self, call: Call, *, mode: str, max_tokens: int | None) -> ChatRequest:
        """Build the request for a call."""
        schema, user = None, call.user
        if call.user_json is not None and mode != "text":
            schema, user = answer_schema(call.scale.codes), call.user_json
        return ChatRequest(
            call.system,
            user,
            schema,
            mode,
            self.decoding.temperature,
            max_tokens,
            call.seed,
            schema_name="answer",
            top_tokens=TOP_TOKENS if self.settings.probabilities else None,
            optional=frozenset({"temperature"} if self.decoding.is_default else ()),
            extra=self.settings.extra_body,
        )

    def tokens_in(self, call: Call) -> int:
        """Estimate the tokens of a call's prompt."""
        return estimate_tokens(call.system) + estimate_tokens(call.user)

    @property
    def tokens_per_reply(self) -> int:
        """The estimated tokens of a reply: those of the middle of the range of words, or of a number."""
        if self.settings.structured:
            return _TOKENS_OF_A_NUMBER
        expected = round(_TOKENS_PER_WORD * sum(self.settings.words) / 2)
        return min(expected, self.settings.max_tokens or expected)


def answer_schema(codes: Sequence[int]) -> dict[str, Any]:
    """Build the JSON schema of a structured answer: one of the question's codes."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["answer"],
        "properties": {"answer": {"type": "integer", "enum": list(codes)}},
    }
