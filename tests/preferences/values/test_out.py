"""Where the commands write: a file or a folder, and never onto what they read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.refused import refused
from tests.support.surveys import write_village


@pytest.fixture
def village(tmp_path: Path) -> Path:
    """A survey, values of it (v.jsonl, over two strata), a split of those (sp), and a file called plain."""
    path = write_village(tmp_path)
    (tmp_path / "plain").write_text("")
    return path


BUILD = (
    "build village.csv --mapping mapping.yaml --strata-file strata.yaml --country XX --min-n 2 --resamples 0".split()
)


def state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def prepare(call: Call, folder: Path) -> None:
    for command in ([*BUILD, "--out", "v.jsonl"], "split v.jsonl --strata-file strata.yaml --out sp".split()):
        assert call("values", *command) == 0
    (folder / "link.csv").symlink_to(folder / "village.csv")
    rows = [json.loads(line)["item_id"] for line in (folder / "v.jsonl").read_text().splitlines()]
    (folder / "res" / "tables").mkdir(parents=True)
    text = "custom_id,response\n" + "".join(f"{row},Answer: 1\n" for row in rows)
    (folder / "res" / "tables" / "replies.csv").write_text(text)


def test_no_command_writes_onto_what_it_reads_or_where_it_cannot(call: Call, village: Path, tmp_path: Path) -> None:
    prepare(call, tmp_path)
    before = state(tmp_path)
    strata = ["--strata-file", "strata.yaml"]
    overwritten, in_the_way, folder = "would be overwritten", "plain is a file, not a folder", "is a folder, and this"
    for arguments, message in (
        ([*BUILD, "--out", "village.csv"], overwritten),
        ([*BUILD, "--out", "link.csv"], overwritten),
        ([*BUILD, "--out", "mapping.yaml"], overwritten),
        ([*BUILD, "--out", "strata.yaml"], overwritten),
        ([*BUILD, "--out", "plain/x.jsonl"], in_the_way),
        ([*BUILD, "--out", "plain/"], in_the_way),
        (["export", "v.jsonl", *strata, "--out", "v.jsonl"], overwritten),
        (["export", "v.jsonl", *strata, "--out", "strata.yaml"], overwritten),
        (["export", "v.jsonl", *strata, "--out", "plain/x.jsonl"], in_the_way),
        (["export", "v.jsonl", *strata, "--out", "."], folder),
        (["split", "sp/train.jsonl", *strata, "--out", "sp"], overwritten),
        (["split", "v.jsonl", *strata, "--out", "plain"], in_the_way),
        (["describe", "v.jsonl", "--figure", "v.jsonl"], overwritten),
        (["describe", "v.jsonl", "--out", "plain"], in_the_way),
        (["describe", "v.jsonl", "--figure", "."], folder),
        (["score", "v.jsonl", "m=res/tables/replies.csv", "--out", "res"], overwritten),
        (["score", "v.jsonl", "res/tables/replies.csv", "--out", "plain"], in_the_way),
        (["synthetic", "--out", "plain/x.csv"], in_the_way),
        (["synthetic", "--out", "."], folder),
    ):
        with refused(message):
            call("values", *arguments)
    assert state(tmp_path) == before


def test_one_country_into_a_folder_has_its_code_in_its_name(call: Call, village: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for out in ("there", "new/", "deep/er/"):
        assert call("values", *BUILD, "--out", out) == 0
        assert sorted(found.name for found in (tmp_path / out).iterdir()) == [
            "values-XX.jsonl",
            "values-XX.manifest.json",
        ]
        about = json.loads((tmp_path / out / "values-XX.manifest.json").read_text())
        assert about["values"]["file"] == "values-XX.jsonl"


def test_the_split_names_the_hash_of_what_it_read(call: Call, village: Path, tmp_path: Path) -> None:
    prepare(call, tmp_path)
    said = json.loads((tmp_path / "sp" / "split.json").read_text())["values"]
    assert said == {"file": "v.jsonl", "sha256": state(tmp_path)["v.jsonl"]}
