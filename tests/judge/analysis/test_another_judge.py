"""`judge plan`: what another judge buys beside more comparisons, from a panel, from one judge, and without a pilot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from judge.analysis.sample_size.records import JudgesRow, SampleSizeSettings
from judge.analysis.sample_size.sample_size import sample_size
from judge.analysis.sample_size.tables import tables
from judge.comparison.compare import compare
from judge.stats.panels.another_judge import judge_variances
from tests.support.demo_labels import RUN
from tests.support.loopback import Loopback
from tests.support.panels import NAMES, panel_of, settings_of
from tests.support.runs import verdicts

COMPARISONS = 36


def overall(rows: tuple[JudgesRow, ...]) -> JudgesRow:
    (row,) = (each for each in rows if each.criterion == "overall")
    return row


def test_a_pilot_by_a_panel_tells_what_another_judge_buys(tmp_path: Path) -> None:
    with Loopback(bias=0.1) as ann, Loopback(bias=0.5) as ben, Loopback(bias=0.7) as cem:
        compare(settings_of(tmp_path / "run", panel_of((ann, ben, cem)), limit=COMPARISONS))
    found = sample_size(SampleSizeSettings(0.05, tmp_path / "run"))
    row = overall(found.judges)
    own = [
        [each for each in verdicts(tmp_path / "run" / "judges" / name) if each.criterion == "overall"] for name in NAMES
    ]
    scores = np.array([[each.score for each in of] for of in own], dtype=np.float64).T
    questions = np.unique(np.array([each.question_id for each in own[0]]), return_inverse=True)[1]
    wanted = judge_variances(scores, questions)
    assert wanted is not None
    assert row.correlation == pytest.approx(wanted.correlation)
    assert (row.judges, row.given) == (3, False)
    now, another, equal, more, these = row.options
    assert (now.judges, now.comparisons, now.calls) == (3, COMPARISONS, 6 * COMPARISONS)
    # 100 tokens a call at 1, 2 and 3 thousand dollars a million: 20, 40 and 60 cents a comparison.
    assert now.cost == pytest.approx(COMPARISONS * 1.2)
    assert (another.judges, another.comparisons) == (4, COMPARISONS)
    assert another.cost == equal.cost == pytest.approx(COMPARISONS * 1.6)
    rho = wanted.correlation
    assert another.half_width == pytest.approx(now.half_width * ((1 + 3 * rho) / 4 / ((1 + 2 * rho) / 3)) ** 0.5)
    assert more.comparisons == these.comparisons == COMPARISONS + 100
    assert more.half_width <= these.half_width + 1e-12 < now.half_width
    assert equal.half_width == pytest.approx(now.half_width * (3 / 4) ** 0.5)
    assert (row.least or 0) <= another.half_width <= now.half_width
    assert found.rows[0].options[0].calls == 6 * COMPARISONS
    assert any(table.title == "Another judge, or more comparisons" for table in tables(found))
    other = overall(sample_size(SampleSizeSettings(0.05, tmp_path / "run", judge_correlation=1.0)).judges)
    assert other.given
    assert other.options[1].half_width == pytest.approx(other.options[0].half_width)


def test_a_pilot_by_one_judge_needs_a_correlation() -> None:
    assert sample_size(SampleSizeSettings(0.05, RUN)).judges == ()
    row = overall(sample_size(SampleSizeSettings(0.05, RUN, judge_correlation=0.5)).judges)
    one, two = row.options[:2]
    assert (row.judges, one.judges, two.judges) == (1, 1, 2)
    assert two.half_width == pytest.approx(one.half_width * 0.75**0.5)
    assert one.cost is None
    assert row.least == pytest.approx(one.half_width * 0.5**0.5)


def test_without_a_pilot_judges_of_a_correlation_lower_the_greatest_variance() -> None:
    found = sample_size(SampleSizeSettings(0.03, judge_correlation=0.5))
    assert found.assumed_judges["1, 1"] == found.assumed["0.2, 1"]
    assert found.assumed_judges["3, 1"] == pytest.approx(found.assumed_judges["1, 1"] * 2 / 3, abs=1)
    assert sum(table.title.startswith("Questions (and readings") for table in tables(found)) == 1
    assert sample_size(SampleSizeSettings(0.03)).assumed_judges == {}
