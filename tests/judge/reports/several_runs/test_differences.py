"""Several runs side by side: what is compared, what is refused, and the numbers, counted from the rows by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sklearn.metrics import cohen_kappa_score

from judge.comparison.compare import compare
from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from judge.reports.figures import inline_svg, numbers_csv, rendered, several_drawings
from judge.reports.several_runs.differences import SeveralRuns, several
from judge.reports.several_runs.tables import several_tables
from tests.support.other_runs import RUN, another, outcome, rewrite, stricter, with_texts
from tests.support.paths import ROOT
from tests.support.rows import Row, jsonl, read_json, read_rows


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return another(tmp_path, "strict", stricter, judge="openai:strict")


def test_judges_agree_as_counted_by_hand(second: Path) -> None:
    found = several([RUN, second])
    one, other = read_rows(RUN / "verdicts.jsonl"), read_rows(second / "verdicts.jsonl")
    for row in found.agreements:
        pairs = [
            (a["outcome"], b["outcome"]) for a, b in zip(one, other, strict=True) if a["criterion"] == row.criterion
        ]
        there = [pair for pair in pairs if "missing" not in pair]
        decided = [pair for pair in there if "inconsistent" not in pair]
        assert row.common == len(pairs) == 96
        assert row.missing == 96 - len(there)
        assert row.inconsistent == len(there) - len(decided)
        assert row.agreement.value == pytest.approx(sum(a == b for a, b in decided) / len(there))
        assert row.kappa.value == pytest.approx(cohen_kappa_score(*zip(*decided, strict=True)))
        assert row.kappa.n == len(decided)
        assert row.kappa.clusters == 12
        assert row.alpha.low is not None
    assert [row.criterion for row in found.agreements] == ["persona", "value", "overall"]


def test_differences_are_paired_and_counted_by_hand(second: Path) -> None:
    found = several([RUN, second])
    one, other = read_rows(RUN / "verdicts.jsonl"), read_rows(second / "verdicts.jsonl")
    for row in found.differences:
        pairs = [
            (a["score"], b["score"])
            for a, b in zip(one, other, strict=True)
            if a["criterion"] == row.criterion and a["score"] is not None and b["score"] is not None
        ]
        assert row.paired == row.same_texts == len(pairs) < 96
        assert row.missing == 96 - len(pairs)
        assert row.first_value == pytest.approx(sum(a for a, _ in pairs) / len(pairs))
        assert row.difference.value == pytest.approx(sum(b - a for a, b in pairs) / len(pairs))
        assert row.difference.value < 0
        assert row.difference.high is not None
        assert row.difference.clusters == 12
        assert (row.only_first, row.only_second) == (0, 0)
        assert row.p is not None
        assert row.p_holm == row.p  # one row for each criterion
    assert {each.what: each.values for each in found.differs} == {"judge": ("heuristic", "openai:strict")}


def test_p_values_are_adjusted_over_all_pairs(tmp_path: Path, second: Path) -> None:
    third = another(tmp_path, "third", lambda n, row: stricter(n + 2, row), judge="openai:third")
    found = several([RUN, second, third])
    assert len(found.agreements) == len(found.differences) == 9
    for criterion in found.criteria:
        rows = [row for row in found.differences if row.criterion == criterion]
        least = min(rows, key=lambda row: row.p or 1)
        assert least.p_holm == pytest.approx(min(1, 3 * (least.p or 1)))
    assert SeveralRuns.model_validate_json(found.model_dump_json()) == found
    with pytest.raises(ValidationError):
        found.seed = 3


def test_one_comparison_with_other_texts_is_refused(tmp_path: Path) -> None:
    def change(number: int, row: Row) -> None:
        if number < 5:
            row["candidate_sha256"] = "f" * 64

    ablation = with_texts(another(tmp_path, "no-persona"), change)
    with pytest.raises(InputError, match="5 of 96 comparisons in common with demo-sample have other texts") as refused:
        several([RUN, ablation])
    assert "--allow other-texts" in str(refused.value)
    assert read_rows(RUN / "comparisons.jsonl")[0]["item"]["id"] in str(refused.value)


def test_an_ablation_is_compared_by_item_alone(tmp_path: Path) -> None:
    """The no-persona control: the same contestants' names, all texts other, named in the manifest."""
    ablation = with_texts(
        another(tmp_path, "no-persona", lambda n, row: outcome(row, "tie") if n % 2 else None),
        lambda _, row: row.update(candidate_sha256="f" * 64, reference_sha256="e" * 64),
    )
    control = {"name": "persona-none", "version": "1", "sha256": "a" * 64}

    def named(manifest: Any) -> None:
        manifest["contestants"]["ft"]["prompts"] = [control]
        manifest["configuration"]["inputs"][1]["sha256"] = "b" * 64

    rewrite(ablation / "manifest.json", named)
    found = several([RUN, ablation], allow=["other-texts"])
    for row in found.agreements:
        assert row.common == 0
        assert row.other_texts == 96
        assert row.kappa.value is None
        assert row.kappa.flags == {"no_common_item"}
    for difference in found.differences:
        assert difference.paired == 96
        assert difference.same_texts == 0
        assert difference.difference.low is not None
    differs = {each.what: each.values for each in found.differs}
    assert differs["persona prompt of ft"] == ("unknown", "persona-none version 1 (sha256 aaaaaaaaaaaa)")
    assert differs["responses of ft"][1] == "sha256 bbbbbbbbbbbb"
    assert "undefined: no item in common" in "".join(cell for t in several_tables(found) for r in t.rows for cell in r)


