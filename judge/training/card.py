"""The model card: what was trained on what, in words, beside the weights."""

from __future__ import annotations

from judge.core.files.training_manifest import TrainingManifest


def model_card(manifest: TrainingManifest) -> str:
    """Write the card in Markdown, with the metadata that the Hugging Face Hub reads."""
    config, results = manifest.configuration, manifest.results
    assert results is not None
    adapter = config.method != "full"
    ranks = f"{config.method}, r = {config.rank}, alpha = {config.alpha}, all linear layers"
    kind = ranks if adapter else "all weights"
    rows, items, questions = (f"{n:,}" for n in (manifest.train_rows, manifest.train_items, manifest.train_questions))
    lines = [
        "---",
        "library_name: peft" if adapter else "library_name: transformers",
        "tags: [persona-judge, sft]",
        "---",
        "",
        f"# {config.base}, fine-tuned on structured preferences",
        "",
        "The model answers survey questions in the role of a population subgroup. It was trained on aggregated answers "
        "of a survey, by `judge finetune`; it does not know any respondent, and speaks for nobody.",
        "",
        "| | |",
        "|---|---|",
        f"| base | {config.base} (fingerprint {config.weights}) |",
        f"| trained weights | fingerprint {results.adapter}, sha256 {results.weights_sha256} |",
        f"| method | {kind} |",
        f"| rows | {rows} of {items} items and {questions} questions, of the strata {', '.join(manifest.strata)} |",
        f"| values | {manifest.values}, sha256 {config.values_sha256} |",
        f"| answers | {'the modal code' if config.target == 'mode' else 'codes with the shares of the distribution'} |",
        f"| set apart | {manifest.dev_rows:,} rows of {manifest.dev_questions:,} other questions |",
        f"| prompt | {config.prompt.name} version {config.prompt.version} ({config.prompt.sha256[:8]}) |",
        f"| learning rate | {config.learning_rate:g}, batch {config.batch_size} x {config.accumulate} x "
        f"{config.processes}, seed {config.seed} |",
        f"| steps | {results.steps:,} of {results.planned_steps:,}"
        f"{', stopped early' if results.stopped_early else ''}"
        f"{'' if results.best_step is None else f'; weights of step {results.best_step:,}'} |",
    ]
    for name, points in (("first", results.losses[:1]), ("last", results.losses[-1:])):
        for point in points:
            losses = f"{_loss(point.loss)}, dev {_loss(point.dev_loss)}"
            lines.append(f"| {name} loss (step {point.step:,}) | {losses} |")
    lines += [
        "",
        "Ask it with the prompt above (`judge generate --task structured --structured-output text` and the same "
        "`--persona-prompt`). Held-out strata share respondents with the training strata: a score there says how "
        "answers carry over to other combinations of attributes, not to other people.",
        "",
        "`training/manifest.json` has all settings, `training/rows.jsonl` every item that was trained on.",
        "",
    ]
    return "\n".join(lines)


def _loss(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
