"""Ground truth of a survey of a village, by hand: modes, ties, weights, flags, absent rows, stability."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.records import GroundTruth
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.values_file import read_values
from tests.support.surveys import write_village


def values(
    folder: Path,
    changed: dict[tuple[int, str], str] | None = None,
    *,
    weighted: bool = False,
    strata: tuple[str, ...] | None = ("sex", "sex_x_age"),
    **truth: object,
) -> tuple[dict[str, GroundTruth], dict[str, object]]:
    path = write_village(folder, changed)
    settings = BuildSettings(
        out=folder / "values.jsonl",
        source=path,
        countries=("XX",),
        mapping=folder / "mapping.yaml",
        strata_file=folder / "strata.yaml",
        strata=strata,
        weighted=weighted,
        truth=TruthSettings(**{"min_n": 4, "resamples": 200} | truth),  # type: ignore[arg-type]
    )
    (result,) = build(settings).files
    return {row.item_id: row for row in read_values(result.path)}, result.manifest


def test_a_row_by_hand(tmp_path: Path) -> None:
    rows, _ = values(tmp_path, strata=("sex",))
    assert list(rows) == ["A1_sex_Male", "A2_sex_Male", "A1_sex_Female", "A2_sex_Female"]
    row = rows["A1_sex_Male"]  # 1, 1, 2 and a missing answer
    assert (row.modal_code, row.modal_label, row.n, row.subgroup.n) == (1, "Yes", 3, 4)
    assert row.distribution == {"1": 0.666667, "2": 0.333333}
    assert row.margin == pytest.approx(1 / 3, abs=1e-6)
    assert row.subgroup.persona == "a man living in Exland"
    assert row.subgroup.attributes == {"sex": "Male"}
    assert (row.country, row.weighting, row.source) == ("XX", "none", "A village survey, edition v1")
    assert len(row.source_sha256 or "") == 64


def test_ties_take_the_lowest_code_and_are_flagged(tmp_path: Path) -> None:
    rows, about = values(tmp_path, strata=("sex",))
    tied = rows["A2_sex_Female"]  # 1, 1, 2, 2
    assert (tied.modal_code, tied.ties, tied.margin) == (1, (1, 2), 0)
    assert rows["A1_sex_Female"].ties == ()
    assert about["rows_with_ties"] == 1


def test_weights_are_used_on_request_and_n_counts_heads(tmp_path: Path) -> None:
    # Men 1, 1, 2 with weights .1, .1, .9: the mode becomes 2, with .9 / 1.1 of the weight.
    changed = {(0, "w"): ".1", (1, "w"): ".1", (2, "w"): ".9"}
    row = values(tmp_path, changed, weighted=True, strata=("sex",))[0]["A1_sex_Male"]
    assert (row.modal_code, row.n, row.weighting) == (2, 3, "w")
    assert row.distribution["2"] == pytest.approx(0.9 / 1.1, abs=1e-6)
    # The fourth man weighs 1.5, the four women 2 together: men are 2.6 of 4.6 by weight, of eight respondents.
    assert row.subgroup.weight == pytest.approx(8 * 2.6 / 4.6, abs=1e-6)
    assert values(tmp_path, changed, strata=("sex",))[0]["A1_sex_Male"].modal_code == 1


@pytest.mark.parametrize("weight", ["0.1", "3333.3333", "3333333.3333333335", "1e300"])
def test_equal_weights_of_any_size_build_what_heads_build(tmp_path: Path, weight: str) -> None:
    plain, _ = values(tmp_path, strata=("sex", "age_group"))
    equal, _ = values(tmp_path, {(row, "w"): weight for row in range(8)}, strata=("sex", "age_group"), weighted=True)

    def bare(row: GroundTruth) -> GroundTruth:
        group = row.subgroup.model_copy(update={"weight": None})
        return row.model_copy(update={"weighting": "", "source_sha256": None, "subgroup": group})

    assert {name: bare(row) for name, row in equal.items()} == {name: bare(row) for name, row in plain.items()}


def test_small_cells_are_listed_and_few_answers_flagged(tmp_path: Path) -> None:
    rows, about = values(tmp_path, strata=("sex",), min_n=4)
    assert {name for name, row in rows.items() if row.few_answers} == {"A1_sex_Male"}  # 3 answers of 4 respondents
    assert about["rows_with_few_answers"] == 1
    _, about = values(tmp_path, {(0, "sex"): "2"}, strata=("sex",), min_n=4)
    assert about["excluded_cells"] == [{"subgroup": "sex_Male", "n": 3}]
    assert about["subgroups"] == {"sex": 1}


def test_a_row_without_a_valid_answer_is_absent_and_named(tmp_path: Path) -> None:
    rows, about = values(tmp_path, {(row, "trust"): "-1" for row in range(4)}, strata=("sex",))
    assert "A1_sex_Male" not in rows
    assert about["absent_rows"] == ["A1_sex_Male"]


def test_stability_does_not_depend_on_the_other_strata(tmp_path: Path) -> None:
    alone = values(tmp_path, strata=("sex",))[0]
    among = values(tmp_path, strata=("age_group", "sex"))[0]
    assert {name: row.stability for name, row in alone.items()} == {name: among[name].stability for name in alone}
    assert alone["A1_sex_Male"].resamples == 200
    other = values(tmp_path, strata=("sex",), seed=1)[0]
    assert any(row.stability != other[name].stability for name, row in alone.items())


def test_unstable_rows_are_left_out_on_request_and_named(tmp_path: Path) -> None:
    everything, _ = values(tmp_path, strata=("sex",))
    least = max(row.stability or 0 for row in everything.values())
    rows, about = values(tmp_path, strata=("sex",), min_stability=least)
    dropped = {name for name, row in everything.items() if (row.stability or 0) < least}
    assert 0 < len(dropped) < len(everything)
    assert set(about["unstable_rows"]) == dropped  # type: ignore[call-overload]
    assert set(rows) == set(everything) - dropped


def test_no_resamples_no_stability(tmp_path: Path) -> None:
    rows, _ = values(tmp_path, strata=("sex",), resamples=0)
    assert {(row.stability, row.resamples) for row in rows.values()} == {(None, None)}
