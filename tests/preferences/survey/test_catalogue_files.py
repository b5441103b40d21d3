"""Reading a catalogue's folder: each kind of bad file is refused by file and question."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge.core.errors import InputError
from judge.preferences.survey.catalogue import FOLDER, load_catalogue

TWO = """
category: Tastes
questions:
  Q2:
    ask: Do you like tea?
    open: What is tea to you?
    scale: yes_no
  Q10:
    ask: How good is coffee?
    open: What is coffee to you?
    scale:
      ordinal: true
      range: [0, 3]
      labels: {0: Bad, 3: Good}
      set_aside: {9: Never had any}
"""
FILES = {
    "catalogue.yaml": 'name: mine\nversion: "7"\n',
    "scales.yaml": 'yes_no:\n  ordinal: false\n  labels: {2: "No", 1: "Yes"}\n',
    "excluded.yaml": "Q3: an open question with no codes\n",
    "countries.yaml": "XYZ: [Q10, Q2]\n",
    "tastes.yaml": TWO,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def refusal(folder: Path, name: str, text: str) -> str:
    """The message with which the folder is refused once a file has this text; it names the file."""
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_catalogue(folder)
    assert str(folder / name) in caught.value.message
    return str(caught.value)


def test_a_folder_of_ones_own(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    assert (catalogue.name, catalogue.version) == ("mine", "7")
    assert list(catalogue.questions) == ["Q2", "Q10"]
    assert catalogue.questions["Q2"].structured == "Do you like tea? Answer with one number: 1 = Yes; 2 = No."
    coffee = catalogue.questions["Q10"]
    assert coffee.structured == "How good is coffee? Answer with one number from 0 to 3: 0 = Bad; 3 = Good."
    assert (coffee.scale.codes, coffee.scale.labels) == ((0, 1, 2, 3), ("Bad", "1", "2", "Good"))
    assert coffee.category == "Tastes"
    assert catalogue.set_aside == {"Q10": {9: "Never had any"}}
    assert catalogue.countries.get("XYZ") == ("Q2", "Q10")


def test_the_hash_covers_every_file_and_its_name(folder: Path) -> None:
    first = load_catalogue(folder).sha256
    (folder / "countries.yaml").write_text("XYZ: [Q2, Q10]\n", encoding="utf-8")
    second = load_catalogue(folder).sha256
    (folder / "tastes.yaml").rename(folder / "drinks.yaml")
    assert len({first, second, load_catalogue(folder).sha256}) == 3


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("tastes.yaml", "scale: yes_no", "scale: yes_maybe", "no scale is called 'yes_maybe' (row id Q2)"),
        ("tastes.yaml", "    open: What is tea to you?\n", "", "open is missing (row id Q2)"),
        ("tastes.yaml", "ask: Do you like tea?", "ask:", "ask must be text, not nothing (row id Q2)"),
        ("tastes.yaml", "ask: Do you like tea?", "ask: ''", "ask: String should have at least 1 character"),
        ("tastes.yaml", "  Q10:", "  Q2:", "tastes.yaml:8: not usable as YAML: Q2 occurs twice"),
        ("tastes.yaml", "  Q10:", "  Ten:", "not an id of a question, such as Q182 (row id Ten)"),
        ("tastes.yaml", "  Q10:", "  Q3:", "the question is in tastes.yaml as well (row id Q3)"),
        ("tastes.yaml", "{0: Bad, 3: Good}", "{0: Bad}", "needs labels for both ends, and none beyond (row id Q10)"),
        ("tastes.yaml", "{0: Bad, 3: Good}", "{0: Bad, 3: Good, 4: Best}", "needs labels for both ends"),
        ("tastes.yaml", "set_aside: {9:", "set_aside: {2:", "code 2 is on the scale and set aside (row id Q10)"),
        ("tastes.yaml", "{0: Bad, 3: Good}", "{0: Bad, 3: yes}", "labels.3 must be text"),
        ("tastes.yaml", "ordinal: true", "ordinal: perhaps", "ordinal must be true or false, not 'perhaps'"),
        ("tastes.yaml", "    ask: Do", "    asks: Do", "asks is not a known key: did you mean ask?"),
        ("tastes.yaml", "category: Tastes", "categories: Tastes", "category is missing"),
        ("tastes.yaml", TWO, "- Q2\n", "not a mapping from names to values"),
        ("tastes.yaml", "  Q2:", "\tQ2:", "tastes.yaml:4: not usable as YAML"),
        ("scales.yaml", '2: "No", 1: "Yes"', '1: "Yes"', "codes must have at least 2 entries"),
        ("scales.yaml", '2: "No"', '1: "No"', "scales.yaml:3: not usable as YAML: 1 occurs twice"),
        (
            "scales.yaml",
            '2: "No"',
            'two: "No"',
            "the key two of labels must be a whole number, not 'two' (row id yes_no)",
        ),
        ("excluded.yaml", "an open question with no codes", "", "the reason is missing (row id Q3)"),
        ("countries.yaml", "Q10", "Q11", "XYZ has an id that is not in the catalogue (row id Q11)"),
        ("countries.yaml", "Q10", "Q2", "XYZ has the id twice (row id Q2)"),
        ("countries.yaml", "[Q10, Q2]", "all", "the value is no list of question ids (row id XYZ)"),
        ("catalogue.yaml", 'version: "7"', "version: 7", "version must be text"),
    ],
)
def test_a_bad_file_is_refused_by_file_and_question(folder: Path, name: str, old: str, new: str, said: str) -> None:
    assert old in FILES[name]
    text = FILES[name].replace(old, new)
    if said.startswith("codes must have") or "as well" in said:  # found where the scale is used, or excluded
        (folder / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load_catalogue(folder)
        assert said in str(caught.value)
    else:
        assert said in refusal(folder, name, text)


def test_a_question_in_two_files_is_refused_with_both_names(folder: Path) -> None:
    message = refusal(folder, "zzz.yaml", TWO)
    assert "the question is in tastes.yaml as well (row id Q2)" in message


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError) as caught:
        load_catalogue(folder)
    assert name in str(caught.value) or "no category of questions" in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        load_catalogue(tmp_path / "absent")


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "tastes.yaml").write_bytes(TWO.replace("tea", "thé").encode("latin-1"))
    with pytest.raises(InputError, match="tastes"):
        load_catalogue(folder)


def loads(folder: Path) -> bool:
    """Whether the folder is a catalogue; any error but the project's own goes through."""
    try:
        load_catalogue(folder)
    except InputError:
        return False
    return True


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(sorted(FILES)),
    start=st.integers(0, 200),
    cut=st.integers(0, 40),
    text=st.text(max_size=20),
)
def test_a_garbled_file_is_loaded_or_refused_and_raises_nothing_else(
    folder: Path, name: str, start: int, cut: int, text: str
) -> None:
    whole = FILES[name]
    (folder / name).write_bytes((whole[:start] + text + whole[start + cut :]).encode("utf-8", "replace"))
    if loads(folder):
        catalogue = load_catalogue(folder)
        assert set(catalogue.countries.get("XYZ") or ()) <= set(catalogue.questions)
    (folder / name).write_text(whole, encoding="utf-8")
    assert loads(folder)


def test_the_catalogue_that_ships_can_be_copied_and_changed(tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    shutil.copytree(FOLDER, copy)
    assert load_catalogue(copy) == load_catalogue()
    (copy / "countries.yaml").write_text("IDN: [Q1]\n", encoding="utf-8")
    assert load_catalogue(copy).countries.get("IDN") == ("Q1",)
