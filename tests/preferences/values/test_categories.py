"""Building the questions of some categories alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.values_file import read_values

BARE = TruthSettings(resamples=0)
CHOSEN = ("Perceptions of Corruption", "Religious Values")


def test_the_rows_of_chosen_categories_are_those_of_a_whole_build(tmp_path: Path) -> None:
    build(BuildSettings(out=tmp_path / "all.jsonl", strata=("sex",), truth=BARE))
    (found,) = build(BuildSettings(out=tmp_path / "v.jsonl", strata=("sex",), categories=CHOSEN, truth=BARE)).files
    whole = read_values(tmp_path / "all.jsonl")
    assert list(read_values(found.path)) == [row for row in whole if row.question.category in CHOSEN]
    about = found.manifest
    assert (about["questions"], about["questions_expected"], about["values"]["rows"]) == (21, 21, 42)
    assert about["settings"]["categories"] == list(CHOSEN)
    assert about["excluded_questions"]["Q1"] == "its category was not chosen"
    assert about["excluded_questions"]["Q223"].startswith("party vote")


def test_an_unknown_category_is_met_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="category 'religious value'") as caught:
        build(BuildSettings(out=tmp_path / "v.jsonl", categories=("religious value",), truth=BARE))
    assert "did you mean 'Religious Values'?" in (caught.value.hint or "")
    assert not (tmp_path / "v.jsonl").exists()
