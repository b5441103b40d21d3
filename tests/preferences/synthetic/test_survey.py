"""The synthetic survey: the study's sample sizes and subgroups, official columns and codes, latent structure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from judge.core.records import GroundTruth
from judge.preferences.survey.mapping import Mapping
from judge.preferences.synthetic.survey import edition, synthetic_survey
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings
from judge.preferences.values.strata import load_strata
from judge.preferences.values.values_file import read_values


def test_the_sample_has_the_real_ones_margins(survey: Any) -> None:
    assert len(survey) == 2012
    assert (survey["Q260"] == 2).sum() == 1088
    assert (survey["Q260"] == 1).sum() == 924
    assert (survey["Q262"].min(), survey["Q262"].max()) == (21, 91)
    assert survey["D_INTERVIEW"].is_unique
    assert abs(survey["W_WEIGHT"].mean() - 1) < 1e-5
    bands = pd.cut(survey["Q262"], [15, 24, 34, 44, 54, 64, 200], labels=[1, 2, 3, 4, 5, 6]).astype(int)
    assert (bands == survey["X003R"]).all()


def test_the_training_strata_have_exactly_the_papers_50_subgroups_and_the_held_out_ones_48(
    tmp_path: Path,
) -> None:
    settings = BuildSettings(out=tmp_path / "values.jsonl", truth=TruthSettings(resamples=0))  # all strata of the split
    (built,) = build(settings).files
    groups = built.manifest["subgroups"]
    sides = {name: stratum.split for name, stratum in load_strata().by_name.items()}
    train = [number for name, number in groups.items() if sides[name] == "train"]
    held_out = sum(number for name, number in groups.items() if sides[name] == "ood")
    assert train == [2, 6, 3, 7, 12, 14, 6]
    assert sum(train) == 50
    assert held_out == 48  # the study's number; anything from 43 to 52 would do
    assert built.manifest["questions"] == 214
    rows = list(read_values(built.path))
    assert sum(sides[row.subgroup.stratum] == "train" for row in rows) == 50 * 214 == 10_700
    assert sum(sides[row.subgroup.stratum] == "ood" for row in rows) == 48 * 214 == 10_272
    assert all(row.subgroup.n >= 30 for row in rows)
    religions = {row.subgroup.attributes["religion"] for row in rows if row.subgroup.stratum == "religion"}
    assert religions == {
        "Do not belong to a denomination",
        "Roman Catholic",
        "Protestant",
        "Muslim",
        "Hindu",
        "Buddhist",
        "Other",
    }


def test_codes_are_official_and_missing_codes_occur(survey: Any, mapping: Mapping) -> None:
    asked = set(mapping.lists["SGP"])
    assert len(asked) == 214
    seen: set[int] = set()
    for name, question in mapping.questions.items():
        codes = set(survey[name].unique().tolist())
        if name not in asked:
            assert codes == {-4}
            continue
        assert codes <= {*question.scale.codes, -1, -2, -5}
        seen |= {code for code in codes if code < 0}
    assert seen == {-1, -2, -5}
    for attribute in ("sex", "age_group", "religion", "ethnicity", "education", "income", "marital_status"):
        entry = mapping.attributes[attribute]
        assert {code for code in survey[entry.column].unique() if code >= 0} <= set(entry.labels)


def test_it_says_everywhere_that_it_is_synthetic(survey: Any, values: Any) -> None:
    assert set(survey["version"]) == {edition(0)}
    assert edition(0).startswith("synthetic")
    assert {row.source for row in read_values(values)} == {edition(0)}


def test_the_seed_decides(survey: Any, mapping: Mapping) -> None:
    pd.testing.assert_frame_equal(survey, synthetic_survey(mapping, seed=0))
    assert not survey["Q1"].equals(synthetic_survey(mapping, seed=1)["Q1"])


def test_the_effect_enlarges_the_planted_differences_alone(survey: Any, mapping: Mapping) -> None:
    enlarged, none = (synthetic_survey(mapping, seed=0, effect=effect) for effect in (3.0, 0.0))
    assert set(enlarged["version"]) == {edition(0, 3.0)}
    assert edition(0, 3.0) != edition(0)

    def apart(frame: pd.DataFrame, question: str) -> float:
        answered = frame[frame[question] > 0]
        means = answered.groupby("Q289")[question].mean()
        return float(abs(means[5] - means[0]))  # religions whose planted means lie farthest apart

    assert apart(none, "Q164") < 0.5 < apart(survey, "Q164") < apart(enlarged, "Q164")
    assert apart(enlarged, "Q112") < 0.5  # perceptions of corruption: religion moves nothing
    unmoved = ["Q260", "Q262", "Q289", "Q290", "Q275", "Q288"]
    pd.testing.assert_frame_equal(enlarged[unmoved], survey[unmoved])


def spread(rows: list[GroundTruth], category: str, stratum: str) -> float:
    """How far subgroups lie apart: mean over questions of the standard deviation of their mean scaled codes."""
    means: dict[str, list[float]] = {}
    for row in rows:
        scale = row.question.scale
        if row.question.category.startswith(category) and row.subgroup.stratum == stratum and scale.ordinal:
            low, high = min(scale.codes), max(scale.codes)
            mean = sum(share * (int(code) - low) / (high - low) for code, share in row.distribution.items())
            means.setdefault(row.question.id, []).append(mean)
    return float(np.mean([np.std(found) for found in means.values()]))


def test_religion_moves_religious_items_and_age_moves_social_ones(values: Any) -> None:
    rows = list(read_values(values))
    assert spread(rows, "Religious", "religion") > 2 * spread(rows, "Religious", "sex")
    assert spread(rows, "Religious", "religion") > 2 * spread(rows, "Social Capital", "religion")
    assert spread(rows, "Social Values", "age_group") > 2 * spread(rows, "Social Capital", "age_group")
