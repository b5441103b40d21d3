"""Generation as a task: how a question is put to a model, and what its reply becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from judge.core.calls.task import CUT, Outcome, Reading
from judge.core.models.types import ChatRequest
from judge.core.records import GroundTruth, Record, Reply, Status, Usage
from judge.core.text.reasoning import split_reasoning
from judge.generation.calls import Call, CallMaker
from judge.generation.structured_replies import read_number

ANSWERS: frozenset[Status] = frozenset({"ok", "refusal", "truncated"})
EMPTY = Reading("parse_error", "empty", "the reply is empty")
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
    ``batch`` is the batch or the file that the reply came in.
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
    usage: Usage | None = None
    cost: float | None = None
    requests: int = 1
    seconds: float = 0.0
    time: str
    taken_from: str | None = None
    batch: str | None = None
    check: str | None = None


class Generating:
    """The calls of all items. A refusal and a truncated text are answers: they are what the model gives.

    An empty reply of a server, and one without the number that was requested, is a failure: the call is made once more
    at once, and again by the next session. Any reply of a local model is its answer, since it would not change.
    """

    work = "generating"
    row_type = Generation
    usable = ANSWERS

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
        return Generation(
            key=call.key,
            item_id=call.item_id,
            sample=call.sample,
            seed=sent.seed,
            temperature=sent.temperature,
            max_tokens=reply.max_tokens if reply and reply.max_tokens else sent.max_tokens,
            mode=sent.schema_mode,
            reasoning=reply.reasoning or None if reply else None,
            **outcome.fields(),
        )

    def place(self, of: Call | Generation) -> tuple[object, ...]:  # noqa: ARG002
        """Nothing: a call is shared by several rows, which may change as the run grows."""
        return ()

    def problem(self, row: Generation, *, checked: bool) -> str | None:  # noqa: ARG002
        """Nothing is known of a row beside its check value: the raw text is the answer."""
        return None
