"""The page as a file: it loads nothing, says what the records say, and stays small."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from judge.analysis.agreement.agreement import AgreementSettings
from judge.analysis.agreement.agreement import agreement as agree
from judge.analysis.subgroups.analyze import analyze as analyse
from judge.analysis.subgroups.records import AnalyzeSettings
from judge.analysis.subgroups.tables import tables
from judge.comparison.results import load_summary, resolve_again
from judge.core.records import Comparison
from judge.prompts.loader import load_prompt
from judge.prompts.survey_answer import survey_answer
from judge.reports.html.explorer import Beside
from judge.reports.html.judge_validity import cautions, findings
from judge.reports.html.missing import missing
from judge.reports.html.provenance import compare_command
from judge.reports.html.run_page import write_report
from judge.reports.report_data import ReportData, report_data
from tests.support import report_runs as runs
from tests.support.report_pages import Read, read

MOST = 3_000_000


def page_of(run: Path, out: Path, **options: Path) -> Read:
    return read(write_report(run, out / "report.html", **options).path.read_text(encoding="utf-8"))


def parsed(page: Path) -> Read:
    return read(page.read_text(encoding="utf-8"))


@pytest.fixture(params=["labelled", "hostile"])
def page(request: pytest.FixtureRequest) -> Read:
    return parsed(request.getfixturevalue(f"{request.param}_page"))


def test_nothing_is_loaded_and_nothing_runs_but_the_page_s_own(page: Read) -> None:
    links = [
        each[name] for _, each in page.elements for name in ("src", "href", "xlink:href", "action") if name in each
    ]
    assert links
    assert all(link.startswith(("#", "data:text/csv;")) for link in links)
    names = {name for _, each in page.elements for name in each}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "iframe", "object", "embed", "link", "base", "foreignobject", "image"}
    assert len(page.all("script")) == 2
    assert len(page.all("style")) == 1


def test_the_policy_allows_the_page_s_own_style_and_script_alone(page: Read) -> None:
    (style,) = page.raw["style"]
    script = page.raw["script"][1]

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert page.policy == (
        f"default-src 'none'; script-src {hashed(script)}; style-src {hashed(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)


def test_every_table_has_a_caption_and_headers_and_ids_are_unique(page: Read) -> None:
    assert len(page.all("table")) == len(page.all("caption")) > 5
    assert all(each.get("scope") in ("col", "row") for each in page.all("th"))
    ids = [each["id"] for _, each in page.elements if "id" in each]
    assert len(set(ids)) == len(ids)
    labelled = [name for _, each in page.elements for name in each.get("aria-labelledby", "").split()]
    assert set(labelled) <= set(ids)


def test_no_cell_of_a_figure_s_csv_is_a_formula(hostile_page: Path) -> None:
    page = parsed(hostile_page)
    files = [each["href"] for each in page.all("a") if "download" in each]
    assert files
    for link in files:
        text = base64.b64decode(link.partition(",")[2]).decode()
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                assert not cell.startswith("-") or float(cell) <= 0


def test_the_same_run_gives_the_same_bytes(demo_run: Path, demo_page: Path) -> None:
    before = demo_page.read_bytes()
    assert write_report(demo_run, demo_page).path.read_bytes() == before


def test_the_answer_is_the_summary_s(demo_run: Path, demo_page: Path) -> None:
    page = parsed(demo_page)
    summary = load_summary(demo_run)
    for row in summary.win_rates:
        if row.dimension == "all":
            rate = row.win_rate
            assert rate.value is not None
            value = f"{rate.value:.3f}".removeprefix("0")
            assert f"On {row.criterion}, ft has a win rate of {value} against base" in page.text
    assert "Judged by the offline heuristic, which is NOT an LLM" in page.text
    assert "In this demonstration: better on" in page.text


def test_without_labels_it_says_what_they_would_take_and_with_them_what_they_say(
    demo_run: Path, demo_labels: Path, demo_page: Path, labelled_page: Path
) -> None:
    without = parsed(demo_page)
    assert "judge annotate plan" in without.text
    assert "No human labels were given" in without.text
    page = parsed(labelled_page)
    assert "judge annotate plan" not in page.text
    for row in agree(AgreementSettings(file=demo_labels, judge=demo_run)).criteria:
        assert row.alternative is not None
        assert row.alternative.sentence in page.text
    assert page.text.count("Corrected with human labels: ") == 1 + 3  # the headline, and a sentence per criterion
    assert "In this demonstration, judge alone: " in page.text


def test_labels_of_an_unknown_sample_leave_the_rest_standing(demo_run: Path, demo_labels: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in demo_labels.read_text(encoding="utf-8").splitlines()]
    path = tmp_path / "annotations.jsonl"
    path.write_text("".join(json.dumps(row | {"inclusion_probability": None}) + "\n" for row in rows))
    page = page_of(demo_run, tmp_path, annotations=path)
    assert "The win rates could not be corrected" in page.text
    assert "inclusion_probability" in page.text
    assert "Alternative annotator test" in page.text


def test_what_failed_is_counted_by_kind_and_never_scored(demo_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(demo_run, tmp_path / "run")
    journal = run / "judgments.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines()
    for number, kind in enumerate(["timeout", "timeout", "refusal"]):
        row = json.loads(lines[number * 10])
        del row["winners"], row["check"]
        lines[number * 10] = json.dumps(row | {"status": "api_error", "error_kind": kind})
    journal.write_text("\n".join(lines[:-4]) + "\n", encoding="utf-8")
    resolve_again(run, rule=None, resamples=100, reparse=False, write=True)
    page = page_of(run, tmp_path)
    absent = sum(
        row.missing for row in load_summary(run).win_rates if (row.dimension, row.criterion) == ("all", "overall")
    )
    assert absent >= 3
    assert f"{absent} of 96 comparisons" in page.text
    assert "The run is not finished: 4 of 192 calls were not made yet." in page.text
    for kind, number in (("timeout", 2), ("refusal", 1)):
        assert re.search(rf"failed ?{kind}: [a-z' ]+ ?{number} ?", page.text)
    assert f"{absent / 96:.1%} of the comparisons have no verdict" in page.text
    assert "Bounds if all missing comparisons were losses, or wins" in page.text


def test_the_prompt_stands_there_in_full_with_its_hash(demo_run: Path, demo_page: Path) -> None:
    found = report_data(demo_run)
    page = parsed(demo_page)
    assert " ".join(found.prompt.file.user.split()) in page.text
    assert " ".join(found.prompt.file.system.split()) in page.text
    assert found.prompt.sha256 in page.text
    for digest in found.sources:
        assert digest in page.text


def test_the_explorer_tells_the_answer_of_the_group_as_the_judge_was_told_it(demo_run: Path, demo_page: Path) -> None:
    lines = (demo_run / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()
    told = {pair.id: survey_answer(pair.item) for pair in map(Comparison.model_validate_json, lines)}
    bodies = json.loads(parsed(demo_page).raw["script"][0])["bodies"]
    assert {body["id"]: body["truth"] for body in bodies} == told
    assert all(text.startswith('Asked "') for text in told.values())


def test_the_command_it_names_makes_the_same_run(demo_run: Path) -> None:
    words = shlex.split(compare_command(report_data(demo_run)))
    assert words[:2] == ["judge", "compare"]
    assert [Path(word).name for word in words[2:4]] == ["base.jsonl", "ft.jsonl"]
    assert words[4:] == ["--values", words[5], "--judge", "heuristic", "--resamples", "200", "--out", str(demo_run)]


def test_long_texts_lie_beside_the_page_so_that_it_stays_small(tmp_path: Path) -> None:
    rows = [
        {
            "item_id": f"Q{number}_a",
            "text": f"{number} " + "word " * 20_000,
            "persona": "p",
            "question": "q",
            "ground_truth": "g",
        }
        for number in range(16)
    ]
    base, ft = (runs.write_responses(tmp_path / f"{name}.jsonl", rows) for name in ("base", "ft"))
    run = runs.judged(tmp_path / "run", str(base), str(ft))
    written = write_report(run, tmp_path / "report.html")
    assert written.size == written.path.stat().st_size < MOST
    assert 0 < written.in_page < 16 == written.total
    assert written.folder is not None
    names = sorted(path.name for path in written.folder.iterdir())
    assert [re.sub(r"^[0-9a-f]{12}-", "", name) for name in names] == ["index-0000.js", "part-0000.js"]
    page = read(written.path.read_text(encoding="utf-8"))
    key = json.loads(page.raw["script"][0])["key"]
    assert f"'nonce-{key}'" in page.policy
    for path in written.folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert re.fullmatch(rf'personaJudge\.(index|part)\("{key}", .*\);\n', text)
        assert not set(text) & set("<>&\u2028\u2029")


def test_an_older_page_s_files_go_and_others_stay(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    older, newer = Beside(out, "a" * 64), Beside(out, "b" * 64)
    older.write("part-0000", "part", [])
    (older.folder / "notes.js").write_text("mine")
    newer.write("part-0000", "part", [])
    newer.sweep()
    assert sorted(path.name for path in newer.folder.iterdir()) == ["bbbbbbbbbbbb-part-0000.js", "notes.js"]
    (newer.folder / "notes.js").unlink()
    Beside(out, "c" * 64).sweep()
    assert not newer.folder.exists()


def test_every_table_of_the_analysis_is_on_the_page(demo_run: Path, demo_page: Path) -> None:
    page = " ".join(parsed(demo_page).text.split())
    titles = [table.title for table in tables(analyse(AnalyzeSettings(run=demo_run, length_controlled=True)))]
    assert len(titles) > 5
    assert [title for title in titles if title not in page] == []


def test_the_page_says_what_was_compared_and_what_each_criterion_asks(demo_page: Path) -> None:
    text = parsed(demo_page).text
    assert "pairs a response of base (model illustrative-base) with one of ft (model illustrative-ft)" in text
    assert "written as the same persona" in text
    assert "the share of comparisons that ft wins, ties counted as half" in text
    criteria = load_prompt("persona-value").file.criteria.values()
    assert [f"Question to the judge: {criterion.description}" in text for criterion in criteria] == [True] * 3


def test_what_speaks_against_any_criterion_stands_under_the_answer(demo_run: Path) -> None:
    """By words the longer response wins on persona and overall; a caution stands only where characters say so too."""
    found = report_data(demo_run)
    assert not length_cautions(found)
    judge = tuple(row.model_copy(update={"longer_wins_characters": row.longer_wins}) for row in found.summary.judge)
    lines = length_cautions(replace(found, summary=found.summary.model_copy(update={"judge": judge})))
    off = [row.criterion for row in judge if (row.longer_wins.low or 0) > 0.5]
    assert off == ["persona", "overall"]
    assert [name for name in off for line in lines if f"a winner on {name}," in line] == off
    assert len(lines) == len(off)


def length_cautions(found: ReportData) -> list[str]:
    return [line for line in cautions(found, missing(found), findings(found)) if line.startswith("Length: ")]
