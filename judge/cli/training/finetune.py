"""`judge finetune`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import StrataFile, ValuesFile, allowances
from judge.cli.shared.output import screen


def finetune(
    values: ValuesFile,
    base: Annotated[Path, typer.Option(help="The directory of the model to train.")],
    out: Annotated[Path, typer.Option(help="The directory of the adapter (with --method full, of the model).")],
    side: Annotated[Literal["train", "ood", "all"], typer.Option("--split", help="Rows to train on.")] = "train",
    split_file: Annotated[
        Path | None, typer.Option(help="The split.json of `judge values split` [default: the strata's own sides].")
    ] = None,
    persona_prompt: Annotated[
        str, typer.Option(help="The prompt, as for `judge generate`: first_person, ..., or your own .yaml file.")
    ] = "first_person",
    target: Annotated[
        Literal["mode", "distribution"],
        typer.Option(help="The answer: the modal code, or --draws rows with the shares of the distribution."),
    ] = "mode",
    draws: Annotated[int, typer.Option(min=1, help="Rows per item for --target distribution.")] = 10,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Sample this many items, with subgroups and categories in proportion.")
    ] = None,
    dev_share: Annotated[
        float, typer.Option(min=0, max=0.9, help="The share of questions set apart to measure the loss; 0: none.")
    ] = 0.1,
    method: Annotated[
        Literal["lora", "qlora", "full"],
        typer.Option(help="lora: an adapter; qlora: beside weights of four bits (needs a GPU); full: all weights."),
    ] = "lora",
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapter.")] = 16,
    alpha: Annotated[int, typer.Option(min=1, help="The adapter is scaled by alpha / rank.")] = 32,
    dropout: Annotated[float, typer.Option(min=0, max=0.9, help="Dropout of the adapter.")] = 0.05,
    learning_rate: Annotated[
        float, typer.Option(min=0, help="Highest learning rate. The study prints 1e-6, which moves LoRA little.")
    ] = 1e-4,
    epochs: Annotated[float, typer.Option(min=0, help="Passes over the rows.")] = 1.0,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Steps, in place of --epochs.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Rows per pass, for each process.")] = 8,
    accumulate: Annotated[int, typer.Option(min=1, help="Passes per step.")] = 1,
    max_length: Annotated[int, typer.Option(min=16, help="Most tokens of a row; a longer one is refused.")] = 1024,
    eval_every: Annotated[
        int | None, typer.Option(min=1, help="Steps between measurements and checkpoints [default: a tenth of all].")
    ] = None,
    patience: Annotated[
        int, typer.Option(min=1, help="Stop after so many measurements in a row without a lower dev loss.")
    ] = 2,
    chat_template: Annotated[Path | None, typer.Option(help="Chat template (Jinja) of a model that has none.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, ...; auto: cuda if there is one.")] = "auto",
    seed: Annotated[int, typer.Option(help="Seed of rows, order, initial weights of the adapter and dropout.")] = 0,
    allow: Annotated[
        list[str] | None, typer.Option(help="held-out: train on held-out strata, where scores then mean nothing.")
    ] = None,
    strata_file: StrataFile = None,
) -> None:
    """Fine-tune a local model on the answers of a values file (extra `train`). Rerun the command to resume."""
    from judge.cli.shared.finetune_output import FinetuneOutput, finetuned_lines
    from judge.preferences.values.export import Selection
    from judge.training.finetune import finetune as run
    from judge.training.settings import ALLOWANCES, FinetuneSettings
    from judge.training.sft import processes

    settings = FinetuneSettings(
        values=values,
        base=Path(str(base).removeprefix("hf:")),  # as other commands name a model
        out=out,
        selection=Selection(side, split_file, sample, dev_share, target, draws, shuffle=True, seed=seed),
        persona_prompt=persona_prompt,
        strata_file=strata_file,
        method=method,
        rank=rank,
        alpha=alpha,
        dropout=dropout,
        learning_rate=learning_rate,
        epochs=epochs,
        max_steps=max_steps,
        batch_size=batch_size,
        accumulate=accumulate,
        max_length=max_length,
        eval_every=eval_every,
        patience=patience,
        chat_template=chat_template,
        device=device,
        allow=allowances(allow, ALLOWANCES),
    )
    console = screen()
    found = run(settings, on_event=FinetuneOutput(console))
    for line in finetuned_lines(found) if processes()[0] == 0 else ():  # the first of several processes speaks
        console.print(line, highlight=False, markup=False)
