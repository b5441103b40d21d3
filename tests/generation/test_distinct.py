"""One model under two names: refused, unless a second draw of it is asked for; then each is asked on its own."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path

import pytest
import yaml

from tests.support.generation import generate, manifest, texts
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.study import complete, run, served_study, write


def models(folder: Path, *entries: dict[str, object]) -> Path:
    return write(folder / "models.yaml", {"models": list(entries)})


def entry(name: str, url: str, model: str = "openai:m", **more: object) -> dict[str, object]:
    return {"name": name, "model": model, "base_url": url, **more}


@pytest.mark.parametrize(
    ("first", "second", "options", "remedy"),
    [
        ({}, {}, (), "`draw: 2` for 'again'"),
        ({}, {"temperature": 0.7}, ("--temperature", 0.7), "`draw: 2` for 'again'"),
        ({"draw": 2}, {"draw": 2}, (), "`draw: 3` for 'again'"),
        ({}, {}, ("--model-seed", 5, "--samples", 3), "`model_seed: 6` for 'again'"),
        ({}, {"temperature": 0}, ("--task", "structured"), "`draw: 2` for 'again'"),
    ],
)
def test_two_names_for_the_same_calls_are_refused_before_any_is_made(
    tmp_path: Path, first: dict[str, object], second: dict[str, object], options: tuple[object, ...], remedy: str
) -> None:
    with Loopback(fixed_text="I like it.") as server:
        listed = models(tmp_path, entry("ft", server.url, **first), entry("again", server.url, **second))
        for more in ((), ("--estimate",)):
            with refused("models.yaml", "'ft' and 'again' are the same model with the same parameters", remedy):
                generate(tmp_path / "runs", "--models", listed, "--sample", 3, *options, *more)
        assert not server.seen
    assert not (tmp_path / "runs").exists()


def test_no_seed_tells_entries_apart_that_is_not_sent(tmp_path: Path) -> None:
    with Loopback() as server:
        both = (entry(name, server.root, "anthropic:m", model_seed=seed) for seed, name in enumerate(("a", "b")))
        with refused("are the same model", "`draw: 2`"):
            generate(tmp_path / "runs", "--models", models(tmp_path, *both))
        assert not server.seen


@pytest.mark.parametrize(
    "more", [{"temperature": 0.5}, {"max_tokens": 99}, {"model_seed": 1}, {"model": "openai:n"}, {"draw": 2}]
)
def test_entries_that_differ_in_what_is_sent_or_say_that_they_are_draws_are_asked_each(
    tmp_path: Path, more: dict[str, object]
) -> None:
    with Loopback(fixed_text="I like it.") as server:
        listed = models(tmp_path, entry("ft", server.url), entry("other", server.url) | more)
        assert generate(tmp_path / "runs", "--models", listed, "--sample", 3) == 0
        assert len(server.seen) == 6


def test_a_draw_where_a_seed_decides_the_text_is_refused(tmp_path: Path) -> None:
    with Loopback() as server:
        listed = models(tmp_path, entry("ft", server.url, draw=2))
        with refused("'ft' is sent a seed", "give another `model_seed`"):
            generate(tmp_path / "runs", "--models", listed, "--model-seed", 1)


def test_a_study_asks_a_second_draw_on_its_own_and_each_call_once(tmp_path: Path) -> None:
    numbers = count()
    with Loopback(writes=lambda body: f"{body['model']} says {next(numbers)}.") as server:
        study = served_study(tmp_path, server.url, compare={"judge": "heuristic", "base_url": None})
        content = yaml.safe_load(study.read_text())
        content["models"].append(entry("control", server.url, "openai:base"))
        with refused("study.yaml", "'base' and 'control' are the same model with the same parameters"):
            run(write(study, content))
        assert not server.seen
        content["models"][-1]["draw"] = 2
        complete(write(study, content))
        assert Counter(seen.body["model"] for seen in server.seen) == {"base": 40, "ft": 20}
        complete(study)
        content["models"][-1]["name"] = "control-2"
        complete(write(study, content))
        assert len(server.seen) == 60
    made = {path.stem: path for path in (tmp_path / "study").glob("generate-*/*.jsonl")}
    assert not set(texts(made["base"]).values()) & set(texts(made["control"]).values())
    assert texts(made["control"]) == texts(made["control-2"])
    assert manifest(made["control"])["configuration"]["draw"] == 2
    assert manifest(made["base"])["configuration"]["draw"] is None