def test_runs_without_a_common_item_have_undefined_differences(tmp_path: Path) -> None:
    def renamed(row: Row) -> None:
        row["item"]["id"] = "X" + row["item"]["id"]

    other = with_texts(another(tmp_path, "elsewhere"), lambda _, row: renamed(row))
    found = several([RUN, other])
    for row in found.differences:
        assert (row.paired, row.only_first, row.only_second) == (0, 96, 96)
        assert row.difference.value is None
        assert row.difference.flags == {"no_common_item"}
        assert row.p is None


def test_what_does_not_compare_is_refused(tmp_path: Path, second: Path) -> None:
    with pytest.raises(UsageError, match="needs at least two"):
        several([RUN])
    with pytest.raises(UsageError, match="is given twice"):
        several([RUN, second, RUN])
    with pytest.raises(UsageError, match="unknown --allow 'everything'"):
        several([RUN, second], allow=["everything"])
    with pytest.raises(RunDirectoryError, match="has no run"):
        several([RUN, tmp_path])

    against = another(tmp_path, "against-gpt")
    contestants = read_json(RUN / "manifest.json")["contestants"]
    others = {"gpt": contestants["base"], "ft": contestants["ft"]}
    rewrite(against / "manifest.json", lambda manifest: manifest.update(contestants=others))
    with pytest.raises(UsageError, match="the reference is gpt in against-gpt and base in demo-sample"):
        several([RUN, against])

    rule = another(tmp_path, "rule")
    rewrite(rule / "summary.json", lambda summary: summary["how"].update(inconsistent="half"))
    with pytest.raises(UsageError, match="rule mean, rule by half"):
        several([RUN, rule])

    changed = another(tmp_path, "changed")
    with (changed / "comparisons.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(RunDirectoryError, match="has changed since the run wrote it"):
        several([RUN, changed])


def test_other_criteria_are_refused_or_kept_to_those_in_common(tmp_path: Path) -> None:
    other = another(tmp_path, "fewer")
    rows = [row for row in read_rows(other / "verdicts.jsonl") if row["criterion"] != "persona"]
    jsonl(other / "verdicts.jsonl", rows)
    rewrite(other / "summary.json", lambda summary: summary["how"].update(criteria=["value", "overall"]))
    with pytest.raises(UsageError, match="different criteria") as refused:
        several([RUN, other])
    assert "--allow criteria" in str(refused.value)
    found = several([RUN, other], allow=["criteria"])
    assert found.criteria == ("value", "overall")
    assert {row.criterion for row in found.differences} == {"value", "overall"}


def test_tables_begin_with_what_was_judged(second: Path) -> None:
    found = several([RUN, second])
    made = list(several_tables(found))
    assert [table.title for table in made] == [
        "Runs",
        "Differences in settings",
        "Win rates against base",
        "Agreement between judges",
        "Differences of win rates",
    ]
    for table in made:
        assert table.head.startswith("demo-sample: 96 of 96 comparisons judged, 0 calls failed")
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert made[0].rows[0][1] == "heuristic (not an LLM)"


def test_figures_of_several_runs(tmp_path: Path, second: Path) -> None:
    found = several([RUN, second])
    drawn = {each.name: each for each in several_drawings(found)}
    assert list(drawn) == [
        "judges-agreement-persona",
        "judges-agreement-value",
        "judges-agreement-overall",
        "runs-differences",
    ]
    matrix = drawn["judges-agreement-overall"]
    row = next(row for row in found.agreements if row.criterion == "overall")
    assert matrix.rows[0][matrix.columns.index("kappa")] == row.kappa.value
    assert len(drawn["runs-differences"].rows) == 3
    for each in drawn.values():
        text = inline_svg(each)
        assert "offline heuristic, not an LLM:" in text  # one of the two judges; the run's name may be on the next line
        assert rendered(each, "svg") == rendered(each, "svg")
        assert numbers_csv(each).count("\n") == len(each.rows) + 1
    for each in (matrix, drawn["runs-differences"]):
        assert rendered(each, "pdf").startswith(b"%PDF")


def test_comparisons_beyond_the_limit_are_not_missing(tmp_path: Path) -> None:
    """Two identical runs of 24 of 96 comparisons: 72 were never asked."""
    runs = []
    for name in ("a", "b"):
        settings = CompareSettings(
            files=tuple(str(ROOT / "examples" / f"{each}.jsonl") for each in ("base", "ft")),
            values=ROOT / "examples" / "values.jsonl",
            judge=parse_spec("heuristic", None),
            prompt="persona-value",
            limit=24,
            out=tmp_path / name,
            resamples=100,
        )
        runs.append(compare(settings).folder)
    found = several(runs)
    assert {(row.common, row.missing) for row in found.agreements} == {(24, 0)}
    assert {(row.paired, row.missing, row.only_first, row.only_second) for row in found.differences} == {(24, 0, 0, 0)}
