"""The offline judge: fixed rules, no network, no model. It is NOT an LLM and its verdicts are no evidence.

It exists for the demo, for tests, and as the control that a paid judge has to beat. It reads the same rendered prompt
as a model would, and answers with the same JSON, so that it goes through the same code.

Rules, each response on its own:

- *stance*: cue words for and against (with a negation just before, they count the other way) give a polarity in
  [-1, 1]; words shared with the label of one end of the scale pull towards that end. The ends of the scale are placed
  by the same cues. The value score is 1 - |stance - ground truth|, both on 0..1.
- *voice*: first-person words and everyday concreteness add; disclaimers, lists, headings, hedges and talk about the
  group in the third person take away.
- a refusal scores below everything else, on everything.

The better score wins a criterion; a difference under ``MARGIN`` is a tie. A criterion whose name has "persona" in it
is decided by voice, one with "value" by stance, any other by the sum of both (voice alone without a ground truth).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from judge.core.chat.types import ChatReply, ChatRequest, ModelClient
from judge.core.records import Usage

VERSION = "1"
MARGIN = 0.06
_WORD = re.compile(r"[a-z']+")
_TAG = re.compile(r"<(persona|question|ground_truth|response_a|response_b)>\n(.*?)\n</\1>", re.DOTALL)
_TRUTH = re.compile(r'answer (-?\d+) on a scale from (-?\d+), "([^"]*)", to (-?\d+), "([^"]*)"')
_PRO = frozenset(
    "very always important matters trust trusting agree support supports good better best justified justifiable right "
    "welcome need needs strong strongly believe faith pray prayer prayers daily every everyday god allah essential "
    "central love completely deeply definitely anyone open benefit contribute accept understand choice freely".split()
)
_CONTRA = frozenset(
    "never careful cautious wary against wrong bad worse disagree distrust suspicious rarely hardly seldom oppose "
    "limit limits strict prohibit ban unfair unnecessary less little irrelevant unimportant guard stranger strangers "
    "scam scams sin haram forbidden shame breaks none nothing".split()
)
_NEGATION = frozenset("not no never don't doesn't can't cannot isn't won't wouldn't nor without hardly".split())
_FIRST_PERSON = frozenset("i i'm i've i'd i'll me my mine myself we our us".split())
_HEDGES = re.compile(
    r"on the one hand|on the other hand|many perspectives|it depends|various factors|complex (?:issue|topic|question)|"
    r"it is important to (?:note|recogni[sz]e|consider)|ultimately|in conclusion|some (?:people|may|might) ",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"\bas an ai\b|language model|\bi (?:do not|don't) have personal|personal (?:beliefs|opinions)\b.*\bAI\b|"
    r"\bi(?: cannot| can't| won't|(?: am|'m) (?:unable|not able) to) (?:role|adopt|assist|take a (?:position|stance)|"
    r"(?:answer|help with|comply with|respond to|speak as|take on|provide) (?:this|that|your|a|any|personal)\b)",
    re.IGNORECASE,
)
_LAYOUT = re.compile(r"^\s*(?:#{1,6} |[-*] |\d+\. )|\*\*", re.MULTILINE)
_STOP = frozenset("the a an of to in is it be should more there for all at and or with between usually brings".split())


@dataclass(frozen=True)
class _Scale:
    position: float  # of the ground truth, 0 = first code
    low: str
    high: str


def open_heuristic() -> ModelClient:
    """The offline judge behind the same interface as a model."""

    async def close() -> None:
        return None

    return ModelClient(
        spec="heuristic", endpoint="offline", ask=_ask, close=close, modes=("json_schema",)
    )  # fmt: skip


async def _ask(request: ChatRequest) -> ChatReply:
    fields = dict(_TAG.findall(request.user))
    text = json.dumps(decide(fields, request.schema or {}))
    return ChatReply(text, f"heuristic-{VERSION}", "stop", usage=Usage(input=0, output=0))


def decide(fields: dict[str, str], schema: dict[str, object]) -> dict[str, str]:
    """Fill the reply's schema for the given prompt fields (as rendered). Pure and deterministic."""
    scale = _scale(fields.get("ground_truth", ""))
    scores = {side: _scores(fields.get(f"response_{side.lower()}", ""), scale) for side in "AB"}
    reply: dict[str, str] = {}
    properties = schema.get("properties")
    for name, part in (properties if isinstance(properties, dict) else {}).items():
        if "enum" not in part:
            reply[name] = "Not an LLM. " + "; ".join(
                f"{side}: voice {voice:.2f}, stance {'unknown' if stance is None else f'{stance:.2f}'}"
                for side, (voice, stance) in scores.items()
            )
            continue
        a, b = (_pick(name, *scores[side]) for side in "AB")
        reply[name] = "tie" if abs(a - b) < MARGIN else "A" if a > b else "B"
    return reply


def _pick(criterion: str, voice: float, stance: float | None) -> float:
    if "persona" in criterion or stance is None:
        return voice
    return stance if "value" in criterion else (voice + stance) / 2


def _scale(ground_truth: str) -> _Scale | None:
    match = _TRUTH.search(ground_truth)
    if match is None:
        return None
    code, first, last = (int(match[part]) for part in (1, 2, 4))
    return _Scale((code - first) / (last - first), match[3], match[5]) if last != first else None


def _scores(text: str, scale: _Scale | None) -> tuple[float, float | None]:
    """(voice, closeness of the stance to the ground truth or None without one), both in [0, 1]; of a refusal -1."""
    text = text.replace("\u2019", "'")
    if _DISCLAIMER.search(text):
        return -1.0, None if scale is None else -1.0
    words = _WORD.findall(text.lower())
    first_person = sum(word in _FIRST_PERSON for word in words) / max(1, len(words))
    voice = 0.35 + min(0.5, 6 * first_person)
    voice -= 0.06 * min(4, len(_LAYOUT.findall(text))) + 0.1 * min(3, len(_HEDGES.findall(text)))
    voice = min(1.0, max(0.05, voice))
    return voice, None if scale is None else 1 - abs(_stance(words, scale) - scale.position)


def _stance(words: list[str], scale: _Scale) -> float:
    """Where a text stands between the scale's ends, 0 = first code."""
    low, high = (_WORD.findall(label.lower()) for label in (scale.low, scale.high))
    upward = 1.0 if _polarity(high) >= _polarity(low) else -1.0
    by_cues = 0.5 + 0.5 * upward * _polarity(words)
    low_only, high_only = set(low) - set(high) - _STOP, set(high) - set(low) - _STOP
    near_low, near_high = (sum(word in side for word in words) for side in (low_only, high_only))
    if near_low + near_high == 0:
        return by_cues
    return 0.6 * by_cues + 0.4 * near_high / (near_low + near_high)


def _polarity(words: list[str]) -> float:
    """Balance of words for and against, in [-1, 1]; a negation up to three words before turns a word round."""
    total = count = 0
    for place, word in enumerate(words):
        sign = (word in _PRO) - (word in _CONTRA)
        if sign:
            turned = any(before in _NEGATION for before in words[max(0, place - 3) : place])
            total += -sign if turned else sign
            count += 1
    return total / count if count else 0.0
