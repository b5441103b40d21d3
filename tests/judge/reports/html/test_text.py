"""Others' text in a page: escaped, isolated, and no hidden character stays hidden."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from judge.reports.html.text import LONGEST, data, marked, shown

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Seen(HTMLParser):
    """The elements of a piece of HTML, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@given(TEXTS)
def test_text_makes_no_element_but_marks(text: str) -> None:
    found = Seen(marked(text))
    assert set(found.elements) <= {"span"}
    if not found.elements:
        assert found.words == text


@given(TEXTS)
def test_no_bidirectional_control_is_left_in_the_page(text: str) -> None:
    assert not set(shown(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u0000")


def test_a_mark_says_which_character_it_stands_for() -> None:
    assert marked("a\u202eb<") == ('a<span class="mark" title="U+202E right-to-left override">RLO</span>b&lt;')
    assert (
        marked("👩\u200d👧 \u0915\u094d\u200c\u0937") == "👩\u200d👧 \u0915\u094d\u200c\u0937"
    )  # joiners mean something


def test_a_long_name_is_cut_and_says_so() -> None:
    assert "(1,000 characters)" in shown("x" * 1000)
    assert len(shown("x" * 1000)) < LONGEST + 60


@given(
    st.recursive(TEXTS | st.integers(-9, 9) | st.none(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))
)
def test_data_in_a_script_cannot_end_it_and_comes_back_whole(content: object) -> None:
    text = data(content)
    assert not set(text) & set("<>&\u2028\u2029\n")
    assert json.loads(text) == content
