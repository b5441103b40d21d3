"""`judge agreement`, `correct`, `analyze` and `plan`, as a user runs them."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from judge.analysis.subgroups.records import AnalyzeSummary
from judge.analysis.subgroups.tables import tables
from tests.support.command import Call
from tests.support.demo_labels import FAST, RUN, annotation, shown, verdicts
from tests.support.refused import refused
from tests.support.rows import jsonl, read_json

_SCORES = {"reference": 0.0, "tie": 0.5, "candidate": 1.0}


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    """Half of the demo's comparisons, two of three people each; they say what the judge says six times in ten."""
    rng = random.Random(1)
    judged = verdicts()
    outcomes = {"win": "candidate", "loss": "reference", "tie": "tie"}
    rows = []
    for comparison in sorted(judged)[::2]:
        for person in rng.sample(["ann-1", "ann-2", "ann-3"], 2):
            labels = {
                name: outcomes.get(row["outcome"], "tie") if rng.random() < 0.6 else rng.choice(list(_SCORES))
                for name, row in judged[comparison].items()
            }
            rows.append(annotation(comparison, person, labels, rng.choice(["reference_first", "candidate_first"])))
    rows.append(annotation("x|attention-check", "ann-1", {"overall": "tie"}, "reference_first", attention_check=True))
    skipped = {"comparison_id": sorted(judged)[1], "annotator": "ann-1", "order": "reference_first", "skipped": True}
    return jsonl(tmp_path / "annotations.jsonl", [*rows, skipped])


def test_agreement_of_annotations_with_a_run(call: Call, annotations: Path, tmp_path: Path) -> None:
    assert call("agreement", str(annotations), "--judge", str(RUN), "--out", "out.json", *FAST) == 0
    found = read_json(tmp_path / "out.json")
    assert "The judge is the offline heuristic, which is not an LLM." in found["warnings"]
    assert (found["skipped"], found["attention_checks"]) == (1, 1)
    assert (found["how"]["level"], found["how"]["labels"]) == ("nominal", ["reference", "tie", "candidate"])
    assert found["how"]["clustered_by"] == "question"
    assert [row["criterion"] for row in found["criteria"]] == ["persona", "value", "overall"]
    overall = found["criteria"][2]
    judged = verdicts()
    labels = {"win": "candidate", "loss": "reference", "tie": "tie"}
    same = total = 0
    for line in annotations.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("choices") and not row.get("attention_check"):
            said = labels.get(judged[row["comparison_id"]]["overall"]["outcome"], "inconsistent")
            same += row["choices"]["overall"] == shown(said, row["order"])
            total += 1
    assert overall["judge"]["agreement_pooled"]["value"] == pytest.approx(same / total)
    assert overall["people"]["ratings"] == total == 96
    assert (tmp_path / "out.md").read_text(encoding="utf-8").count("## ") >= 18


