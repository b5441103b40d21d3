"""Describing, splitting and exporting a values file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from judge.core.errors import InputError, UsageError
from judge.core.records import GroundTruth
from judge.preferences.values.describe import Description, describe, write_tables
from judge.preferences.values.diversity import category_diversity, most_divisive, question_diversity
from judge.preferences.values.figure import draw_diversity
from judge.preferences.values.split import split
from judge.preferences.values.strata import load_strata
from judge.preferences.values.tables import tables
from judge.preferences.values.values_file import read_values
from judge.stats.subgroups.diversity import modal_diversity


@pytest.fixture(scope="module")
def described(values: Path) -> Description:
    return describe(values)


def truth(question: str, group: str, shares: list[float], *, ordinal: bool = True, category: str = "C") -> GroundTruth:
    codes = list(range(1, len(shares) + 1))
    mode = codes[shares.index(max(shares))]
    return GroundTruth.model_validate(
        {
            "item_id": f"{question}_s_{group}",
            "question": {
                "id": question,
                "category": category,
                "structured": "?",
                "open": "?",
                "scale": {"codes": codes, "labels": [f"l{code}" for code in codes], "ordinal": ordinal},
            },
            "subgroup": {"id": f"s_{group}", "stratum": "s", "attributes": {"a": group}, "n": 50},
            "modal_code": mode,
            "modal_label": f"l{mode}",
            "distribution": {str(code): share for code, share in zip(codes, shares, strict=True)},
            "n": 50,
            "margin": 0.1,
            "source": "test",
        }
    )


ROWS = [
    truth("Q1", "x", [0.6, 0.4]),
    truth("Q1", "y", [0.3, 0.7]),
    truth("Q2", "x", [0.5, 0.3, 0.2]),
    truth("Q2", "y", [0.5, 0.3, 0.2]),
    truth("Q3", "x", [0.2, 0.3, 0.5], ordinal=False, category="D"),
    truth("Q3", "y", [0.5, 0.3, 0.2], ordinal=False, category="D"),
    truth("Q4", "x", [0.9, 0.1], category="E"),
]


def test_diversity_by_question_and_category() -> None:
    found = {row.question.id: row for row in question_diversity(ROWS)}
    assert (found["Q1"].mds, found["Q2"].mds, found["Q4"].mds) == (1, 0, None)
    assert found["Q1"].wasserstein == pytest.approx(0.3)
    assert found["Q2"].wasserstein == pytest.approx(0)
    assert (found["Q3"].mds, found["Q3"].wasserstein) == (1, None)  # nominal with three options has no distance
    means = {row.category: row for row in category_diversity(found.values())}
    assert (means["C"].mds, means["C"].mds_n) == (0.5, 2)
    assert means["C"].wasserstein == pytest.approx(0.15)
    assert (means["D"].wasserstein, means["D"].wasserstein_n) == (None, 0)
    assert (means["E"].mds, means["E"].mds_n) == (None, 0)
    assert [row.question.id for row in most_divisive(found.values(), 5)] == ["Q1", "Q3", "Q2"]


def test_subgroups_whose_row_was_left_out_are_flagged(values: Path, tmp_path: Path) -> None:
    rows = question_diversity([*ROWS, truth("Q1", "z", [0.1, 0.9])])
    assert {row.question.id: (row.subgroups, row.of) for row in rows} == {
        "Q1": (3, 3),
        "Q2": (2, 3),
        "Q3": (2, 3),
        "Q4": (1, 3),
    }
    whole = [line for line in values.read_text().splitlines() if '"stratum":"sex"' in line]
    for name, lines in (("whole", whole), ("left", whole[3:])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    whole_text, text = (
        "\n".join(
            words for table in tables(describe(tmp_path / f"{name}.jsonl")) for words in (*table.columns, *table.notes)
        )
        for name in ("whole", "left")
    )
    assert "|S|" not in whole_text
    assert "In 3 of 214 pairs some subgroups have no row" in text
    assert "and |S| counts the others" in text
    write_tables(describe(tmp_path / "left.jsonl"), tmp_path / "t")
    with (tmp_path / "t" / "questions.csv").open() as file:
        table = {row["question"]: (row["subgroups"], row["subgroups_of_stratum"]) for row in csv.DictReader(file)}
    assert (table["Q1"], table["Q4"]) == (("1", "2"), ("2", "2"))


def test_a_description_counts_what_the_file_holds(described: Description, values: Path) -> None:
    found = described
    assert (found.rows, found.questions, len(found.groups)) == (7_918, 214, 37)
    assert found.strata["sex_x_religion"] == 14
    assert not found.stale
    assert found.manifest is not None
    women = next(row for row in found.groups if row.subgroup.id == "sex_Female")
    assert (women.subgroup.n, women.rows) == (1088, 214)
    one = next(row for row in found.per_question if (row.stratum, row.question.id) == ("religion", "Q1"))
    modes = [row.modal_code for row in read_values(values) if row.item_id.startswith("Q1_religion_")]
    assert one.mds == modal_diversity(modes, len(one.question.scale.codes))
    assert len(found.per_question) == 5 * 214


def test_a_manifest_of_another_file_is_not_believed(values: Path, tmp_path: Path) -> None:
    (tmp_path / "v.jsonl").write_text(values.read_text().split("\n", 1)[0] + "\n")
    assert describe(tmp_path / "v.jsonl").manifest is None
    (tmp_path / "v.manifest.json").write_text(values.with_name("values.manifest.json").read_text())
    found = describe(tmp_path / "v.jsonl")
    assert (found.stale, found.manifest) == (True, None)


def test_tables_and_figure_are_written(described: Description, tmp_path: Path) -> None:
    found = described
    write_tables(found, tmp_path / "t")
    with (tmp_path / "t" / "diversity.csv").open() as file:
        table = list(csv.DictReader(file))
    assert {row["stratum"] for row in table} == {"all", *found.strata}
    assert float(table[0]["mds"]) == pytest.approx(found.categories[0].mds or 0, abs=1e-6)
    with (tmp_path / "t" / "subgroups.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 37
    draw_diversity(list(found.categories), "synthetic", tmp_path / "f" / "d.png")
    assert (tmp_path / "f" / "d.png").read_bytes().startswith(b"\x89PNG")
    draw_diversity(category_diversity(question_diversity(ROWS)), "undefined means", tmp_path / "d.svg")
    assert "undefined means" in (tmp_path / "d.svg").read_text()
    with pytest.raises(UsageError, match=r"cannot draw d\.gif"):
        draw_diversity(list(found.categories), "synthetic", tmp_path / "d.gif")


def test_the_split_holds_out_the_studys_strata(values: Path, tmp_path: Path) -> None:
    strata = load_strata()
    assert {name for name, stratum in strata.by_name.items() if stratum.split == "ood"} == {
        "age_x_religion",
        "age_x_ethnicity",
        "ethnicity_x_religion",
    }
    found = split(values, strata, tmp_path)
    assert found.rows == {"train": 6_206, "ood": 1_712}
    assert found.subgroups["train"]["sex_x_religion"] == 14
    train, ood = (list(read_values(tmp_path / f"{side}.jsonl")) for side in ("train", "ood"))
    assert {row.subgroup.stratum for row in ood} == {"ethnicity_x_religion"}
    assert ({row.split for row in train}, {row.split for row in ood}) == ({"train"}, {"ood"})
    assert [row.item_id for row in train + ood] == [row.item_id for row in read_values(values)]
    about = json.loads((tmp_path / "split.json").read_text())
    assert (about["train"]["rows"], about["ood"]["rows"]) == (6_206, 1_712)
    assert about["ood"]["subgroups"]["ethnicity_x_religion"]["ethnicity_x_religion_SG:-Malay_Muslim"] == 252


def test_a_split_that_holds_nothing_out_is_refused(values: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "a_x_b: {attributes: [a, b], split: train}\nb_x_a: {attributes: [b, a], split: ood}\n"
    )
    with pytest.raises(InputError, match="b_x_a is held out, but the training stratum a_x_b has the same attributes"):
        split(values, load_strata(tmp_path / "s.yaml"), tmp_path / "data")
    (tmp_path / "s.yaml").write_text("sex: {attributes: [sex], split: train}\n")
    with pytest.raises(InputError, match=r"the stratum 'age_group' is not in s.yaml \(row id Q1_age_group"):
        split(values, load_strata(tmp_path / "s.yaml"), tmp_path / "data")
    only = tmp_path / "sex.jsonl"
    only.write_text("".join(line + "\n" for line in values.read_text().splitlines() if '"stratum":"sex"' in line))
    with pytest.raises(InputError, match="no row is on the side ood"):
        split(only, load_strata(), tmp_path / "data")
    assert not list((tmp_path / "data").glob("*"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file has no rows"),
        ('{"item_id": "Q1_sex_Male"}\n', r":1: question is missing.*row id Q1_sex_Male"),
        ("ROW\nROW\n", r":2: duplicate id: it also occurs in line 1 \(row id Q1_sex_Male"),
    ],
)
def test_a_bad_values_file_is_refused(values: Path, tmp_path: Path, text: str, message: str) -> None:
    row = values.read_text().split("\n", 1)[0]
    (tmp_path / "v.jsonl").write_text(text.replace("ROW", row))
    with pytest.raises(InputError, match=message):
        describe(tmp_path / "v.jsonl")
