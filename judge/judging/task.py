"""Judging as a task: how a pair is put to the judge, and what its reply becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from judge.core.calls.task import CUT, Outcome, Reading
from judge.core.models.types import ChatRequest
from judge.core.records import Judgment, Status
from judge.judging.call_plan import Plan
from judge.judging.calls import Call, CallMaker, output_per_reply, tokens_in
from judge.judging.checked_judgments import problem_of, wrong_criteria
from judge.judging.reply_parser.objects import is_whole
from judge.judging.reply_parser.parser import Parsed, Parsers
from judge.judging.reply_parser.reminder import reminder_of


class Judging:
    """The calls of a plan, rendered by its prompt and read by its parser."""

    def __init__(self, maker: CallMaker, plan: Plan) -> None:
        self._maker = maker
        self._plan = plan
        self._parsers = Parsers(maker.prompt)
        outputs = [output_per_reply(maker.prompt_for(criterion)) for criterion in plan.apart or (None,)]
        self.tokens_out = -(-sum(outputs) // len(outputs))

    work = "judging"
    row_type = Judgment
    fatal: Mapping[str, str] = MappingProxyType({})

    @property
    def usable(self) -> frozenset[Status]:
        """A readable judgment; every other call is made again."""
        return frozenset({"ok"})

    @property
    def reasked(self) -> frozenset[Status]:
        """A reply that cannot be parsed, or was truncated."""
        return frozenset({"parse_error", "truncated"})

    @property
    def max_tokens(self) -> int | None:
        """The token limit that the user set."""
        return self._maker.settings.max_tokens

    def calls(self) -> Iterator[Call]:
        """Yield both orders (as planned), all repeats and criteria of each comparison, in the plan's order."""
        for comparison in self._plan:
            yield from self._maker.calls(self._plan, comparison)

    def request(self, call: Call, mode: str, max_tokens: int | None) -> ChatRequest:
        """Build the request for a call."""
        return self._maker.request(call, mode=mode, max_tokens=max_tokens)

    def tokens_in(self, call: Call) -> int:
        """Estimate the tokens of a call's prompt and schema."""
        return tokens_in(self._maker, call)

    def read(self, call: Call, text: str) -> Reading:
        """Read the verdict in a reply, or why there is none."""
        parsed = self._parsers.of(call.criterion).parse(text, call.tag, call.shown)
        if parsed.refusal:
            return Reading("refusal", "refusal", "the reply declines to judge")
        if parsed.error is not None:
            return Reading("parse_error", parsed.kind, parsed.error)
        return Reading("ok", parsed=parsed)

    def read_cut(self, call: Call, text: str) -> Reading:
        """A truncated reply gives no verdict, unless it is one closed JSON object: the rest was white space."""
        return self.read(call, text) if is_whole(text) else CUT

    def reminder(self, call: Call, row: Judgment) -> str | None:
        """Say what was wrong with the first reply, so that the second ask is another one at temperature 0 too."""
        if row.status != "parse_error":
            return None
        return reminder_of(self._parsers.of(call.criterion).parse(row.raw or "", call.tag, call.shown))

    def row(self, call: Call, outcome: Outcome) -> Judgment:
        """Make the judgment, with the reply's raw text whether or not it could be parsed."""
        parsed = outcome.reading.parsed if isinstance(outcome.reading.parsed, Parsed) else Parsed()
        return Judgment(
            key=call.key,
            comparison_id=call.comparison_id,
            order=call.order,
            repeat=call.repeat,
            criterion=call.criterion,
            tag=call.tag,
            judge=self._maker.settings.judge,
            winners=parsed.winners,
            analyses=parsed.analyses,
            flags=parsed.flags,
            reminder=outcome.reminder,
            prompt_sha256=self._maker.prompt.sha256,
            **outcome.fields(),
        )

    def place(self, of: Call | Judgment) -> tuple[object, ...]:
        """The comparison, the order and the repeat, and the criterion of a call for one alone."""
        return of.comparison_id, of.order, of.repeat, *([] if of.criterion is None else [of.criterion])

    def problem(self, row: Judgment, *, checked: bool) -> str | None:
        """Compare a row with the criteria, and, without a check value, with its own reply."""
        wrong = wrong_criteria(row, frozenset(self._maker.prompt.file.criteria))
        return wrong or (None if checked else problem_of(row, self._parsers))
