"""`judge generate --reuse FILE`: answers that the run beside another file holds are taken over, not asked again."""

from __future__ import annotations

from pathlib import Path

from judge.generation.generate import preview_generation
from judge.generation.open_run import journal_of
from tests.support.generation import VALUES, generate, journal, manifest, run_of, served, settings, texts
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.rows import jsonl, read_rows


def test_only_rows_of_the_values_file_that_changed_are_asked(tmp_path: Path) -> None:
    rows = read_rows(VALUES)[:6]
    values = jsonl(tmp_path / "values.jsonl", rows)
    first, second, third = (tmp_path / f"{name}.jsonl" for name in ("first", "second", "third"))
    with Loopback(writes=lambda body: f"{body['messages'][0]['content']} says yes.") as server:
        assert generate(first, *served(server), values=values) == 0
        rows[0]["question"]["open"] = "Something else?"
        jsonl(values, rows)
        for given, out in ((first, second), (run_of(first), third)):
            asked = len(server.seen)
            found = preview_generation(settings(out, server, values=values, reuse=(journal_of(given),))).estimate
            assert (found.completed, found.calls) == (5, 1)
            assert generate(out, *served(server, "--reuse", given), values=values) == 0
            assert len(server.seen) == asked + 1
    assert len(texts(second)) == 6
    assert manifest(second)["taken_over"] == {f"{tmp_path.name}/first.jsonl.run": 5}
    assert sum(row.taken_from is not None for row in journal(second)) == 5


def test_a_file_without_a_run_is_refused(tmp_path: Path) -> None:
    bare = jsonl(tmp_path / "bare.jsonl", [])
    with Loopback() as server:
        with refused(f"--reuse {bare}: no generations.jsonl there"):
            generate(tmp_path / "m.jsonl", *served(server, "--reuse", bare))
        assert not server.seen
