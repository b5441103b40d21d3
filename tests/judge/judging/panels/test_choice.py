"""Which judges are in a panel: what the options and a file of judges say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.core.models.open_client import ModelSpec, api_key
from judge.judging.panels.choice import judge_and_panel, panel_of
from tests.docs.blocks import blocks
from tests.support.paths import ROOT
from tests.support.refused import refused

URL = "http://localhost:8000/v1"


def test_judges_are_called_by_their_models_and_by_their_providers_where_two_are_alike() -> None:
    panel = panel_of(["openai:a/m-1", "mistral:m", "openai:m"])
    assert panel is not None
    assert [each.name for each in panel.members] == ["a-m-1", "mistral-m", "openai-m"]
    assert panel.quorum == 2
    four = panel_of(["openai:a", "openai:b", "openai:c", "openai:d"], ["-", URL, "-", URL])
    assert four is not None
    assert four.quorum == 3
    assert [each.judge.base_url for each in four.members] == [None, URL, None, URL]


def test_one_judge_is_no_panel() -> None:
    assert judge_and_panel(["openai:m"], [URL]) == (ModelSpec("openai", "m", URL), None)


def test_a_model_is_several_judges_where_it_is_asked_in_several_ways() -> None:
    entries = [{"judge": "openai:a", "name": f"at-{heat}", "temperature": heat} for heat in (0, 1)]
    panel = panel_of([], [], {"judges": entries})
    assert panel is not None
    assert [each.name for each in panel.members] == ["at-0", "at-1"]


@pytest.mark.parametrize("as_file", [True, False])
def test_a_file_names_judges_by_texts_alone_or_with_settings(tmp_path: Path, *, as_file: bool) -> None:
    content: dict[str, Any] = {"judges": ["openai:a", {"judge": "openai:b", "temperature": 0}, "mistral:c"]}
    path = tmp_path / "panel.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    panel = panel_of([], [], path if as_file else content)
    assert panel is not None
    assert [str(each.judge) for each in panel.members] == ["openai:a", "openai:b", "mistral:c"]
    assert [dict(each.own) for each in panel.members] == [{}, {"temperature": 0.0}, {}]


def test_the_file_in_the_documentation_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (each for each in blocks(ROOT / "docs" / "panels.md", "panels") if each.language == "yaml")
    path = tmp_path / "panel.yaml"
    path.write_text(block.text, encoding="utf-8")
    panel = panel_of([], [], path)
    assert panel is not None
    assert panel == panel_of([], [], yaml.safe_load(block.text))
    assert (panel.quorum, panel.combine, panel.allow_family) == (2, "mean", False)
    mistral = panel.members[1]
    assert (mistral.name, mistral.weight, mistral.judge.base_url) == ("mistral", 2.0, URL)
    assert dict(mistral.own) == {"temperature": 0.0, "concurrency": 8}
    monkeypatch.setenv("MISTRAL_KEY", "a-key-of-its-own")
    assert api_key(mistral.judge) == "a-key-of-its-own"
    changed = panel_of([], [], path, quorum=1, combine="majority")
    assert changed is not None
    assert (changed.quorum, changed.combine) == (1, "majority")


@pytest.mark.parametrize(
    ("judges", "urls", "file", "more", "words"),
    [
        (["openai:a", "openai:a"], [], None, {}, "two judges are openai:a, at the same address"),
        (["openai:a", "openai:a"], [URL, "-"], None, {}, "two judges are called openai-a"),
        ([], [], {"judges": [{"judge": "openai:a", "name": n, "rpm": 9} for n in "xy"]}, {}, "two judges are openai:a"),
        (["openai:a", "heuristic"], [], None, {}, "no vote in a panel"),
        (["openai:a", "openai:b"], ["-", "-", "-"], None, {}, "3 addresses for 2 judges"),
        (["openai:a", "anthropic:b"], [URL], None, {}, "one address for judges of openai and anthropic"),
        (["openai:a"], [], None, {"quorum": 1}, "--quorum is for several judges"),
        (["openai:a"], [], None, {"combine": "mean"}, "--combine is for several judges"),
        (["openai:a", "openai:b"], [], None, {"quorum": 3}, "more than the 2 judges"),
        (["openai:a"], [], {"judges": [{"judge": "openai:a"}, {"judge": "openai:b"}]}, {}, "names all judges"),
        ([], [], {"judges": [{"judge": "openai:a"}]}, {}, "judges must have at least 2 entries"),
        ([], [], {"judges": [{"judge": "openai:a", "weigth": 1}, {"judge": "openai:b"}]}, {}, "weigth"),
        ([], [], {"judges": [{"judge": "openai:a", "name": "../a"}, {"judge": "openai:b"}]}, {}, "name"),
        ([], [], {"judges": ["openai:a", 7]}, {}, "judges"),
        ([], [], {"judges": ["openai:a", "unheard-of:b"]}, {}, "unheard-of"),
    ],
)
def test_what_does_not_fit_is_refused(
    judges: list[str], urls: list[str], file: dict[str, Any] | None, more: dict[str, Any], words: str
) -> None:
    with refused(words):
        judge_and_panel(judges, urls, file, **more)
