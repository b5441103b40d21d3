"""A study with an expert judge beside its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.comparison.run import Run
from judge.core.errors import InputError
from tests.support.loopback import Loopback
from tests.support.study import CALLS, complete, run, served_study, speak


def writes(body: dict[str, Any]) -> str | None:
    """What the models write; the expert judges as the judge does."""
    return speak({**body, "model": "judge"} if body["model"] == "expert" else body)


def test_the_expert_of_a_study_reads_its_share_and_is_part_of_the_estimate(tmp_path: Path) -> None:
    with Loopback(writes=writes) as server:
        expert = {"expert": "openai:expert", "expert_base_url": server.url, "expert_share": 0.5}
        path = served_study(tmp_path, server.url, compare=expert)
        ran = complete(path)
        compared = ran.results["compare"].value
        assert isinstance(compared, Run)
        found = compared.summary.expert
        assert found is not None
        by_expert = sum(seen.body["model"] == "expert" for seen in server.seen)
        assert found.calls == by_expert == len(server.seen) - CALLS > 0
        (row,) = (row for row in ran.plan.rows if row.stage == "compare")
        assert row.estimate is not None
        assert row.estimate.calls == 40 + 20  # both orders of 20 pairs, and half of them
        seen = len(server.seen)
        assert run(path).results == {}
        assert len(server.seen) == seen


def test_a_share_without_an_expert_is_refused(tmp_path: Path) -> None:
    path = served_study(tmp_path, "http://localhost:1/v1", compare={"expert_share": 0.5})
    with pytest.raises(InputError, match="name the judge"):
        run(path)
