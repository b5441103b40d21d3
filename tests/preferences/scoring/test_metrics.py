"""Scores of models and baselines on a handful of items, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judge.core.errors import InputError, UsageError
from judge.core.files.arguments import input_file
from judge.preferences.scoring.baselines import FREQUENT, NATIONAL, UNIFORM, baselines
from judge.preferences.scoring.items import ItemTable, load_table, table_of
from judge.preferences.scoring.metrics import Contestant, score
from judge.preferences.scoring.predictions import Target, read_predictions
from tests.support.values import GOALS, IMPORTANT, TRUST, truth, write_csv, write_jsonl, write_values

TRUTHS = [
    truth("Q1", "Female", 1, n=300, distribution={"1": 0.6, "2": 0.4}),
    truth("Q1", "Male", 2, n=100, distribution={"2": 0.9, "4": 0.1}),
    truth("Q2", "Female", 3, scale=GOALS, distribution={"1": 0.25, "3": 0.75}),
    truth("Q3", "Female", 2, scale=TRUST, distribution={"1": 0.3, "2": 0.7}),
]
TABLE = table_of(TRUTHS)
NAN = float("nan")


def scored(path: Path, target: Target = "mode", table: ItemTable = TABLE) -> Contestant:
    return score(read_predictions(input_file(str(path)), table, target=target), table, target)


def columns(contestant: Contestant) -> list[list[float]]:
    return contestant.scores.T.tolist()  # type: ignore[no-any-return]


def same(found: list[float], expected: list[float]) -> bool:
    return found == pytest.approx(expected, nan_ok=True)


def test_scores_by_hand(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", {"Q1_sex_Female": "Answer: 4", "Q1_sex_Male": "I can't say.", "Q2_sex_Female": "Answer: 2"}
    )
    contestant = scored(path)
    accuracy, non_answers_wrong, nmae, ordered = columns(contestant)
    assert same(accuracy, [0, NAN, 0, NAN])
    assert same(non_answers_wrong, [0, 0, 0, NAN])  # the fourth is missing: no reply, no score
    assert same(nmae, [1.0, NAN, 0.5, NAN])
    assert same(ordered, [1.0, NAN, NAN, NAN])  # three options without an order have no distance
    assert contestant.statuses.sum(axis=0).tolist() == [2, 1, 0, 0, 1]


def test_several_samples_count_as_their_mean(tmp_path: Path) -> None:
    rows = [
        {"custom_id": "Q1_sex_Female", "response": text, "sample": number}
        for number, text in enumerate(["1", "1", "4", "what?"])
    ]
    contestant = scored(write_jsonl(tmp_path / "a.jsonl", rows))
    assert contestant.scores[0].tolist() == pytest.approx([2 / 3, 0.5, 1 / 3, 1 / 3])
    assert contestant.statuses[0].tolist() == [3, 0, 0, 1, 0]


def test_samples_make_a_distribution(tmp_path: Path) -> None:
    rows = [
        {"custom_id": "Q1_sex_Female", "response": text, "sample": number}
        for number, text in enumerate(["1", "2", "2", "2", "I'm sorry, I can't."])
    ]
    rows.append({"custom_id": "Q2_sex_Female", "probabilities": {"1": 0.25, "3": 0.75}})
    contestant = scored(write_jsonl(tmp_path / "a.jsonl", rows), "distribution")
    w1, jsd = columns(contestant)
    # .25, .75 against .6, .4: .35 moves one step of three.
    assert same(w1, [0.35 / 3, NAN, NAN, NAN])
    assert jsd[1:] == pytest.approx([NAN, 0.0, NAN], nan_ok=True)
    assert jsd[0] == pytest.approx(0.0926, abs=1e-4)  # H(.425) - (H(.25) + H(.6)) / 2


def test_baselines_by_hand() -> None:
    national, frequent, uniform = baselines(TABLE, "mode")
    assert [each.name for each in (national, frequent, uniform)] == [NATIONAL, FREQUENT, UNIFORM]
    # Q1 over 400 people: 180 say 1, 210 say 2, 10 say 4: the national answer is 2, though most rows of n = 300 say 1.
    assert same(columns(national)[0], [0, 1, 1, 1])
    assert same(columns(national)[2], [1 / 3, 0, 0, 0])
    # Two rows have mode 2.
    assert same(columns(frequent)[0], [0, 1, 0, 1])
    assert same(columns(uniform)[0], [1 / 4, 1 / 4, 1 / 3, 1 / 2])
    # Mean of 0, 1, 2, 3 thirds; of 1, 0, 1, 2 thirds; of 2, 1, 0 halves; of 1, 0.
    assert same(columns(uniform)[2], [1 / 2, 1 / 3, 1 / 2, 1 / 2])
    assert np.isnan(uniform.scores[2, 3])


def test_the_uniform_expectation_is_what_guessing_comes_to() -> None:
    expected = baselines(TABLE, "mode")[2]
    rng = np.random.default_rng(0)
    guesses = rng.choice(IMPORTANT.codes, 40_000)
    assert (np.abs(guesses - 2) / 3).mean() == pytest.approx(expected.scores[1, 2], abs=0.01)


def test_a_code_that_a_scale_lacks_is_out_of_scale_there() -> None:
    table = table_of([truth("Q1", "Female", 4), truth("Q1", "Male", 4), truth("Q3", "Male", 1, scale=TRUST)])
    frequent = baselines(table, "mode")[1]
    assert same(columns(frequent)[0], [1, 1, NAN])
    assert frequent.statuses.sum(axis=0).tolist() == [2, 0, 1, 0, 0]


def test_distributional_baselines_by_hand() -> None:
    national, frequent, uniform = baselines(TABLE, "distribution")
    # Q2 and Q3 have one row each: the national distribution is the subgroup's own.
    assert columns(national)[1][2:] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert columns(frequent)[0][3] == pytest.approx(0.3)
    assert columns(uniform)[0][3] == pytest.approx(0.2)


def test_a_row_without_a_distribution_cannot_be_compared_with() -> None:
    bare = TRUTHS[0].model_copy(update={"distribution": {}})
    with pytest.raises(InputError, match=r"sums to 0, not 1 \(row id Q1_sex_Female\)"):
        baselines(table_of([bare]), "distribution")


def splits(table: ItemTable) -> dict[str, list[int]]:
    return {value: rows.tolist() for (dimension, value), rows in table.slices.items() if dimension == "split"}


def test_splits_come_from_the_study_from_rows_or_from_the_option(tmp_path: Path) -> None:
    strata = [truth("Q1", "a", 1, stratum=stratum) for stratum in ("sex", "age_x_religion", "education")]
    assert splits(table_of(strata)) == {"ID": [0], "OOD": [1]}
    assert splits(table_of(strata, ["education"])) == {"ID": [0, 1], "OOD": [2]}
    own = [row.model_copy(update={"split": split}) for row, split in zip(strata, ("train", None, "test"), strict=True)]
    assert splits(table_of(own)) == {"test": [2], "train": [0]}
    with pytest.raises(UsageError, match="income"):
        load_table(write_values(tmp_path / "values.jsonl", strata), ["income"])


def test_one_question_and_subgroup_in_two_rows_is_refused(tmp_path: Path) -> None:
    first = truth("Q1", "Female", 1)
    again: dict[str, Any] = {"item_id": "other"}
    path = write_values(tmp_path / "values.jsonl", [first, first.model_copy(update=again)])
    with pytest.raises(InputError, match=r"values\.jsonl:2: question Q1 and subgroup sex_Female are also in line 1"):
        load_table(path)
