"""What the run of a file of answers did not ask is not missing: a sample, one side of a split, a least diversity."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from judge.generation.generate import generate
from judge.generation.items import chosen_items
from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
from judge.preferences.scoring.records import ScoreSummary
from judge.preferences.scoring.tables import headline, tables
from judge.preferences.values.split import split
from judge.preferences.values.strata import load_strata
from tests.support.generation import ITEMS, VALUES, settings
from tests.support.loopback import Loopback
from tests.support.rows import read_rows
from tests.support.values import truth, write_values

SPLITS = {"sex": ("Female", "Male"), "age_x_religion": ("Young_Muslim", "Old_Muslim")}


def answered(out: Path, *, values: Path = VALUES, **options: Any) -> Path:
    """Structured answers to the chosen items, all of them the second code."""
    common = {"task": "structured", "structured_output": "text", "concurrency": 1}
    with Loopback(fixed_text="Answer: 2") as server:
        generate(settings(out, server, values=values, **common | options))
    return out


def scored(*files: Path, values: Path = VALUES) -> ScoreSummary:
    return evaluate(ScoreSettings(values, tuple(map(str, files)), permutations=99, swaps=99))


def counts(summary: ScoreSummary) -> list[tuple[int, int, int, int]]:
    """Of each model: items, answered, missing, not asked."""
    return [(row.items, row.answered, row.missing, row.not_asked) for row in summary.answers]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_what_a_sample_left_out_is_not_missing(tmp_path: Path, ending: str) -> None:
    made = answered(tmp_path / f"base.{ending}", sample=20, seed=3)
    found = scored(made)
    assert counts(found) == [(20, 20, 0, ITEMS - 20)]
    assert (found.how.rows, found.how.not_asked) == (ITEMS, ITEMS - 20)
    assert not [warning for warning in found.warnings if "base" in warning]
    assert headline(found)[0].startswith(f"20 of {ITEMS} items were asked")
    assert {row.items for row in found.scores if row.dimension == "all"} == {20}
    assert min(row.items for row in found.scores) > 0, "a slice of which nothing was asked has no row"


def test_an_item_that_was_asked_without_an_answer_is_missing(tmp_path: Path) -> None:
    failing: list[str] = []

    def refuses(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        prompt = str(body["messages"])
        failing.extend([] if failing else [prompt])
        return (400, {"error": {"message": "not this one"}}) if prompt == failing[0] else None

    common = {"task": "structured", "structured_output": "text", "concurrency": 1}
    with Loopback(fixed_text="Answer: 2", refuses=refuses) as server:
        generate(settings(tmp_path / "base.csv", server, sample=20, **common))
    found = scored(tmp_path / "base.csv")
    ((items, read, missing, left_out),) = counts(found)
    assert missing > 0
    assert (items, read + missing, left_out) == (20, 20, ITEMS - 20)
    assert any(f"{missing} of 20" in warning for warning in found.warnings)


def test_without_the_run_or_with_other_values_all_items_count_as_asked(tmp_path: Path) -> None:
    made = answered(tmp_path / "base.csv", sample=20)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    alone = shutil.copy(made, elsewhere / "base.csv")
    assert counts(scored(alone)) == [(ITEMS, 20, ITEMS - 20, 0)]
    other = tmp_path / "values.jsonl"
    other.write_text(VALUES.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert counts(scored(made, values=other)) == [(ITEMS, 20, ITEMS - 20, 0)]


def test_models_with_other_samples_are_counted_each_by_its_own(tmp_path: Path) -> None:
    few, more = answered(tmp_path / "few.csv", sample=10), answered(tmp_path / "more.csv", sample=30)
    found = scored(few, more)
    assert counts(found) == [(10, 10, 0, ITEMS - 10), (30, 30, 0, ITEMS - 30)]
    assert found.how.not_asked == ITEMS - 30
    assert {row.estimate.n for row in found.differences if row.dimension == "all"} <= set(range(11))


def test_a_side_of_a_split_and_a_least_diversity_are_known_by_their_files(tmp_path: Path) -> None:
    values = write_values(
        tmp_path / "values.jsonl",
        [
            truth(f"Q{number}", group, 1 + (number * place) % 4, stratum=stratum)
            for number in range(1, 9)
            for stratum, groups in SPLITS.items()
            for place, group in enumerate(groups)
        ],
    )
    split(values, load_strata(None), tmp_path / "split")
    made = answered(tmp_path / "base.jsonl", values=values, split="ood", min_diversity=0.5)
    asked = {row["item_id"] for row in read_rows(made)}
    assert 0 < len(asked) < 16, "some questions of the two held-out subgroups"
    found = scored(made, values=values)
    assert counts(found) == [(len(asked), len(asked), 0, 32 - len(asked))]
    for table in tables(found):
        if "split" in table.columns:
            assert {row[table.columns.index("split")] for row in table.rows} == {"OOD"}
    # The run keeps a copy; without it the file beside the values is read, and without both nothing is known.
    kept = made.with_name(f"{made.name}.run") / "split.json"
    whole = kept.read_bytes()
    kept.write_bytes(whole[:100])
    assert counts(scored(made, values=values)) == [(len(asked), len(asked), 0, 32 - len(asked))]
    kept.write_bytes(whole)
    (tmp_path / "split" / "split.json").rename(tmp_path / "split" / "gone.json")
    assert counts(scored(made, values=values)) == [(len(asked), len(asked), 0, 32 - len(asked))]
    kept.rename(tmp_path / "split" / "split.json")
    assert counts(scored(made, values=values)) == [(len(asked), len(asked), 0, 32 - len(asked))]
    (tmp_path / "split" / "split.json").rename(tmp_path / "split" / "gone.json")
    assert counts(scored(made, values=values)) == [(32, len(asked), 32 - len(asked), 0)]


def test_a_run_that_goes_on_has_the_copy_of_its_split_again(tmp_path: Path) -> None:
    rows = [
        truth(f"Q{number}", group, 1, stratum=name)
        for number in range(4)
        for name, groups in SPLITS.items()
        for group in groups
    ]
    values = write_values(tmp_path / "values.jsonl", rows)
    split(values, load_strata(None), tmp_path / "split")
    out, kept = tmp_path / "base.csv", tmp_path / "base.csv.run" / "split.json"
    with Loopback(fixed_text="Answer: 2") as server:
        asked = settings(out, server, values=values, split="ood", task="structured", structured_output="text")
        generate(asked)
        whole = kept.read_bytes()
        assert whole == (tmp_path / "split" / "split.json").read_bytes()
        for spoil in (lambda: kept.write_bytes(whole[:100]), kept.unlink):  # damaged; of a run of an earlier version
            spoil()
            generate(asked)
            assert kept.read_bytes() == whole


def test_a_split_without_any_score_has_no_row_in_the_tables_and_stays_in_the_files(tmp_path: Path) -> None:
    values = write_values(
        tmp_path / "values.jsonl",
        [
            truth(f"Q{number}", group, 1, stratum=name)
            for number in range(8)
            for name, groups in SPLITS.items()
            for group in groups
        ],
    )
    rows = [f"Q{number}_age_x_religion_{group},Answer: 1" for number in range(8) for group in SPLITS["age_x_religion"]]
    (tmp_path / "base.csv").write_text("\n".join(["custom_id,response", *rows]) + "\n", encoding="utf-8")
    found = scored(tmp_path / "base.csv", values=values)
    assert counts(found) == [(32, 16, 16, 0)]
    main = next(table for table in tables(found) if table.title == "acc and NMAE")
    assert [row[1] for row in main.rows] == ["all", "OOD"]
    assert {row.value for row in found.scores if row.dimension == "split"} == {"ID", "OOD"}


def test_chosen_items_are_those_of_the_run(tmp_path: Path) -> None:
    made = answered(tmp_path / "base.jsonl", sample=20, seed=5)
    with Loopback() as server:
        chosen = chosen_items(settings(made, server, sample=20, seed=5))
    assert {row["item_id"] for row in read_rows(made)} == {row.item_id for row in chosen}
