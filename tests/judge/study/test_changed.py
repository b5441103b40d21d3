"""What was changed by hand is never taken for what a stage made; what a stage made decides those after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.loopback import Loopback
from tests.support.rows import jsonl, read_rows
from tests.support.study import CALLS, run, served_study, speak, stages, write


@pytest.mark.parametrize("name", ["generate ft open", "compare", "tables"])
def test_a_result_that_was_changed_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url)
        assert run(study).returncode == 0
        path = stages(study)[name].results[0]
        before = path.read_bytes()
        path.write_bytes(before.replace(b"I say yes", b"I say no!").replace(b"comparisons", b"comparison-"))
        assert path.read_bytes() != before
        for options in ([], ["--plan"]):
            done = run(study, *options)
            assert done.returncode == 2, done
            assert f"{path} was changed since the stage `{name}` wrote it" in done.stderr
            assert "what to do: restore it" in done.stderr
            assert "changed" in done.stdout
        path.write_bytes(before)
        assert run(study).returncode == 0
        assert len(server.seen) == CALLS


def test_answers_that_are_moved_away_are_written_again_and_nothing_is_asked(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url)
        assert run(study).returncode == 0
        path = stages(study)["generate ft open"].results[0]
        before = path.read_bytes()
        path.unlink()
        done = run(study)
        assert done.returncode == 0, done.stderr
        assert path.read_bytes() == before
        assert len(server.seen) == CALLS


def test_other_answers_are_judged_anew(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url)
        assert run(study).returncode == 0
        made = stages(study)["generate ft open"]
        first = stages(study)["compare"].folder
        made.folder.rename(tmp_path / "away")  # the journal, too: the model is asked anew
        server.writes = lambda body: "Now I say this. " + speak(body) if body["model"] == "ft" else speak(body)
        done = run(study)
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == CALLS + 20 + 40
        assert stages(study)["compare"].folder != first
        assert "Traceback" not in done.stderr


def test_a_values_file_that_was_changed_redoes_what_rests_on_it(tmp_path: Path) -> None:
    rows = read_rows(Path(__file__).parents[3] / "examples" / "values.jsonl")
    values = jsonl(tmp_path / "values.jsonl", rows)
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url, values={"file": str(values)})
        assert run(study).returncode == 0
        rows[0]["subgroup"]["n"] += 1
        jsonl(values, rows)
        done = run(study)
        assert done.returncode == 0, done.stderr
    assert "values changed (file_sha256" in done.stdout
    assert "40 judgments copied" in done.stdout  # made anew, and what models and judge are sent is as before
    assert len(server.seen) == CALLS


def test_a_built_values_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url)
        content = {
            "name": "s",
            "folder": str(tmp_path / "s"),
            "values": {"synthetic": True, "strata": ["sex"], "resamples": 0},
            "models": [{"name": name, "model": f"openai:{name}", "base_url": server.url} for name in "ab"],
            "generate": {"sample": 4},
        }
        study = write(tmp_path / "synthetic.yaml", content)
        assert run(study).returncode == 0, run(study).stderr
        path = stages(study)["values"].results[0]
        path.write_text(path.read_text().replace('"n":', '"n": ', 1))
        done = run(study)
    assert done.returncode == 2
    assert f"{path} was changed since the stage `values` wrote it" in done.stderr
