"""The temperature and the seeds that calls are sent, where the user leaves something open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from judge.core.files.manifest import GenerationManifest
from judge.generation.settings import GenerateSettings

STRUCTURED_TEMPERATURE = 0.0
_SEEDS = 2**31  # servers read a seed as a signed number of 32 bits, or a longer one


@dataclass(frozen=True)
class Decoding:
    """What a run sends with each call.

    Attributes:
        temperature: None sends none.
        is_default: The temperature is this program's choice, not the user's: an endpoint that rejects it is asked
            without it.
        model_seed: The seed of the run; None sends none.
        seeds_per_call: Each call has a seed of its own. Otherwise all items share the seeds S, S + 1, ... of the
            samples: local models, which mix the prompt in themselves, and runs of earlier versions.
    """

    temperature: float | None
    is_default: bool
    model_seed: int | None
    seeds_per_call: bool

    @property
    def seed_rule(self) -> str | None:
        """The rule as the configuration of a run records it."""
        return "per-call" if self.seeds_per_call else None

    def seed(self, system: str, user: str, sample: int) -> int | None:
        """Return the seed of a call.

        A server that draws the noise of a text from its seed alone gives two prompts with one seed the same noise, so
        that their texts begin alike. The seed of a call therefore follows from the run's seed, the prompt and the
        number of the sample: two models that are asked the same with one ``--model-seed`` are sent the same seeds.
        """
        if self.model_seed is None:
            return None
        if not self.seeds_per_call:
            return self.model_seed + sample
        # Lengths keep the parts apart.
        text = f"{self.model_seed}\n{sample}\n{len(system)}\n{len(user)}\n{system}{user}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % _SEEDS


def decoding_of(settings: GenerateSettings, run: GenerationManifest | None = None) -> Decoding:
    """Return how a run decodes.

    Args:
        settings: The settings of the run.
        run: Its manifest, where it exists. A run of a version that had other rules keeps them: its calls are the same
            calls, and what was paid for stays.
    """
    seed, given = settings.seed_of_model, settings.temperature
    if settings.model.local or (run is not None and is_of_earlier_version(run)):
        return Decoding(given, is_default=False, model_seed=seed, seeds_per_call=False)
    is_default = settings.structured and given is None
    return Decoding(
        STRUCTURED_TEMPERATURE if is_default else given,
        is_default=is_default,
        model_seed=seed,
        seeds_per_call=seed is not None,
    )


def is_of_earlier_version(run: GenerationManifest) -> bool:
    """Whether a run is of a version that sent all items the same seeds, and no temperature unless one was given."""
    return "seed_rule" not in run.configuration.model_fields_set
