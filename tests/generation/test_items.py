"""Which rows of a values file are asked about."""

from __future__ import annotations

from pathlib import Path

from judge.core.models.open_client import ModelSpec
from judge.core.records import GroundTruth
from judge.generation.items import chosen_items, divisive_questions, read_values
from judge.generation.models import ModelChoice
from judge.generation.settings import GenerateSettings
from tests.support.generation import VALUES
from tests.support.rows import jsonl, value_row


def settings(values: Path, **more: object) -> GenerateSettings:
    return GenerateSettings(values=values, model=ModelChoice(ModelSpec("openai", "m")), out=Path("m.jsonl"), **more)  # type: ignore[arg-type]


def rows(modes: dict[str, tuple[int, ...]]) -> list[GroundTruth]:
    """Questions with the modes of their subgroups."""
    made = []
    for question, codes in modes.items():
        for number, code in enumerate(codes):
            row = value_row(f"{question}_sex_{number}")
            row["modal_code"] = code
            row["modal_label"] = row["question"]["scale"]["labels"][code - 1]
            made.append(GroundTruth.model_validate(row))
    return made


def test_divisive_questions_by_hand() -> None:
    # Over 4 subgroups and 4 options, log2(min) = 2: consensus 0; 3 to 1 .811 / 2; 2 to 2 1 / 2; all different 2 / 2.
    found = rows({"Q1": (1, 1, 1, 1), "Q2": (1, 1, 1, 2), "Q3": (1, 1, 2, 2), "Q4": (1, 2, 3, 4), "Q5": (1,)})
    assert divisive_questions(found, 0.0) == {("sex", f"Q{number}") for number in (1, 2, 3, 4)}
    assert divisive_questions(found, 0.41) == {("sex", "Q3"), ("sex", "Q4")}
    assert divisive_questions(found, 1.0) == {("sex", "Q4")}


def test_only_divisive_questions_are_asked(tmp_path: Path) -> None:
    made = rows({"Q1": (1, 1), "Q2": (1, 2)})
    values = jsonl(tmp_path / "values.jsonl", [row.model_dump(mode="json") for row in made])
    assert [row.question.id for row in chosen_items(settings(values, min_diversity=0.5))] == ["Q2", "Q2"]


def test_a_sample_keeps_the_files_order_and_all_of_a_small_file() -> None:
    everything = [row.item_id for row in read_values(VALUES)]
    drawn = [row.item_id for row in chosen_items(settings(VALUES, sample=20, seed=3))]
    assert drawn == [name for name in everything if name in set(drawn)]
    assert len(drawn) == 20
    assert [row.item_id for row in chosen_items(settings(VALUES, sample=10_000))] == everything
