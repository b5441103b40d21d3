"""The rule for refusals on the labelled sentences, in the three contexts. docs/generation.md prints these figures."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.text.refusal_rule import Context, is_refusal
from tests.judge.core.text.refusal_table import CONTEXTS, HELD_OUT, ROWS, labelled, lines, measure
from tests.support.paths import ROOT

WORDS = " ".join(row["text"] for row in ROWS).split()


def test_there_are_enough_sentences_and_none_twice() -> None:
    texts = [row["text"] for row in ROWS]
    assert len(texts) == len(set(texts)) >= 400


@pytest.mark.parametrize(
    ("context", "precision", "recall"), [("answer", 1.0, 0.97), ("response", 0.99, 0.94), ("judgment", 1.0, 1.0)]
)
def test_precision_and_recall(context: Context, precision: float, recall: float) -> None:
    errors = measure(context)
    assert errors.precision >= precision
    assert errors.recall >= recall


def test_the_held_out_sentences_of_responses() -> None:
    first = measure("response", ["held out"])
    assert (first.missed, first.flagged) == (0, 0)
    last = measure("response", [HELD_OUT])
    assert (last.refusals, last.others) == (60, 60)
    assert last.missed <= 21
    assert last.flagged <= 2


@pytest.mark.parametrize("language", ["zh", "ms", "ta"])
def test_there_are_sentences_of_singapores_other_languages(language: str) -> None:
    labels = [row["response"] for row in ROWS if row.get("language") == language]
    assert min(labels.count(True), labels.count(False)) >= 10


def test_the_docs_print_these_figures() -> None:
    docs = (ROOT / "docs" / "generation.md").read_text(encoding="utf-8")
    for line in lines():
        assert line in docs


@pytest.mark.parametrize("context", ["answer", "response"])
@pytest.mark.parametrize("text", [text for text, refusal in labelled("response", ["examples"]) if refusal])
def test_case_quotes_and_what_follows_change_nothing(text: str, context: Context) -> None:
    assert is_refusal(f"  {text.upper()}\n\nIs there anything else?", context) or len(text.split()) <= 6
    assert is_refusal(f"\u201c{text}\u201d", context)  # quotes around the whole


def test_only_the_opening_of_a_response_counts_and_every_sentence_of_an_answer() -> None:
    long = "I pray every morning, and I go to the temple with my mother. " * 6
    text = long + "As an AI language model, I would add that views differ."
    assert not is_refusal(text, "response")
    assert is_refusal(text, "answer")


def test_only_the_beginning_of_a_judgment_counts() -> None:
    assert is_refusal("I cannot judge these. Response A is a list.", "judgment")
    assert not is_refusal("Response A is a list. I cannot judge these.", "judgment")


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("unit", ["I cannot answer as a ", "engage in ", "sorry ", "i ", "\n", "I don't have ", "!?"])
def test_a_long_text_takes_no_longer_than_its_length(context: Context, unit: str) -> None:
    started = time.process_time()
    is_refusal(unit * 20_000, context)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("context", CONTEXTS)
@given(text=st.text(max_size=400))
def test_any_text_can_be_read(context: Context, text: str) -> None:
    assert is_refusal(text, context) in (True, False)


@pytest.mark.parametrize("context", CONTEXTS)
@given(words=st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_words_can_be_read(context: Context, words: list[str]) -> None:
    assert is_refusal(" ".join(words), context) in (True, False)
