"""Make a tiny causal language model with random weights, and a LoRA adapter for it: for tests, benchmarks and the demo.

Its text has no meaning. It loads, generates and takes adapters like a large one, in a fraction of a second and without
a download.
"""

from __future__ import annotations

from pathlib import Path

from judge.generation.local.loading import quiet

_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
_SPECIAL = ("<pad>", "<unk>", "<end>", "<system>", "<user>", "<assistant>")
_WORDS = """
the a of and to in is it that I my we our you they people family life work faith god money trust friends school country
government law rules freedom order safety health money children parents women men old young neighbours world future
past good bad right wrong important always never sometimes often rarely more less very quite because when where who
what think feel believe hope know learn live help share keep change grow matter for with from about at by on but or not
no yes so if then also only each every many few some most
""".split()


def make_tiny_model(folder: Path, *, seed: int = 0, context: int = 1024) -> Path:
    """Save a model of about 50,000 random parameters, and its tokenizer.

    Args:
        folder: Where to save them.
        seed: Decides the weights.
        context: The context window in tokens.

    Returns:
        The folder.
    """
    with quiet():
        return _make_tiny_model(folder, seed, context)


def _make_tiny_model(folder: Path, seed: int, context: int) -> Path:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = [f"\u0120{word}" for word in dict.fromkeys(_WORDS)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *letters])}
    merges: list[tuple[str, str]] = []
    for word in words:  # byte-pair merges that build each word from its first letter on
        built = word[0]
        for letter in word[1:]:
            pair, built = (built, letter), built + letter
            if built not in vocabulary:
                vocabulary[built] = len(vocabulary)
                merges.append(pair)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>"))  # noqa: S106 - a token of text
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        eos_token="<end>",  # noqa: S106
        additional_special_tokens=["<system>", "<user>", "<assistant>"],
        model_max_length=context,
    )
    wrapped.chat_template = _TEMPLATE
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        pad_token_id=vocabulary["<pad>"],
        eos_token_id=vocabulary["<end>"],
        bos_token_id=None,
        initializer_range=0.2,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():  # it generates words rather than bytes that are not text
        of_words = [vocabulary[word] for word in words]
        others = [number for number in range(len(vocabulary)) if number not in of_words]
        model.lm_head.weight[others] *= 0.2
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder


def make_tiny_adapter(model: Path, folder: Path, *, seed: int = 1) -> Path:
    """Save a LoRA adapter with random weights for a tiny model.

    Args:
        model: The model's folder.
        folder: Where to save the adapter.
        seed: Decides the weights.

    Returns:
        The folder.
    """
    with quiet():
        return _make_tiny_adapter(model, folder, seed)


def _make_tiny_adapter(model: Path, folder: Path, seed: int) -> Path:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(model, local_files_only=True)
    torch.manual_seed(seed)
    adapted = get_peft_model(
        base, LoraConfig(r=4, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    )
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.normal_(0.0, 0.3)
    adapted.save_pretrained(folder)
    return folder
