"""One table with a column for each contestant's response, and the advice where no response is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import InputError, UsageError
from judge.judging.pairs.contestants import responses
from judge.responses.find_columns import parse_columns
from judge.responses.read import open_responses
from tests.support.command import judge
from tests.support.loopback import Loopback

QUESTIONS = ("Why learn chess?", "Why learn Thai?", "Why learn chess?")


def table(folder: Path, **columns: str) -> Path:
    """A file whose rows have a question and the same cell in each of ``columns``, with the row's number."""
    rows = [
        {"Question": question} | {name.replace("_", " "): f"{cell} {number}" for name, cell in columns.items()}
        for number, question in enumerate(QUESTIONS)
    ]
    path = folder / "table.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def read(path: Path, *columns: str) -> list[tuple[str, int, str]]:
    return [(row.contestant or "", row.sample, row.text) for _, row in responses(path, parse_columns(columns) or None)]


def test_numbered_columns_are_the_contestants(tmp_path: Path) -> None:
    found = read(table(tmp_path, output_1="one", output_2="two"))
    assert found[:2] == [("output 1", 0, "one 0"), ("output 2", 0, "two 0")]
    assert found[4:] == [("output 1", 1, "one 2"), ("output 2", 1, "two 2")]  # the question came before


def test_columns_with_the_names_of_the_models_name_the_contestants(tmp_path: Path) -> None:
    path = table(tmp_path, response_a="one", response_b="two", model_a="gpt", model_b="llama", winner_model_a="1")
    assert read(path)[:2] == [("gpt 0", 0, "one 0"), ("llama 0", 0, "two 0")]


def test_model_a_and_model_b_are_texts_only_where_no_winner_is(tmp_path: Path) -> None:
    texts = {"model_a": "it trains the mind", "model_b": "it is good fun"}
    assert read(table(tmp_path, **texts))[:2] == [
        ("model a", 0, "it trains the mind 0"),
        ("model b", 0, "it is good fun 0"),
    ]
    for others in (texts | {"winner": "model a"}, {"model_a": "gpt", "model_b": "llama"}):
        with pytest.raises(InputError, match="no text"):
            read(table(tmp_path, **others))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("text=GPT 4,text=Llama", ["GPT 4", "Llama"]),
        ("text.old=GPT 4,text.new=Llama", ["old", "new"]),
        ("text=GPT 4", [""]),
        ("text.old=GPT 4", ["old"]),
        ("text=GPT 4,text=of another file", [""]),
    ],
)
def test_named_columns(tmp_path: Path, given: str, names: list[str]) -> None:
    path = table(tmp_path, GPT_4="it trains the mind", Llama="it is good fun")
    assert [name for name, _, _ in read(path, given)][: len(names)] == names
    assert open_responses(path, parse_columns([given])).wide == (len(names) > 1)


def test_what_cannot_be_told_is_asked_for_with_the_file_s_columns(tmp_path: Path) -> None:
    path = table(tmp_path, GPT_4="it trains the mind", Llama="it is good fun")
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.hint is not None
    assert "if each is of another model: --columns 'text=GPT 4,text=Llama'" in caught.value.hint


@pytest.mark.parametrize(
    ("row", "option"),
    [
        ({"meta": {"qid": 1}, "result": {"text": "It is good fun."}}, "--columns text=result.text"),
        (
            {"question": "Why?", "response": {"choices": [{"message": {"content": "Fun."}}]}},
            "text=response.choices.0.message",
        ),
        ({"idx": 1, "outputs": ["It is good fun.", "It is."]}, "--columns text=outputs.0"),
    ],
)
def test_a_text_within_an_object_is_named_by_its_path(tmp_path: Path, row: dict[str, Any], option: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(row), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(responses(path))
    assert caught.value.hint is not None
    assert option in caught.value.hint


def test_two_columns_of_one_field_are_refused() -> None:
    assert parse_columns(["text=a", "text=a"]) == {"text": "a"}
    with pytest.raises(UsageError, match="two columns for question"):
        parse_columns(["question=a,question=b"])
    with pytest.raises(UsageError, match=r"the field 'words\.a'"):
        parse_columns(["words.a=b"])


def test_one_table_is_compared(tmp_path: Path) -> None:
    path = table(tmp_path, output_1="It trains the mind.", output_2="It is good fun.", output_3="No idea at all.")
    with Loopback(prompt="general") as server:
        judged = ("--judge", "openai:m", "--base-url", server.url, "--all-pairs", "--out", tmp_path / "run")
        done = judge("compare", path, *judged)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "run" / "manifest.json").read_text())["contestants"]
    assert list(found) == ["output 1", "output 2", "output 3"]
    named = judge("compare", f"mine={path}", "--judge", "heuristic", "--out", tmp_path / "other")
    assert named.returncode == 2
