"""Generation as a task: how a question is put to a model, and what its reply becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from judge.core.calls.task import CUT, Outcome, Reading
from judge.core.models.types import ChatReply, ChatRequest
from judge.core.records import GroundTruth, Record, Reply, Status, Usage
from judge.core.text.reasoning import split_reasoning
from judge.generation.calls import Call, CallMaker
from judge.generation.code_probabilities import MOST_UNRESOLVED, TOP_TOKENS, CodeProbabilities, code_probabilities
from judge.generation.structured_replies import answer_in, read_number

ANSWERS: frozenset[Status] = frozenset({"ok", "refusal", "truncated"})
EMPTY = Reading("parse_error", "empty", "the reply is empty")
_NO_PROBABILITIES = "no_probabilities"
_ONLY_REASONING = Reading("parse_error", "empty", "the reply has reasoning text only")
_EMPTY_AND_CUT = Reading(
    "parse_error", "empty", "the reply hit the token limit before it had any text (reasoning apart)"
)


class Generation(Record):
    """One reply to one call, or the failure to get one: a row of the journal.

    ``key`` is the sha256 of everything that determines the call; ``attempt`` counts the replies paid for under it, and
    the last row of a key decides. ``item_id`` and ``sample`` are those of the first row of the output that uses the
    call. ``temperature``, ``max_tokens`` and ``seed`` are as they were sent (null: not at all), and
    ``mode`` is the kind of structured output. ``reasoning`` is what the server sent apart from the text, in a field for
    thoughts; ``raw`` has what it left in the text. ``taken_from`` is the run that paid, where that is another one.
    ``probabilities`` are those of the codes, where they were asked for; ``on_codes`` is the probability of any of them.
    ``batch`` is the batch or the file that the reply came in, ``endpoint`` the server of a fleet that gave it.
    ``check`` is the CRC-32 of the row's line without this field, which the reader of the journal verifies and leaves
    out.
    """

    key: str
    item_id: str
    sample: int
    attempt: int
    seed: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    model: str | None = None
    fingerprint: str | None = None
    mode: str = "text"
    status: Status
    error_kind: str | None = None
    error: Reply | None = None
    raw: Reply | None = None
    reasoning: Reply | None = None
    finish_reason: str | None = None
    probabilities: dict[str, float] | None = None
    on_codes: float | None = None
    usage: Usage | None = None
    cost: float | None = None
    requests: int = 1
    seconds: float = 0.0
    time: str
    taken_from: str | None = None
    batch: str | None = None
    endpoint: str | None = None
    check: str | None = None


def _problem(found: CodeProbabilities | None, reply: ChatReply | None) -> Reading | None:
    """Why the probabilities of the codes are not known; None where they are."""
    if reply is not None and not reply.tokens:
        return Reading("parse_error", _NO_PROBABILITIES, "the server sent no probabilities of tokens")
    if found is None:
        return Reading("parse_error", "no_code_likely", "no code is among the likely tokens")
    if found.unseen > MOST_UNRESOLVED:
        text = (
            f"codes that are not among the likely tokens which the server sent may have up to {found.unseen:.2f}: let "
            f"it send {TOP_TOKENS} at each place, or ask it without --probabilities"
        )
        return Reading("parse_error", "unresolved_codes", text)
    if found.unresolved > MOST_UNRESOLVED:
        text = (
            f"tokens that begin several codes have the probability {found.unresolved:.2f}, and one reply does not show "
            "how it is divided among them"
        )
        return Reading("parse_error", "unresolved_codes", text)
    return None


class Generating:
    """The calls of all items. A refusal and a truncated text are answers: they are what the model gives.

    An empty reply of a server, and one without the number that was requested, is a failure: the call is made once more
    at once, and again by the next session. Any reply of a local model is its answer, since it would not change.
    """

    work = "generating"
    row_type = Generation
    usable = ANSWERS
    fatal = MappingProxyType({_NO_PROBABILITIES: "give the command without --probabilities, and another --out"})

    def __init__(self, maker: CallMaker, items: Sequence[GroundTruth]) -> None:
        self._maker = maker
        self._items = items

    @property
    def reasked(self) -> frozenset[Status]:
        """A reply that is empty or cannot be parsed."""
        return frozenset({"parse_error"})

    @property
    def max_tokens(self) -> int | None:
        """The token limit that the user set."""
        return self._maker.settings.max_tokens

    def calls(self) -> Iterator[Call]:
        """Yield each call once, in the order of the rows that use it."""
        return self._maker.unique(self._items)

    def request(self, call: Call, mode: str, max_tokens: int | None) -> ChatRequest:
        """Build the request for a call."""
        return self._maker.request(call, mode=mode, max_tokens=max_tokens)

    @property
    def tokens_out(self) -> int:
        """The estimated tokens of a reply."""
        return self._maker.tokens_per_reply

    def tokens_in(self, call: Call) -> int:
        """Estimate the tokens of a call's prompt."""
        return self._maker.tokens_in(call)

    def read(self, call: Call, text: str) -> Reading:
        """Read a reply: any text beside reasoning is an open answer; a number must be on the scale."""
        if self._maker.settings.model.local:
            return Reading("ok")
        if not text.strip():
            return EMPTY
        if self._maker.settings.structured:
            return read_number(text, call.scale)
        return Reading("ok") if (split_reasoning(text).text or "").strip() else _ONLY_REASONING

    def reminder(self, call: Call, row: Generation) -> None:
        """A second ask appends nothing: responses are compared, and all are written to the same prompt."""

    def read_cut(self, call: Call, text: str) -> Reading:
        """Read a truncated reply: an open text is an answer, flagged; an empty one is not, nor is text a number."""
        if self._maker.settings.model.local:
            return CUT
        if text.strip() and self._maker.settings.structured:
            return read_number(text, call.scale)
        return CUT if (split_reasoning(text).text or "").strip() else _EMPTY_AND_CUT

    def row(self, call: Call, outcome: Outcome) -> Generation:
        """Make the journal's row, with the reply's raw text whether or not it could be parsed."""
        reply, sent = outcome.reply, outcome.sent
        found = None
        if self._maker.settings.probabilities and outcome.reading.status == "ok":
            answer = answer_in(reply.text, call.scale).code if reply else None
            found = code_probabilities(reply.tokens if reply else (), call.scale.codes, answer)
            if (problem := _problem(found, reply)) is not None:
                outcome = replace(outcome, reading=problem)
                found = None
        return Generation(
            key=call.key,
            item_id=call.item_id,
            sample=call.sample,
            seed=sent.seed,
            temperature=sent.temperature,
            max_tokens=reply.max_tokens if reply and reply.max_tokens else sent.max_tokens,
            mode=sent.schema_mode,
            reasoning=reply.reasoning or None if reply else None,
            probabilities=found.shares if found else None,
            on_codes=found.on_codes if found else None,
            **outcome.fields(),
        )

    def place(self, of: Call | Generation) -> tuple[object, ...]:  # noqa: ARG002
        """Nothing: a call is shared by several rows, which may change as the run grows."""
        return ()

    def problem(self, row: Generation, *, checked: bool) -> str | None:  # noqa: ARG002
        """Nothing is known of a row beside its check value: the raw text is the answer."""
        return None
