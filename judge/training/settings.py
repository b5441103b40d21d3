"""The settings of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from judge.preferences.values.export import Selection

Method = Literal["lora", "qlora", "full"]
HELD_OUT = "held-out"
ALLOWANCES = (HELD_OUT,)


@dataclass(frozen=True)
class FinetuneSettings:
    """Settings of `judge finetune`. Those of LoRA, and one epoch, follow the study; it states no more than that.

    The study's learning rate, as printed, is 1e-6. With LoRA that moves little: see docs/training.md.

    Attributes:
        values: The values file.
        base: The directory of the model to train.
        out: The directory of the adapter, or with ``method`` "full" of the trained model.
        selection: Which rows are trained on, and which questions are set apart.
        persona_prompt: The prompt, as for `judge generate`.
        strata_file: Definitions of the strata; None is the study's.
        method: "lora" trains an adapter, "qlora" one beside weights of four bits (needs a GPU), "full" all weights.
        rank: Of the adapter's matrices.
        alpha: Scales the adapter by alpha / rank.
        dropout: Of the adapter's inputs, in training.
        learning_rate: At its highest: it rises over the first 3 % of the steps (rounded), and falls as a cosine to 0.
        epochs: Passes over the training rows.
        max_steps: Steps, in place of ``epochs``.
        batch_size: Rows in one pass through the model, per process.
        accumulate: Passes whose gradients are summed for one step.
        max_length: The most tokens of a row; a longer one is refused.
        eval_every: Steps between two measurements of the dev loss, and between two checkpoints; None is a tenth of all.
        patience: How many measurements in a row may be no better than the best before training stops.
        chat_template: A Jinja file in place of the model's own template.
        device: cpu, cuda, ...; "auto" takes cuda if there is one.
        allow: May contain ``held-out``.
    """

    values: Path
    base: Path
    out: Path
    selection: Selection = field(default_factory=lambda: Selection(dev_share=0.1, shuffle=True))
    persona_prompt: str = "first_person"
    strata_file: Path | None = None
    method: Method = "lora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    learning_rate: float = 1e-4
    epochs: float = 1.0
    max_steps: int | None = None
    batch_size: int = 8
    accumulate: int = 1
    max_length: int = 1024
    eval_every: int | None = None
    patience: int = 2
    chat_template: Path | None = None
    device: str = "auto"
    allow: frozenset[str] = frozenset()
