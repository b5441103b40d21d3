"""The study's layout: accuracy, NMAE and win rate of the base and the fine-tuned model, and their differences."""

from __future__ import annotations

from judge.analysis.subgroups.analyze import analyze as analyse
from judge.analysis.subgroups.records import AnalyzeSettings
from judge.comparison.results import load_summary
from judge.reports.structured_scores import StructuredScores
from judge.reports.study_table import study_cells, study_table
from tests.support.other_runs import FAST, RUN


def scores() -> StructuredScores:
    def estimate(value: float) -> dict[str, object]:
        return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 50, "clusters": 50, "note": ""}

    values = {"base": (0.45, 0.27), "ft": (0.62, 0.17)}
    return StructuredScores.model_validate(
        {
            "how": {"target": "mode", "values": "v", "values_sha256": "0", "interval": "i", "resamples": 1,
                    "permutations": 1, "seed": 0},
            "pairs": [["base", "ft"]],
            "scores": [
                {"contestant": name, "dimension": "all", "value": "all", "metric": metric, "items": 50, "answered": 50,
                 "estimate": estimate(number)}
                for name, pair in values.items() for metric, number in zip(("accuracy", "nmae"), pair, strict=True)
            ],
            "differences": [
                {"base": "base", "candidate": "ft", "dimension": "all", "value": "all", "metric": "accuracy",
                 "estimate": estimate(0.17), "p": 0.01, "p_holm": 0.01}
            ],
            "spreads": [],
        }
    )  # fmt: skip


def test_the_studys_layout() -> None:
    cells = study_cells(scores(), load_summary(RUN), analyse(AnalyzeSettings(RUN, resamples=FAST)))
    table = study_table(cells)
    assert table.columns == (
        "base",
        "fine-tuned",
        "items",
        "acc base",
        "acc SFT",
        "acc difference",
        "NMAE base",
        "NMAE SFT",
        "NMAE difference",
        "overall WR base",
        "overall WR SFT",
        "overall WR difference",
    )
    (row,) = table.rows
    assert row[:6] == ("base", "ft", "all", ".450 [.350, .550]", ".620 [.520, .720]", "+.170 [+.070, +.270]")
    assert row[8] == "-"  # no difference of NMAE was given
    assert row[9] == "-"
    assert row[10].startswith(".729 [")
    assert "No overall WR: base is the reference itself." in table.notes


def test_the_studys_layout_without_a_run() -> None:
    (row,) = study_table(study_cells(scores())).rows
    assert len(row) == 9
