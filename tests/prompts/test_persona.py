"""Prompt files of personas and tasks: names, versions, hashes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.errors import PromptError
from judge.prompts.persona import PHRASINGS, TASKS, list_speaking, load_speaking
from judge.prompts.wording import describe

GOOD = "name: mine\nversion: '2'\ndescription: d\nsystem: You are {{ persona }}.\n"
TASK = "name: mine\nversion: '3'\ndescription: d\nuser: '{{ question }}'\n"


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_reference_names_both_files_and_its_hash_covers_both(tmp_path: Path) -> None:
    mine = load_speaking(write(tmp_path / "p.yaml", GOOD), write(tmp_path / "t.yaml", TASK))
    assert (mine.ref.name, mine.ref.version.split(",")[0]) == ("mine+mine", "2+3")
    other = load_speaking(write(tmp_path / "p.yaml", GOOD + "# note\n"), str(tmp_path / "t.yaml"))
    third = load_speaking(str(tmp_path / "p.yaml"), write(tmp_path / "t.yaml", TASK + "# note\n"))
    assert len({mine.ref.sha256, other.ref.sha256, third.ref.sha256}) == 3
    assert mine.system(describe({"sex": "Male"}, "SGP")) == "You are a man living in Singapore."


def test_the_tasks_word_the_question() -> None:
    free = load_speaking("none", "open").user("Why?", words=(60, 180), json=False)
    assert free.startswith("Why?")
    assert "60 to 180 words" in free
    number = load_speaking("none", "structured")
    assert '"Answer: N"' in number.user("Which?", words=(1, 2), json=False)
    assert '{"answer": N}' in number.user("Which?", words=(1, 2), json=True)


@pytest.mark.parametrize(
    ("persona", "task", "words"),
    [
        ("nobody", "open", "no persona prompt is called 'nobody'"),
        ("none", "essay", "no task prompt is called 'essay'"),
        ("absent.yaml", "open", "cannot be read"),
        (GOOD + "more: x\n", "open", "more"),
        (GOOD.replace("persona }}", "name }}"), "open", "'name' is undefined"),
        (GOOD.replace("}}", ""), "open", "p.yaml"),
        ("a: [", "open", "not usable as YAML"),
        ("none", TASK.replace("{{ question }}", "x"), "never shows the question"),
        ("none", TASK.replace("question }}", "thing }}"), "'thing' is undefined"),
    ],
)
def test_bad_prompts_are_refused(tmp_path: Path, persona: str, task: str, words: str) -> None:
    persona = write(tmp_path / "p.yaml", persona) if ":" in persona else persona
    task = write(tmp_path / "t.yaml", task) if ":" in task else task
    with pytest.raises(PromptError) as error:
        load_speaking(persona, task)
    assert words in str(error.value)


def test_all_that_ships_is_listed_under_its_files_name() -> None:
    assert [file.name for file in list_speaking()] == [*PHRASINGS, *TASKS]
    assert all(file.description and file.version for file in list_speaking())
