"""Contestants and their samples: who is compared with whom, by which name."""

from __future__ import annotations

import pickle
from pathlib import Path

import orjson
import pytest

from judge.comparison.run import Run
from judge.core.files.arguments import InputFile
from judge.core.files.run_directory import COMPARISONS
from judge.judging.pairs.contestants import Contestant, read_contestants, spool_reader
from tests.support.refused import refused
from tests.support.rows import IDS, Inputs, Row, inputs, jsonl, read_rows, response_row


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


def compared(run: Path) -> list[str]:
    return [row["id"] for row in read_rows(run / COMPARISONS)]


# Reading


def test_files_read_by_other_processes_give_the_same_contestants(tmp_path: Path) -> None:
    rows = [response_row(name, "a text", sample=sample) for sample in (0, 1) for name in IDS]
    rows[3] |= {"text": " \u200b"}
    rows[4] |= {"text": "cut", "finish_reason": "length"}
    paths = [jsonl(tmp_path / f"{number}.jsonl", part) for number, part in enumerate((rows[:2], rows[2:7], rows[7:]))]
    files = [InputFile(path, "one", "") for path in paths]
    found = []
    for apart in (0, 2**40):
        (folder := tmp_path / f"spool-{apart}").mkdir()
        found.append(read_contestants(files, folder, apart=apart)["one"])
        with spool_reader(paths, folder) as spool:
            texts = [orjson.loads(orjson.dumps(spool.read(found[-1], at).parts()[0])) for at in range(len(rows))]
        assert texts == [row["text"] for row in rows]
    assert found[0] == found[1]
    assert [found[0].place(at) for at in (1, 2, 7)] == [(paths[0], 2), (paths[1], 1), (paths[2], 1)]
    assert (found[0].empty, found[0].truncated) == ({3}, [(paths[1], 3)])


def test_a_contestant_without_a_response_passes_between_processes() -> None:
    empty = Contestant("a", Path("a.jsonl"))
    assert pickle.loads(pickle.dumps(empty)) == empty


# Samples


def sampled(names: tuple[str, ...], voice: str, samples: tuple[int, ...]) -> list[Row]:
    return [response_row(name, f"{voice} {sample}", sample=sample) for sample in samples for name in names]


def test_samples_pair_by_index_whatever_the_order_of_the_rows(files: Inputs) -> None:
    jsonl(files.base, sampled(IDS, "base", (0, 1)))
    jsonl(files.ft, sampled(tuple(reversed(IDS)), "ft", (1, 0)))
    files.compare()
    rows = read_rows(files.out / COMPARISONS)
    assert len({row["id"] for row in rows}) == 2 * len(IDS)
    for row in rows:
        sample, name = row.get("sample", 0), row["item"]["id"]
        assert row["id"] == f"{name}|{sample}|base|ft"
        assert row["reference_text"] == response_row(name, f"base {sample}")["text"]
        assert row["candidate_text"] == response_row(name, f"ft {sample}")["text"]


def test_unequal_sample_counts_are_refused(files: Inputs) -> None:
    jsonl(files.base, sampled(IDS, "base", (0, 1)))
    with refused(f"6 of 12 responses of base have no match in ft: {IDS[0]} sample 1", out=files.out):
        files.compare()
    files.compare(allow=["unpaired"])
    assert len(compared(files.out)) == len(IDS)


# Contestants


def sides(run: Run) -> set[tuple[str, str]]:
    """The reference and the candidate of each win rate."""
    return {(row.reference, row.candidate) for row in run.summary.win_rates}


def test_contestants_come_from_the_rows(files: Inputs, tmp_path: Path) -> None:
    rows = [response_row(name, who, contestant=who) for name in IDS for who in ("old", "new")]
    run = files.compare(files=(jsonl(tmp_path / "all.jsonl", rows),))
    assert sides(run) == {("old", "new")}


def test_a_name_on_the_command_line_stands_before_the_rows_own(files: Inputs) -> None:
    files.rewrite(lambda rows: [row | {"contestant": "own"} for row in rows])
    assert sides(files.compare()) == {("base", "own")}
    given = files.compare(files=(files.base, f"given={files.ft}"), out=files.out.with_name("other"))
    assert sides(given) == {("base", "given")}


def test_two_files_of_one_stem_are_refused_until_named(files: Inputs, tmp_path: Path) -> None:
    other = jsonl(tmp_path / "tuned" / "base.jsonl", [response_row(name, "I") for name in IDS])
    says = f"{other}:1: duplicate id: the contestant 'base' also has it in {files.base}:1", f"NAME={other}"
    with refused(*says, out=files.out):
        files.compare(files=(files.base, other))
    files.compare(files=(files.base, f"tuned={other}"))


def test_a_name_that_cannot_stand_in_an_id_is_refused(files: Inputs, tmp_path: Path) -> None:
    odd = jsonl(tmp_path / "a|b.jsonl", [response_row(name, "I") for name in IDS])
    with refused("'a|b' cannot name a contestant", out=files.out):
        files.compare(files=(files.base, odd))
    with refused("'c|d' cannot name a contestant", out=files.out):
        files.compare(files=(files.base, f"c|d={odd}"))
    files.compare(files=(files.base, f"ab={odd}"))


def test_one_contestant_is_refused(files: Inputs) -> None:
    with refused("only one contestant (base)", out=files.out):
        files.compare(files=(files.base,))


def test_all_others_are_compared_with_the_reference(files: Inputs, tmp_path: Path) -> None:
    third = jsonl(tmp_path / "third.jsonl", [response_row(name, "We") for name in IDS])
    run = files.compare(files=(files.base, files.ft, third), reference="ft")
    assert {name.split("|", 2)[2] for name in compared(files.out)} == {"ft|base", "ft|third"}
    assert len(compared(files.out)) == 2 * len(IDS)
    assert sides(run) == {("ft", "base"), ("ft", "third")}


def test_an_unknown_reference_is_refused_with_the_names_there_are(files: Inputs) -> None:
    with refused("no contestant is called 'gpt'", "base, ft", out=files.out):
        files.compare(reference="gpt")
