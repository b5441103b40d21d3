"""A campaign's two files: what is in which, who may read them, and what is refused."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from judge.annotation.campaign import guide
from judge.annotation.campaign.campaign import Campaign, Key, key_path, load, save_key
from judge.annotation.campaign.task_plan import Options, plan
from judge.annotation.labels.annotators import assign_pseudonyms, pseudonym_of
from judge.annotation.labels.raw import RawAnnotation
from judge.annotation.tables import plan_lines, plan_tables, plan_warnings
from judge.core.errors import InputError, PersonaJudgeError, RunDirectoryError, UsageError
from tests.annotation.conftest import CANDIDATE, REFERENCE, Planner


def test_the_key_is_its_owners_alone_and_the_campaign_tells_nothing(planned: Planner) -> None:
    path, campaign, key = planned(items=40, checks=2, duplicates=4, seed=3)
    assert stat.S_IMODE(key_path(path).stat().st_mode) == 0o600
    save_key(path, key)
    assert stat.S_IMODE(key_path(path).stat().st_mode) == 0o600
    told = path.read_text(encoding="utf-8")
    secrets = (REFERENCE, CANDIDATE, key.secret, "seed", "reference_first", key.items[0].id, "run1")
    assert not any(word in told for word in secrets)
    assert (path.parent / key.run).resolve().name == "run1"
    assert list(campaign.criteria) == ["persona", "value", "overall"]
    assert campaign.shows == ("persona", "question", "ground_truth")


def test_the_key_holds_each_task_once_with_its_side_stratum_and_chance(planned: Planner, run: Path) -> None:
    _, _, key = planned(items=40, checks=2, duplicates=4)
    texts = {
        row["id"]: (row["reference_text"].strip(), row["candidate_text"].strip())
        for row in map(json.loads, (run / "comparisons.jsonl").read_text(encoding="utf-8").splitlines())
    }
    assert len(key.by_id()) == 46
    first = {item.comparison_id: item for item in key.items if item.expected is None and item.repeat == 0}
    assert len(first) == 40
    for item in key.items:
        shown = (item.data["response_1"], item.data["response_2"])
        if item.expected is None:
            pair = texts[item.comparison_id]
            assert shown == (pair if item.order == "reference_first" else pair[::-1])
            assert item.stratum == first[item.comparison_id].stratum
            assert item.inclusion_probability == first[item.comparison_id].inclusion_probability
            assert 0 < (item.inclusion_probability or 0) <= 1
        else:
            assert item.comparison_id.endswith("|attention-check")
            assert item.order == ("reference_first" if item.expected == "A" else "candidate_first")
            sound = shown[0] if item.expected == "A" else shown[1]
            assert sound in texts[item.comparison_id.removesuffix("|attention-check")]
    sides = [item.order for item in key.items if item.expected is None]
    assert sides.count("reference_first") == 22


def test_duplicates_stand_half_a_campaign_apart(planned: Planner) -> None:
    _, _, key = planned(items=40, duplicates=20)
    places = {(item.comparison_id, item.repeat): place for place, item in enumerate(key.items)}
    again = [comparison for comparison, repeat in places if repeat == 1]
    assert len(again) == 20
    assert min(places[comparison, 1] - places[comparison, 0] for comparison in again) >= 20


def test_the_same_seed_draws_the_same_sample_and_only_the_key_tells_the_sides(planned: Planner) -> None:
    _, _, one = planned("one.yaml", items=20, checks=1, duplicates=2, seed=5)
    _, _, two = planned("two.yaml", items=20, checks=1, duplicates=2, seed=5)
    _, _, other = planned("three.yaml", items=20, checks=1, duplicates=2, seed=6)
    drawn = [{item.comparison_id for item in key.items if item.expected is None} for key in (one, two)]
    assert drawn[0] == drawn[1]
    # Sides and places do not follow from the seed: who sees the tasks of a campaign could replay them.
    assert [(item.comparison_id, item.order) for item in one.items] != [
        (item.comparison_id, item.order) for item in two.items
    ]
    assert not one.by_id().keys() & two.by_id().keys()
    assert [item.comparison_id for item in one.items] != [item.comparison_id for item in other.items]


def test_checks_are_made_of_texts_that_no_item_shows(planned: Planner, run: Path, tmp_path: Path) -> None:
    _, _, key = planned(items=60, checks=20)
    shown = {item.data[side] for item in key.items if item.expected is None for side in ("response_1", "response_2")}
    for item in key.items:
        if item.expected is not None:
            assert item.data["response_1" if item.expected == "A" else "response_2"] not in shown
    few = plan(Options(run=run, out=tmp_path / "few.yaml", items=95, annotators=2, overlap=2, checks=3))
    assert few.familiar == 2
    assert [warning[:18] for warning in plan_warnings(few)] == ["2 attention checks"]


@pytest.mark.parametrize(
    ("annotators", "overlap", "words", "tables"),
    [
        (1, 3, ["agreement between annotators will be undefined"], 1),
        (2, 3, ["Overlap 3 exceeds the number of annotators: all 2"], 2),
        (3, 1, ["agreement between annotators will be undefined", "to the first annotators who open it"], 1),
        (3, 3, [], 2),
    ],
)
def test_what_the_numbers_of_people_mean_is_said(
    run: Path, tmp_path: Path, annotators: int, overlap: int, words: list[str], tables: int
) -> None:
    made = plan(Options(run=run, out=tmp_path / "c.yaml", items=20, annotators=annotators, overlap=overlap))
    lines = plan_lines(made)[2:]
    assert len(lines) == len(words)
    assert all(part in line for part, line in zip(words, lines, strict=True))
    assert len(plan_tables(made)) == tables


def test_a_run_without_verdicts_is_refused(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / "verdicts.jsonl").write_text("")
    with pytest.raises(InputError, match=r"verdicts\.jsonl: no verdict on overall") as caught:
        plan(Options(run=copy, out=tmp_path / "c.yaml", items=3, annotators=2, overlap=2))
    assert "judge compare" in str(caught.value)


def test_a_field_that_pages_cannot_show_is_refused(planned: Planner) -> None:
    path, _, _ = planned(items=2)
    path.write_text(path.read_text().replace("- ground_truth", "- model"))
    with pytest.raises(InputError, match=r"shows\.2 must be 'persona'"):
        load(path)


def test_a_run_with_fewer_comparisons_is_taken_whole(planned: Planner) -> None:
    _, campaign, key = planned(items=500)
    assert campaign.items == len(key.items) == 96
    assert {item.inclusion_probability for item in key.items} == {1.0}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"criterion": "style"}, "no criterion 'style'"),
        ({"items": 10, "duplicates": 6}, "6 duplicates of 10 items"),
        ({"checks": 97}, "97 attention checks, but 96 comparisons"),
        ({"title": "ab"}, "the title has 2 characters"),
        ({"title": "x" * 51}, "the title has 51 characters"),
        ({"title": f"How good is {CANDIDATE.upper()}?"}, f"the title names the contestant '{CANDIDATE}'"),
    ],
)
def test_what_cannot_be_planned_is_refused(planned: Planner, options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        planned(**options)


def test_a_campaign_is_never_overwritten(planned: Planner, run: Path) -> None:
    path, _, key = planned(items=3)
    path.unlink()  # the key alone is reason enough
    with pytest.raises(InputError, match="a campaign exists already"):
        plan(Options(run=run, out=path, items=3, annotators=1, overlap=1))
    assert Key.model_validate_json(key_path(path).read_bytes()) == key


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="has no run"):
        plan(Options(run=tmp_path, out=tmp_path / "c.yaml", items=3, annotators=1, overlap=1))


def test_a_key_that_is_absent_damaged_or_anothers_is_refused(planned: Planner) -> None:
    path, _, _ = planned("one.yaml", items=2)
    other, _, _ = planned("two.yaml", items=2)
    key_path(path).write_bytes(key_path(other).read_bytes())
    for words in ("the key of campaign", "not a key file", "cannot be read"):
        with pytest.raises(InputError, match=words):
            load(path)
        if words == "the key of campaign":
            key_path(path).write_text("{}", encoding="utf-8")
        else:
            key_path(path).unlink(missing_ok=True)


@pytest.mark.parametrize("text", ["title: [", "title: x", "- 1", "\x00"])
def test_a_damaged_campaign_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PersonaJudgeError, match=r"c\.yaml"):
        load(tmp_path / "c.yaml")


def test_pseudonyms_are_stable_and_do_not_depend_on_case(planned: Planner) -> None:
    path, _, key = planned(items=2)
    for who in ("b@x.org", "a@x.org", " B@X.org "):
        assign_pseudonyms([RawAnnotation(item=None, identity=who)], key)
    save_key(path, key)
    again = load(path)[1]
    assert [
        pseudonym_of(RawAnnotation(item=None, identity=who), again) for who in ("b@x.org", "A@x.org", " B@X.org ")
    ] == [
        "annotator-01",
        "annotator-02",
        "annotator-01",
    ]


def test_instructions_hold_each_question_and_example_and_no_markup_of_theirs(planned: Planner) -> None:
    _, campaign, _ = planned(items=2)
    text = guide.instructions(campaign)
    assert all(one.question in text and one.example is not None for one in campaign.criteria.values())
    odd = Campaign.model_validate(campaign.model_dump() | {"introduction": "<script>x</script>"})
    assert "<script>" not in guide.instructions(odd)
