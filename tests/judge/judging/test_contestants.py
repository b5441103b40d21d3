"""Contestants and their samples: who is compared with whom, by which name."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.files.run_directory import COMPARISONS
from tests.support.rows import IDS, Inputs, Row, assert_refused, inputs, jsonl, read_rows, response_row


@pytest.fixture
def files(tmp_path: Path) -> Inputs:
    return inputs(tmp_path)


def compared(run: Path) -> list[str]:
    return [row["id"] for row in read_rows(run / COMPARISONS)]


# Samples


def sampled(names: tuple[str, ...], voice: str, samples: tuple[int, ...]) -> list[Row]:
    return [response_row(name, f"{voice} {sample}", sample=sample) for sample in samples for name in names]


def test_samples_pair_by_index_whatever_the_order_of_the_rows(files: Inputs) -> None:
    jsonl(files.base, sampled(IDS, "base", (0, 1)))
    jsonl(files.ft, sampled(tuple(reversed(IDS)), "ft", (1, 0)))
    assert files.compare().returncode == 0
    rows = read_rows(files.out / COMPARISONS)
    assert len({row["id"] for row in rows}) == 2 * len(IDS)
    for row in rows:
        sample, name = row.get("sample", 0), row["item"]["id"]
        assert row["id"] == f"{name}|{sample}|base|ft"
        assert row["reference_text"] == response_row(name, f"base {sample}")["text"]
        assert row["candidate_text"] == response_row(name, f"ft {sample}")["text"]


def test_unequal_sample_counts_are_refused(files: Inputs) -> None:
    jsonl(files.base, sampled(IDS, "base", (0, 1)))
    assert_refused(files.compare(), files.out, f"6 of 12 responses of base have no match in ft: {IDS[0]} sample 1")
    assert files.compare("--allow", "unpaired").returncode == 0
    assert len(compared(files.out)) == len(IDS)


# Contestants


def test_contestants_come_from_the_rows(files: Inputs, tmp_path: Path) -> None:
    rows = [response_row(name, who, contestant=who) for name in IDS for who in ("old", "new")]
    done = files.compare(files=(jsonl(tmp_path / "all.jsonl", rows),))
    assert done.returncode == 0, done.stderr
    assert "Win rate of new against old" in done.stdout


def test_a_name_on_the_command_line_stands_before_the_rows_own(files: Inputs) -> None:
    files.rewrite(lambda rows: [row | {"contestant": "own"} for row in rows])
    assert files.compare(files=(files.base, files.ft)).stdout.count("Win rate of own against base") == 1
    done = files.compare(files=(files.base, f"given={files.ft}"), out=files.out.with_name("other"))
    assert "Win rate of given against base" in done.stdout


def test_two_files_of_one_stem_are_refused_until_named(files: Inputs, tmp_path: Path) -> None:
    other = jsonl(tmp_path / "tuned" / "base.jsonl", [response_row(name, "I") for name in IDS])
    done = files.compare(files=(files.base, other))
    says = f"{other}:1: duplicate id: the contestant 'base' also has it in {files.base}:1", f"NAME={other}"
    assert_refused(done, files.out, *says)
    assert files.compare(files=(files.base, f"tuned={other}")).returncode == 0


def test_a_name_that_cannot_stand_in_an_id_is_refused(files: Inputs, tmp_path: Path) -> None:
    odd = jsonl(tmp_path / "a|b.jsonl", [response_row(name, "I") for name in IDS])
    assert_refused(files.compare(files=(files.base, odd)), files.out, "'a|b' cannot name a contestant")
    assert_refused(files.compare(files=(files.base, f"c|d={odd}")), files.out, "'c|d' cannot name a contestant")
    assert files.compare(files=(files.base, f"ab={odd}")).returncode == 0


def test_one_contestant_is_refused(files: Inputs) -> None:
    assert_refused(files.compare(files=(files.base,)), files.out, "only one contestant (base)")


def test_all_others_are_compared_with_the_reference(files: Inputs, tmp_path: Path) -> None:
    third = jsonl(tmp_path / "third.jsonl", [response_row(name, "We") for name in IDS])
    done = files.compare("--reference", "ft", files=(files.base, files.ft, third))
    assert done.returncode == 0, done.stderr
    assert {name.split("|", 2)[2] for name in compared(files.out)} == {"ft|base", "ft|third"}
    assert len(compared(files.out)) == 2 * len(IDS)
    after = done.stdout.partition("Win rates against ft")[2].splitlines()
    assert [line.split()[0] for line in after[4:6]] == ["base", "third"]


def test_an_unknown_reference_is_refused_with_the_names_there_are(files: Inputs) -> None:
    assert_refused(files.compare("--reference", "gpt"), files.out, "no contestant is called 'gpt'", "base, ft")
