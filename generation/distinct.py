"""Whether two entries of a models file are one model, asked in the same way: the same calls would be paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.entry import ModelEntry
from generation.models import identity, parse_model
from judge.core.errors import InputError, PersonaJudgeError


@dataclass(frozen=True)
class _Asked:
    """What decides an entry's calls beside what all entries share. ``seed`` is its first; None where none is sent."""

    name: str
    way: tuple[object, ...]
    seed: int | None
    draw: int

    def overlaps(self, other: _Asked, samples: int) -> bool:
        """Whether a call of one is a call of the other: each sample has the next seed."""
        if self.way != other.way or self.draw != other.draw:
            return False
        if self.seed is None or other.seed is None:
            return self.seed == other.seed
        return abs(self.seed - other.seed) < samples


def identified(entry: ModelEntry) -> dict[str, Any]:
    """Which model an entry names. Errors: it names none."""
    return identity(
        parse_model(
            entry.model, entry.base_url, adapter=entry.adapter, chat_template=entry.chat_template, device=entry.device
        )
    )


def check_distinct(
    entries: Sequence[ModelEntry],
    common: Mapping[str, Any],
    path: Path,
    identify: Callable[[ModelEntry], dict[str, Any]] = identified,
) -> None:
    """Refuse entries that would be sent the same calls, and a further draw where a seed decides the text.

    ``common`` has what an entry leaves out, and the number of ``samples``. An entry whose model cannot be read is
    passed over: it is refused in its own place. Errors: :class:`InputError` names both entries.
    """
    seen: list[_Asked] = []
    samples = common["samples"]
    for entry in entries:
        with suppress(PersonaJudgeError):
            seen.append(_asked(entry, common, identify(entry)))
    for number, one in enumerate(seen):
        if one.draw > 1 and one.seed is not None:
            raise InputError(
                f"{one.name!r} is sent a seed, which decides its text: no draw differs from another",
                path=path, hint="give another `model_seed` in place of `draw`",
            )  # fmt: skip
        for other in seen[:number]:
            if one.overlaps(other, samples):
                draw = f"draw: {other.draw + 1}" if other.seed is None else f"model_seed: {other.seed + samples}"
                raise InputError(
                    f"{other.name!r} and {one.name!r} are one model, asked in the same way: the same calls would be "
                    "paid for twice",
                    path=path, hint=f"name another model, or leave one out; `{draw}` for {one.name!r} if a second, "
                    "independent draw of the model is meant (a control)",
                )  # fmt: skip


def _asked(entry: ModelEntry, common: Mapping[str, Any], known: dict[str, Any]) -> _Asked:
    temperature, limit, seed = (
        common[name] if getattr(entry, name) is None else getattr(entry, name)
        for name in ("temperature", "max_tokens", "model_seed")
    )
    if entry.model.startswith("anthropic:"):
        seed = None  # that API has none
    elif not entry.model.startswith("openai:"):  # a local model always has one, and a temperature
        temperature, seed = temperature or 0, seed or 0
    return _Asked(entry.name, (known, temperature, limit), seed, entry.draw)
