"""Baselines from training rows alone, and what a fine-tuned model was trained on, beside its scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from judge.core.files.manifest import GenerationManifest, TrainedOn
from judge.core.files.run_directory import read_manifest, write_json
from judge.core.files.training_manifest import TrainedRow
from judge.core.records import GroundTruth, PromptRef
from judge.generation.generate import generate
from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
from judge.preferences.scoring.files import write_scores
from judge.preferences.scoring.items import table_of
from judge.preferences.scoring.records import ScoreSummary
from judge.preferences.scoring.tables import headline, tables
from judge.preferences.scoring.training_baselines import training_baselines
from tests.support.generation import settings
from tests.support.loopback import Loopback
from tests.support.rows import jsonl
from tests.support.values import TRUST, truth, write_csv, write_values


def group(question: str, stratum: str, labels: dict[str, str], modal: int, n: int = 100, **rest: object) -> GroundTruth:
    row = truth(question, "_".join(labels.values()), modal, stratum=stratum, n=n, **rest)  # type: ignore[arg-type]
    return row.model_copy(update={"subgroup": row.subgroup.model_copy(update={"attributes": labels})})


def rows() -> list[GroundTruth]:
    """Two questions: young Muslims answer as Muslims do, and unlike the young and most others."""
    found = []
    for question in ("Q1", "Q2"):
        found += [
            group(question, "age_group", {"age": "young"}, 1, n=100),
            group(question, "age_group", {"age": "old"}, 1, n=400),
            group(question, "religion", {"religion": "Muslim"}, 4, n=300),
            group(question, "sex_x_religion", {"sex": "Male", "religion": "Muslim"}, 3, n=500),
            group(question, "age_x_religion", {"age": "young", "religion": "Muslim"}, 4, n=50),
        ]
    return found


def score_of(summary: ScoreSummary, baseline: str, split: str) -> float:
    (found,) = (
        row.estimate.value
        for row in summary.baselines
        if (row.contestant, row.value, row.metric) == (baseline, split, "accuracy")
    )
    assert found is not None
    return found


def evaluated(tmp_path: Path, truths: list[GroundTruth]) -> ScoreSummary:
    write_values(tmp_path / "values.jsonl", truths)
    write_csv(tmp_path / "ft.csv", {row.item_id: "Answer: 4" for row in truths})
    given = ScoreSettings(tmp_path / "values.jsonl", (str(tmp_path / "ft.csv"),), permutations=99, swaps=99)
    return evaluate(given)


def test_each_baseline_says_what_training_rows_alone_tell(tmp_path: Path) -> None:
    summary = evaluated(tmp_path, rows())
    names = ("uniform", "majority of scale", "question overall", "nearest subgroup")
    assert [score_of(summary, name, "OOD") for name in names] == [0.25, 0, 0, 1]
    # Of a training row the nearest is another one: Muslim takes Male Muslim's answer, and the other way round.
    assert score_of(summary, "nearest subgroup", "ID") == 0
    assert score_of(summary, "question overall", "ID") == pytest.approx(0.5)  # 500 say 1, 500 say 3: the first
    assert score_of(summary, "uniform", "all") == 0.25
    over = {
        row.base: row.estimate.value
        for row in summary.over_baselines
        if (row.value, row.metric, row.candidate) == ("OOD", "accuracy", "ft")
    }
    assert over == {"uniform": 0.75, "majority of scale": 1, "question overall": 1, "nearest subgroup": 0}
    assert any("OOD: acc" in line and "(nearest subgroup, 1.000)" in line for line in headline(summary))
    table = next(each for each in tables(summary) if "baselines" in each.title)
    assert [row[1] for row in table.rows] == ["all", "all", "ID", "ID", "OOD", "OOD"]
    write_scores(summary, tmp_path / "out")
    assert (tmp_path / "out" / "tables" / "over_baselines.csv").is_file()


def test_held_out_rows_tell_the_baselines_nothing() -> None:
    truths = rows()
    changed = [
        row.model_copy(update={"modal_code": 2}) if row.subgroup.stratum == "age_x_religion" else row for row in truths
    ]
    training = [place for place, row in enumerate(truths) if row.subgroup.stratum != "age_x_religion"]
    for one, other in zip(
        training_baselines(table_of(truths), "mode", training),
        training_baselines(table_of(changed), "mode", training),
        strict=True,
    ):
        assert np.array_equal(one.scores[training], other.scores[training])


def test_what_a_baseline_does_not_know_the_one_before_it_says() -> None:
    truths = [*rows(), group("Q3", "age_x_religion", {"age": "young"}, 1), group("Q4", "x", {"a": "b"}, 1, scale=TRUST)]
    training = [place for place, row in enumerate(truths) if row.subgroup.stratum in ("age_group", "religion")]
    found = {each.name: each.scores[-2:, 0].tolist() for each in training_baselines(table_of(truths), "mode", training)}
    assert found == {
        "uniform": [0.25, 0.5],
        "majority of scale": [1.0, 0.5],
        "question overall": [1.0, 0.5],
        "nearest subgroup": [1.0, 0.5],
    }
    (alone,) = training_baselines(table_of(truths), "mode", [])
    assert alone.name == "uniform"


def test_distributions_have_the_same_baselines() -> None:
    shares = {"1": 0.5, "2": 0.5}
    truths = [group("Q1", "religion", {"r": name}, 1, n=n, distribution=shares) for name, n in (("a", 10), ("b", 30))]
    truths.append(group("Q1", "age_x_religion", {"r": "a", "g": "c"}, 1, distribution={"1": 0.5, "2": 0.5}))
    found = training_baselines(table_of(truths), "distribution", [0, 1])
    assert [round(float(each.scores[2, 1]), 6) for each in found[1:]] == [0, 0, 0]
    assert found[0].scores[2, 1] > 0.2


def test_a_score_names_the_weights_and_the_items_that_they_saw(tmp_path: Path) -> None:
    truths = rows()
    values = write_values(tmp_path / "values.jsonl", truths)
    with Loopback(fixed_text="Answer: 4") as server:
        run = generate(
            settings(tmp_path / "ft.jsonl", server, values=values, task="structured", structured_output="text")
        )
    seen = truths[:3]
    manifest = read_manifest(run.folder, GenerationManifest)
    assert manifest is not None
    training = TrainedOn(
        weights="0123456789abcdef",
        base="tiny",
        values_sha256="1" * 64,
        rows_sha256="2" * 64,
        items=4,
        questions=1,
        strata=("age_group", "religion"),
        prompt=PromptRef(name="first_person+structured", version="1", sha256="3" * 64),
    )
    write_json(run.folder / "manifest.json", manifest.model_copy(update={"training": training}).as_json())
    listed = [
        TrainedRow(item_id=name, question_id="Q1", stratum="s", subgroup="g", code=1, part="train")
        for name in [row.item_id for row in seen] + ["elsewhere"]
    ]
    jsonl(run.folder / "trained-rows.jsonl", [row.model_dump() for row in listed])
    summary = evaluate(ScoreSettings(values, (str(tmp_path / "ft.jsonl"),), permutations=99, swaps=99))
    (found,) = summary.training
    assert (found.contestant, found.weights, found.items, found.scored) == ("ft", "0123456789abcdef", 4, 3)
    assert found.scored_in == {"ID": 3, "OOD": 0}
    # What was not asked is not scored.
    with Loopback(fixed_text="Answer: 4") as server:
        asked = {"task": "structured", "structured_output": "text", "sample": 2}
        few = generate(settings(tmp_path / "few.jsonl", server, values=values, **asked))
    own = read_manifest(few.folder, GenerationManifest)
    assert own is not None
    write_json(few.folder / "manifest.json", own.model_copy(update={"training": training}).as_json())
    everything = [listed[0].model_copy(update={"item_id": row.item_id}) for row in truths]
    jsonl(few.folder / "trained-rows.jsonl", [row.model_dump() for row in everything])
    (fewer,) = evaluate(ScoreSettings(values, (str(tmp_path / "few.jsonl"),), permutations=99, swaps=99)).training
    assert fewer.scored == sum(fewer.scored_in.values()) == 2
    # Its rows are what the baselines may know, too: Male Muslims were not among them.
    assert score_of(summary, "nearest subgroup", "OOD") == 0.5
