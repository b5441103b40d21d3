"""`--config FILE`: every option of a command by name, the command line first; what was given is in the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.cli.shared.config import place_in_config
from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, PAIRS
from tests.support.refused import refused
from tests.support.runs import manifest, summary

OFFLINE: dict[str, Any] = {"files": list(PAIRS[:2]), "values": PAIRS[3], "judge": "heuristic", "out": "run"}


def write(folder: Path, **content: object) -> str:
    path = folder / "compare.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(path)


def test_the_file_has_every_option_and_the_command_line_comes_first(call: Call, tmp_path: Path) -> None:
    config = write(tmp_path, **OFFLINE, limit=4, orders="one", **{"retry-failed": False}, allow=["missing"], rpm=None)
    assert call("compare", "--config", config, "--limit", "3") == 0
    assert summary(tmp_path / "run")["counts"]["calls"] == 3
    assert manifest(tmp_path / "run")["options"] == {
        "files": list(PAIRS[:2]),
        "values": PAIRS[3],
        "judge": "heuristic",
        "out": "run",
        "limit": 3,
        "orders": "one",
        "retry_failed": False,
        "allow": ["missing"],
    }


def test_files_of_the_command_line_come_before_those_of_the_file(call: Call, tmp_path: Path) -> None:
    config = write(tmp_path, **{**OFFLINE, "files": ["absent.jsonl", "absent too.jsonl"]}, limit=2)
    assert call("compare", *PAIRS[:2], "--config", config) == 0
    assert call("estimate", *PAIRS[:2], "--config", write(tmp_path, judge="heuristic", values=PAIRS[3])) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"limits": 3}, "limits is not a known key: did you mean limit?"),
        ({"max-costs": 3}, "max_costs is not a known key: did you mean max_cost?"),
        ({"config": "other.yaml"}, "config is not a known key"),
        ({"judge": "gpt"}, "unknown provider 'gpt'"),
    ],
)
def test_what_is_no_option_is_refused_with_the_nearest(
    call: Call, tmp_path: Path, content: dict[str, Any], words: str
) -> None:
    with refused(words, out=tmp_path / "run"):
        call("compare", "--config", write(tmp_path, **(OFFLINE | content)))


@pytest.mark.parametrize("content", ["judge: [a\n", "%PDF-1.7\n", "- judge\n"])
def test_a_file_that_is_no_mapping_is_refused_with_what_to_do(call: Call, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.yaml").write_text(content, encoding="utf-8")
    with refused("c.yaml", "the keys are the options of"):
        call("compare", *PAIRS[:2], "--config", str(tmp_path / "c.yaml"))


def test_a_value_that_does_not_fit_is_a_usage_error(judge: Command, tmp_path: Path) -> None:
    for wrong in ({"limit": "many"}, {"orders": "none"}, {"full": "perhaps"}):
        assert judge("compare", "--config", write(tmp_path, **(OFFLINE | wrong))).returncode == 2
    assert not (tmp_path / "run").exists()


def test_a_value_that_does_not_fit_is_named_with_its_file(call: Call, tmp_path: Path) -> None:
    config = write(tmp_path, **(OFFLINE | {"limit": "many"}))
    with pytest.raises(Exception, match="valid integer") as caught:
        call("compare", "--config", config)
    assert place_in_config(caught.value) == f"{config}: limit: many"
    with pytest.raises(Exception, match="valid integer") as caught:
        call("compare", "--config", config, "--limit", "few")
    assert place_in_config(caught.value) is None


def test_without_any_file_the_command_says_so(call: Call) -> None:
    with refused("no file is named", "judge compare --help"):
        call("compare", "--judge", "heuristic")


def test_generate_reads_its_options_too(call: Call, tmp_path: Path) -> None:
    with Loopback(fixed_text="I say yes.") as server:
        config = write(
            tmp_path,
            values=str(EXAMPLES / "values.jsonl"),
            model="openai:m",
            base_url=server.url,
            out="answers.jsonl",
            sample=3,
            extra_body={"enable_thinking": False},
        )
        assert call("generate", "--config", config) == 0
        assert [seen.body["enable_thinking"] for seen in server.seen] == [False] * 3
