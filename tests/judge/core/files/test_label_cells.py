"""How cells of others' tables are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.files.label_cells import MISSING, canonical, is_number, label_of, look_alikes, plain


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("1", "1"), ("1.0", "1"), ("01", "1"), ("+1.", "1"), ("1e0", "1"), ("10", "10"), ("100.0", "100"),
        ("0", "0"), ("-0.0", "0"), (".50", "0.5"), ("-2.50", "-2.5"), ("12345678901234567890", "12345678901234567890"),
        ("1e300", "1E+300"), ("1,5", "1,5"), ("1_000", "1_000"), ("inf", "inf"), ("tie", "tie"), ("Tie", "Tie"),
        ("None", "None"), ("1 star", "1 star"), ("\u0661", "\u0661"), ("a,b", "a,b"),
    ],
)  # fmt: skip
def test_numbers_have_one_spelling_and_other_text_is_left_alone(text: str, label: str) -> None:
    assert label_of(plain(text), ()) == label


@pytest.mark.parametrize("text", [*MISSING, "  ", " NA ", "\ufeffNA".strip("\ufeff"), "\u00a0"])
def test_spellings_of_nothing(text: str) -> None:
    assert label_of(plain(text), ()) is None


def test_a_declared_label_is_never_missing() -> None:
    assert label_of("NA", ("yes", "no", "NA")) == "NA"
    assert label_of("nan", ("yes", "no", "NA")) is None


def test_json_values_and_composed_letters() -> None:
    assert [plain(value) for value in (None, 3.0, 3, 2.5, True, float("nan"))] == ["", "3", "3", "2.5", "True", "nan"]
    assert plain("e\u0301t\u00e9") == "\u00e9t\u00e9"
    with pytest.raises(ValueError, match="a list where text or a number is expected"):
        plain(["a"])
    with pytest.raises(ValueError, match="a JSON object where"):
        plain({"a": 1})


@given(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False).map(repr))
def test_the_one_spelling_has_the_same_value_and_is_its_own(number: object) -> None:
    text = str(number)
    label = canonical(text)
    assert is_number(text)
    assert float(label) == float(text)
    assert canonical(label) == label
    assert canonical(f"0{text}" if text[0] != "-" else f"-0{text[1:]}") == label


def test_names_that_look_alike() -> None:
    names = ["Yes", "yes", "no", "\u0410", "A", "m 1", "m1", "m_1", "a\u200bb", "ab", "-1", "1", "yes"]
    assert look_alikes(names) == [("Yes", "yes"), ("\u0410", "A"), ("m 1", "m_1"), ("a\u200bb", "ab")]
    assert look_alikes(["a", "b", "a"]) == []
