"""Load a model, its tokenizer and an adapter from disk, and check that they fit before the first call."""

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
    """Check that the packages for local models are installed; peft is needed for adapters only.

    Raises:
        UsageError: A package is missing.
    """
    missing = [name for name in PACKAGES if (name != "peft" or adapter) and find_spec(name) is None]
    if missing:
        raise UsageError(
            f"a local model needs {', '.join(missing)}",
            hint="pip install 'persona-judge[local]' -c constraints.txt; a CPU build of torch is enough",
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings and progress bars of transformers and peft."""
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
    """A model that is ready to generate.

    Attributes:
        context: Its context window in tokens, None if the model does not state it.
        ends: Tokens that end a reply.
        folds_system: The chat template takes no system text, which is then put before the user's text.
    """

    model: Any
    tokenizer: Any
    name: str
    device: str
    context: int | None
    ends: frozenset[int]
    folds_system: bool

    def chat(self, system: str, user: str) -> str:
        """Return the text of a prompt, by the chat template."""
        messages = self._messages(system, user)
        text: str = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return text

    def reply(self, system: str, user: str, answer: str) -> str:
        """Return what follows the text of :meth:`chat` where the model replies with ``answer``, with its end.

        Where the template writes a finished reply in another way than the prompt ends (some leave out a block of
        reasoning), the answer and the tokenizer's own end are returned.
        """
        prompt = self.chat(system, user)
        messages = [*self._messages(system, user), {"role": "assistant", "content": answer}]
        whole: str = self.tokenizer.apply_chat_template(messages, tokenize=False)
        after = whole.removeprefix(prompt)
        return after if after != whole and answer in after else f"{answer}{self.tokenizer.eos_token or ''}"

    def _messages(self, system: str, user: str) -> list[dict[str, str]]:
        if self.folds_system or not system:
            return [{"role": "user", "content": f"{system}\n\n{user}".strip()}]
        return [{"role": "system", "content": system}, {"role": "user", "content": user}]

    def tokens(self, text: str) -> list[int]:
        """Return the token ids of a text from :meth:`chat`, which has the special tokens already."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids


def load(
    folder: Path, *, adapter: Path | None, chat_template: Path | None, device: str, four_bit: bool = False
) -> Loaded:
    """Load a model from disk; nothing is downloaded.

    ``four_bit`` quantizes the weights to four bits as they are read (NF4), to train an adapter beside them.

    Raises:
        UsageError: The model, the template, the adapter or the device cannot be used.
    """
    import torch

    where = _device(device)
    with quiet():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype="auto", local_files_only=True, **(_four_bits(where) if four_bit else {})
            )
        except Exception as error:  # the libraries raise any exception for a faulty file
            raise UsageError(
                f"{folder} cannot be loaded: {first_line(error)}",
                hint="give the folder of a causal language model: config.json, weights, tokenizer, each whole",
            ) from error
        folds = _check_template(tokenizer, folder, chat_template)
        if adapter is not None:
            model = _adapted(model, folder, adapter)
    model = (model if four_bit else model.to(torch.device(where))).eval()
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


def _four_bits(device: str) -> dict[str, Any]:
    """Options of ``from_pretrained``: 4-bit NormalFloat with double quantization (Dettmers et al., 2023, QLoRA)."""
    import torch
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": config, "device_map": {"": device}}


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"--device {wanted}: {first_line(error)}", hint="cpu, cuda, cuda:1, ...") from error
    return wanted


def _check_template(tokenizer: Any, folder: Path, file: Path | None) -> bool:
    """Whether the system text must be put into the user's text. Refuses a model without a usable template."""
    if file is not None:
        tokenizer.chat_template = file.read_text(encoding="utf-8")
    if not tokenizer.chat_template:
        raise UsageError(
            f"{folder} has no chat template, which says how to format a question for this model",
            hint="give one with --chat-template FILE.jinja, if possible the one that it was tuned with",
        )
    return folds_system(
        lambda messages: tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True),
        f"the chat template of {folder}" if file is None else str(file),
    )


def folds_system(render: Callable[[list[dict[str, str]]], str], name: str) -> bool:
    """Test whether the system text must be put into the user's text, since the template refuses or drops it.

    Args:
        render: Renders chat messages by the template.
        name: The template's name, for messages.

    Raises:
        UsageError: The template cannot be rendered, or drops the user's text.
    """
    problem: object = None
    for messages in (_PROBE, _PROBE[1:]):
        try:
            text = render(messages)
        except Exception as error:  # templates may raise any exception
            problem = error
            continue
        if lost := [message["role"] for message in messages if message["content"] not in text]:
            problem = f"it drops the {lost[-1]} text"
            continue
        return messages is not _PROBE
    raise UsageError(f"{name} cannot be used: {problem}", hint="give another with --chat-template FILE.jinja")


def _adapted(model: Any, folder: Path, adapter: Path) -> Any:
    """The model with a LoRA adapter merged in. Refuses one for another architecture, or of which only a part fits."""
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
    except Exception as error:  # the libraries raise any exception here
        raise UsageError(f"{other.message}: {first_line(error)}", hint=other.hint) from error
    if saved != used:
        raise UsageError(f"{other.message}: {len(saved ^ used)} of its tensors do not fit", hint=other.hint)
    return adapted.merge_and_unload()


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens that end a reply; the generation settings may name several."""
    given = model.generation_config.eos_token_id
    listed = given if isinstance(given, list) else [given]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)


def first_line(error: BaseException) -> str:
    """Return the first words of an error of a library, whose texts may be long; its class where it has none."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:300] or type(error).__name__
