"""Make the ground truth of `make real`: part of the synthetic survey, so that a small model can learn what is planted.

Of the respondents, those of the two religions whose planted means lie farthest apart. Of the questions, the eight on
Religious Values whose answers religion moves in the same direction (the direction is drawn for each question, and a
model of this size does not learn one for each in minutes), and six on Perceptions of Corruption, where it moves none.
"""

from __future__ import annotations

from pathlib import Path

from judge.preferences.survey.mapping import load_mapping
from judge.preferences.synthetic.files import write_survey
from judge.preferences.synthetic.survey import RELIGIOSITY, synthetic_survey
from judge.preferences.values.build import build
from judge.preferences.values.settings import BuildSettings, TruthSettings

EFFECT = 2.0  # differences between subgroups twice those of the bundled survey
MOVED = ("Q164", "Q165", "Q167", "Q168", "Q169", "Q171", "Q172", "Q174")
NOT_MOVED = ("Q113", "Q114", "Q115", "Q116", "Q117", "Q118")
STRATA = ("religion", "sex_x_religion", "age_x_religion")


def prepare_values(build_folder: Path) -> Path:
    """Return the values file in ``build_folder``, made if it is not there."""
    out = build_folder / "values.jsonl"
    if out.is_file():
        return out
    mapping = load_mapping()
    frame = synthetic_survey(mapping, effect=EFFECT)
    apart = (min(RELIGIOSITY, key=RELIGIOSITY.__getitem__), max(RELIGIOSITY, key=RELIGIOSITY.__getitem__))
    left_out = [column for name, column in mapping.columns.items() if name not in (*MOVED, *NOT_MOVED)]
    survey = build_folder / "survey.csv"
    write_survey(frame[frame["Q289"].isin(apart)].drop(columns=left_out, errors="ignore"), mapping, survey)
    build(
        BuildSettings(
            out=out, source=survey, strata=STRATA, allow=frozenset({"partial"}), truth=TruthSettings(resamples=200)
        )
    )
    return out
