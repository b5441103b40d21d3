"""The rows of all files: one frozen record each.

Every stage reads and writes JSON Lines whose rows are these records; ``docs/formats.md`` shows a sample row of each.
Records that only this program writes refuse unknown fields; :class:`Response`, which others write too, ignores them.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Order = Literal["reference_first", "candidate_first"]
Status = Literal["ok", "parse_error", "refusal", "truncated", "api_error"]
Choice = Literal["A", "B", "tie"]
Outcome = Literal["win", "loss", "tie", "inconsistent", "missing"]
Name = Annotated[str, Field(pattern=r"^[^|\x00-\x1f]+$")]  # of a contestant; part of a comparison's id


def _integral(value: object) -> object:
    """Accept a sample index written as a float, as pandas writes integer columns with gaps."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


OFFLINE = "heuristic"  # the judge that is no language model and needs no endpoint


def encodable(text: str) -> str:
    """Replace unpaired surrogates by ``?``: a model may cut an escaped emoji in two, and UTF-8 cannot encode half."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


Reply = Annotated[
    str, BeforeValidator(lambda value: encodable(value) if isinstance(value, str) else value)
]  # text that came from a model or a server


class Record(BaseModel):
    """Base of the records: immutable; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Scale(Record):
    """The answer options of a question, in code order."""

    codes: tuple[int, ...] = Field(min_length=2)
    labels: tuple[str, ...]
    ordinal: bool

    @model_validator(mode="after")
    def _one_label_per_code(self) -> Self:
        if len(self.codes) != len(self.labels):
            raise ValueError(f"{len(self.codes)} codes but {len(self.labels)} labels")
        if len(set(self.codes)) != len(self.codes):
            raise ValueError("a code occurs twice")
        return self


class Question(Record):
    """A survey question. ``structured`` asks for a code, ``open`` for a text."""

    id: str
    category: str
    structured: str
    open: str
    scale: Scale


class Subgroup(Record):
    """One cell of a stratum. ``id`` is the stratum and the labels; ``n`` counts respondents.

    ``weight`` is the sum of their survey weights, whose mean over all respondents is 1, in values that are weighted.
    """

    id: str
    stratum: str
    attributes: dict[str, str]
    n: int = Field(ge=0)
    weight: float | None = Field(default=None, ge=0)
    persona: str | None = None


class GroundTruth(Record):
    """A subgroup's answers to a question: a row of values.jsonl.

    Attributes:
        distribution: Each code's share of the ``n`` valid answers.
        margin: The modal share minus the second largest.
        ties: All modal codes where there are several.
        stability: Share of ``resamples`` bootstrap samples of respondents with the same mode; None if not computed.
        few_answers: The row has fewer valid answers than the minimum of respondents per subgroup.
        split: The part of a split that the row belongs to, or None.
    """

    item_id: str
    question: Question
    subgroup: Subgroup
    modal_code: int
    modal_label: str
    distribution: dict[str, float]
    n: int = Field(ge=1)
    margin: float
    ties: tuple[int, ...] = ()
    stability: float | None = None
    resamples: int | None = None
    few_answers: bool = False
    weighting: str = "none"
    country: str | None = None
    source: str
    source_sha256: str | None = None
    split: str | None = None

    @model_validator(mode="after")
    def _fits_the_scale(self) -> Self:
        scale = self.question.scale
        labels = dict(zip(scale.codes, scale.labels, strict=True))
        if self.modal_code not in labels:
            raise ValueError(f"modal_code {self.modal_code} is not a code of the scale")
        if self.modal_label != labels[self.modal_code]:
            raise ValueError(f"modal_label {self.modal_label!r} is not the label of code {self.modal_code}")
        if unknown := set(self.distribution) - {str(code) for code in scale.codes}:
            raise ValueError(f"distribution has {', '.join(sorted(unknown))}, which is not a code of the scale")
        if self.ties and (self.modal_code not in self.ties or not set(self.ties) <= set(labels)):
            raise ValueError("ties must list all modal codes, modal_code included")
        return self


