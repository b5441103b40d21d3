"""Training rows: worded as the model is asked later, from one side, with questions set apart."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from judge.core.errors import InputError, PromptError, UsageError
from judge.generation.calls import CallMaker
from judge.generation.decoding import decoding_of
from judge.generation.models import identity, parse_model
from judge.generation.settings import GenerateSettings
from judge.preferences.values.export import Selection, drawn_codes, export, training_examples
from judge.preferences.values.split import split
from judge.preferences.values.strata import load_strata
from judge.preferences.values.values_file import read_values
from judge.prompts.persona import load_speaking
from tests.support.rows import read_rows
from tests.support.values import truth

STRATA = load_strata()
PROMPT = load_speaking("first_person", "structured")


def test_rows_are_chat_rows_of_one_side(values: Path, tmp_path: Path) -> None:
    train = [row for row in read_values(values) if STRATA.by_name[row.subgroup.stratum].split == "train"]
    for form in ("openai", "trl"):
        made = export(values, STRATA, Selection(), form=form, out=tmp_path / f"{form}.jsonl")  # type: ignore[arg-type]
        assert made == (len(train), 0)
    openai, trl = (read_rows(tmp_path / f"{form}.jsonl") for form in ("openai", "trl"))
    for row, one, other in zip(train, openai, trl, strict=True):
        messages = one["messages"]
        assert [message["role"] for message in messages] == ["system", "user", "assistant"]
        assert row.subgroup.persona in messages[0]["content"]
        assert row.question.structured in messages[1]["content"]
        assert messages[2]["content"] == f"Answer: {row.modal_code}"
        assert other == {"prompt": messages[:2], "completion": messages[2:]}
    assert export(values, STRATA, Selection("all"), form="trl", out=tmp_path / "c.jsonl") == (7_918, 0)


@pytest.mark.parametrize("persona", ["first_person", "third_person", "interview", "none"])
def test_the_prompt_that_is_trained_is_the_prompt_that_is_asked(values: Path, persona: str) -> None:
    prompt = load_speaking(persona, "structured")
    rows = training_examples(values, STRATA, Selection("all", sample=60), prompt).train
    asked = GenerateSettings(
        values,
        parse_model("openai:m"),
        Path("m.csv"),
        task="structured",
        structured_output="text",
        persona_prompt=persona,
    )
    maker = CallMaker(prompt, asked, identity(asked.model), decoding_of(asked))
    calls = list(maker.calls([row.truth for row in rows]))
    sent = [maker.request(call, mode="text", max_tokens=None) for call in calls]
    assert [(row.system, row.user) for row in rows] == [(request.system, request.user) for request in sent]


def test_questions_are_set_apart_whole_and_the_order_is_seeded(values: Path, tmp_path: Path) -> None:
    selection = Selection(sample=400, dev_share=0.2, shuffle=True, seed=3)
    made = training_examples(values, STRATA, selection, PROMPT)
    train, dev = ({row.truth.question.id for row in part} for part in (made.train, made.dev))
    assert not train & dev
    assert len(dev) == round(0.2 * len(train | dev))
    assert len(made.train) + len(made.dev) == 400
    again = training_examples(values, STRATA, selection, PROMPT)
    assert again == made
    ids = [row.truth.item_id for row in made.train]
    plain = training_examples(values, STRATA, Selection(sample=400, dev_share=0.2, seed=3), PROMPT)
    in_order = [row.truth.item_id for row in plain.train]
    assert ids != in_order
    assert sorted(ids) == sorted(in_order)
    out, apart = tmp_path / "t.jsonl", tmp_path / "d.jsonl"
    assert export(values, STRATA, selection, form="trl", out=out, dev=apart) == (len(made.train), len(made.dev))
    assert [row["completion"][0]["content"] for row in read_rows(apart)] == [row.answer for row in made.dev]
    with pytest.raises(UsageError, match="go together"):
        export(values, STRATA, Selection(), form="trl", out=out, dev=apart)


def test_a_split_file_decides_the_sides(values: Path, tmp_path: Path) -> None:
    split(values, STRATA, tmp_path / "split")
    file = tmp_path / "split" / "split.json"
    by_file = training_examples(values, STRATA, Selection("ood", file), PROMPT)
    assert by_file == training_examples(values, STRATA, Selection("ood"), PROMPT)
    about = json.loads(file.read_text())
    about["values"]["sha256"] = about["train"]["sha256"] = about["ood"]["sha256"] = "0" * 64
    file.write_text(json.dumps(about))
    with pytest.raises(InputError, match="another version"):
        training_examples(values, STRATA, Selection("ood", file), PROMPT)


def test_drawn_answers_have_the_shares_of_the_distribution() -> None:
    row = truth("Q1", "Male", 2)
    row = row.model_copy(update={"distribution": {"1": 0.15, "2": 0.5, "3": 0.35, "4": 0.0}})
    codes = Counter(drawn_codes(row, 20, seed=1))
    assert codes == {1: 3, 2: 10, 3: 7}
    mean: Counter[int] = Counter()
    for seed in range(400):
        found = Counter(drawn_codes(row, 3, seed))
        assert all(abs(found[code] - 3 * row.distribution[str(code)]) < 1 for code in (1, 2, 3))
        mean += found
    assert mean[1] / 1200 == pytest.approx(0.15, abs=0.02)
    assert mean[4] == 0


def test_one_question_cannot_be_set_apart(tmp_path: Path) -> None:
    from tests.support.values import write_values

    path = tmp_path / "v.jsonl"
    write_values(path, [truth("Q1", group, 1, stratum="sex") for group in ("Female", "Male")])
    with pytest.raises(UsageError, match="one question"):
        training_examples(path, STRATA, Selection(dev_share=0.1), PROMPT)
    with pytest.raises(InputError, match="no row is on the side ood"):
        training_examples(path, STRATA, Selection("ood"), PROMPT)
    with pytest.raises(PromptError, match="no persona prompt is called"):
        export(path, STRATA, Selection(), form="trl", out=tmp_path / "o.jsonl", persona_prompt="mine")
    assert not (tmp_path / "o.jsonl").exists()
