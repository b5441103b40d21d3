"""Calls that never get an answer: the study stops and says so, or goes on without them and counts them everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.loopback import Loopback
from tests.support.study import complete, run, served_study, speak, stages

BAD = {"error": {"message": "no", "type": "invalid_request_error"}}
MISSING = {"allow": ["missing"]}


def never(name: str, word: str = "65 or over") -> Any:
    """A server that never answers one model's calls of one subgroup."""

    def refuses(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        return (400, BAD) if body["model"] == name and word in json.dumps(body["messages"]) else None

    return refuses


def test_a_study_says_how_to_go_on_without_what_is_missing(tmp_path: Path) -> None:
    with Loopback(writes=speak, refuses=never("ft")) as server:
        study = served_study(tmp_path, server.url)
        stopped = run(study).study
        assert (stopped.unfinished, stopped.allowance) == ("generate ft open", "generate")
        lost = sum(1 for seen in server.seen if never("ft")(seen.body))
        assert lost > 0
        asked = len(server.seen)
        complete(served_study(tmp_path, server.url, generate={**MISSING, "retry_failed": False}))
        assert len(server.seen) == asked + 2 * (20 - lost)  # no more tries, and the judge sees the others
        complete(study_again := served_study(tmp_path, server.url, generate={**MISSING, "retry_failed": False}))
        assert len(server.seen) == asked + 2 * (20 - lost)
        tables = stages(study_again)["tables"].folder
        said = f"Excluded before judging: {lost} of 20 planned pairs with a missing response"
        counts = json.loads((tables / "summary.json").read_text())["counts"]
        assert (counts["comparisons"], counts["left_out_no_response"]) == (20 - lost, lost)
        page = (tables / "summary.md").read_text()
        assert page.count(said) == 1 + page.count("comparisons judged,")  # at the head, and above every table
        # Without the allowance the stage is not done, and the failed calls are asked again.
        assert run(served_study(tmp_path, server.url)).study.unfinished == "generate ft open"
        assert len(server.seen) == asked + 2 * (20 - lost) + lost


def test_an_item_that_both_models_lack_is_counted_too(tmp_path: Path) -> None:
    def refuses(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        return never("ft")(body) or never("base")(body)

    with Loopback(writes=speak, refuses=refuses) as server:
        study = served_study(tmp_path, server.url, generate=MISSING)
        complete(study)
    counts = json.loads((stages(study)["tables"].folder / "summary.json").read_text())["counts"]
    assert counts["left_out_unpaired"] == 0
    assert counts["left_out_no_response"] == 20 - counts["comparisons"] > 0


def test_verdicts_that_never_come_are_counted_and_the_tables_made(tmp_path: Path) -> None:
    with Loopback(writes=speak, refuses=never("judge")) as server:
        study = served_study(tmp_path, server.url)
        stopped = run(study).study
        assert (stopped.unfinished, stopped.allowance) == ("compare", "compare")
        study = served_study(tmp_path, server.url, compare=MISSING)
        complete(study)
    counts = json.loads((stages(study)["tables"].folder / "summary.json").read_text())["counts"]
    assert counts["failed"]["bad_request"] == counts["calls"] - counts["ok"] > 0


def test_scores_say_which_planned_answers_are_none(tmp_path: Path) -> None:
    def writes(body: dict[str, Any]) -> str:
        if body["model"] == "judge" or "number of your answer" not in body["messages"][-1]["content"]:
            return speak(body)
        wrong = body["model"] == "ft" and "65 or over" in json.dumps(body["messages"])
        return "Answer: 77" if wrong else "Answer: 1"

    with Loopback(writes=writes) as server:
        change = {**MISSING, "tasks": ["open", "structured"], "reply": "text"}
        study = served_study(tmp_path, server.url, generate=change)
        complete(study)
    page = (stages(study)["scores"].folder / "summary.md").read_text()
    assert "of 20 planned answers are missing (out of scale 2)" in page
