"""Bad input is refused clearly: nothing is overwritten, nothing asked, nothing left behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judge.preferences.values.split import split
from judge.preferences.values.strata import load_strata
from tests.support.generation import VALUES, generate, run_of, served
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.rows import jsonl, read_rows


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "gpt-4.1"), "is not a model that generates text"),
        (("--model", "heuristic"), "is not a model that generates text"),
        (("--model", "openai:"), "names no model"),
        (("--model", "hf:absent"), "no config.json in 'absent'"),
        (("--model", "hf:absent", "--base-url", "http://localhost/v1"), "no endpoint"),
        (("--model", "openai:m", "--adapter", "x"), "--adapter is for local models"),
        (("--model", "openai:m", "--persona-prompt", "poem"), "no persona prompt is called 'poem'"),
        (("--model", "openai:m", "--words", "many"), "--words many is not a range"),
        (("--model", "openai:m", "--split", "ood"), "--split ood needs a split file"),
        (("--model", "openai:unpriced", "--max-cost", "1"), "--max-cost needs a price"),
        ((), "give --model, or --models"),
        (("--models", "absent.yaml"), "is one file"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    with refused(words):
        generate(tmp_path / "m.jsonl", *options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("models: []", "models"),
        ("models:\n  - {name: a, model: 'openai:m', speed: 3}\n", "speed"),
        ("models:\n  - {name: a, model: 'openai:m'}\n  - {name: a, model: 'openai:n'}\n", "two models are called 'a'"),
        ("models:\n  - {name: a/b, model: 'openai:m'}\n", "name"),
        ("models: [", "not usable as YAML"),
    ],
)
def test_models_files_that_are_none(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "models.yaml").write_text(content)
    with refused(words, "models.yaml"):
        generate(tmp_path / "runs", "--models", tmp_path / "models.yaml")
    assert not (tmp_path / "runs").exists()


def test_a_values_file_of_another_version_names_line_and_row(tmp_path: Path) -> None:
    rows = read_rows(VALUES)
    rows[1] = {**rows[1], "modal_option": 1}
    values = jsonl(tmp_path / "values.jsonl", rows)
    with refused(f"{values}:2", rows[1]["item_id"]):
        generate(tmp_path / "m.jsonl", "--model", "openai:m", values=values)
    twice = jsonl(tmp_path / "twice.jsonl", [rows[0], rows[0]])
    with refused(f"{twice}:2", "in line 1"):
        generate(tmp_path / "m.jsonl", "--model", "openai:m", values=twice)
    empty = jsonl(tmp_path / "empty.jsonl", [])
    with refused("no rows"):
        generate(tmp_path / "m.jsonl", "--model", "openai:m", values=empty)


def test_an_unknown_model_stops_after_one_request_and_leaves_no_file(tmp_path: Path) -> None:
    body = {"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}
    with Loopback(fail_all=(404, body)) as server, refused("does not exist"):
        generate(tmp_path / "m.jsonl", *served(server))
    assert len(server.seen) == 1


def test_a_file_of_another_configuration_or_origin_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="I like it.") as server:
        assert generate(out, *served(server, "--sample", 4)) == 0
        before = out.read_bytes()
        asked = len(server.seen)
        for options, words in [
            (("--sample", 3), "sample: 4 there, 3 now"),
            (("--sample", 5, "--seed", 1), "seed: 0 there, 1 now"),
            (("--sample", 4, "--temperature", 1), "temperature: None there, 1.0 now"),
            (("--sample", 4, "--persona-prompt", "interview"), "first_person+open"),
            (("--sample", 4, "--task", "structured"), "task: open there, structured now"),
        ]:
            with refused("another configuration", words):
                generate(out, *served(server, *options))
        values = jsonl(tmp_path / "values.jsonl", read_rows(VALUES)[:50])
        with refused("values_sha256"):
            generate(out, *served(server, "--sample", 4), values=values)
        assert out.read_bytes() == before
        out.write_text("my own notes\n")
        with refused("is not what this run wrote"):
            generate(out, *served(server, "--sample", 4))
        other = tmp_path / "other.jsonl"
        other.write_text("my own notes\n")
        with refused("no run of this program beside it"):
            generate(other, *served(server))
        assert not run_of(other).exists()
        assert len(server.seen) == asked
        journal = run_of(out) / "generations.jsonl"
        held = journal.read_bytes()
        for kept in (held[: len(held) // 2], b""):
            journal.write_bytes(kept)
            out.write_bytes(before)
            with refused("it has the paid results"):
                generate(out, *served(server, "--sample", 4))
            assert out.read_bytes() == before
        journal.write_bytes(held)
        assert len(server.seen) == asked
        out.unlink()  # what was lost is written again, and nothing is asked
        assert generate(out, *served(server, "--sample", 4)) == 0
        assert out.read_bytes() == before
        assert len(server.seen) == asked


def test_a_file_put_where_a_run_got_nothing_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fail_all=(401, {"error": {"message": "bad key"}})) as server, refused("bad key"):
        generate(out, *served(server))
    out.write_text("my own notes\n")
    with Loopback(fixed_text="I like it.") as server:
        with refused("is not what this run wrote"):
            generate(out, *served(server))
        assert out.read_text() == "my own notes\n"
        assert not server.seen
        out.unlink()
        assert generate(out, *served(server)) == 0


def test_a_file_put_there_while_the_run_goes_on_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"

    def writes(body: dict[str, Any]) -> str:
        out.write_text("my own notes\n")
        return f"I like it: {len(body)}."

    with Loopback(writes=writes) as server:
        with refused("is not what this run wrote"):
            generate(out, *served(server, "--sample", 4))
        assert out.read_text() == "my own notes\n"
        out.unlink()
        assert generate(out, *served(server, "--sample", 4)) == 0  # what was paid for is kept
        assert len(server.seen) == 4


def test_the_file_that_is_there_is_known_after_kills_at_the_moment_of_writing(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="I like it.") as server:
        assert generate(out, *served(server, "--sample", 2)) == 0
        first = out.read_bytes()
        for number in (3, 4):  # a kill between the note of the new file and its taking its place leaves the old one
            assert generate(out, *served(server, "--sample", number)) == 0
            out.write_bytes(first)
        assert generate(out, *served(server, "--sample", 5)) == 0
        assert len(server.seen) == 5


def test_a_split_decides_and_one_of_another_values_file_is_refused(tmp_path: Path) -> None:
    rows = read_rows(VALUES)
    for row in rows:  # a stratum that is held out
        if row["subgroup"]["stratum"] == "sex_x_age":
            row["subgroup"]["stratum"] = "age_x_religion"
    values = jsonl(tmp_path / "values.jsonl", rows)
    split(values, load_strata(), tmp_path / "split")
    held_out = {row["item_id"] for row in read_rows(tmp_path / "split" / "ood.jsonl")}
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="I like it.") as server:
        assert generate(out, *served(server, "--split", "ood"), values=values) == 0
        assert {row["item_id"] for row in read_rows(out)} == held_out
        jsonl(values, rows[1:])
        with refused("another version of"):
            generate(tmp_path / "n.jsonl", *served(server, "--split", "ood"), values=values)
    (tmp_path / "split" / "split.json").write_text(json.dumps({"train": {}}))
    with refused("not a split file"):
        generate(tmp_path / "n.jsonl", "--model", "openai:m", "--split", "ood", values=values)
