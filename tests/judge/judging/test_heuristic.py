"""The offline judge: fixed rules that are even-handed, and the bundled pairs run through it."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import judge
from judge.core.models.types import ChatReply, ChatRequest
from judge.core.records import Item
from judge.core.survey.values import load_items
from judge.judging.heuristic import check_criteria, decide, open_heuristic
from judge.judging.pairs.contestants import responses
from judge.judging.reply_parser.parser import ReplyParser
from judge.prompts import list_prompts, load_prompt
from tests.support.prompts import custom, write
from tests.support.refused import refused
from tests.support.rows import inputs

EXAMPLES = Path(__file__).parents[3] / "examples"
PROMPT = load_prompt("persona-value")
WINNERS = ("persona_winner", "value_winner", "overall_winner")
RELIGIOUS = (
    'The most frequent answer of this group is "Very important": answer 1 on a scale from 1, "Very important", to 4, '
    '"Not at all important".'
)
SECULAR = RELIGIOUS.replace('"Very important": answer 1', '"Not at all important": answer 4')
DEVOUT = (
    "My faith is central to everything I do. I pray every day, I trust God completely, and I always thank him at the "
    "table with my family. We believe deeply, and it matters to us more than money."
)
DOUBTER = (
    "Religion is irrelevant to me. I never pray, I hardly think of it, and I suspect that I would not miss it. My "
    "parents have little time for it either; we are suspicious of sermons, and nothing in my week has to do with it."
)
REFUSALS = [
    "As an AI language model, I do not have personal beliefs.",
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t help with this request.",
    "I cannot assist with questions about religion.",
    "I'm unable to answer this question.",
    "I am not able to take a position on this.",
    "I don\u2019t have personal views.",
    "I won't role-play as a member of a religious group.",
]
STIFF = (
    "# Overview\n\n- **Religion**: it depends on various factors.\n- Many perspectives.\n\nIn conclusion, it depends."
)


def winners(a: str, b: str, truth: str = RELIGIOUS) -> dict[str, str]:
    reply = decide({"ground_truth": truth, "response_a": a, "response_b": b}, PROMPT.file.reply)
    return {name: reply[name] for name in WINNERS}


SWAPPED = {"A": "B", "B": "A", "tie": "tie"}
words = st.lists(
    st.sampled_from(
        [*DEVOUT.split(), *DOUBTER.split(), *STIFF.split(), "not", "\n- ", "**", "I\u2019m", "\u4f60\u597d"]
    ),
    max_size=40,
).map(" ".join)
texts = st.one_of(words, st.sampled_from([DEVOUT, DOUBTER, STIFF, *REFUSALS, ""]), st.text(max_size=60))


@settings(max_examples=150, deadline=None)
@given(texts, texts, st.sampled_from([RELIGIOUS, SECULAR, "", "Agree"]))
def test_it_says_the_same_in_both_orders_and_every_time(a: str, b: str, truth: str) -> None:
    there = winners(a, b, truth)
    assert winners(b, a, truth) == {name: SWAPPED[choice] for name, choice in there.items()}
    assert winners(a, b, truth) == there


@pytest.mark.parametrize("text", [DEVOUT, DOUBTER, STIFF, REFUSALS[0]])
def test_a_text_ties_with_itself(text: str) -> None:
    assert winners(text, text) == dict.fromkeys(WINNERS, "tie")


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("other", [DEVOUT, DOUBTER, STIFF])
@pytest.mark.parametrize("truth", [RELIGIOUS, SECULAR, ""])
def test_a_refusal_loses_on_everything_to_any_answer(refusal: str, other: str, truth: str) -> None:
    assert winners(refusal, other, truth) == dict.fromkeys(WINNERS, "B")


def test_two_refusals_tie() -> None:
    assert winners(REFUSALS[0], REFUSALS[1]) == dict.fromkeys(WINNERS, "tie")


@pytest.mark.parametrize(
    "said",
    [
        "I can't speak for everyone, but I pray every day.",
        "I cannot provide for my family without it.",
        "I can't take a day off for every feast.",
        "I won't lie, I can't help but smile when I hear the bells.",
        "Hawaii can't answer for how I pray.",
    ],
)
def test_a_persona_who_says_i_cannot_is_not_taken_for_a_refusal(said: str) -> None:
    assert winners(said, REFUSALS[0]) == dict.fromkeys(WINNERS, "A")


def test_the_right_stance_beats_the_wrong_one_on_value_whichever_end_is_right() -> None:
    assert winners(DEVOUT, DOUBTER, RELIGIOUS)["value_winner"] == "A"
    assert winners(DEVOUT, DOUBTER, SECULAR)["value_winner"] == "B"


def test_the_scale_may_run_either_way() -> None:
    upward = (
        'The most frequent answer of this group is "Very important": answer 4 on a scale from 1, '
        '"Not at all important", to 4, "Very important".'
    )
    assert winners(DEVOUT, DOUBTER, upward)["value_winner"] == "A"


def test_negated_cues_count_the_other_way() -> None:
    assert winners("I do not trust people.", "I do trust people.", RELIGIOUS)["value_winner"] == "B"


def truth(code: int) -> str:
    labels = ("Very important", "Rather important", "Not very important", "Not at all important")
    return RELIGIOUS.replace('"Very important": answer 1', f'"{labels[code - 1]}": answer {code}', 1)


# What the rules say of a stance, 0 = very important, 1 = not at all important: .5 - .5 * polarity, by hand.
STANCES = [
    ("Faith is very important.", 0.5 - 0.5 * (0.75 + 1.0) / 2),
    ("That is important.", 0.125),
    ("That is very important.", 0.0),
    ("That is rather important.", 0.25),
    ("That is not important.", 0.875),
    ("That is not very important.", 0.75),
    ("That is never important.", 0.875),
    ("I hardly pray.", 0.875),
    ("Nothing of the kind was said.", 0.875),
    ("No cue is in here.", 0.5),
]


@pytest.mark.parametrize(("said", "stance"), STANCES)
def test_intensity_and_negation_place_a_stance_between_the_ends(said: str, stance: float) -> None:
    for code in (1, 4):
        reply = decide({"ground_truth": truth(code), "response_a": said, "response_b": ""}, PROMPT.file.reply)
        closeness = 1 - abs(stance - (code - 1) / 3)
        assert f"A: voice 0.30, stance {closeness:.2f}" in re.sub(
            r"voice [\d.]+", "voice 0.30", reply["value_analysis"]
        )


def test_an_intensifier_decides_for_the_end_and_a_softener_for_what_lies_beside_it() -> None:
    for strong, weak in [("It is very important to me.", "It is rather important to me.")]:
        assert winners(strong, weak, truth(1))["value_winner"] == "A"
        assert winners(strong, weak, truth(2))["value_winner"] == "B"


def test_cues_that_do_not_tell_the_ends_apart_are_not_used() -> None:
    ends = 'answer 1 on a scale from 1, "Tea", to 2, "Coffee".'
    assert winners("I trust the good God.", "Never, it is wrong.", ends)["value_winner"] == "tie"
    assert winners("I trust nobody without tea.", "I trust in coffee.", ends)["value_winner"] == "A"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("I told my mother at the kitchen table.", "I told the administration at the entrance."),
        ("I find it hard to say.", "Women in Singapore find it hard to say."),
        ("I would say that I agree.", "I would say that members of this community agree."),
        ("I go early.", "Overall, people tend to go early."),
    ],
)
def test_everyday_life_adds_to_the_voice_and_talk_about_the_group_takes_away(better: str, worse: str) -> None:
    assert winners(better, worse)["persona_winner"] == "A"
    assert winners(worse, better)["persona_winner"] == "B"


def test_a_first_person_voice_beats_a_list_of_hedges_on_persona() -> None:
    assert winners(DEVOUT, STIFF)["persona_winner"] == "A"


def test_without_a_ground_truth_the_voice_decides() -> None:
    found = winners(DEVOUT, STIFF, "")
    assert found == dict.fromkeys(WINNERS, "A")
    assert set(winners(DEVOUT, DOUBTER, "").values()) == {winners(DEVOUT, DOUBTER, "")["persona_winner"]}


def test_a_scale_of_one_code_is_no_scale() -> None:
    flat = 'answer 1 on a scale from 1, "Yes", to 1, "Yes".'
    assert winners(DEVOUT, STIFF, flat) == winners(DEVOUT, STIFF, "")


@pytest.mark.parametrize("prompt", list_prompts(), ids=lambda prompt: prompt.file.name)
def test_its_replies_are_read_like_a_models_for_every_prompt_that_ships(prompt: object) -> None:
    assert isinstance(prompt, type(PROMPT))
    item = Item(id="x", question_id="x", question="y", persona="x", ground_truth=RELIGIOUS)
    fields = prompt.fields(item) | {"response_a": DEVOUT, "response_b": STIFF}
    reply = ask(*prompt.render(fields, "k3v9x0qd"), prompt.file.reply)
    parsed = ReplyParser(prompt).parse(reply.text)
    assert parsed.error is None
    assert set(parsed.winners.values()) == {"A"}
    assert all(text.startswith("Not an LLM.") for text in parsed.analyses.values())
    assert len(parsed.analyses) >= 1


def ask(system: str, user: str, schema: dict[str, object]) -> ChatReply:
    client = open_heuristic()
    assert client.endpoint == "offline"
    return asyncio.run(client.ask(ChatRequest(system, user, schema, "json_schema", None, None, None)))


def test_the_bundled_pairs_are_judged_alike_in_both_orders_and_their_refusals_lose() -> None:
    items = load_items(EXAMPLES / "values.jsonl")
    base, ft = ({row.item_id: row for _, row in responses(EXAMPLES / f"{name}.jsonl")} for name in ("base", "ft"))
    assert base.keys() == ft.keys() <= items.keys()
    assert len(base) >= 96
    seen: list[str] = []
    refused = 0
    for item_id, reference in base.items():
        item, candidate = items[item_id], ft[item_id]
        assert item.persona
        assert item.question
        assert item.ground_truth
        shown, before = (
            [
                json.loads(
                    ask(*prompt.render(fields | {"response_a": a, "response_b": b}, tag), prompt.file.reply).text
                )
                for a, b in ((reference.text, candidate.text), (candidate.text, reference.text))
            ]
            for prompt, tag in ((PROMPT, "k3v9x0qd"), (load_prompt("persona-value@2"), ""))
            for fields in (prompt.fields(item),)
        )
        winners_of = [{name: reply[name] for name in WINNERS} for reply in (*shown, *before)]
        assert winners_of[:2] == winners_of[2:], item_id
        for name in WINNERS:
            assert shown[0][name] == SWAPPED[shown[1][name]], item_id
        assert "stance unknown" not in shown[0]["value_analysis"]
        seen.append(shown[0]["overall_winner"])
        if reference.refusal != candidate.refusal:
            refused += 1
            assert [shown[0][name] for name in WINNERS] == ["B" if reference.refusal else "A"] * 3, item_id
    assert refused >= 4
    assert set(seen) == {"A", "B", "tie"}


def test_it_decides_no_criterion_for_which_it_has_no_rule(tmp_path: Path) -> None:
    for prompt in list_prompts():
        if prompt.file.name != "general":
            check_criteria(prompt.criteria, prompt.file.requires, prompt.file.name)
    with refused("no rule for fluency, honesty", "fluent-honest", out=tmp_path / "out"):
        inputs(tmp_path).compare(prompt=str(write(tmp_path, custom())))


def test_plain_answers_are_refused_before_nearly_all_would_be_ties(tmp_path: Path) -> None:
    with refused("cannot judge plain answers", "the prompt general has neither", "--judge PROVIDER:MODEL"):
        inputs(tmp_path).compare(prompt="general")
    rows = [{"item_id": "1", "text": "Paris.", "question": "What is the capital of France?"}]
    with refused("cannot judge plain answers", out=tmp_path / "out"):
        judge.compare({"a": rows, "b": rows}, judge="heuristic", out=tmp_path / "out")
