"""From an item to a request, and the key under which its answer is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from generation.settings import GenerateSettings
from judge.core.chat.types import ChatRequest
from judge.core.records import GroundTruth
from judge.core.tokens import estimate_tokens
from prompts.speaking import SpeakingPrompt
from prompts.wording import Described, describe

_TOKENS_PER_WORD = 1.4
_TOKENS_OF_A_NUMBER = 8


@dataclass(frozen=True, slots=True)
class Call:
    """One answer to ask for. ``user`` is the text that asks for a line; a request may ask for JSON instead."""

    item_id: str
    sample: int
    seed: int | None
    key: str
    system: str
    user: str
    question: str
    codes: tuple[int, ...]


class CallMaker:
    """Renders prompts and keys for one run. ``key`` is the sha256 of all that determines the call."""

    def __init__(self, prompt: SpeakingPrompt, settings: GenerateSettings, identity: dict[str, Any]) -> None:
        self.prompt = prompt
        self.settings = settings
        static = {
            **identity,
            "prompt": prompt.ref.model_dump(),
            "task": settings.task,
            "reply": settings.reply if settings.structured else "text",
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
        }
        self._static = hashlib.sha256(json.dumps(static, sort_keys=True).encode())

    def calls(self, items: Sequence[GroundTruth]) -> Iterator[Call]:
        """All calls, item by item. Each sample has a seed of its own, or all would be one text."""
        for item in items:
            system = self.prompt.system(self.described(item))
            question = self.asked(item)
            user = self.prompt.user(question, words=self.settings.words, json=False)
            for sample in range(self.settings.samples):
                first = self.settings.seed_of_model
                seed = None if first is None else first + sample
                key = self._key(item.item_id, sample, seed, system, user)
                yield Call(item.item_id, sample, seed, key, system, user, question, item.question.scale.codes)

    def described(self, item: GroundTruth) -> Described:
        """The item's subgroup in words."""
        group = item.subgroup
        return describe(group.attributes, item.country, own=group.persona)

    def asked(self, item: GroundTruth) -> str:
        """The question in the wording that the task wants."""
        return item.question.structured if self.settings.structured else item.question.open

    def request(self, call: Call, *, mode: str, max_tokens: int | None) -> ChatRequest:
        """The request for a call."""
        schema, user = None, call.user
        if self.settings.structured and mode != "text":
            schema = answer_schema(call.codes)
            user = self.prompt.user(call.question, words=self.settings.words, json=True)
        return ChatRequest(call.system, user, schema, mode, self.settings.temperature, max_tokens, call.seed)

    def tokens_in(self, call: Call) -> int:
        """Estimated tokens of a call's prompt."""
        return estimate_tokens(call.system) + estimate_tokens(call.user)

    @property
    def tokens_per_reply(self) -> int:
        """Expected tokens of a reply: the middle of the range of words, or a number."""
        if self.settings.structured:
            return _TOKENS_OF_A_NUMBER
        expected = round(_TOKENS_PER_WORD * sum(self.settings.words) / 2)
        return min(expected, self.settings.max_tokens or expected)

    def _key(self, item_id: str, sample: int, seed: int | None, system: str, user: str) -> str:
        digest = self._static.copy()
        # Lengths keep the parts apart.
        head = f"\n{item_id}\n{sample}\n{seed}\n{len(system)}\n{len(user)}\n"
        digest.update((head + system + user).encode())
        return digest.hexdigest()


def answer_schema(codes: Sequence[int]) -> dict[str, Any]:
    """The JSON schema of a structured answer: one of the question's codes."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["answer"],
        "properties": {"answer": {"type": "integer", "enum": list(codes)}},
    }
