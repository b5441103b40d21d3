"""The figures of a run as files: formats, fonts, numbers beside them, what is refused."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from judge.cli.app import app
from judge.comparison.headline import NOT_AN_LLM
from judge.comparison.results import resolve_again
from judge.core.errors import UsageError
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE
from judge.reports.figures.files import FigureSettings, Written, write_figures, write_several_figures
from judge.reports.report_data import ReportSettings
from tests.support import other_runs
from tests.support import report_runs as runs
from tests.support.paths import ROOT
from tests.support.refused import refused

RUN = ROOT / "results" / "demo-sample"
FEW = 200  # resamples


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RUN, tmp_path / "run1"))


def figures(
    run: Path, out: Path, *, formats: tuple[str, ...] = ("pdf",), width: float = DOUBLE, **more: Any
) -> Written:
    """Draw the figures of a run. ``more`` are ``criteria``, ``candidates``, and fields of `ReportSettings`."""
    chosen = {name: more.pop(name, ()) for name in ("criteria", "candidates")}
    data = ReportSettings(run, resamples=FEW, **more)
    return write_figures(FigureSettings(data, formats=formats, out=out, width=width, **chosen))


@pytest.fixture(scope="module")
def overall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The figures of the demo's overall criterion in every format; not to be changed."""
    out = tmp_path_factory.mktemp("overall") / "double"
    figures(RUN, out, formats=("png", "pdf", "svg"), criteria=("overall",))
    return out


def contents(folder: Path, *endings: str) -> dict[str, bytes]:
    paths = sorted(folder.iterdir())
    return {path.name: path.read_bytes() for path in paths if not endings or path.suffix[1:] in endings}


