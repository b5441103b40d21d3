"""Panels of options in the help of commands that have many, those used most first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from typer.core import TyperCommand

Panels = Mapping[str, tuple[str, ...]]
_CONNECTION = "--concurrency --rpm --tpm --timeout --max-retries --max-wait --follow-redirects --max-reply-mb".split()
_BATCHES = "--batch --wait --poll --calls-per-batch --finish --no-calls".split()
_REQUEST = "--temperature --max-tokens --model-seed --structured-output --extra-body".split()
_REFUSALS = ("--refusals", "--refusals-base-url", "--refusals-extra-body")
_COMPARE: Panels = {
    "Input": ("--values", "--prompt", "--columns", "--questions", "--allow", "--config"),
    "Judge": ("--judge", "--base-url", *_REQUEST, "--panel", "--quorum", "--combine"),
    "Output": ("--out", "--full"),
    "Design": (
        *("--limit", "--reference", "--all-pairs", "--pairs-per-item", "--orders", "--repeats"),
        *("--criteria", "--sequence", "--seed"),
    ),
    "Calls and budget": (
        "--max-cost",
        "--yes",
        *("--batch", "--engine", "--concurrency", "--reuse", "--retry-failed", "--prices"),
        *_CONNECTION[1:],
        *_BATCHES[1:],
    ),
    "Stopping": ("--until-decided", "--detect", "--until-half-width"),
    "Statistics": ("--generalize-to", "--inconsistent", "--resamples"),
    "Expert and refusals": (
        *("--expert", "--expert-share", "--expert-base-url", "--expert-extra-body"),
        *_REFUSALS,
    ),
}
PANELS: dict[str, Panels] = {
    "compare": _COMPARE,
    "estimate": {name: _COMPARE[name] for name in ("Input", "Judge", "Design", "Calls and budget")}
    | {"Expert and refusals": _COMPARE["Expert and refusals"]},
    "generate": {
        "Model": (
            *("--model", "--models", "--base-url", "--adapter", "--chat-template", "--trained", "--device"),
            "--batch-size",
        ),
        "Responses": (
            *("--task", "--persona-prompt", "--words", "--samples", *_REQUEST, "--probabilities"),
            *_REFUSALS,
        ),
        "Items": ("--sample", "--split", "--split-file", "--min-diversity", "--seed"),
        "Output": ("--out", "--estimate", "--config"),
        "Calls and budget": (
            *("--max-cost", "--yes", "--batch", "--engine", "--concurrency", "--reuse", "--retry-failed", "--allow"),
            "--prices",
            *_CONNECTION[1:],
            *_BATCHES[1:],
        ),
    },
    "values build": {
        "Survey": ("--country", "--synthetic", "--category", "--mapping", "--encoding"),
        "Output": ("--out",),
        "Subgroups": ("--strata", "--strata-file", "--min-n", "--weighted"),
        "Stability": ("--resamples", "--min-stability", "--seed"),
        "Checks": ("--allow", "--unknown-codes", "--max-unpacked", "--max-zip-ratio"),
    },
    "finetune": {
        "Model": ("--base", "--method", "--rank", "--alpha", "--dropout", "--chat-template", "--device"),
        "Output": ("--out",),
        "Rows": (
            *("--split", "--split-file", "--strata-file", "--persona-prompt", "--target", "--draws", "--sample"),
            *("--dev-share", "--allow"),
        ),
        "Training": (
            *("--learning-rate", "--epochs", "--max-steps", "--batch-size", "--accumulate", "--max-length"),
            *("--eval-every", "--patience", "--seed"),
        ),
    },
    "correct": {
        "Slices": ("--by",),
        "Output": ("--out", "--full"),
        "Labels": ("--unweighted", "--by-score", "--combine"),
        "Statistics": ("--generalize-to", "--inconsistent", "--seed", "--resamples"),
    },
    "analyze": {
        "What to analyze": ("--by", "--length-controlled", "--with", "--population-weights"),
        "Output": ("--out", "--full"),
        "Statistics": ("--fdr", "--generalize-to", "--inconsistent", "--permutations", "--seed", "--resamples"),
    },
    "agreement": {
        "Judge": ("--judge", "--judge-rater", "--order-ties", "--inconsistent-as", "--invalid-as", "--as-wrong"),
        "Output": ("--out", "--full"),
        "Labels": ("--level", "--labels", "--order", "--column", "--exclude-rater", "--majority-ties"),
        "Alternative annotator test": ("--epsilon", "--score", "--min-items", "--wilcoxon"),
        "Statistics": ("--cluster", "--seed", "--resamples"),
    },
}
REST = "Other options"


def by_panel(name: str, options: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield a command's options by panel; those that no panel names come last.

    Args:
        name: The command, as one types it after ``judge``.
        options: What stands for each option, by its long name.
    """
    panels = PANELS.get(name, {})
    for panel, names in panels.items():
        if found := [options[each] for each in names if each in options]:
            yield panel, found
    named = {each for names in panels.values() for each in names}
    if rest := [value for each, value in options.items() if each not in named]:
        yield REST, rest


class WithPanels(TyperCommand):
    """A command whose help has its options in panels."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then each panel."""
        options, arguments = {}, []
        for param in self.get_params(ctx):
            if (record := param.get_help_record(ctx)) is None:
                continue
            if param.param_type_name == "argument":
                arguments.append(record)
            else:
                options[long_name(param)] = record
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        for panel, records in by_panel(_path(ctx), options):
            with formatter.section(panel):
                formatter.write_dl(records)


def long_name(param: Any) -> str:
    """The name of an option with two dashes."""
    return str(next((each for each in param.opts if each.startswith("--")), param.opts[-1]))


def _path(ctx: Any) -> str:
    """What one types after ``judge``, from the names of a command and the groups that it is in."""
    names = [ctx.info_name] if ctx.parent is None else []
    while ctx.parent is not None:
        names.append(ctx.info_name)
        ctx = ctx.parent
    return " ".join(reversed(names))
