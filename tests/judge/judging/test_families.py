"""Which family a model is of, and when a judge of the same family as a contestant must be warned about."""

from __future__ import annotations

import pytest

from judge.judging.families import family, same_family


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai:gpt-4.1", "GPT"),
        ("openai:gpt-4o-mini-2024-07-18", "GPT"),
        ("gpt41", "GPT"),
        ("openai:o3", "GPT"),
        ("openai:o4-mini", "GPT"),
        ("openai/gpt-oss-120b", "GPT"),
        ("openai:ft:gpt-4.1-mini:llama-fans::x1", "GPT"),
        ("anthropic:claude-sonnet-4-5", "Claude"),
        ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", "Mistral"),
        ("openai:mixtral:8x7b", "Mistral"),
        ("meta-llama/Llama-3.1-8B", "Llama"),
        ("openai:llama3.1:8b", "Llama"),
        ("openai:hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M", "Llama"),
        ("aisingapore/llama3-8b-cpt-sea-lionv3-instruct", "SEA-LION (Llama)"),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen"),
        ("openai:qwen2.5:7b-instruct", "Qwen"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "Qwen"),
        ("sail/Sailor2-8B-Chat", "Sailor (Qwen)"),
        ("SeaLLMs/SeaLLMs-v3-7B-Chat", "SeaLLM (Qwen)"),
        ("microsoft/Phi-4-mini-instruct", "Phi"),
        ("google/gemma-3-27b-it", "Gemma"),
        ("openai:deepseek-chat", "DeepSeek"),
    ],
)
def test_the_family_is_read_off_the_name(model: str, expected: str) -> None:
    assert family(model) == expected


@pytest.mark.parametrize(
    "model", ["base", "ft", "demo1", "repo3-x", "algo4", "delphi-2", "heuristic", "8b", "", ":", "/"]
)
def test_an_unknown_name_has_no_family(model: str) -> None:
    assert family(model) is None


def test_a_judge_of_a_contestants_family_is_warned_about_by_name() -> None:
    (warning,) = same_family("openai:gpt-4.1", {"base": ["meta-llama/Llama-3.1-8B"], "top": ["gpt-4o"]})
    assert "openai:gpt-4.1" in warning
    assert "top (gpt-4o)" in warning
    assert "GPT" in warning


def test_a_shared_ancestor_is_family_too() -> None:
    assert len(same_family("openai:qwen2.5:72b", {"a": ["sail/Sailor2-8B"], "b": ["SeaLLMs/SeaLLMs-v3-7B"]})) == 2
    assert len(same_family("sail/Sailor2-20B", {"a": ["SeaLLMs/SeaLLMs-v3-7B"]})) == 1


def test_a_contestants_name_serves_where_its_model_is_not_given_and_only_there() -> None:
    assert len(same_family("openai:gpt-4.1", {"gpt41": []})) == 1
    assert same_family("openai:gpt-4.1", {"gpt41": ["meta-llama/Llama-3.1-8B"]}) == []


def test_unknown_families_share_nothing() -> None:
    assert same_family("openai:mystery", {"base": [], "ft": ["mystery"]}) == []
    assert same_family("openai:gpt-4.1", {"base": [], "ft": []}) == []


def test_each_model_of_a_contestant_is_looked_at() -> None:
    found = same_family("anthropic:claude-opus-4-5", {"mix": ["claude-haiku-4-5", "gpt-4o", "claude-sonnet-4-5"]})
    assert len(found) == 2
