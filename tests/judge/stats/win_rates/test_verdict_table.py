"""Verdicts as arrays: what subgroups are called."""

from __future__ import annotations

from judge.stats.win_rates.verdict_table import verdict_tables
from tests.support.summaries import verdict_rows


def test_a_subgroup_is_called_by_its_attributes_unless_another_has_the_same() -> None:
    groups = {
        "sex_x_age_Female_old": {"sex": "Female", "age": "35-44 years"},
        "sex_Female": {"sex": "Female"},
        "other_Female": {"sex": "Female"},
        "ethnicity_SG:-South-Asian": {"ethnicity": "SG: South Asian (Indian, Pakistan, etc.)"},
        "unknown": {},
    }
    rows = [
        row
        for question in range(2)
        for subgroup, attributes in groups.items()
        for row in verdict_rows(question, "win", subgroup=subgroup, attributes=attributes)
    ]
    (table,) = verdict_tables(rows, ("overall",))
    assert table.subgroup_labels == {
        "sex_x_age_Female_old": "Female, 35-44 years",
        "ethnicity_SG:-South-Asian": "SG: South Asian (Indian, Pakistan, etc.)",
    }
