"""The synthetic survey, made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.preferences.survey.mapping import Mapping, load_mapping
from judge.preferences.synthetic.survey import synthetic_survey
from judge.preferences.values.build import CountryValues, build
from judge.preferences.values.settings import BuildSettings, TruthSettings

STRATA = ("sex", "age_group", "religion", "sex_x_religion", "ethnicity_x_religion")


@pytest.fixture(scope="session")
def mapping() -> Mapping:
    return load_mapping()


@pytest.fixture(scope="session")
def survey(mapping: Mapping) -> Any:
    """The synthetic survey as a data frame; not to be changed."""
    return synthetic_survey(mapping, seed=0)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> CountryValues:
    """values.jsonl of the synthetic survey: five strata, one of them held out, with few resamples."""
    out = tmp_path_factory.mktemp("built") / "values.jsonl"
    (result,) = build(BuildSettings(out=out, strata=STRATA, truth=TruthSettings(resamples=50))).files
    return result


@pytest.fixture(scope="session")
def values(built: CountryValues) -> Path:
    return built.path
