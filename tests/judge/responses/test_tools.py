"""Each tool's file, in its documented form, is read as rows of this project."""

from __future__ import annotations

import csv
import json
import struct
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import pytest

from judge.core.errors import InputError
from judge.core.files.arguments import input_file
from judge.core.records import Response
from judge.judging.pairs.contestants import read_contestants, responses
from judge.responses.questions import read_questions
from judge.responses.read import open_responses
from tests.support.paths import ROOT

FORMATS = ROOT / "tests" / "fixtures" / "formats"


def read(name: str | Path, **columns: str) -> list[Response]:
    return [row for _, row in responses(FORMATS / name, columns)]


def failures(name: str) -> dict[str | None, Counter[str]]:
    source = open_responses(FORMATS / name)
    list(source.rows)
    return source.failures


def test_openai_batch() -> None:
    first, second = read("openai_batch.jsonl")
    assert (first.item_id, first.text, first.model) == ("request-1", "Two plus two is four.", "gpt-4.1-2025-04-14")
    assert first.usage is not None
    assert (first.usage.input, first.usage.output, first.finish_reason) == (22, 7, "stop")
    assert (second.text, second.refusal) == ("I cannot help with that.", True)
    assert failures("openai_batch.jsonl") == {None: Counter(batch_expired=1, rate_limit_exceeded=1)}


def test_openai_batch_of_the_responses_endpoint() -> None:
    (row,) = read("openai_responses_batch.jsonl")
    assert (row.item_id, row.text, row.model) == ("request-1", "Four.", "gpt-5-mini")
    assert row.usage is not None
    assert row.usage.output == 3


def test_vllm_run_batch_with_two_choices_gives_two_samples() -> None:
    first, second = read("vllm_run_batch.jsonl")
    assert [(row.sample, row.text) for row in (first, second)] == [(0, "Four."), (1, "It is 4.")]
    assert (first.reasoning, first.finish_reason, second.reasoning) == ("Two and two.", "length", None)


def test_anthropic_batch() -> None:
    (row,) = read("anthropic_batch.jsonl")
    assert (row.item_id, row.text) == ("my-second-request", "Hello again! How can I help?")
    assert (row.reasoning, row.model, row.finish_reason) == ("A greeting.", "claude-opus-4-6", "end_turn")
    assert failures("anthropic_batch.jsonl") == {None: Counter(invalid_request_error=1, expired=1)}


def test_alpaca_eval_meets_by_the_instruction(tmp_path: Path) -> None:
    first, second = read("alpaca_eval.json")
    assert (first.contestant, first.category) == ("gpt4_1106_preview", "helpful_base")
    assert second.question == "How did US states get their names?"
    rows = json.loads((FORMATS / "alpaca_eval.json").read_text(encoding="utf-8"))
    other = tmp_path / "other.json"
    other.write_text(json.dumps(rows[::-1]), encoding="utf-8")  # another order, on one line
    assert [row.item_id for row in read(other)] == [second.item_id, first.item_id]


def test_array_of_records() -> None:
    assert [(row.item_id, row.text, row.question) for row in read("records.json")] == [
        ("1", "Yes.", "Is it?"),
        ("2", "", "Was it?"),
    ]


def test_lm_eval_reads_raw_generations_of_the_first_filter() -> None:
    rows = read("lm_eval_samples.jsonl")
    assert [(row.item_id, row.sample, row.text) for row in rows] == [
        ("0-a1f0c3e5", 0, " She has 3+2=5. The answer is 5."),
        ("1-b2f0c3e5", 0, "Five."),
        ("1-b2f0c3e5", 1, "It is 5."),
    ]
    assert [row.question for row in rows[1:]] == ["And 7 less 2?"] * 2
    assert {row.ground_truth for row in rows} == {"5"}


