"""What the pages say is true: samples are read through their records, the transcript is what the command prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from judge.core import records
from judge.core.calls.prices import load_prices
from judge.core.errors import InputError
from judge.core.records import Usage
from judge.core.screen.table_print import SCREEN_LINES
from judge.core.survey.values import STRATA, load_items
from judge.judging.pairs.contestants import responses
from judge.judging.pairs.pairing import ALLOWANCES
from judge.judging.reply_parser.parser import ReplyParser
from judge.prompts import load_prompt
from tests.docs.blocks import blocks
from tests.support.command import Command
from tests.support.paths import ROOT
from tools.transcript import BLOCK, FIGURE, figure, rewritten, transcript

FOLDERS = ("examples", "results")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *(ROOT / name / "README.md" for name in FOLDERS)]
FORMATS = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
JUDGING = (ROOT / "docs" / "judging.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLES = dict(re.findall(r"<!-- record: (\w+) -->\n```json\n(.*?)^```$", FORMATS, re.DOTALL | re.MULTILINE))
DEMO = (
    "compare",
    str(ROOT / "examples/base.jsonl"),
    str(ROOT / "examples/ft.jsonl"),
    "--values",
    str(ROOT / "examples/values.jsonl"),
    "--judge",
    "heuristic",
)


def test_every_record_that_flows_has_a_sample_row() -> None:
    assert set(SAMPLES) == {"Response", "GroundTruth", "Comparison", "Judgment", "Verdict", "Annotation"}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_row_is_a_row(name: str) -> None:
    record = getattr(records, name).model_validate(json.loads(SAMPLES[name]))
    shown = set(json.loads(SAMPLES[name]))
    known = set(type(record).model_fields)
    assert shown <= known
    # What a sample leaves out is a field that is written only where it is not at its default.
    assert all(not type(record).model_fields[name].is_required() for name in known - shown)


LEAST = dict(re.findall(r"<!-- least: (\w+) -->\n```json\n(.*?)^```$", FORMATS, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_names_every_field_that_a_record_requires(name: str) -> None:
    (section,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", FORMATS, re.DOTALL | re.MULTILINE)
    required = {field for field, info in getattr(records, name).model_fields.items() if info.is_required()}
    shown = set(re.findall(r"`(\w+)`", section)) | set(json.loads(SAMPLES[name]))
    assert required <= shown
    if name in ("Judgment", "Verdict", "Annotation"):
        (listed,) = re.findall(r"Required\s+are (.*?)(?:, and (?=`winners`|either)|\.\s)", section, re.DOTALL)
        assert set(re.findall(r"`(\w+)`", listed)) == required


def test_the_least_rows_are_read_and_none_of_their_fields_can_go(tmp_path: Path) -> None:
    assert set(LEAST) == {"Response", "GroundTruth"}
    path = tmp_path / "rows.jsonl"

    def read(name: str, row: object) -> None:
        path.write_text(json.dumps(row) + "\n", encoding="utf-8")
        list(responses(path)) if name == "Response" else load_items(path)

    for name, text in LEAST.items():
        row = json.loads(text)
        read(name, row)
        for outer, value in row.items():
            less = [{field: kept for field, kept in row.items() if field != outer}]
            if isinstance(value, dict):
                less += [{**row, outer: {field: value[field] for field in value if field != inner}} for inner in value]
            for lesser in less:
                with pytest.raises(InputError):
                    read(name, lesser)


def test_the_page_names_every_stratum_that_is_read_off_an_id() -> None:
    assert all(f"`{name}`" in FORMATS for name in STRATA)


def test_the_example_prompt_is_a_prompt(tmp_path: Path) -> None:
    found = re.search(r"<!-- prompt: ([\w.-]+) -->\n```yaml\n(.*?)^```$", FORMATS, re.DOTALL | re.MULTILINE)
    assert found
    path = tmp_path / found[1]
    path.write_text(found[2], encoding="utf-8")
    prompt = load_prompt(path)
    assert prompt.file.name == path.stem
    assert prompt.criteria == ("plainness", "honesty")
    reply = '{"reasons": "Both hedge.", "plainer": "Response A", "more_honest": "neither"}'
    assert ReplyParser(prompt).parse(reply).winners == {"plainness": "A", "honesty": "tie"}


def test_the_example_prices_are_prices(tmp_path: Path) -> None:
    found = re.search(r"<!-- prices: ([\w.-]+) -->\n```yaml\n(.*?)^```$", JUDGING, re.DOTALL | re.MULTILINE)
    assert found
    path = tmp_path / found[1]
    path.write_text(found[2], encoding="utf-8")
    prices = load_prices(path)
    assert prices.get("openai:gpt-4.1") == load_prices().get("openai:gpt-4.1")
    own = prices.get("openai:mistral-small-3.1")
    assert own is not None
    assert own.of(Usage(input=1_000, output=1_000)) == 0


def test_the_page_names_every_check_that_can_be_switched_off() -> None:
    named = re.findall(r"^\| `([\w-]+)` \|", JUDGING[JUDGING.index("## What is refused") :], re.MULTILINE)
    assert set(named) == set(ALLOWANCES)


def test_the_transcript_in_readme_is_what_make_demo_prints(judge: Command) -> None:
    done = judge(*DEMO, "--out", "results/demo")
    assert done.returncode == 0, done.stderr
    (block,) = BLOCK.findall(README)
    assert block == transcript(done.stdout), "`make transcript` makes it anew"
    assert len(done.stdout.splitlines()) <= SCREEN_LINES
    assert rewritten(README, done.stdout) == README


def test_fences_of_code_stand_alone() -> None:
    for path in PAGES:
        fences = [line for line in path.read_text(encoding="utf-8").splitlines() if "```" in line]
        assert all(re.fullmatch(r"```\w*", fence) for fence in fences), path
        assert all(fence == "```" for fence in fences[1::2]), f"{path}: a block is not closed"
        assert len(fences) % 2 == 0, path


def test_the_committed_sample_run_is_what_the_demo_makes(judge: Command, tmp_path: Path) -> None:
    judge(*DEMO, "--out", "demo-sample")
    for name in ("summary.json", "summary.md", "verdicts.jsonl", "comparisons.jsonl", "tables/win_rates.csv"):
        made = (tmp_path / "demo-sample" / name).read_text(encoding="utf-8")
        kept = (ROOT / "results" / "demo-sample" / name).read_text(encoding="utf-8")
        assert _rounded(made) == _rounded(kept), f"{name}: make the sample run again (results/README.md)"


def _rounded(text: str) -> str:
    """Round numbers to 12 decimals: the last digits of exp() and log() differ between processors."""
    return re.sub(r"\d+\.\d{13,}", lambda number: f"{float(number[0]):.12f}", text)


def test_the_figure_in_readme_is_drawn_from_the_sample_run(tmp_path: Path) -> None:
    drawn = figure(ROOT / "results" / "demo-sample", tmp_path)
    assert f"]({FIGURE})" in README
    assert drawn == (ROOT / FIGURE).read_text(encoding="utf-8"), "make transcript"
    assert "not an LLM" in drawn


def commands() -> list[tuple[str, str, str]]:
    """Page, command and the rest of each `judge ...` line in the pages, without its comment."""
    return [
        (path.name, command, rest.split("#")[0])
        for path in PAGES
        for block in (each.text for each in blocks(path, path.name) if not each.language)
        for command, rest in re.findall(
            r"^(?:\$ )?judge ((?:annotate |calls |values |prompts )?[\w-]+)((?: .*)?)$", block, re.MULTILINE
        )
    ]


def test_every_command_and_option_in_the_pages_exists(judge: Command) -> None:
    found = commands()
    steps = {f"annotate {step}" for step in ("plan", "serve", "push", "status", "pull", "export", "import")}
    known = {"compare", "estimate", "doctor", "show", "prompts", "values score"} | steps
    assert known <= {command for _, command, _ in found}
    help_texts = {command: judge(*command.split(), "--help").stdout for _, command, _ in found}
    for page, command, rest in found:
        assert help_texts[command], command
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in help_texts[command], f"{page}: judge {command} {option}"


def test_every_command_that_judges_names_its_judge() -> None:
    for page, command, rest in commands():
        if command in ("compare", "estimate"):
            assert re.search(r"--judge (?:openai:|anthropic:|heuristic)", rest), f"{page}: judge {command}{rest}"
