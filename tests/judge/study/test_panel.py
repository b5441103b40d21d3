"""A study whose comparisons a panel of judges decides."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.run import Run
from judge.core.errors import InputError, PersonaJudgeError
from tests.support.batch_server import BatchServer
from tests.support.loopback import Loopback
from tests.support.study import complete, run, served_study, speak

JUDGES = ["openai:ann", "openai:ben", "openai:cem"]


def writes(body: dict[str, Any]) -> str | None:
    """What the models write; all judges judge alike."""
    return speak({**body, "model": "judge"} if f"openai:{body['model']}" in JUDGES else body)


def models(server: Loopback) -> Counter[str]:
    return Counter(str(seen.body["model"]) for seen in server.seen)


def test_the_judges_of_a_study_decide_together_and_one_that_is_added_is_asked_alone(tmp_path: Path) -> None:
    with Loopback(writes=writes) as server:
        path = served_study(tmp_path, server.url, compare={"judge": JUDGES[:2]})
        ran = complete(path)
        (row,) = (row for row in ran.plan.rows if row.stage == "compare")
        assert row.estimate is not None
        assert row.estimate.calls == 80
        assert (models(server)["ann"], models(server)["ben"]) == (40, 40)
        assert run(path).results == {}
        path = served_study(tmp_path, server.url, compare={"judge": JUDGES, "combine": "majority", "quorum": 3})
        compared = complete(path).results["compare"].value
        assert isinstance(compared, Run)
        assert [models(server)[name] for name in ("ann", "ben", "cem")] == [40, 40, 40]
    panel = compared.summary.panel
    assert panel is not None
    assert (panel.combine, panel.quorum, [each.ok for each in panel.judges]) == ("majority", 3, [40, 40, 40])


def test_the_judges_of_a_file_ask_in_batches(tmp_path: Path) -> None:
    with BatchServer(writes=writes) as server:
        entries = [{"judge": name, "base_url": server.url, "temperature": 0.5} for name in JUDGES]
        (tmp_path / "judges.yaml").write_text(json.dumps({"judges": entries, "quorum": 1}), encoding="utf-8")
        compare = {"judge": None, "base_url": None, "panel": "judges.yaml", "batch": True, "poll": 0.05}
        complete(served_study(tmp_path, server.url, compare=compare))
        assert max(server.made.values()) == 1
        assert sum(server.made.values()) == 3 * 39  # the first call of each judge is live
        assert {seen.body["temperature"] for seen in server.seen if seen.body["model"] == "ann"} == {0.5}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"expert": "openai:better"}, "for one judge"),
        ({"orders": "adaptive"}, "for one judge"),
        ({"quorum": 4}, "more than the 3 judges"),
        ({"panel": {"judges": [{"judge": "openai:a"}, {"judge": "openai:b"}]}}, "names all judges"),
        ({"judge": ["openai:a", "openai:a"]}, "two judges are openai:a, at the same address"),
        ({"judge": ["openai:a", "heuristic"], "base_url": None}, "no vote in a panel"),
    ],
)
def test_what_does_not_fit_a_panel_is_refused_before_anything_is_made(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = served_study(tmp_path, "http://127.0.0.1:1/v1", compare={"judge": JUDGES, **change})
    with pytest.raises(PersonaJudgeError, match=words) as caught:
        run(path)
    assert isinstance(caught.value, InputError)