def test_log_likelihoods_are_no_responses(tmp_path: Path) -> None:
    path = tmp_path / "samples_arc.jsonl"
    path.write_text(json.dumps({"doc_id": 0, "resps": [[["-3.2", "False"]], [["-1.0", "True"]]], "target": "1"}) + "\n")
    path.write_text('{"doc_id": 0, "target": "1", "resps": [[[-3.2, false]], [[-1.0, true]]]}\n')
    with pytest.raises(InputError, match="log-likelihoods"):
        read(path)


def inspect_archive(path: Path) -> Path:
    log = json.loads((FORMATS / "inspect_log.json").read_text(encoding="utf-8"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": log["eval"]}))
        for sample in log["samples"]:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        archive.writestr("summaries.json", "[]")
        archive.writestr("header.json", json.dumps({name: log[name] for name in ("version", "status", "eval")}))
    return path


def with_zstandard(path: Path) -> Path:
    """The zip with its files compressed as inspect_ai does since 2026: with Zstandard, number 93."""
    zstandard = pytest.importorskip("zstandard")
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in content.items():
            archive.writestr(name, zstandard.ZstdCompressor().compress(raw))
        entries, directory = archive.infolist(), archive.start_dir
    data = bytearray(path.read_bytes())
    for entry in entries:
        directory = data.index(b"PK\x01\x02", directory)
        for method, sizes in ((entry.header_offset + 8, entry.header_offset + 14), (directory + 10, directory + 16)):
            raw = content[entry.filename]
            struct.pack_into("<H", data, method, 93)
            struct.pack_into("<LLL", data, sizes, zlib.crc32(raw), entry.compress_size, len(raw))
        directory += 4
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("form", ["json", "eval", "eval, zstandard"])
def test_inspect_logs(form: str, tmp_path: Path) -> None:
    path = FORMATS / "inspect_log.json" if form == "json" else inspect_archive(tmp_path / "log.eval")
    if form == "eval, zstandard":
        with_zstandard(path)
    first, second = read(path)
    assert (first.item_id, first.sample, first.text) == ("1", 0, "In the basket, where she left it.")
    assert (first.question, first.ground_truth) == ("Where will Sally look?", "In the basket.")
    assert (second.sample, second.text, second.reasoning) == (1, "The basket.", "She left it there.")
    assert (second.question, second.finish_reason) == ("Where will Sally look?", "max_tokens")
    source = open_responses(path)
    list(source.rows)
    assert source.failures == {"openai/gpt-4.1": Counter({"error of the sample": 1})}
    assert {row.contestant for row in (first, second)} == {"openai/gpt-4.1"}


def test_promptfoo_gives_each_provider_as_a_contestant(tmp_path: Path) -> None:
    rows = read("promptfoo.json")
    assert [(row.item_id, row.contestant, row.text) for row in rows] == [
        ("0", "openai:gpt-4.1", "Rayleigh scattering."),
        ("0", "opus", "Air scatters blue light most."),
        ("1", "opus", "The path is longer."),
    ]
    assert rows[0].question == "Why is the sky blue?"
    contestants = read_contestants([input_file(str(FORMATS / "promptfoo.json"))], tmp_path)
    assert {name: entry.failures for name, entry in contestants.items()} == {
        "openai:gpt-4.1": Counter({"error of the provider": 1}),
        "opus": Counter(),
    }


def test_last_turn_of_messages() -> None:
    first, second, third = read("messages.jsonl")
    assert (first.text, first.question) == ("Hello!", "Hi")
    assert (second.text, second.question) == ("Goodbye.", "User: Hi\n\nAssistant: Hello!\n\nUser: Bye")
    assert (third.item_id, third.sample, third.text) == (first.item_id, 1, "Good day!")  # the same question again


def test_prompt_and_completion() -> None:
    assert [(row.question, row.text) for row in read("prompt_completion.jsonl")] == [
        ("The sky is", " blue."),
        ("Grass is", " green."),
    ]


def test_text_files_of_excel(tmp_path: Path) -> None:
    rows = read("excel_semicolons.csv")
    assert [(row.item_id, row.question, row.text) for row in rows] == [
        ("1", "What is 2+2?", "Four; truly."),
        ("2", "And 3?", "Three."),
    ]
    unicode_text = 'ID\tPrompt\tResponse\r\n1\tWas ist größer?\tDie "Sonne", natürlich.\r\n'
    (tmp_path / "a.txt").write_bytes(unicode_text.encode("utf-16"))
    (row,) = read(tmp_path / "a.txt")
    assert (row.item_id, row.question, row.text) == ("1", "Was ist größer?", 'Die "Sonne", natürlich.')


def test_named_columns_and_paths_into_them(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        '{"key": 7, "text": "Ask?", "out": {"parts": [{"said": "Yes."}]}, "prompt": "x", "usage": "much"}\n'
    )
    (row,) = read(path, item_id="key", question="text", text="out.parts.0.said")
    assert (row.item_id, row.question, row.text) == ("7", "Ask?", "Yes.")
    with pytest.raises(InputError, match="no column 'gone'"):
        read(path, item_id="key", text="gone")
    assert read("records.json", text="out")[0].text == "Yes."  # the columns are another file's


def test_two_readings_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text('{"id": 1, "output": "a", "answer": "b"}\n')
    with pytest.raises(InputError, match="several columns may hold the text: 'output', 'answer'"):
        read(path)
    path.write_text('{"prompt": "a", "query": "b", "output": "c"}\n')
    with pytest.raises(InputError, match="several columns may hold the question"):
        read(path)
    path.write_text('{"output": "c"}\n')
    with pytest.raises(InputError, match="no item_id"):
        read(path)


def test_alpaca_input_is_part_of_the_question(tmp_path: Path) -> None:
    path = tmp_path / "tuned.jsonl"
    path.write_text('{"instruction": "Translate.", "input": "Haus", "output": "house"}\n')
    (row,) = read(path)
    assert row.question == "Translate.\n\nHaus"
    assert open_responses(path).read_as.taken == {
        "item_id": "the question's text",
        "text": "output",
        "question": "instruction and input",
    }


@pytest.mark.parametrize("prompt", ["Is it?", '{"name": "p", "version": "1", "sha256": "0"}', ""])
def test_a_prompt_beside_our_own_names_is_the_question_where_it_is_text(tmp_path: Path, prompt: str) -> None:
    path = tmp_path / "own.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "prompt", "response"), ("7", prompt, "Yes.")])
    (row,) = read(path)
    assert (row.item_id, row.text, row.question) == ("7", "Yes.", "Is it?" if prompt == "Is it?" else None)
    assert (row.prompt is not None) == prompt.startswith("{")


ASKED = "What is 2+2?"
TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASKED}]
PARTS = [{"role": "user", "content": [{"type": "text", "text": ASKED}]}]
REQUESTS = {
    "openai": json.dumps({"custom_id": "request-1", "method": "POST", "body": {"model": "gpt-4.1", "messages": TURNS}}),
    "responses": json.dumps({"custom_id": "request-1", "url": "/v1/responses", "body": {"input": ASKED}}),
    "anthropic": json.dumps({"custom_id": "request-1", "params": {"max_tokens": 9, "messages": PARTS}}),
    "table": f"ID,Prompt\nrequest-1,{ASKED}\n",
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_questions_come_from_the_requests(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "requests"
    path.write_text(REQUESTS[kind], encoding="utf-8")
    assert read_questions(path) == {"request-1": "What is 2+2?"}
    file = input_file(str(FORMATS / "openai_batch.jsonl"), questions=path)
    first, second = [row for _, row in open_responses(file.path, file.columns, file.questions).rows]
    assert (first["question"], second.get("question")) == ("What is 2+2?", None)


def test_a_question_that_is_missing_or_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, seen in (
        ("id,prompt\n1,\n", r"a\.csv:2: no question; the row has: 'id', 'prompt' \(row id 1\)"),
        ("id,prompt\n1,a\n1,b\n", r"a\.csv:3: the id has another question before"),
        ("name,prompt\n1,a\n", r"a\.csv:2: no id"),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=seen):
            read_questions(path)