def test_a_long_table_with_a_judge_in_two_orders(call: Call, tmp_path: Path) -> None:
    rng = random.Random(2)
    rows = ["item,rater,label,order"]
    for item in range(60):
        truth = rng.choice("ab")
        for person in ("p1", "p2", "p3"):
            rows.append(f"i{item},{person},{truth if rng.random() < 0.8 else rng.choice('ab')},")
        rows.append(f"i{item},gpt4,{truth},1")
        rows.append(f"i{item},gpt4,{'invalid' if item == 0 else truth if item % 3 else 'b' if truth == 'a' else 'a'},2")
    (tmp_path / "two.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert call("agreement", "two.csv", "--judge-rater", "gpt4", "--epsilon", "0.3", "--out", "out", *FAST) == 0
    found = read_json(tmp_path / "out.json")["criteria"][0]["judge"]
    assert (found["judged"], found["inconsistent"], found["invalid"]) == (40, 19, 1)
    assert found["orders"]["positional"]["value"] == pytest.approx(40 / 59)
    assert found["judge_majority"]["agreement"]["n"] == 59  # an inconsistent one is judged, and agrees with nothing
    assert found["judge_majority"]["kappa"]["n"] == 40
    by_order = found["orders"]["by_order"]
    assert [(name, row["read"], row["invalid"]) for name, row in by_order.items()] == [("1", 60, 0), ("2", 59, 1)]
    assert call("agreement", "two.csv", "--judge-rater", "gpt4", "--inconsistent-as", "a", "--out", "a", *FAST) == 0
    assert read_json(tmp_path / "a.json")["criteria"][0]["judge"]["inconsistent"] == 0


def test_numeric_ratings_and_the_published_example(call: Call, tmp_path: Path) -> None:
    from tests.support.agreement_data import KRIPPENDORFF

    lines = [
        f"u{item},{rater},{code + 1}"
        for item, row in enumerate(KRIPPENDORFF.tolist())
        for rater, code in zip("ABCD", row, strict=True)
        if code >= 0
    ]
    (tmp_path / "k.csv").write_text("qid,who,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    columns = ("--column", "item=qid", "--column", "rater=who")
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)):
        assert call("agreement", "k.csv", "--level", level, *columns, "--out", "out.json", *FAST) == 0
        people = read_json(tmp_path / "out.json")["criteria"][0]["people"]
        assert people["coefficients"]["alpha"]["value"] == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("item,rater,label\n1,a,x\n1,a,y\n", (), "k.csv:3: a rated this item twice (line 2)"),
        ("item,rater,label\n1,a,x\n1,b,z\n", ("--labels", "x,y"), "k.csv:3: the label 'z' is not one of x, y"),
        ("item,rater,label\n1,a,x\n1,b,y\n", ("--level", "ordinal"), "ordinal labels need an order"),
        ("item,rater,label\n1,a,x\n1,b,y\n", ("--level", "interval"), "'x' is not a number"),
        ("item,rater,label\n1,a,x\n1,b,y\n", ("--judge-rater", "gpt4"), "there is no rater 'gpt4'"),
        ("item,rater,label\n1,a,x\n", ("--judge-rater", "a"), "no rater other than the judge"),
        ("item,who,label\n1,a,x\n", (), "no column for rater"),
        ("item,rater,label\n1,a,x\n1,b,y\n", ("--cluster", "question"), "does not name the question of an item"),
        ("item,rater,label\n1,a,-1\n1,b,2\n", ("--level", "ratio"), "must not be negative"),
        ("item,rater,label\n1,a,x\n1,b,y\n", ("--column", "x=y"), "--column x=y is not PART=NAME"),
        ("item,rater,label,repeat\n1,a,x,first\n", (), "repeat 'first' is not a whole number"),
        ("item,rater,label\n1,a,\n", (), "no label: 1 row, all skipped or empty"),
    ],
)
def test_bad_tables_are_refused(call: Call, tmp_path: Path, content: str, options: tuple[str, ...], says: str) -> None:
    (tmp_path / "k.csv").write_text(content, encoding="utf-8")
    with refused(says):
        call("agreement", "k.csv", *options, *FAST)


def test_correct_weighs_and_corrects(call: Call, annotations: Path, tmp_path: Path) -> None:
    assert call("correct", str(RUN), str(annotations), "--out", "out.json", *FAST) == 0
    found = {(row["dimension"], row["criterion"]): row for row in read_json(tmp_path / "out.json")["rows"]}
    row = found["all", "overall"]
    people: dict[str, list[float]] = defaultdict(list)
    for line in annotations.read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        if each.get("choices") and not each.get("attention_check"):
            label = next(name for name in _SCORES if shown(name, each["order"]) == each["choices"]["overall"])
            people[each["comparison_id"]].append(_SCORES[label])
    human = sum(sum(scores) / len(scores) for scores in people.values()) / len(people)
    assert row["human_only"]["value"] == pytest.approx(human)
    assert row["labelled"] == len(people) == 48
    assert row["judge_only"]["value"] == pytest.approx(
        sum(each["overall"]["score"] for each in verdicts().values()) / 96
    )
    assert 0 <= row["tuning"] <= 1
    assert row["worth"] >= 48
    assert row["corrected"]["low"] < row["corrected"]["value"] < row["corrected"]["high"]


