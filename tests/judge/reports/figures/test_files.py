"""`judge figures`, as a user runs it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support import other_runs
from tests.support import report_runs as runs
from tests.support.command import Command, judge
from tests.support.paths import ROOT
from tests.support.rows import assert_refused

RUN = ROOT / "results" / "demo-sample"
FAST = ("--resamples", "200")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RUN, tmp_path / "run1"))


@pytest.fixture(scope="module")
def overall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The figures of the demo's overall criterion as PDF; not to be changed."""
    out = tmp_path_factory.mktemp("overall") / "double"
    done = judge("figures", RUN, "--out", out, "--criterion", "overall", "--width", "double", *FAST)
    assert done.returncode == 0, done.stderr
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_figure_in_every_format_with_its_numbers(judge: Command, run: Path) -> None:
    before = contents(run / "tables")
    done = judge("figures", "run1", "--format", "pdf,svg,png", *FAST)
    assert done.returncode == 0, done.stderr
    assert "NOT an LLM" in done.stdout
    assert "win-rates: pdf, svg, png, csv" in done.stdout
    found = contents(run / "figures")
    names = {name.rsplit(".", 1)[0] for name in found}
    assert f"Written to run1/figures: {len(names)} figures." in done.stdout
    assert set(found) == {f"{name}.{kind}" for name in names for kind in ("pdf", "svg", "png", "csv")}
    assert {"win-rates", "outcomes", "judge-behaviour", "forest-subgroup-overall"} <= names
    assert not any("agreement" in name or "scores" in name for name in names)  # what was not given is not drawn
    for name, content in found.items():
        assert content.startswith({"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}.get(name[-3:], b"")), name
    assert contents(run / "tables") == before
    again = judge("figures", "run1", "--format", "png,pdf,svg", *FAST)
    assert again.returncode == 0, again.stderr
    assert contents(run / "figures") == found


def test_a_pdf_has_true_type_fonts_and_no_date(overall: Path) -> None:
    pdf = (overall / "win-rates.pdf").read_bytes()
    assert b"/CIDFontType2" in pdf or b"/Subtype /TrueType" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    size = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", pdf)
    assert size is not None
    assert float(size[1]) == pytest.approx(6.9 * 72, abs=0.1)


def test_figures_for_one_column_hold_the_same_numbers(run: Path, overall: Path, tmp_path: Path) -> None:
    done = judge("figures", run, "--out", tmp_path / "single", "--criterion", "overall", "--width", "single", *FAST)
    assert done.returncode == 0, done.stderr
    one, two = contents(tmp_path / "single"), contents(overall)
    assert set(one) == set(two)
    for name, content in one.items():
        if name.endswith(".csv"):
            assert content == two[name]
        elif not name.startswith("heat"):
            size = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", content)
            assert size is not None
            assert float(size[1]) == pytest.approx(3.35 * 72, abs=0.1), name


def test_some_criteria_and_candidates_only(run: Path, tmp_path: Path) -> None:
    done = judge("figures", run, "--out", tmp_path / "out", "--criterion", "value", "--format", "svg", *FAST)
    assert done.returncode == 0, done.stderr
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert "forest-subgroup-value" in names
    assert not any("persona" in name or "overall" in name for name in names)
    text = (tmp_path / "out" / "win-rates.csv").read_text(encoding="utf-8")
    assert text.count("\n") == 2
    assert_refused(
        judge("figures", run, "--criterion", "style", "--out", tmp_path / "x"),
        tmp_path / "x",
        "no criterion 'style'",
        "'persona', 'value', 'overall'",
    )
    assert_refused(
        judge("figures", run, "--candidate", "gpt", "--out", tmp_path / "x"),
        tmp_path / "x",
        "no candidate 'gpt'",
        "it has: 'ft'",
    )


def test_what_cannot_be_drawn_is_refused(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "x"
    assert_refused(
        judge("figures", run, "--format", "jpg", "--out", out), out, "unknown --format 'jpg'", "pdf, svg, png"
    )
    assert_refused(judge("figures", run, "--format", ",", "--out", out), out, "names no format")
    assert_refused(judge("figures", tmp_path / "none", "--out", out), out, "has no run")
    assert_refused(judge("figures", run, "--structured", run, "--out", out), out, "no structured scores")
    assert_refused(judge("figures", run, "--structured", tmp_path / "y", "--out", out), out, "cannot be read")
    file = tmp_path / "file"
    file.write_text("x")
    refused = judge("figures", run, "--out", file)
    assert refused.returncode == 2
    assert "is a file" in refused.stderr
    assert file.read_text() == "x"


def test_figures_of_other_judgments_than_the_tables_are_refused(run: Path, tmp_path: Path) -> None:
    """The journal has grown since the verdicts were written: the slices would be of fewer judgments than the whole."""
    with (run / "judgments.jsonl").open("a", encoding="utf-8") as file:
        file.write((run / "judgments.jsonl").read_text(encoding="utf-8").splitlines()[0] + "\n")
    refused = judge("figures", run, "--out", tmp_path / "x")
    assert_refused(refused, tmp_path / "x", "the verdicts are older than the journal", "--write")
    assert judge("show", run, "--write").returncode == 0
    assert judge("figures", run, "--out", tmp_path / "x", "--format", "svg", *FAST).returncode == 0


def test_no_input_is_overwritten(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rows = [json.loads(line) for line in (run / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    choices = {
        "comparison_id": rows[0]["comparison_id"],
        "annotator": "a",
        "order": "reference_first",
        "choices": {"overall": "A"},
        "inclusion_probability": 0.5,
    }
    out.mkdir()
    labels = out / "agreement.svg"
    labels.write_text(json.dumps(choices) + "\n", encoding="utf-8")
    named = tmp_path / "annotations.jsonl"
    named.symlink_to(labels)
    refused = judge("figures", run, "--annotations", named, "--out", out, "--format", "svg", *FAST)
    assert refused.returncode == 2, refused
    assert "would be overwritten" in refused.stderr
    assert [path.name for path in out.iterdir()] == ["agreement.svg"]
    assert json.loads(labels.read_text(encoding="utf-8")) == choices


def test_labels_that_allow_no_correction_are_told(run: Path, tmp_path: Path) -> None:
    labels = runs.labels(run, tmp_path / "annotations.jsonl")
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    labels.write_text("".join(json.dumps(row | {"inclusion_probability": None}) + "\n" for row in rows))
    out = tmp_path / "x"
    done = judge("figures", run, "--annotations", labels, "--out", out, "--format", "svg", *FAST)
    assert done.returncode == 0, done.stderr
    assert "No corrected win rates:" in done.stdout
    assert "inclusion_probability" in done.stdout
    assert (out / "agreement.csv").exists()
    assert not (out / "corrected-win-rates.csv").exists()


def test_several_runs_are_drawn_against_one_another(tmp_path: Path) -> None:
    one = other_runs.another(tmp_path, "one")
    two = other_runs.another(tmp_path, "two", other_runs.stricter, judge="another")
    out = tmp_path / "x"
    done = judge("figures", one, two, "--format", "svg", "--out", out, *FAST)
    assert done.returncode == 0, done.stderr
    assert "NOT an LLM" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        f"{name}.{kind}"
        for kind in ("svg", "csv")
        for name in ("runs-differences", *(f"judges-agreement-{each}" for each in runs.CRITERIA))
    }
    for arguments, said in (
        ((one, two), "need a folder"),
        ((one, one, "--out", out), "given twice"),
        ((one, two, "--out", out, "--criterion", "value"), "apply to one run only"),
        ((one, "--out", out, "--allow", "texts"), "--allow applies to several runs only"),
    ):
        refused = judge("figures", *arguments)
        assert refused.returncode == 2
        assert said in refused.stderr
    assert not (one / "figures" / "runs-differences.svg").exists()