class PromptRef(Record):
    """The prompt that a row was made with."""

    name: str
    version: str
    sha256: str


class Usage(Record):
    """Token counts of the provider. ``cached`` is the part of ``input`` that was read from its cache."""

    input: int = Field(ge=0)
    output: int = Field(ge=0)
    cached: int = Field(default=0, ge=0)


def _text(value: object) -> object:
    """Accept null for an empty text, as pandas writes it to JSON Lines: an empty cell of a CSV is one too."""
    return "" if value is None else value


def _shares(value: object) -> object:
    """Probabilities of codes; what other tools call by this name is left out."""
    numbers = isinstance(value, dict) and all(isinstance(each, (int, float)) for each in value.values())
    return value if numbers else None


class Response(BaseModel):
    """One contestant's response to one item.

    Attributes:
        text: The response, as it is judged or scored.
        reasoning: The model's reasoning text, with its tags, where its reply had any, in the text or beside it.
        probabilities: Of the codes of a structured question, where the model gave them; they sum to 1.
        call: sha256 of what the model was sent; rows with the same one share a reply.
        shared_by: The number of rows that share the reply.
        persona: From here on, the item's context, used where no values file is given.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    item_id: str = Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")
    contestant: Name | None = None
    model: str | None = None
    sample: Annotated[int, BeforeValidator(_integral)] = Field(default=0, ge=0)
    text: Annotated[str, BeforeValidator(_text)]
    reasoning: str | None = None
    finish_reason: str | None = None
    refusal: bool | None = None
    probabilities: Annotated[dict[str, float] | None, BeforeValidator(_shares)] = None
    parameters: dict[str, object] | None = None
    prompt: PromptRef | None = None
    usage: Usage | None = None
    fingerprint: str | None = None
    flags: tuple[str, ...] = ()
    call: str | None = None
    shared_by: int | None = None
    time: str | None = None

    persona: str | None = None
    question: str | None = None
    ground_truth: str | None = None
    question_id: str | None = None
    category: str | None = None
    stratum: str | None = None
    subgroup: str | None = None
    attributes: dict[str, str] | None = None


class Item(Record):
    """An item as the judge is shown it, and the dimensions of its tables. Unknown parts are null.

    ``structured`` is the survey's question, to which the ground truth is the answer.
    """

    id: str
    question_id: str
    question: str | None = None
    structured: str | None = None
    persona: str | None = None
    ground_truth: str | None = None
    category: str | None = None
    stratum: str | None = None
    subgroup: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    scale: Scale | None = None
    modal_code: int | None = None


class Comparison(Record):
    """A reference and a candidate on one item and sample index, with both responses."""

    id: str
    item: Item
    sample: int
    reference: str
    candidate: str
    reference_text: str
    candidate_text: str
    reference_sha256: str
    candidate_sha256: str


class Judgment(Record):
    """One reply of the judge to one call, or the failure to get one.

    Attributes:
        winners: A, B or tie per criterion; A is the response that was shown first.
        key: sha256 of everything that determines the call. The last row of a key counts.
        attempt: The number of earlier replies under the same key.
        criterion: The one criterion that the call decides, where each has a call of its own.
        tag: The characters that mark what is the prompt's own in the call; None in rows of versions that had none.
        reminder: What this request appended to the prompt, since the reply before it could not be used.
        flags: Doubts about the verdict: ``winners_first``, ``analysis_names_other:CRITERION``.
        requests: The number of HTTP requests of this row, retries included.
        taken_from: The run that paid for the reply, where that is another one.
        batch: The batch or the file that the reply came in; None where it came by itself.
        endpoint: The server of a fleet that replied; None where the judge is served at one address.
        check: The CRC-32 of the row's line without this field, in hexadecimal. It is verified and left out where the
            journal is read; rows of earlier versions have none.
    """

    key: str
    comparison_id: str
    order: Order
    repeat: int
    attempt: int
    judge: str
    model: str | None
    criterion: str | None = None
    tag: str | None = None
    fingerprint: str | None = None
    status: Status
    error_kind: str | None = None
    error: Reply | None = None
    winners: dict[str, Choice] = Field(default_factory=dict)
    analyses: dict[str, str] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    reminder: str | None = None
    raw: Reply | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    prompt_sha256: str
    requests: int = 1
    seconds: float = 0.0
    time: str
    taken_from: str | None = None
    batch: str | None = None
    endpoint: str | None = None
    check: str | None = None

    @model_validator(mode="after")
    def _ok_has_winners(self) -> Self:
        if (self.status == "ok") != bool(self.winners):
            raise ValueError("a judgment has winners if and only if its status is ok")
        return self


class Verdict(Record):
    """One comparison under one criterion, both orders resolved.

    Attributes:
        score: The candidate's, in [0, 1]; None where ``outcome`` is missing, or inconsistent under the rule that
            excludes those. With adaptive orders, that of one order is less the pilot's position effect, and may lie
            outside by it; ``reference_first`` or ``candidate_first`` is as it was judged.
        reference_first: The candidate's mean score in this order, None without one; likewise ``candidate_first``.
        repeats: The number of complete repeats.
        decided: Judgments of complete repeats that named a winner.
        first_wins: Those among them that named the response shown first.
        failures: Counts of the error kinds of calls without a judgment.
        calls: Planned calls that decide it, of all judges, while a run is resolved; not written.
        reference_characters: Characters of the reference's response, while a run is resolved; not written.
        candidate_characters: Likewise of the candidate's.
    """

    comparison_id: str
    criterion: str
    item_id: str
    sample: int
    reference: str
    candidate: str
    outcome: Outcome
    score: float | None
    reference_first: float | None = None
    candidate_first: float | None = None
    repeats: int = 0
    decided: int = 0
    first_wins: int = 0
    failures: dict[str, int] = Field(default_factory=dict)
    question_id: str
    category: str | None = None
    stratum: str | None = None
    subgroup: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    reference_words: int
    candidate_words: int
    calls: int | None = Field(default=None, exclude=True)
    reference_characters: int | None = Field(default=None, exclude=True)
    candidate_characters: int | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _missing_has_no_score(self) -> Self:
        if self.outcome == "missing" and self.score is not None:
            raise ValueError("a missing verdict has no score")
        if self.outcome in ("win", "loss", "tie") and self.score is None:
            raise ValueError(f"a verdict with outcome {self.outcome} has a score")
        return self


class Preference(Record):
    """How much more the candidate's response is preferred, as another tool measured it.

    ``preference`` is in [0, 1]: a probability, or 1, .5 and 0 where grades are compared; None where there is none.
    ``difference`` is the candidate's grade minus the reference's.
    """

    comparison_id: str
    criterion: str
    item_id: str
    sample: int = 0
    reference: Name
    candidate: Name
    preference: float | None = Field(ge=0, le=1)
    difference: float | None = None
    question_id: str
    category: str | None = None
    stratum: str | None = None
    subgroup: str | None = None
    reference_words: int = 0
    candidate_words: int = 0


class Grade(Record):
    """One response's score on any scale, as another tool gave it; None where it gave none."""

    item_id: str
    sample: int = 0
    contestant: Name
    criterion: str = "score"
    score: float | None = Field(allow_inf_nan=False)
    question_id: str
    category: str | None = None
    stratum: str | None = None
    subgroup: str | None = None


class Annotation(Record):
    """One annotator's labels of one comparison.

    ``choices`` maps criteria to A, B or tie (A was shown on the left); empty if the annotator skipped it.
    """

    comparison_id: str
    annotator: str
    repeat: int = 0
    order: Order
    choices: dict[str, Choice] = Field(default_factory=dict)
    seconds: float | None = None
    comment: str | None = None
    skipped: bool = False
    attention_check: bool = False
    stratum: str | None = None
    inclusion_probability: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _skipped_has_no_choice(self) -> Self:
        if self.skipped == bool(self.choices):
            raise ValueError("an annotation has choices if and only if it was not skipped")
        return self