def test_labels_that_cannot_correct_are_refused(call: Call, annotations: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in annotations.read_text(encoding="utf-8").splitlines()]
    bare = jsonl(tmp_path / "bare.jsonl", [{**row, "inclusion_probability": None} for row in rows])
    with refused("no inclusion_probability: 48 labelled comparisons"):
        call("correct", str(RUN), str(bare), *FAST)
    assert call("correct", str(RUN), str(bare), "--unweighted", *FAST) == 0
    wins = jsonl(tmp_path / "wins.jsonl", [{**row, "stratum": "win / Religious Values"} for row in rows])
    with refused("no label in the sampling stratum"):
        call("correct", str(RUN), str(wins), *FAST)
    other = jsonl(tmp_path / "other.jsonl", [{**row, "comparison_id": "Q9_x|0|a|b"} for row in rows[:2]])
    for command in (("correct", str(RUN), str(other)), ("agreement", str(other), "--judge", str(RUN))):
        with refused("not in the run"):
            call(*command, *FAST)


def test_analyze_makes_all_tables_and_repeats_itself(call: Call, tmp_path: Path) -> None:
    assert call("analyze", str(RUN), "--length-controlled", "--fdr", "bh", "--out", "a.json", *FAST) == 0
    found = read_json(tmp_path / "a.json")
    titles = [table.title for table in tables(AnalyzeSummary.model_validate(found))]
    for title in ("Differences between slices: normalised range", "Win rate at equal length", "Effect of position"):
        assert any(each.startswith(title) for each in titles), titles
    whole = {row["criterion"]: row for row in found["slices"] if row["dimension"] == "all"}
    kept = read_json(RUN / "summary.json")
    for row in kept["win_rates"]:
        if row["dimension"] == "all":
            kept_ends = {end: pytest.approx(row["win_rate"][end]) for end in ("low", "high")}
            assert whole[row["criterion"]]["estimate"] == row["win_rate"] | kept_ends
    subgroup = [row for row in found["slices"] if row["dimension"] == "subgroup" and row["criterion"] == "overall"]
    assert len(subgroup) == 8
    assert all(row["p"] <= row["p_bh"] <= row["p_holm"] for row in subgroup)
    for row in found["spreads"]:
        interval, beyond = row["range_interval"], row["cv_beyond_chance"]
        assert interval["value"] == pytest.approx(row["normalised_range"])
        if row["dimension"] == "category":  # two questions each
            assert interval["note"] == beyond["note"] == "undefined: a slice of fewer than 5 questions"
        else:
            assert interval["low"] <= interval["value"] <= interval["high"] + 1e-9
            assert beyond["low"] <= beyond["value"] <= beyond["high"] + 1e-9
    assert call("analyze", str(RUN), "--length-controlled", "--fdr", "bh", "--out", "b.json", *FAST) == 0
    assert read_json(tmp_path / "b.json") == found
    both_ways = ("--by", "category", "--generalize-to", "questions+subgroups")
    assert call("analyze", str(RUN), *both_ways, "--out", "c.json", *FAST) == 0
    some = read_json(tmp_path / "c.json")
    assert {row["dimension"] for row in some["slices"]} == {"all", "category"}
    assert {row["estimate"]["method"] for row in some["slices"] if row["dimension"] == "all"} == {"two_way_t"}
    with refused("the run has no dimension 'income'"):
        call("analyze", str(RUN), "--by", "income")


