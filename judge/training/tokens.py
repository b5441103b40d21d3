"""Turn training rows into tokens: the prompt exactly as the local model is asked, and the answer with its end."""

from __future__ import annotations

from collections.abc import Sequence

from judge.core.errors import InputError
from judge.generation.local.loading import Loaded
from judge.preferences.values.export import Example
from judge.training.settings import FinetuneSettings

TokenRows = list[dict[str, list[int]]]  # of each row its token ids (input_ids) and labels
IGNORED = -100  # the label of a token whose loss does not count: torch's convention


def token_rows(loaded: Loaded, rows: Sequence[Example], settings: FinetuneSettings) -> TokenRows:
    """Return the token ids of each row, and its labels: those of the prompt are ignored.

    Raises:
        InputError: A row has more tokens than ``max_length`` or the model's window.
    """
    limit = min(settings.max_length, loaded.context or settings.max_length)
    window = limit < settings.max_length
    made = []
    for row in rows:
        prompt = loaded.tokens(loaded.chat(row.system, row.user))
        answer = _answer(loaded, row)
        if len(prompt) + len(answer) > limit:
            raise InputError(
                f"the training row has {len(prompt) + len(answer)} tokens, and "
                + (f"the model's context window is {limit}" if window else f"--max-length is {limit}"),
                path=settings.values,
                row=row.truth.item_id,
                hint="give a model with a larger context window" if window else "give a larger --max-length",
            )
        made.append({"input_ids": prompt + answer, "labels": [IGNORED] * len(prompt) + answer})
    return made


def _answer(loaded: Loaded, row: Example) -> list[int]:
    """The tokens of the answer up to the one that ends a reply."""
    ids = loaded.tokens(loaded.reply(row.system, row.user, row.answer))
    end = next((place for place, token in enumerate(ids) if token in loaded.ends), None)
    return ids if end is None else ids[: end + 1]
