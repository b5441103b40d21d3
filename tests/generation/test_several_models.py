"""Several models: one that fails keeps no other from going on, and is named at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.cli.shared.session_output import closing_lines
from judge.generation.generate import generate as judge_generate
from judge.generation.several_models import generate_all, planned, preview_all
from tests.support.generation import VALUES, generate, served, settings
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.rows import jsonl, read_rows

NOT_LOCAL = {"base_url": None, "adapter": None, "chat_template": None, "device": "auto"}
COMMON = {
    "values": VALUES,
    "sample": 3,
    "samples": 1,
    "task": "open",
    "temperature": None,
    "max_tokens": None,
    "model_seed": None,
}
GONE = {"error": {"message": "The model does not exist", "code": "model_not_found"}}


def models(folder: Path, url: str, *names: str) -> Path:
    path = folder / "models.yaml"
    entries = [f"  - {{name: {name}, model: 'openai:{name}', base_url: '{url}'}}\n" for name in names]
    path.write_text("models:\n" + "".join(entries))
    return path


def gone(*names: str) -> Any:
    def refuses(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        return (404, GONE) if body["model"] in names else None

    return refuses


@pytest.mark.parametrize(("lost", "code"), [((), 0), (("a",), 1), (("b",), 1), (("a", "b", "c"), 2)])
def test_one_model_that_fails_does_not_stop_the_others(tmp_path: Path, lost: tuple[str, ...], code: int) -> None:
    with Loopback(fixed_text="I like it.", refuses=gone(*lost)) as server:
        listed = models(tmp_path, server.url, "a", "b", "c")
        outcomes = generate_all(planned(None, listed, tmp_path / "runs", NOT_LOCAL, COMMON))
        for name, outcome in zip("abc", outcomes, strict=True):
            assert (tmp_path / "runs" / f"{name}.jsonl").exists() is (name not in lost)
            assert (outcome.error is None) is (name not in lost)
            assert outcome.error is None or "does not exist" in str(outcome.error)
        assert generate(tmp_path / "runs", "--models", listed, "--sample", 3) == code
        server.refuses = lambda body: None
        assert generate(tmp_path / "runs", "--models", tmp_path / "models.yaml", "--sample", 3) == 0
        assert sum(seen.body["model"] == "c" and seen.fault is None for seen in server.seen) >= 3


def test_what_all_share_is_refused_once(tmp_path: Path) -> None:
    bad = jsonl(tmp_path / "v.jsonl", [{"item_id": "x"}])
    with Loopback() as server:
        listed = models(tmp_path, server.url, "a", "b")
        with refused("v.jsonl:1") as caught:
            generate(tmp_path / "runs", "--models", listed, values=bad)
    assert str(caught.value).count("v.jsonl:1") == 1
    assert not server.seen


def test_an_estimate_of_several_names_those_that_would_be_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.jsonl").write_text("mine\n")
    with Loopback() as server:
        listed = models(tmp_path, server.url, "a", "b")
        refused_one, other = preview_all(planned(None, listed, tmp_path / "runs", NOT_LOCAL, COMMON))
        assert (refused_one.name, refused_one.preview) == ("a.jsonl", None)
        assert "no run of this program beside it" in str(refused_one.error)
        assert other.preview is not None
        assert other.preview.estimate.calls == 3
        assert generate(tmp_path / "runs", "--models", listed, "--sample", 3, "--estimate") == 1
        assert not server.seen


def test_an_estimate_refuses_what_the_run_would(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="I like it.") as server:
        assert generate(out, *served(server, "--sample", 3)) == 0
        for options in (("--sample", 3, "--temperature", 1), ("--sample", 2)):
            with refused("another configuration"):
                generate(out, *served(server, *options, "--estimate"))
        out.write_text("mine\n")
        with refused("is not what this run wrote"):
            generate(out, *served(server, "--sample", 3, "--estimate"))
        other = tmp_path / "other.jsonl"
        other.write_text("mine\n")
        with refused("no run of this program beside it"):
            generate(other, *served(server, "--estimate"))
        with refused("the file ends in"):
            generate(tmp_path / "m.txt", *served(server, "--estimate"))


def test_a_limit_below_what_was_spent_says_so(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: USD\nmodels:\n  openai:m: {input: 0, output: 1000}\n")  # .1 a call
    with Loopback(fixed_text="I like it.") as server:
        assert generate(out, *served(server, "--sample", 10, "--prices", prices)) == 0
        run = judge_generate(settings(out, server, sample=12, prices=prices, max_cost=0.5))
        assert (run.session.calls, run.session.over_budget) == (0, True)
        assert run.session.spent_before == pytest.approx(1.0)
        assert closing_lines(run, "answer", retry_failed=True) == [
            "No calls were made: earlier sessions spent about 1, more than --max-cost 0.5. Rerun with a higher "
            "--max-cost to resume."
        ]
        assert len(server.seen) == 10
    assert len(read_rows(out)) == 10
    assert len(read_rows(VALUES)) > 12
