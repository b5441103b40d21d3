"""Loading a model, its tokenizer and an adapter from disk; what does not fit is told before the first call."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from judge.core.errors import UsageError

PACKAGES = ("torch", "transformers", "peft")


def require_packages(*, adapter: bool) -> None:
    """Errors: a package is missing. peft is needed for adapters only."""
    missing = [name for name in PACKAGES if (name != "peft" or adapter) and find_spec(name) is None]
    if missing:
        raise UsageError(
            f"a local model needs {', '.join(missing)}",
            hint="pip install 'persona-judge[local]' -c constraints.txt; a CPU build of torch will do",
        )


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings and no progress bars of transformers and peft within."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()
        yield


_PROBE = [
    {"role": "system", "content": "Persona judge asks as the system."},
    {"role": "user", "content": "Persona judge asks as the user."},
]


@dataclass(frozen=True)
class Loaded:
    """A model that is ready. ``context`` is its window in tokens, None where the model does not say.

    ``folds_system`` says that the chat template knows no system text: it then stands at the head of the user's.
    """

    model: Any
    tokenizer: Any
    name: str
    device: str
    context: int | None
    ends: frozenset[int]
    folds_system: bool

    def chat(self, system: str, user: str) -> str:
        """The text that the model is given, by its chat template."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        if self.folds_system or not system:
            messages = [{"role": "user", "content": f"{system}\n\n{user}".strip()}]
        text: str = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return text

    def tokens(self, text: str) -> list[int]:
        """Token ids of a text that the template has made; it has the special tokens already."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids


def load(folder: Path, *, adapter: Path | None, chat_template: Path | None, device: str) -> Loaded:
    """Load from disk alone. Errors: :class:`UsageError` says what does not fit."""
    import torch

    where = _device(device)
    with quiet():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", local_files_only=True)
        except Exception as error:  # the libraries raise anything for a file that is not as it should be
            raise UsageError(
                f"{folder} cannot be loaded: {_first_line(error)}", hint="is it a causal language model?"
            ) from error
        folds = _check_template(tokenizer, folder, chat_template)
        if adapter is not None:
            model = _adapted(model, folder, adapter)
    model = model.to(torch.device(where)).eval()
    tokenizer.padding_side = "left"
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        name=f"{folder.resolve().name}" + (f"+{adapter.resolve().name}" if adapter is not None else ""),
        device=where,
        context=getattr(model.config, "max_position_embeddings", None),
        ends=_ends(model, tokenizer),
        folds_system=folds,
    )


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"--device {wanted}: {_first_line(error)}", hint="cpu, cuda, cuda:1, ...") from error
    return wanted


def _check_template(tokenizer: Any, folder: Path, file: Path | None) -> bool:
    """Whether the system text must be folded into the user's. Errors: there is no template, or it cannot be used."""
    if file is not None:
        tokenizer.chat_template = file.read_text(encoding="utf-8")
    if not tokenizer.chat_template:
        raise UsageError(
            f"{folder} has no chat template: it is not said how a question is put to this model",
            hint="give one with --chat-template FILE.jinja, the one that it was tuned with if there was one",
        )
    return folds_system(
        lambda messages: tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True),
        f"the chat template of {folder}" if file is None else str(file),
    )


def folds_system(render: Callable[[list[dict[str, str]]], str], name: str) -> bool:
    """Whether the system text must stand in the user's: the template refuses it, or drops it without a word.

    Errors: a template that cannot be rendered, or does not show what the user says.
    """
    problem: object = None
    for messages in (_PROBE, _PROBE[1:]):
        try:
            text = render(messages)
        except Exception as error:  # templates raise what they like
            problem = error
            continue
        if lost := [message["role"] for message in messages if message["content"] not in text]:
            problem = f"it leaves out what the {lost[-1]} says"
            continue
        return messages is not _PROBE
    raise UsageError(f"{name} cannot be used: {problem}", hint="give another with --chat-template FILE.jinja")


def _adapted(model: Any, folder: Path, adapter: Path) -> Any:
    """The model with a LoRA adapter merged in. Errors: it is for another architecture, or only a part of it fits."""
    from peft import PeftModel, get_peft_model_state_dict
    from peft.utils.save_and_load import load_peft_weights

    other = UsageError(
        f"the adapter {adapter} does not fit {folder}",
        hint="give the base model that it was trained on (base_model_name_or_path in its adapter_config.json)",
    )
    try:
        adapted = PeftModel.from_pretrained(model, adapter)
        saved = set(load_peft_weights(str(adapter), device="cpu"))
        used = set(get_peft_model_state_dict(adapted))
    except Exception as error:  # the libraries raise anything here
        raise UsageError(f"{other.message}: {_first_line(error)}", hint=other.hint) from error
    if saved != used:
        raise UsageError(f"{other.message}: {len(saved ^ used)} of its tensors have no place", hint=other.hint)
    return adapted.merge_and_unload()


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens that end a reply: the generation settings may name several."""
    given = model.generation_config.eos_token_id
    listed = given if isinstance(given, list) else [given]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:300] or type(error).__name__
