"""Training rows for fine-tuning on structured preferences: persona and question as input, an answer as output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from judge.core.errors import InputError, UsageError
from judge.core.files.outputs import check_kind, check_outputs, has_fields
from judge.core.files.run_directory import replacing
from judge.core.records import GroundTruth
from judge.core.survey.item_sample import cells, stratified
from judge.core.survey.split_file import split_path, subgroups_of_side
from judge.preferences.values.split import rows_of
from judge.preferences.values.strata import Strata
from judge.preferences.values.values_file import read_values
from judge.prompts.persona import SpeakingPrompt, load_speaking
from judge.prompts.survey_request import answer_line, survey_request

Format = Literal["openai", "trl"]
Side = Literal["train", "ood", "all"]
Target = Literal["mode", "distribution"]
_HALF = 0.5


@dataclass(frozen=True)
class Selection:
    """Which rows of a values file are trained on, and what their answers are.

    Attributes:
        side: ``train``, ``ood`` or ``all``, by the strata or by ``split_file``.
        split_file: The split.json of `judge values split`, in place of the strata's own sides.
        sample: A number of rows, with subgroups and categories in proportion; None takes all.
        dev_share: The share of questions whose rows are set apart, to measure the loss on questions not trained on.
        target: ``mode`` answers with the modal code. ``distribution`` gives each item ``draws`` rows whose codes have
            the shares of its distribution: the loss is then least where the model's probabilities are those shares.
        draws: Rows per item for ``distribution``.
        shuffle: Whether the rows are put into a random order, or stay in that of the file.
        seed: Of the sample, the questions set apart, the codes and the order.
    """

    side: Side = "train"
    split_file: Path | None = None
    sample: int | None = None
    dev_share: float = 0.0
    target: Target = "mode"
    draws: int = 10
    shuffle: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """One training row: the prompt in two texts, and the answer."""

    truth: GroundTruth
    code: int
    system: str
    user: str

    @property
    def answer(self) -> str:
        """The text that the model learns to write."""
        return answer_line(self.code)

    def chat_row(self, form: Format) -> dict[str, Any]:
        """Return the row as chat messages; an empty system text gives no message.

        Args:
            form: ``openai``: ``{"messages": [system, user, assistant]}``, for OpenAI's fine-tuning and most trainers;
                ``trl``: TRL's prompt-completion form ``{"prompt": [system, user], "completion": [assistant]}``, with
                which the loss is over the answer only.
        """
        texts = (("system", self.system), ("user", self.user), ("assistant", self.answer))
        messages = [{"role": role, "content": text} for role, text in texts if text or role != "system"]
        return {"messages": messages} if form == "openai" else {"prompt": messages[:-1], "completion": messages[-1:]}


@dataclass(frozen=True)
class Examples:
    """The training rows, and those of the questions that are set apart."""

    train: tuple[Example, ...]
    dev: tuple[Example, ...]


def training_examples(path: Path, strata: Strata, selection: Selection, prompt: SpeakingPrompt) -> Examples:
    """Select rows of a values file and word them as training rows.

    Args:
        path: the values file.
        strata: definitions of its strata.
        selection: which rows, and which answers.
        prompt: a persona phrasing with the task ``structured``: what a model is asked with later.

    Raises:
        InputError: no row is left; the split file is of another values file; a code has no label.
        UsageError: there is no split file; no question is left to train on.
    """
    rows = list(_rows_of_side(path, strata, selection))
    if selection.sample is not None and selection.sample < len(rows):
        rows = [rows[place] for place in stratified(cells(rows), selection.sample, selection.seed)]
    if not rows:
        raise InputError(f"no row is on the side {selection.side}", path=path, hint="choose another --split")
    apart = dev_questions({row.question.id for row in rows}, selection.dev_share, selection.seed)
    parts = ([row for row in rows if row.question.id not in apart], [row for row in rows if row.question.id in apart])
    train, dev = (tuple(_examples(part, selection, prompt)) for part in parts)
    if selection.shuffle:
        train = tuple(sorted(train, key=_by_hash(selection.seed, train)))
    return Examples(train, dev)


def dev_questions(questions: set[str], share: float, seed: int) -> set[str]:
    """Choose the questions that are set apart: at least one where ``share`` is above 0, and never all.

    Raises:
        UsageError: There is one question alone.
    """
    if not share:
        return set()
    if len(questions) < 2:
        raise UsageError(
            f"all rows are of one question ({', '.join(questions)}), which cannot be both trained on and set apart",
            hint="give --dev-share 0 (in a study dev_share: 0), or rows of more questions",
        )
    number = min(max(1, int(share * len(questions) + _HALF)), len(questions) - 1)
    return set(sorted(questions, key=lambda question: _hash(seed, "dev", question))[:number])


def drawn_codes(truth: GroundTruth, draws: int, seed: int) -> list[int]:
    """Return ``draws`` codes with the shares of a row's distribution, each number off by less than 1.

    Systematic sampling: the points (u + i) / draws, with one random u for the row, on the cumulative distribution. The
    expected number of each code is its share times ``draws``.
    """
    start = int.from_bytes(_hash(seed, "draw", truth.item_id)[:8], "big") / 2**64
    codes = truth.question.scale.codes
    total, found, upto, place = sum(truth.distribution.values()), [], 0.0, 0
    for number in range(draws):
        point = (start + number) / draws * total
        while place < len(codes) - 1 and upto + truth.distribution.get(str(codes[place]), 0.0) <= point:
            upto += truth.distribution.get(str(codes[place]), 0.0)
            place += 1
        found.append(codes[place])
    return found


def export(
    path: Path,
    strata: Strata,
    selection: Selection,
    *,
    form: Format,
    out: Path,
    dev: Path | None = None,
    persona_prompt: str = "first_person",
) -> tuple[int, int]:
    """Write training rows, and those of the questions that are set apart.

    Args:
        path: the values file.
        strata: definitions of its strata.
        selection: which rows, and which answers.
        form: the format of the rows.
        out: the file to write.
        dev: the file of the questions that are set apart; needs ``selection.dev_share``.
        persona_prompt: the name or file of a persona prompt, as for `judge generate`.

    Returns:
        The number of rows in each file.

    Raises:
        InputError: no row is on that side. No file is written.
        UsageError: a file to be written is an input, cannot be written, or is there and has no training rows; ``dev``
            without a share, or the reverse.
        PromptError: the prompt cannot be used.
    """
    if (dev is None) == bool(selection.dev_share):
        raise UsageError("--dev and --dev-share go together", hint="like --dev dev.jsonl --dev-share .1")
    outs = [out] if dev is None else [out, dev]
    check_outputs(outs, [path, strata.path, Path(persona_prompt)])
    for each in outs:
        check_kind(each, _is_chat_row)
    examples = training_examples(path, strata, selection, load_speaking(persona_prompt, "structured"))
    for target, rows in zip(outs, (examples.train, examples.dev), strict=False):
        with replacing(target) as file:
            for row in rows:
                file.write(json.dumps(row.chat_row(form), ensure_ascii=False) + "\n")
    return len(examples.train), len(examples.dev)


def _is_chat_row(line: bytes) -> bool:
    """Whether a line is a training row, in either format."""
    return has_fields(line, {"messages"}) or has_fields(line, {"prompt", "completion"})


def _rows_of_side(path: Path, strata: Strata, selection: Selection) -> Iterator[GroundTruth]:
    if selection.split_file is None or selection.side == "all":
        return rows_of(path, strata, selection.side)
    file = split_path(path, selection.side, selection.split_file)
    groups = subgroups_of_side(path, selection.side, file)
    return (row for row in read_values(path) if row.subgroup.id in groups)


def _examples(rows: Sequence[GroundTruth], selection: Selection, prompt: SpeakingPrompt) -> Iterator[Example]:
    for row in rows:
        system, user = survey_request(prompt, row)
        by_mode = selection.target == "mode"
        codes = [row.modal_code] if by_mode else drawn_codes(row, selection.draws, selection.seed)
        for code in codes:
            yield Example(row, code, system, user)


def _by_hash(seed: int, rows: Sequence[Example]) -> Any:
    """A key that puts rows into a random order, which depends on each row alone."""
    ranks = {id(row): _hash(seed, "order", f"{row.truth.item_id}|{place}") for place, row in enumerate(rows)}
    return lambda row: ranks[id(row)]


def _hash(seed: int, what: str, text: str) -> bytes:
    return hashlib.sha256(f"{seed}|{what}|{text}".encode()).digest()