def test_contestants_are_set_against_one_another(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(RUN, run)
    lines = (run / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    worse = [
        json.dumps(
            {
                **json.loads(line),
                "candidate": "worse",
                "score": 0.0,
                "outcome": "loss",
                "comparison_id": json.loads(line)["comparison_id"].replace("|ft", "|worse"),
            }
        )
        for line in lines
    ]
    (run / "verdicts.jsonl").write_text("\n".join([*lines, *worse]) + "\n", encoding="utf-8")
    assert call("analyze", str(run), "--out", "out.json", *FAST) == 0
    found = read_json(tmp_path / "out.json")
    rows = {row["criterion"]: row for row in found["differences"] if row["dimension"] == "all"}
    rates = {row["criterion"]: row for row in found["slices"] if row["dimension"] == "all" and row["candidate"] == "ft"}
    for criterion, row in rows.items():
        assert row["estimate"]["value"] == pytest.approx(-rates[criterion]["estimate"]["value"])
        assert row["p"] < 0.01
    nested = [row for row in found["gaps"] if row["dimension"] == "category"]
    assert {row["cv_squared"]["note"] for row in nested} == {"undefined: each question lies in one slice only"}
    assert {(row["p_cv"], row["cv_base"]) for row in nested} == {(None, None)}
    assert len(found["gaps"]) > len(nested) > 0


def test_plan_with_and_without_a_pilot(call: Call, annotations: Path, tmp_path: Path) -> None:
    assert call("plan", "--half-width", "0.03", "--out", "bare.json") == 0
    assert read_json(tmp_path / "bare.json")["assumed"]["0.05, 1"] == 1068  # 1.96^2 * .25 / .03^2
    assert (
        call("plan", "--half-width", "0.1", "--pilot", str(RUN), "--annotations", str(annotations), "--out", "out.json")
        == 0
    )
    found = read_json(tmp_path / "out.json")
    row = next(row for row in found["rows"] if row["criterion"] == "overall")
    assert row["sequence"][0] == pytest.approx(row["sequence"][1])  # the pool is read to its end
    assert row["stopped_at"] < row["drawn"] == row["pool"] == 96
    spread = row["spread"]
    assert (spread["full_questions"], spread["full_per_question"]) == (12, 8)
    question, rest = row["components"]["question"], row["components"]["rest"]
    assert spread["correlation"] == pytest.approx(question / (question + rest))
    assert spread["saved"] == pytest.approx(1 - spread["enough_per_question"] / 8)
    assert {each["criterion"] for each in found["labels"]} == {"persona", "value", "overall"}
    with refused("--annotations requires --pilot"):
        call("plan", "--half-width", "0.1", "--annotations", str(annotations))


def test_leaderboard_over_runs_of_one_judge(call: Call, tmp_path: Path) -> None:
    def run(name: str, reference: str, candidate: str) -> str:
        folder = tmp_path / name
        shutil.copytree(RUN, folder)
        rows = [json.loads(line) for line in (RUN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
        jsonl(folder / "verdicts.jsonl", [{**row, "reference": reference, "candidate": candidate} for row in rows])
        return str(folder)

    first, second, third = run("one", "a", "b"), run("two", "b", "c"), run("three", "a", "c")
    other = run("other", "d", "e")
    assert call("analyze", first, "--with", other, "--out", "apart.json", *FAST) == 0
    apart = read_json(tmp_path / "apart.json")["leaderboards"][0]
    assert apart["groups"] == [["a", "b"], ["d", "e"]]
    assert {row["strength"]["value"] for row in apart["standings"]} == {None}
    assert call("analyze", first, "--with", second, "--out", "chain.json", *FAST) == 0
    assert read_json(tmp_path / "chain.json")["leaderboards"][0]["never_met"] == [["a", "c"]]
    assert call("analyze", first, "--with", second, "--with", third, "--out", "out.json", *FAST) == 0
    boards = {each["criterion"]: each["standings"] for each in read_json(tmp_path / "out.json")["leaderboards"]}
    assert [row["contestant"] for row in boards["overall"]] == ["c", "b", "a"]
    assert sum(row["strength"]["value"] for row in boards["overall"]) == pytest.approx(0)


@pytest.mark.parametrize("name", ["out.json", "out.md"])
def test_only_summaries_of_ours_are_replaced(name: str, call: Call, tmp_path: Path) -> None:
    (tmp_path / name).write_text('{"mine": 1}', encoding="utf-8")
    with refused("this command did not write it"):
        call("analyze", str(RUN), "--out", "out.json", *FAST)
    assert (tmp_path / name).read_text(encoding="utf-8") == '{"mine": 1}'
    (tmp_path / name).unlink()
    assert call("analyze", str(RUN), "--out", "out.json", *FAST) == 0
    assert call("analyze", str(RUN), "--out", "out.json", *FAST) == 0
    assert AnalyzeSummary.model_validate(read_json(tmp_path / "out.json"))
