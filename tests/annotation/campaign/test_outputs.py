"""No command writes over a campaign, a key, or what it reads: each is tried as a user would."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from judge.annotation.campaign.campaign import key_path, load
from judge.annotation.campaign.outputs import check_output_paths
from judge.annotation.other_tools import csv_file as table
from judge.annotation.other_tools import potato
from judge.core.errors import UsageError
from tests.annotation.conftest import Planner
from tests.support.command import Call, Command
from tests.support.refused import refused

TARGETS = ("c.yaml", "c.key.json", "./folder/../c.yaml", "link.yaml", "folder", "other.key.json")
COMMANDS = {
    "csv": "export c.yaml --format csv --out {}",
    "potato": "export c.yaml --format potato --out {}",
    "import": "import c.yaml answers.csv --format csv --out {}",
    "pull": "pull c.yaml --url http://127.0.0.1:1 --out {}",
    "status": "status c.yaml --url http://127.0.0.1:1 --out {}",
}


@pytest.fixture
def folder(planned: Planner, tmp_path: Path) -> Path:
    """A campaign, its key, an answered table, a folder, a link to the campaign, and another campaign's key."""
    path, campaign, key = planned("c.yaml", items=2)
    table.write(tmp_path / "answers.csv", campaign, key)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.yaml").symlink_to(path)
    (tmp_path / "other.key.json").write_text("{}")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_target_that_must_stay_is_refused_before_anything_happens(folder: Path, call: Call, command: str) -> None:
    before = contents(folder)
    targets = [*TARGETS, *(["answers.csv"] if command == "import" else [])]
    if command == "potato":
        targets.remove("folder")
    for target in targets:
        with refused():
            call("annotate", *COMMANDS[command].format(target).split())
        assert contents(folder) == before


def test_the_account_beside_an_output_overwrites_nothing_either(folder: Path, judge: Command) -> None:
    shutil.move(folder / "answers.csv", folder / "a.summary.json")
    before = contents(folder)
    done = judge("annotate", "import", "c.yaml", "a.summary.json", "--format", "csv", "--out", "a.jsonl")
    assert (done.returncode, contents(folder)) == (2, before)


def test_potatos_page_is_not_written_over_a_campaign_of_that_name(planned: Planner, call: Call) -> None:
    path, _, _ = planned("config.yaml", items=2)
    before = path.read_bytes()
    with refused():
        call("annotate", "export", "config.yaml", "--format", "potato", "--out", ".")
    assert path.read_bytes() == before


def test_what_people_left_in_a_folder_is_not_overwritten(planned: Planner, tmp_path: Path, call: Call) -> None:
    path, campaign, key = planned("c.yaml", items=2)
    potato.write(tmp_path / "site", campaign, key)
    with refused("this command reads it"):
        call("annotate", "import", "c.yaml", "site", "--format", "potato", "--out", "site/tasks.jsonl")
    assert load(path)[1] == key


def test_a_plan_overwrites_nothing_of_its_run_and_no_folder(run: Path, tmp_path: Path, call: Call) -> None:
    shutil.copytree(run, tmp_path / "run1")
    before = contents(tmp_path)
    for out, words in (("run1", "is a folder"), ("run1/verdicts.jsonl", "this command reads it")):
        with refused(words):
            call("annotate", "plan", "run1", "--items", "2", "--out", out)
        assert contents(tmp_path) == before


def test_a_new_key_may_have_its_name(tmp_path: Path) -> None:
    check_output_paths([key_path(tmp_path / "c.yaml")], [], keys=True)
    with pytest.raises(UsageError, match="has the name of a key file"):
        check_output_paths([key_path(tmp_path / "c.yaml")], [])


@pytest.mark.parametrize(("format_", "answered"), [("csv", "out"), ("potato", "out/tasks.jsonl")])
def test_an_export_never_writes_over_answers(planned: Planner, call: Call, format_: str, answered: str) -> None:
    path, _, _ = planned("c.yaml", items=2)
    export = ("annotate", "export", "c.yaml", "--format", format_, "--out", "out")
    for _ in range(2):  # the same again is no harm
        assert call(*export) == 0
    file = path.parent / answered
    file.write_text(filled := file.read_text().replace("response", "Response"))
    with refused("exists with other contents"):
        call(*export)
    assert file.read_text() == filled


def test_a_file_of_another_campaign_replaces_no_answers(planned: Planner, call: Call, tmp_path: Path) -> None:
    planned("other.yaml", items=2)
    _, campaign, key = planned("c.yaml", items=2)
    table.write(tmp_path / "answers.csv", campaign, key)
    (tmp_path / "a.jsonl").write_text(kept := '{"comparison_id": "c", "annotator": "a"}\n')
    with refused("answers.csv: none of its 2 rows is about a task of campaign"):
        call("annotate", "import", "other.yaml", "answers.csv", "--format", "csv", "--out", "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == kept
