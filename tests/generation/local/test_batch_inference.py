"""A real local model: tiny, random, with its own tokenizer, loaded through `hf:`, with and without an adapter."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.generation.local.client import open_local
from judge.generation.local.fingerprint import fingerprint
from judge.generation.local.tiny import make_tiny_adapter, make_tiny_model
from tests.support.generation import generate, journal, manifest, results, run_of, texts
from tests.support.refused import refused
from tests.support.rows import read_rows
from tests.support.study import write

FEW = ("--sample", 10, "--max-tokens", 24, "--temperature", 0.9)


def ask_all(client: ModelClient, requests: Sequence[ChatRequest]) -> list[ChatReply]:
    async def run() -> list[ChatReply]:
        try:
            return list(await asyncio.gather(*(client.ask(request) for request in requests)))
        finally:
            await client.close()

    return asyncio.run(run())


def request(number: int = 0, *, temperature: float = 0.9, seed: int = 0, max_tokens: int | None = 20) -> ChatRequest:
    question = "What do you think of work? " + "And of life? " * number
    return ChatRequest("You are a man.", question, None, "text", temperature, max_tokens, seed)


def test_one_model_under_two_names_needs_another_seed_and_no_draw(tiny: Path, tmp_path: Path) -> None:
    local: list[dict[str, object]] = [{"name": name, "model": f"hf:{tiny}"} for name in ("a", "b")]
    with refused("'a' and 'b' are the same model", "`model_seed: 1` for 'b'"):
        generate(tmp_path / "runs", "--models", write(tmp_path / "models.yaml", {"models": local}))
    local[1]["draw"] = 2
    with refused("'b' is sent a seed"):
        generate(tmp_path / "runs", "--models", write(tmp_path / "models.yaml", {"models": local}))


def test_the_same_seed_gives_the_same_text_and_the_adapter_another(tiny: Path, lora: Path, tmp_path: Path) -> None:
    base, again, ft = (tmp_path / f"{name}.jsonl" for name in ("base", "again", "ft"))
    for out, more in ((base, ()), (again, ("--batch-size", 3)), (ft, ("--adapter", lora))):
        assert generate(out, "--model", f"hf:{tiny}", *FEW, *more) == 0
    assert len(texts(base)) == 10
    assert texts(base) == texts(again)
    assert all(texts(base)[key] != text for key, text in texts(ft).items())
    row, adapted = read_rows(base)[0], read_rows(ft)[0]
    assert (row["model"], adapted["model"]) == ("tiny", "tiny+lora")
    assert row["fingerprint"] != adapted["fingerprint"]
    assert row["finish_reason"] in ("stop", "length")
    assert 0 < row["usage"]["output"] <= 24
    assert {"torch", "transformers"} <= set(manifest(base)["packages"])
    assert {"peft"} <= set(manifest(ft)["packages"])
    asked = len(journal(base))
    assert generate(base, "--model", f"hf:{tiny}", *FEW) == 0
    assert len(journal(base)) == asked


def test_other_seeds_samples_and_temperatures_give_other_texts(tiny: Path, tmp_path: Path) -> None:
    one, two, cold = (tmp_path / f"{name}.jsonl" for name in ("one", "two", "cold"))
    assert generate(one, "--model", f"hf:{tiny}", *FEW, "--samples", 2) == 0
    assert generate(two, "--model", f"hf:{tiny}", *FEW, "--model-seed", 7) == 0
    few = ("--sample", 10, "--max-tokens", 24)
    assert generate(cold, "--model", f"hf:{tiny}", *few, "--samples", 2) == 0
    hot, other, greedy = texts(one), texts(two), texts(cold)
    assert all(hot[item, 0] != hot[item, 1] for item, _ in other)
    assert all(hot[item, 0] != other[item, 0] for item, _ in other)
    assert all(greedy[item, 0] == greedy[item, 1] for item, _ in other)  # temperature 0 draws nothing


def test_a_text_does_not_depend_on_its_batch(tiny: Path) -> None:
    requests = [request(number % 5, seed=number, temperature=0.0 if number % 3 else 0.8) for number in range(24)]
    batched = ask_all(open_local(tiny, batch_size=8), requests)
    alone = ask_all(open_local(tiny, batch_size=1), requests)
    assert [reply.text for reply in batched] == [reply.text for reply in alone]
    assert [reply.usage for reply in batched] == [reply.usage for reply in alone]


def test_sampling_draws_from_the_softmax(tiny: Path) -> None:
    import torch

    from judge.generation.local.batch_inference import Job, _Noise

    scores = torch.log(torch.tensor([0.6, 0.3, 0.1]))
    jobs = [Job([number], 1, 1.0, number) for number in range(4000)]
    drawn = _Noise(jobs, "cpu")(None, scores.repeat(4000, 1)).argmax(dim=1)
    shares = torch.bincount(drawn, minlength=3) / 4000
    assert torch.allclose(shares, torch.tensor([0.6, 0.3, 0.1]), atol=0.03)  # four standard errors
    cold = [Job([number], 1, 0.25, number) for number in range(4000)]  # p ** 4, renormalised: .940, .059, .001
    drawn = _Noise(cold, "cpu")(None, scores.repeat(4000, 1)).argmax(dim=1)
    assert (drawn == 0).float().mean() == pytest.approx(0.940, abs=0.016)


def test_structured_answers_are_asked_as_text(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "base.csv"
    assert generate(out, "--model", f"hf:{tiny}", "--task", "structured", "--sample", 4, "--max-tokens", 8) == 0
    assert out.read_text().startswith("custom_id,response\n")
    assert manifest(out)["reply_mode"] == "text"
    with refused("does not support structured output"):
        generate(tmp_path / "x.csv", "--model", f"hf:{tiny}", "--task", "structured", "--reply", "schema")


def test_a_prompt_that_the_window_cannot_hold_fails_that_call_only(tmp_path: Path) -> None:
    small = make_tiny_model(tmp_path / "small", context=64)
    client = open_local(small, batch_size=4)
    with pytest.raises(ChatError) as error:
        ask_all(client, [request(20)])
    assert error.value.kind is ErrorKind.CONTEXT_LENGTH
    assert "exceed the model's 64" in error.value.message
    out = tmp_path / "m.jsonl"
    assert generate(out, "--model", f"hf:{small}", "--sample", 4) in (1, 2)
    assert results(out)["failed"] == {"context_length": 4}
    assert all("exceed the model's 64" in (row.error or "") for row in journal(out))
    assert {row.error_kind for row in journal(out)} == {"context_length"}
    assert not out.exists()


def test_a_limit_that_was_not_given_is_what_the_window_leaves(tmp_path: Path) -> None:
    small = make_tiny_model(tmp_path / "small", context=64)
    (reply,) = ask_all(open_local(small, batch_size=4), [request(0, max_tokens=None)])
    assert reply.usage is not None
    assert reply.usage.input + reply.usage.output <= 64


def changed(tiny: Path, folder: Path, **config: object) -> Path:
    shutil.copytree(tiny, folder)
    if config:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | config))
    return folder


def test_no_chat_template_is_refused_and_one_can_be_given(tiny: Path, tmp_path: Path) -> None:
    bare = changed(tiny, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    out = tmp_path / "m.jsonl"
    with refused("has no chat template", "--chat-template"):
        generate(out, "--model", f"hf:{bare}", *FEW)
    assert not out.exists()
    template = tmp_path / "chat.jinja"
    template.write_text("{% for message in messages %}{{ message.content }}\n{% endfor %}")
    assert generate(out, "--model", f"hf:{bare}", *FEW, "--chat-template", template) == 0
    template.write_text("{{ raise_exception('never') }}")
    with refused("cannot be used: never"):
        generate(tmp_path / "n.jsonl", "--model", f"hf:{bare}", *FEW, "--chat-template", template)
    template.write_text(
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ messages[0].content }}"
    )
    client = open_local(bare, chat_template=template, batch_size=2)  # the system text goes to the head of the user's
    assert ask_all(client, [request()])[0].text


def test_an_adapter_for_another_architecture_is_refused(tiny: Path, lora: Path, tmp_path: Path) -> None:
    def refuse(adapter: Path, *words: str) -> None:
        out = tmp_path / "m.jsonl"
        with refused(f"the adapter {adapter} does not fit {tiny}", *words):
            generate(out, "--model", f"hf:{tiny}", "--adapter", adapter, *FEW)
        assert not out.exists()

    wrong_name = changed(lora, tmp_path / "name")
    config = json.loads((lora / "adapter_config.json").read_text())
    (wrong_name / "adapter_config.json").write_text(json.dumps(config | {"target_modules": ["c_attn"]}))
    refuse(wrong_name, "c_attn")
    wrong_rank = changed(lora, tmp_path / "rank")
    (wrong_rank / "adapter_config.json").write_text(json.dumps(config | {"r": 8}))
    refuse(wrong_rank)
    part = changed(lora, tmp_path / "part")
    (part / "adapter_config.json").write_text(json.dumps(config | {"target_modules": ["q_proj", "v_proj", "o_proj"]}))
    refuse(part, "of its tensors do not fit")
    deeper = changed(lora, tmp_path / "deeper")
    (deeper / "adapter_config.json").write_text(json.dumps(config | {"target_modules": ["q_proj"]}))
    refuse(deeper, "of its tensors do not fit")


def test_a_model_that_is_damaged_or_other_than_before_is_refused(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    model = changed(tiny, tmp_path / "model")
    assert generate(out, "--model", f"hf:{model}", *FEW) == 0
    before = out.read_bytes()
    make_tiny_model(model, seed=9)  # other weights under the same name
    with refused("weights: "):
        generate(out, "--model", f"hf:{model}", *FEW)
    assert out.read_bytes() == before
    (model / "model.safetensors").write_bytes(b"nothing")
    with refused("cannot be loaded"):
        generate(tmp_path / "n.jsonl", "--model", f"hf:{model}", *FEW)
    assert not (run_of(tmp_path / "n.jsonl") / "generations.jsonl").exists()
    (model / "model.safetensors").unlink()
    with refused("has no weights"):
        generate(tmp_path / "n.jsonl", "--model", f"hf:{model}", *FEW)
    with refused("--device"):
        generate(tmp_path / "n.jsonl", "--model", f"hf:{tiny}", *FEW, "--device", "nowhere")


def test_a_fingerprint_follows_content_of_small_and_large_files(tiny: Path, lora: Path, tmp_path: Path) -> None:
    copy = changed(tiny, tmp_path / "copy")
    assert fingerprint(copy) == fingerprint(tiny) != fingerprint(lora)
    large = copy / "model.safetensors"
    large.write_bytes(bytes(2**24 + 5))
    first = fingerprint(copy)
    with large.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    assert fingerprint(copy) != first


def test_another_adapter_is_another_contestant(tiny: Path, lora: Path, tmp_path: Path) -> None:
    other = make_tiny_adapter(tiny, tmp_path / "lora", seed=5)
    replies = [ask_all(open_local(tiny, adapter=adapter, batch_size=1), [request()])[0] for adapter in (lora, other)]
    assert replies[0].text != replies[1].text
    assert replies[0].fingerprint != replies[1].fingerprint
