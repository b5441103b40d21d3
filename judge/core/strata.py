"""The study's strata, by name: ids of items and subgroups start with them."""

from __future__ import annotations

TRAINING_STRATA = ("sex", "age_group", "ethnicity", "religion", "sex_x_age", "sex_x_religion", "sex_x_ethnicity")
HELD_OUT_STRATA = ("age_x_religion", "age_x_ethnicity", "ethnicity_x_religion")
STRATA = TRAINING_STRATA + HELD_OUT_STRATA
