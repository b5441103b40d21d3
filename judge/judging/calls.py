"""Build the request of a planned call, and the key of its judgment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from judge.core.extra_body import ExtraBody
from judge.core.models.types import ChatRequest
from judge.core.records import Comparison, Order
from judge.core.tokens import estimate_tokens
from judge.judging.call_plan import Plan
from judge.judging.heuristic import VERSION
from judge.judging.reply_parser.markers import request_for_markers
from judge.judging.reply_parser.quoted import shown_texts
from judge.judging.settings import CompareSettings
from judge.prompts import Prompt
from judge.prompts.tags import tag_of


@dataclass(frozen=True)
class CallSettings:
    """The settings that are the same for every call of a run and decide its result."""

    judge: str
    endpoint: str
    reply: str  # auto, schema or text: what was requested, not what the endpoint supports
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    extra: ExtraBody | None = None


def call_settings(settings: CompareSettings) -> CallSettings:
    """Select the settings that decide a call. The offline judge is identified by its version."""
    judge = settings.judge
    return CallSettings(
        judge=str(judge),
        endpoint=f"{judge}-{VERSION}" if judge.is_offline else judge.place or "default",
        reply=settings.structured_output,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        seed=settings.model_seed,
        extra=settings.extra_body,
    )


@dataclass(frozen=True)
class Call:
    """One call, ready to be sent.

    Attributes:
        static: A hash of what all calls of its kind have in common.
        tag: Marks what is the prompt's own; no response can know it.
        shown: The texts that a reply may quote.
        criterion: The one that the call decides, or None where it decides all.
    """

    comparison_id: str
    order: Order
    repeat: int
    static: hashlib._Hash = field(repr=False, compare=False)
    tag: str
    system: str
    user: str
    shown: tuple[str, ...] = ()
    criterion: str | None = None
    _key: list[str] = field(default_factory=list, repr=False, compare=False)

    @property
    def key(self) -> str:
        """The sha256 of everything that determines the call, computed when it is first asked for."""
        if not self._key:
            self._key.append(self._digest())
        return self._key[0]

    def _digest(self) -> str:
        digest = self.static.copy()
        # Lengths keep the parts apart.
        head = f"\n{self.comparison_id}\n{self.order}\n{self.repeat}\n{len(self.system)}\n{len(self.user)}\n"
        digest.update((head + self.system + self.user).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class _Asking:
    """How the calls that decide the same criteria are asked: their prompt, and a hash of what they have in common."""

    prompt: Prompt
    static: hashlib._Hash
    schema_tokens: int

    @classmethod
    def of(cls, prompt: Prompt, settings: CallSettings) -> _Asking:
        static = {
            "judge": settings.judge,
            "endpoint": settings.endpoint,
            "reply": settings.reply,
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "seed": settings.seed,
            "schema": prompt.file.reply,
        }
        if settings.extra is not None:
            static["extra_body"] = settings.extra.text
        digest = hashlib.sha256(json.dumps(static, sort_keys=True).encode())
        return cls(prompt, digest, estimate_tokens(json.dumps(prompt.file.reply)))

    def tag(self, shown: str, responses: tuple[str, str], repeat: int) -> str:
        """Derive a call's tag from what it asks: the same under any names, so that other runs can reuse its result.

        Args:
            shown: What the call shows, as JSON.
            responses: The two responses, which must not hold the tag.
            repeat: The number of the repeat.
        """
        digest = self.static.copy()
        digest.update(f"\n{repeat}\n{shown}".encode())
        first, second = responses
        while (tag := tag_of(digest.digest())) in first or tag in second:
            digest.update(b"again")
        return tag


class CallMaker:
    """Renders prompts and keys for one run. ``key`` is the sha256 of everything that determines the call."""

    def __init__(self, prompt: Prompt, settings: CallSettings) -> None:
        self.prompt = prompt
        self.settings = settings
        self._asking: dict[str | None, _Asking] = {}

    def prompt_for(self, criterion: str | None) -> Prompt:
        """Return the prompt of the calls that decide one criterion, or all (None)."""
        return self._for(criterion).prompt

    def schema_tokens(self, criterion: str | None) -> int:
        """Estimate the tokens of the schema of a call's reply."""
        return self._for(criterion).schema_tokens

    def _for(self, criterion: str | None) -> _Asking:
        if (found := self._asking.get(criterion)) is None:
            prompt = self.prompt if criterion is None else self.prompt.for_criterion(criterion)
            found = self._asking[criterion] = _Asking.of(prompt, self.settings)
        return found

    def calls(self, plan: Plan, comparison: Comparison) -> Iterator[Call]:
        """Yield the calls of one comparison. Its texts are neutralised once."""
        clean = self.prompt.neutralize
        reference, candidate = clean(comparison.reference_text), clean(comparison.candidate_text)
        fields = self.prompt.fields(comparison.item)
        texts = shown_texts(comparison)
        about = json.dumps(fields).removesuffix("}")
        as_json = {text: json.dumps(text) for text in (reference, candidate)}
        for planned in plan.calls_of(comparison):
            a, b = (reference, candidate) if planned.order == "reference_first" else (candidate, reference)
            asking = self._for(planned.criterion)
            shown = f'{about}, "response_a": {as_json[a]}, "response_b": {as_json[b]}}}'
            tag = asking.tag(shown, (a, b), planned.repeat)
            system, user = asking.prompt.render({**fields, "response_a": a, "response_b": b}, tag)
            yield Call(
                comparison.id,
                planned.order,
                planned.repeat,
                asking.static,
                tag,
                system,
                user,
                texts,
                planned.criterion,
            )

    def request(self, call: Call, *, mode: str, max_tokens: int | None) -> ChatRequest:
        """Build the request for a call, with structured output in the given mode.

        In plain text the verdict is asked for between markers that hold the call's tag: what stands elsewhere in the
        reply may be quoted.
        """
        settings = self.settings
        user = f"{call.user.rstrip()}\n\n{request_for_markers(call.tag)}" if mode == "text" else call.user
        return ChatRequest(
            call.system,
            user,
            self.prompt_for(call.criterion).file.reply,
            mode,
            settings.temperature,
            max_tokens,
            settings.seed,
            extra=settings.extra,
        )

    def sent(self, call: Call) -> bytes:
        """Compute the sha256 of what the judge is sent, and of the repeat: the same under any names and in any run."""
        digest = self._for(call.criterion).static.copy()
        digest.update(f"\n{call.repeat}\n{len(call.system)}\n{len(call.user)}\n{call.system}{call.user}".encode())
        return digest.digest()


_TEXT_TOKENS = 130  # a written analysis
_WINNER_TOKENS = 12  # a winner with its property's name


def tokens_in(maker: CallMaker, call: Call) -> int:
    """Estimate the tokens of a call's prompt and schema."""
    return estimate_tokens(call.system) + estimate_tokens(call.user) + maker.schema_tokens(call.criterion)


def output_per_reply(prompt: Prompt) -> int:
    """Estimate the tokens of a reply: a number per analysis and per winner."""
    properties = prompt.file.reply["properties"]
    winners = len(prompt.file.criteria)
    return _TEXT_TOKENS * (len(properties) - winners) + _WINNER_TOKENS * winners
