"""The bundled prompts as the judge reads them, one file per category of question; and earlier versions, byte for byte.

After an intended change: ``python -m tests.prompts.test_rendered`` writes the files anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.core.records import Item
from judge.core.survey.values import load_items
from judge.judging.pairs.contestants import responses
from judge.prompts import load_prompt
from tests.support.paths import ROOT

FOLDER = Path(__file__).parent / "rendered"
EXAMPLES = ROOT / "examples"
TAG = "k3v9x0qd"
PROMPTS = ("persona-value", "study", "general")
EARLIER = ("persona-value@1", "persona-value@2", "general@1")


def one_of_each_category() -> dict[str, Item]:
    """The first item of each category whose answer is not at the top of its scale."""
    chosen: dict[str, Item] = {}
    for item in load_items(EXAMPLES / "values.jsonl").values():
        assert item.category
        if item.scale is not None and item.modal_code != item.scale.codes[0]:
            chosen.setdefault(item.category, item)
    return chosen


def rendered() -> Iterator[tuple[str, str]]:
    """Name and text of each file."""
    base, ft = ({row.item_id: row.text for _, row in responses(EXAMPLES / f"{name}.jsonl")} for name in ("base", "ft"))
    items = one_of_each_category()

    def text(source: str, item: Item, criterion: str = "") -> str:
        prompt = load_prompt(source)
        prompt = prompt.for_criterion(criterion) if criterion else prompt
        quoted = {
            "response_a": prompt.neutralize(base[item.id]),
            "response_b": prompt.neutralize(ft[item.id]),
        }
        system, user = prompt.render(prompt.fields(item) | quoted, TAG)
        return f"{system}\n{'=' * 40}\n{user}\n"

    for item in items.values():
        yield f"persona-value-{item.question_id}.txt", text("persona-value", item)
    first = next(iter(items.values()))
    for source in (*PROMPTS[1:], *EARLIER):
        yield f"{source}.txt", text(source, first)
    for criterion in ("persona", "value", "overall"):
        yield f"persona-value-apart-{criterion}.txt", text("persona-value", first, criterion)
        yield f"study-apart-{criterion}.txt", text("study", first, criterion)


FILES = dict(rendered())


def test_there_is_one_file_for_each_of_the_six_categories_of_question() -> None:
    assert len(one_of_each_category()) == 6


@pytest.mark.parametrize("name", FILES)
def test_a_prompt_is_rendered_as_its_file_says(name: str) -> None:
    assert FILES[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", PROMPTS)
def test_what_is_the_same_in_every_call_comes_first(name: str) -> None:
    """A provider's cache covers the text up to the first difference: all of the rules."""
    prompt = load_prompt(name)
    fields = dict.fromkeys(("persona", "question", "survey_answer", "scale", "response_a", "response_b"), "text")
    one, other = prompt.render(fields, "aaaaaaaa")[0], prompt.render(fields, "bbbbbbbb")[0]
    same = next(at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    assert same > 0.55 * len(one)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    for name, content in FILES.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
