"""The offline judge: fixed rules, no network, no model. It is NOT an LLM and its verdicts are not evidence.

It serves the demo, the tests, and as a baseline for a paid judge. It reads the same rendered prompt as a model and
replies with the same JSON, so both use the same code.

Rules, each response on its own:

- *stance*: cue words for and against give a polarity in [-1, 1]. A cue counts .75; an intensifier just before it makes
  that 1 ("very important"), a softener .5 ("rather important"). A negation just before reverses it ("not very":
  softly); "never" and similar words reverse it too, and count against by themselves. The ends of the scale are placed
  by the same cues; where these do not distinguish the ends, they are not used. Words that only one end's label has move
  the stance towards that end. The value score is 1 - |stance - ground truth|, both on 0..1.
- *voice*: first-person words and words of everyday life (kin, home, shop, bus) add; lists, headings, hedges and
  third-person talk about the group ("women in Singapore", "members of this community") subtract.
- a refusal or disclaimer scores below everything else, on every criterion.

The higher score wins a criterion; a difference below ``MARGIN`` is a tie. The criterion "persona" is decided by voice,
"value" by stance, "overall" by the mean of both (voice alone without a ground truth). There are rules for no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files.yaml import read_mapping
from judge.core.models.types import ChatReply, ChatRequest, ModelClient
from judge.core.records import Usage

VERSION = "2"
MARGIN = 0.06
CRITERIA = ("persona", "value", "overall")
_WORD = re.compile(r"[a-z']+")
_TAG = re.compile(r"<(persona|question|ground_truth|response_a|response_b)(|-\w+)>\n(.*?)\n</\1\2>", re.DOTALL)
# The ends of the scale in the wordings of the ground truth: of earlier prompts, with the ends, and of two answers.
_TRUTHS = (
    re.compile(
        r'answer (?P<at>-?\d+) on a scale from (?P<first>-?\d+), "(?P<low>[^"]*)", '
        r'to (?P<last>-?\d+), "(?P<high>[^"]*)"'
    ),
    re.compile(
        r'answered (?:"[^"]*" \()?(?P<at>-?\d+) (?:of|on)\b[^"]*?(?P<first>-?\d+) = "(?P<low>[^"]*)"(?:,| and) '
        r'(?P<last>-?\d+) = "(?P<high>[^"]*)"'
    ),
    re.compile(r'answered "(?P<high>[^"]*)" \(the other answer: "(?P<low>[^"]*)"\)'),
)
_LAYOUT = re.compile(r"^\s*(?:#{1,6} |[-*] |\d+\. )|\*\*", re.MULTILINE)


def _loaded(path: Path) -> tuple[dict[str, frozenset[str]], dict[str, re.Pattern[str]]]:
    """The words and the phrases of the rules, by name."""
    content = read_mapping(path)
    phrases = content.pop("phrases")
    return (
        {name: frozenset(text.split()) for name, text in content.items()},
        {name: re.compile("|".join(each), re.IGNORECASE) for name, each in phrases.items()},
    )


_WORDS, _PHRASES = _loaded(Path(__file__).with_suffix(".yaml"))
_PRO, _SELDOM, _INTENSE, _SOFT = (_WORDS[name] for name in ("for", "seldom", "intense", "soft"))
_CONTRA, _NEGATION = (_WORDS[name] | _SELDOM for name in ("against", "negation"))
_EMPTY = _WORDS["neutral"] | _NEGATION | _INTENSE | _SOFT  # these do not tell one end of a scale from the other


@dataclass(frozen=True)
class _Scale:
    position: float  # of the ground truth, 0 = first code
    low: str
    high: str


_READS = ("persona", "ground_truth")  # the fields of a prompt without which the rules have nothing to compare with


def check_criteria(criteria: tuple[str, ...], fields: Collection[str], prompt: str) -> None:
    """Refuse a prompt that the rules cannot judge: a verdict would be made up.

    Args:
        criteria: The prompt's criteria.
        fields: The fields that the prompt requires.
        prompt: The prompt's name.

    Raises:
        UsageError: There is no rule for a criterion; or the prompt shows neither a persona nor a ground truth, as of
            plain answers, of which nearly all comparisons would be ties.
    """
    if not any(name in fields for name in _READS):
        raise UsageError(
            f"the heuristic judge cannot judge plain answers: its rules compare a response with a persona and a ground "
            f"truth, and the prompt {prompt} has neither",
            hint="let a model judge: --judge PROVIDER:MODEL (`judge doctor` lists what there is)",
        )
    if unknown := [name for name in criteria if name not in CRITERIA]:
        raise UsageError(
            f"the heuristic judge has no rule for {', '.join(unknown)}, of the prompt {prompt}",
            hint=f"it knows {', '.join(CRITERIA)}; let a model judge (`judge doctor` lists what there is)",
        )


def open_heuristic() -> ModelClient:
    """Open the offline judge as a client with the interface of a model."""

    async def close() -> None:
        return None

    return ModelClient(
        spec="heuristic", endpoint="offline", ask=_ask, close=close, modes=("json_schema",), in_process=True
    )


async def _ask(request: ChatRequest) -> ChatReply:
    fields = {name: text for name, _, text in _TAG.findall(request.user)}
    text = json.dumps(decide(fields, request.schema or {}))
    return ChatReply(text, f"heuristic-{VERSION}", "stop", usage=Usage(input=0, output=0))


def decide(fields: dict[str, str], schema: dict[str, object]) -> dict[str, str]:
    """Decide the winners. Deterministic, without side effects.

    Args:
        fields: The prompt's fields as rendered: ``ground_truth``, ``response_a``, ``response_b``.
        schema: The JSON schema of the reply.

    Returns:
        The reply: a winner for each property with an ``enum``, the scores as text for every other.
    """
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
    match = next(filter(None, (pattern.search(ground_truth) for pattern in _TRUTHS)), None)
    if match is None:
        return None
    found = match.groupdict()
    code, first, last = (int(found.get(part, default)) for part, default in (("at", 1), ("first", 0), ("last", 1)))
    return _Scale((code - first) / (last - first), match["low"], match["high"]) if last != first else None


@lru_cache(maxsize=16)  # a response is shown twice in a row, once in each order
def _scores(text: str, scale: _Scale | None) -> tuple[float, float | None]:
    """(voice, closeness of the stance to the ground truth or None without one), both in [0, 1]; of a refusal -1."""
    text = text.replace("\u2019", "'")
    if _PHRASES["disclaimer"].search(text):
        return -1.0, None if scale is None else -1.0
    words = _WORD.findall(text.lower())
    first_person = sum(word in _WORDS["first_person"] for word in words) / max(1, len(words))
    everyday = sum(word in _WORDS["everyday"] for word in words) / max(1, len(words))
    voice = 0.3 + min(0.45, 5 * first_person) + min(0.25, 5 * everyday)
    voice -= 0.06 * min(4, len(_LAYOUT.findall(text))) + 0.1 * min(3, len(_PHRASES["hedge"].findall(text)))
    voice -= 0.08 * min(3, len(_PHRASES["group"].findall(text)))
    voice = min(1.0, max(0.05, voice))
    return voice, None if scale is None else 1 - abs(_stance(words, scale) - scale.position)


def _stance(words: list[str], scale: _Scale) -> float:
    """The place of a text between the scale's ends, 0 = first code; the middle without any cue."""
    low, high = (_WORD.findall(label.lower()) for label in (scale.low, scale.high))
    upward = _polarity(high) - _polarity(low)
    by_cues = 0.5 + 0.5 * _polarity(words) * ((upward > 0) - (upward < 0))
    low_only, high_only = set(low) - set(high) - _EMPTY, set(high) - set(low) - _EMPTY
    near_low, near_high = (sum(word in side for word in words) for side in (low_only, high_only))
    if near_low + near_high == 0:
        return by_cues
    by_labels = near_high / (near_low + near_high)
    return 0.6 * by_cues + 0.4 * by_labels if upward else by_labels


def _polarity(words: list[str]) -> float:
    """Mean strength of the cues for and against, in [-1, 1]. "Just before" is up to three words."""
    cues = []
    for place, word in enumerate(words):
        if sign := (word in _PRO) - (word in _CONTRA):
            before = set(words[max(0, place - 3) : place])
            strength = 1.0 if before & _INTENSE else 0.5 if before & _SOFT else 0.75
            if before & _NEGATION and word not in _SELDOM:
                sign, strength = -sign, 0.5 if before & _INTENSE else strength
            cues.append(sign * strength)
    return sum(cues) / len(cues) if cues else 0.0