def test_every_format_has_the_same_figures_and_their_numbers(overall: Path) -> None:
    found = contents(overall)
    names = {name.rsplit(".", 1)[0] for name in found}
    assert set(found) == {f"{name}.{kind}" for name in names for kind in ("pdf", "svg", "png", "csv")}
    assert {"win-rates", "outcomes", "judge-behaviour", "forest-subgroup-overall"} <= names
    for name, content in found.items():
        assert content.startswith({"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}.get(name[-3:], b"")), name


def test_figures_of_all_criteria_beside_the_tables(run: Path, overall: Path) -> None:
    before = contents(run / "tables")
    done = figures(run, run / "figures", formats=("svg",))
    assert done.notes[0] == NOT_AN_LLM
    found = contents(run / "figures")
    assert set(found) == {f"{name}.{kind}" for name in done.names for kind in ("svg", "csv")}
    assert {"win-rates", *(f"forest-subgroup-{each}" for each in runs.CRITERIA)} <= set(done.names)
    assert not any("agreement" in name or "scores" in name for name in done.names)  # what was not given is not drawn
    assert contents(run / "tables") == before
    # Drawn a second time, in another folder and process state, the figures of one criterion are the same bytes.
    same = {name: content for name, content in contents(overall, "svg").items() if name.endswith("-overall.svg")}
    assert len(same) >= 2
    assert {name: found[name] for name in same} == same


def test_a_pdf_has_true_type_fonts_and_no_date(overall: Path) -> None:
    pdf = (overall / "win-rates.pdf").read_bytes()
    assert b"/CIDFontType2" in pdf or b"/Subtype /TrueType" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf
    size = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", pdf)
    assert size is not None
    assert float(size[1]) == pytest.approx(6.9 * 72, abs=0.1)


def test_figures_for_one_column_hold_the_same_numbers(overall: Path, tmp_path: Path) -> None:
    figures(RUN, tmp_path / "single", criteria=("overall",), width=SINGLE, formats=("svg",))
    one, two = contents(tmp_path / "single"), contents(overall, "svg", "csv")
    assert set(one) == set(two)
    for name, content in one.items():
        if name.endswith(".csv"):
            assert content == two[name]
        elif not name.startswith("heat"):
            size = re.search(rb'viewBox="0 0 ([\d.]+)', content)
            assert size is not None
            assert float(size[1]) == pytest.approx(3.35 * 72, abs=0.1), name


def test_some_criteria_and_candidates_only(run: Path, tmp_path: Path) -> None:
    done = figures(run, tmp_path / "out", formats=("svg",), criteria=("value",))
    assert "forest-subgroup-value" in done.names
    assert not any("persona" in name or "overall" in name for name in done.names)
    text = (tmp_path / "out" / "win-rates.csv").read_text(encoding="utf-8")
    assert text.count("\n") == 2
    with refused("no criterion 'style'", "'persona', 'value', 'overall'", out=tmp_path / "x"):
        figures(run, tmp_path / "x", criteria=("style",))
    with refused("no candidate 'gpt'", "it has: 'ft'", out=tmp_path / "x"):
        figures(run, tmp_path / "x", candidates=("gpt",))


def test_what_cannot_be_drawn_is_refused(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "x"
    with refused("unknown --format 'jpg'", "pdf, svg, png", out=out):
        figures(run, out, formats=("jpg",))
    with refused("names no format", out=out):
        figures(run, out, formats=())
    with refused("has no run", out=out):
        figures(tmp_path / "none", out)
    with refused("no structured scores", out=out):
        figures(run, out, structured=run)
    with refused("cannot be read", out=out):
        figures(run, out, structured=tmp_path / "y")
    file = tmp_path / "file"
    file.write_text("x")
    with refused("is a file"):
        figures(run, file)
    assert file.read_text() == "x"


def test_figures_of_other_judgments_than_the_tables_are_refused(run: Path, tmp_path: Path) -> None:
    """The journal has grown since the verdicts were written: the slices would be of fewer judgments than the whole."""
    with (run / "judgments.jsonl").open("a", encoding="utf-8") as file:
        file.write((run / "judgments.jsonl").read_text(encoding="utf-8").splitlines()[0] + "\n")
    with refused("the verdicts are older than the journal", "--write", out=tmp_path / "x"):
        figures(run, tmp_path / "x")
    resolve_again(run, rule=None, resamples=FEW, reparse=False, write=True)
    assert figures(run, tmp_path / "x", formats=("svg",), criteria=("overall",)).names


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
    with refused("would be overwritten"):
        figures(run, out, annotations=named, formats=("svg",))
    assert [path.name for path in out.iterdir()] == ["agreement.svg"]
    assert json.loads(labels.read_text(encoding="utf-8")) == choices


def test_only_figures_of_ours_are_replaced(run: Path, overall: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(overall, tmp_path / "out", ignore=shutil.ignore_patterns("*.svg")))
    before = contents(out)
    names = figures(run, out, formats=("svg",), criteria=("overall",)).names  # one format more
    after = contents(out)
    assert set(after) - set(before) == {f"{name}.svg" for name in names}
    assert figures(run, out, formats=("svg",), criteria=("overall",)).names == names  # and again
    assert contents(out) == after
    mine = tmp_path / "paper" / f"{names[0]}.svg"
    mine.parent.mkdir()
    mine.write_text("<svg/>", encoding="utf-8")
    with refused("this command did not write it"):
        figures(run, mine.parent, formats=("svg",), criteria=("overall",))
    mine.with_suffix(".csv").write_text("year,sales\n", encoding="utf-8")
    with refused("this command did not write it"):
        figures(run, mine.parent, formats=("svg",), criteria=("overall",))
    assert mine.read_text(encoding="utf-8") == "<svg/>"
    assert len(list(mine.parent.iterdir())) == 2


def test_labels_that_allow_no_correction_are_told(run: Path, tmp_path: Path) -> None:
    labels = runs.labels(run, tmp_path / "annotations.jsonl")
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    labels.write_text("".join(json.dumps(row | {"inclusion_probability": None}) + "\n" for row in rows))
    out = tmp_path / "x"
    done = figures(run, out, annotations=labels, formats=("svg",), criteria=("overall",))
    (note,) = [note for note in done.notes if note.startswith("No corrected win rates:")]
    assert "inclusion_probability" in note
    assert (out / "agreement.csv").exists()
    assert not (out / "corrected-win-rates.csv").exists()


def test_several_runs_are_drawn_against_one_another(tmp_path: Path) -> None:
    one = other_runs.another(tmp_path, "one")
    two = other_runs.another(tmp_path, "two", other_runs.stricter, judge="another")
    out = tmp_path / "x"
    done = write_several_figures([one, two], ["svg"], out)
    assert NOT_AN_LLM in done.notes[0]
    assert {path.name for path in out.iterdir()} == {
        f"{name}.{kind}"
        for kind in ("svg", "csv")
        for name in ("runs-differences", *(f"judges-agreement-{each}" for each in runs.CRITERIA))
    }
    with refused("given twice"):
        write_several_figures([one, one], ["svg"], out)
    assert not (one / "figures" / "runs-differences.svg").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["one", "two"], "need a folder"),
        (["one", "two", "--out", "x", "--criterion", "value"], "apply to one run only"),
        (["one", "--out", "x", "--allow", "texts"], "--allow applies to several runs only"),
    ],
)
def test_options_that_do_not_fit_the_number_of_runs_are_refused(options: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        app(["figures", *options], standalone_mode=False)
