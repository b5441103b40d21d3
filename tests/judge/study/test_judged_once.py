"""No pair is judged twice: what the judge is sent decides, and the server's own count of requests is the proof."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.core.files.journal import read_journal
from judge.core.records import Judgment
from judge.study.run import plan_study
from tests.judge.study.conftest import Finished
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, ROOT
from tests.support.refused import refused
from tests.support.rows import jsonl, read_rows
from tests.support.study import complete, run, served_study, speak, stages, write

PAIR = 40  # calls on one candidate: 20 items in both orders
Content = dict[str, Any]


def judged(server: Loopback) -> Counter[str]:
    """Each prompt that the judge was sent, and how often."""
    return Counter(seen.call for seen in server.seen if seen.body["model"].startswith("judge"))


def verdicts(study: Path) -> dict[tuple[str, str, str], str]:
    """Who won, by item, criterion and the two contestants."""
    rows = read_rows(stages(study)["compare"].folder / "verdicts.jsonl")
    found = {}
    for row in rows:
        first, second = row["reference"], row["candidate"]
        winner = {"win": second, "loss": first}.get(row["outcome"], row["outcome"])
        found[row["item_id"], row["criterion"], "|".join(sorted((first, second)))] = winner
    return found


def with_models(study: Path, *names: str) -> Path:
    content = yaml.safe_load(study.read_text())
    url = content["models"][0]["base_url"]
    content["models"] = [{"name": name, "model": f"openai:{name}", "base_url": url} for name in names]
    return write(study, content)


def changed(part: str, **change: object) -> Callable[[Content], None]:
    def change_part(content: Content) -> None:
        content[part] |= change

    return change_part


def test_a_model_more_is_judged_alone(finished: Finished) -> None:
    study, server = finished.study, finished.server
    before, first = verdicts(study), stages(study)["compare"].folder.name
    with_models(study, "base", "ft", "third")
    (estimate,) = (row.estimate for row in plan_study(study).rows if row.stage == "compare")
    assert estimate is not None
    assert "about 40 calls (40 more are completed)" in estimate.description
    complete(study)
    assert judged(server).total() == 2 * PAIR
    assert set(judged(server).values()) == {1}
    after = verdicts(study)
    assert {place: after[place] for place in before} == before
    assert len(after) == 2 * len(before)
    folder = stages(study)["compare"].folder
    rows = list(read_journal(folder / "judgments.jsonl", Judgment))
    assert Counter(row.taken_from for row in rows) == {first: PAIR, None: PAIR}
    results = json.loads((folder / "manifest.json").read_text())["results"]
    assert results["spent"]["taken_over"] == {first: PAIR}
    assert results["counts"]["ok"] == 2 * PAIR


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Loopback]]:
    """A complete study of base, ft and third; not to be changed."""
    folder = tmp_path_factory.mktemp("three")
    with Loopback(writes=speak) as server:
        complete(with_models(served_study(folder, server.url), "base", "ft", "third"))
        yield folder, server


@pytest.mark.parametrize(
    "names", [("base", "ft"), ("ft", "base"), ("third", "base"), ("base", "third", "ft"), ("third", "base", "ft")]
)
def test_fewer_models_or_another_order_judge_only_pairs_that_are_new(
    three: tuple[Path, Loopback], tmp_path: Path, names: tuple[str, ...]
) -> None:
    folder, server = three
    shutil.copytree(folder / "study", tmp_path / "study")
    study = with_models(served_study(tmp_path, server.url), "base", "ft", "third")
    before, asked = verdicts(study), judged(server)
    pairs = {"|".join(sorted((names[0], name))) for name in names[1:]} - {"base|ft", "base|third"}
    complete(with_models(study, *names))
    new = judged(server) - asked
    assert new.total() == len(pairs) * PAIR
    assert set(new.values()) <= {1}
    after = verdicts(study)
    assert {place: won for place, won in after.items() if place in before} == {
        place: won for place, won in before.items() if place in after
    }


def test_a_renamed_model_is_not_judged_again(finished: Finished) -> None:
    study, server = finished.study, finished.server
    content = yaml.safe_load(study.read_text())
    content["models"][1]["name"] = "a-tuned"  # the smaller name now, too
    before = len(server.seen)
    complete(write(study, content))
    assert len(server.seen) == before
    rows = read_rows(stages(study)["compare"].folder / "judgments.jsonl")
    assert all(row["comparison_id"].endswith("|base|a-tuned") for row in rows)


@pytest.mark.parametrize(
    ("change", "calls"),
    [
        (changed("compare", judge="openai:judge-2"), PAIR),
        (changed("compare", temperature=0.5), PAIR),
        (changed("compare", max_tokens=700), PAIR),
        (changed("compare", model_seed=3), PAIR),
        (changed("compare", reply="schema"), PAIR),
        (changed("compare", prompt="own.yaml"), PAIR),
        (changed("generate", words=[10, 20]), PAIR),
        (changed("compare", repeats=2), PAIR),
        (changed("compare", orders="one"), 0),
        (changed("compare", limit=5), 0),
        (changed("compare", seed=7), 0),
    ],
)
def test_what_the_judge_is_sent_decides(
    finished: Finished, tmp_path: Path, change: Callable[[Content], None], calls: int
) -> None:
    study, server = finished.study, finished.server
    shipped = (ROOT / "prompts" / "judge" / "default" / "persona-value.yaml").read_text()
    (tmp_path / "own.yaml").write_text(shipped + "\n# another version\n")
    content = yaml.safe_load(study.read_text())
    change(content)
    says = "In short: " if "words" in content["generate"] else ""  # the models then say something else
    server.writes = lambda body: (
        speak({**body, "model": "judge"}) if body["model"].startswith("judge") else says + speak(body)
    )
    before = judged(server).total()
    complete(write(study, content))
    assert judged(server).total() - before == calls


def test_one_text_that_changed_is_judged_anew_alone(tmp_path: Path) -> None:
    rows = read_rows(EXAMPLES / "values.jsonl")[:20]
    values = jsonl(tmp_path / "values.jsonl", rows)
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url, values={"file": str(values)}, generate={"sample": None})
        complete(study)
        rows[0]["subgroup"]["persona"] = "someone else"
        rows[0]["subgroup"]["attributes"] = {}
        jsonl(values, rows)
        before = judged(server).total()
        complete(study)
        assert judged(server).total() - before == 2


def test_of_a_comparison_that_is_half_done_the_answers_serve_and_the_failures_do_not(tmp_path: Path) -> None:
    bad = {"error": {"message": "no", "type": "invalid_request_error"}}

    def refuses(body: Content) -> tuple[int, Content] | None:
        return (400, bad) if body["model"] == "judge" and "woman" in body["messages"][-1]["content"] else None

    with Loopback(writes=speak, refuses=refuses) as server:
        study = served_study(tmp_path, server.url)
        assert run(study).study.unfinished == "compare"
        failed = sum(refuses(seen.body) is not None for seen in server.seen)
        assert 0 < failed < PAIR
        server.refuses = lambda body: None
        asked = judged(server).total()
        complete(with_models(study, "base", "ft", "third"))
        assert judged(server).total() - asked == failed + PAIR


def test_a_former_comparison_that_was_changed_is_refused_and_one_that_is_gone_is_passed_over(
    finished: Finished,
) -> None:
    study, server = finished.study, finished.server
    pairs = stages(study)["compare"].folder / "comparisons.jsonl"
    before = pairs.read_text()
    pairs.write_text(before.replace("I say yes", "I say no", 1))
    asked = judged(server).total()
    with refused(f"nothing can be copied from {pairs.parent}", "what to do: restore the file, or move"):
        run(with_models(study, "base", "ft", "third"))
    assert judged(server).total() == asked
    pairs.unlink()
    complete(study)
    assert judged(server).total() == asked + 2 * PAIR


def test_pairs_of_equal_texts_keep_a_judgment_for_each_order(tmp_path: Path) -> None:
    """Both orders of such a pair send the same bytes: two draws, of which none may stand for the other."""
    with Loopback(writes=lambda body: speak(body) if body["model"] == "judge" else "We agree.", bias=0.5) as server:
        study = served_study(tmp_path, server.url)
        complete(study)
        complete(with_models(study, "base", "ft", "third"))
        assert judged(server).total() == 2 * PAIR
    rows = read_rows(stages(study)["compare"].folder / "judgments.jsonl")
    assert len({row["key"] for row in rows}) == len(rows) == 2 * PAIR


def test_a_judge_that_takes_no_schema_is_asked_as_before(tmp_path: Path) -> None:
    with Loopback(rejects=("response_format",), writes=_text_verdicts) as server:
        study = served_study(tmp_path, server.url)
        complete(study)
        asked = len(server.seen)
        complete(with_models(study, "base", "ft", "third"))
        assert len(server.seen) - asked == 20 + PAIR  # no call to find out again
        assert {seen.mode for seen in server.seen[asked:]} == {"text"}


def _text_verdicts(body: Content) -> str:
    if body["model"] != "judge":
        return speak(body)
    analyses = dict.fromkeys(("persona_analysis", "value_analysis"), "So so.")
    return json.dumps(analyses | dict.fromkeys(("persona_winner", "value_winner", "overall_winner"), "A"))
