"""A distribution of codes from one call: the first token of each code, and codes of several tokens."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import ProviderStop, UsageError
from judge.core.models.types import ChosenToken
from judge.generation.code_probabilities import MOST_UNRESOLVED, code_probabilities
from judge.generation.generate import generate
from judge.generation.models import parse_model
from judge.generation.settings import GenerateSettings
from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
from tests.support.generation import ITEMS, VALUES, results, settings
from tests.support.loopback import Loopback
from tests.support.rows import read_rows
from tests.support.values import write_jsonl

FOUR, TEN = (1, 2, 3, 4), tuple(range(1, 11))


def token(text: str, **others: float) -> ChosenToken:
    return ChosenToken(text, tuple((name.replace("_", " "), math.log(share)) for name, share in others.items()))


def plain(text: str) -> ChosenToken:
    return ChosenToken(text, ((text, 0.0),))


@pytest.mark.parametrize(
    ("before", "number"),
    [
        (["Answer", ":", " "], token("2", **{"2": 0.6, "1": 0.3, "x": 0.1})),
        (["Answer", ":"], token(" 2", **{" 2": 0.4, "2": 0.2, " 1": 0.3, " none": 0.1})),
        ([], token("2", **{"2": 0.6, "1\n": 0.3, "The": 0.1})),
        (["**Answer"], token(":2", **{":2": 0.6, ":1": 0.3, ":": 0.1})),
        (['{"', "answer", '":'], token(" 2", **{" 2": 0.6, " 1": 0.3, " null": 0.1})),
    ],
)
def test_each_code_has_the_probability_of_its_token(before: list[str], number: ChosenToken) -> None:
    found = code_probabilities([*map(plain, before), number, plain("\n")], FOUR)
    assert found is not None
    assert found.shares == pytest.approx({"1": 1 / 3, "2": 2 / 3, "3": 0, "4": 0})
    assert (found.on_codes, found.unresolved) == (pytest.approx(0.9), 0)


def test_a_code_of_two_tokens_is_divided_where_the_reply_wrote_its_first() -> None:
    first = token("1", **{"1": 0.5, "7": 0.4, "8": 0.1})
    found = code_probabilities([plain("Answer: "), first, token("0", **{"0": 0.8, "\n": 0.15, ".": 0.05})], TEN)
    assert found is not None
    assert found.unresolved == 0
    assert (found.shares["10"], found.shares["1"]) == (pytest.approx(0.4), pytest.approx(0.1))
    assert (found.shares["7"], sum(found.shares.values())) == (pytest.approx(0.4), pytest.approx(1))
    ended = code_probabilities([plain("Answer: "), first], TEN)
    assert ended is not None
    assert ended.unresolved == pytest.approx(0.5)  # the server does not show how likely it was that the reply went on


def test_what_one_reply_does_not_show_is_not_divided() -> None:
    found = code_probabilities([plain("Answer: "), token("7", **{"7": 0.6, "1": 0.3, "2": 0.1})], TEN)
    assert found is not None
    assert found.unresolved == pytest.approx(0.3)
    assert found.shares["2"] == pytest.approx(0.1 / 0.7)
    known = code_probabilities([plain("Answer: "), token("7", **{"7": 0.6, "1": 0.3, "10": 0.1})], TEN)
    assert known is not None
    assert (known.unresolved, known.shares["1"], known.shares["10"]) == (0, pytest.approx(0.3), pytest.approx(0.1))


PIECES = ("-", "1", "0", "2", "\n", " x", "")  # the last one ends the reply
Codes = tuple[int, ...]


def after(seed: int, written: str, pieces: tuple[str, ...], codes: Codes) -> dict[str, float]:
    """What an imagined model writes next, which begins no number that is no code."""
    draw = random.Random(f"{seed} {written}")
    last = "10" in pieces and written.strip("-")  # a number of two digits is one token
    fits = [
        piece
        for piece in pieces
        if not piece.strip()
        or piece == " x"
        or (not last and any(str(code).startswith(written + piece) for code in codes))
    ]
    weights = [draw.random() ** 4 for _ in fits]
    return {piece: weight / sum(weights) for piece, weight in zip(fits, weights, strict=True)}


def enumerated(seed: int, pieces: tuple[str, ...], codes: Codes, written: str = "") -> dict[str, float]:
    """The probability of each number that the model may begin with, all ways to write it counted one by one."""
    found: dict[str, float] = {}
    for piece, share in after(seed, written, pieces, codes).items():
        goes_on = piece.strip() and piece != " x"
        more = enumerated(seed, pieces, codes, written + piece) if goes_on else {written: 1.0}
        for name, part in more.items():
            found[name] = found.get(name, 0.0) + share * part
    return found


SCALES: tuple[Codes, ...] = ((-1, 1, 2, 10), (1, 2, 10, 11, 12), (0, 1, 2), (-2, -1, 0, 1))
TWO_DIGITS = (*PIECES, "10", "11", "12")


@pytest.mark.parametrize(
    ("codes", "pieces"), [*((codes, way) for codes in SCALES for way in (PIECES, TWO_DIGITS)), ((1, 10, 101), PIECES)]
)
def test_the_probabilities_are_those_of_all_ways_to_write_a_code(codes: Codes, pieces: tuple[str, ...]) -> None:
    exact = 0
    for seed in range(80):
        reply: list[ChosenToken] = []
        written = ""
        while not reply or reply[-1].text.strip(" x\n"):
            likely = after(seed, written, pieces, codes)
            chosen = max(likely, key=likely.__getitem__)
            reply.append(ChosenToken(chosen, tuple((name, math.log(share)) for name, share in likely.items())))
            written += chosen
        if (found := code_probabilities(reply, codes)) is None:
            continue
        truth = enumerated(seed, pieces, codes)
        for code in map(str, codes):
            least = found.shares[code] * found.on_codes
            assert least - 1e-9 <= truth.get(code, 0.0) <= least + found.unresolved + found.unseen + 1e-9
        exact += found.unresolved + found.unseen < MOST_UNRESOLVED
        assert sum(found.shares.values()) == pytest.approx(1)
    assert exact >= 3


def test_a_minus_begins_a_code() -> None:
    minus = token("-", **{"-": 0.9, "1": 0.1})
    found = code_probabilities([plain("Answer: "), minus, token("1", **{"1": 0.7, "2": 0.3}), plain("\n")], (-2, -1, 1))
    assert found is not None
    assert found.shares == pytest.approx({"-2": 0.27, "-1": 0.63, "1": 0.1})


def test_what_a_list_leaves_out_after_a_number_ends_it() -> None:
    words = {f"word {number}": 0.01 for number in range(18)}
    first = token("1", **{"1": 0.5, "2": 0.5})
    found = code_probabilities([first, token("\n", **{"0": 0.1, "\n": 0.2, **words})], TEN)
    assert found is not None
    assert (found.shares["1"], found.shares["10"], found.unseen) == (pytest.approx(0.45), pytest.approx(0.05), 0)
    short = code_probabilities([first, token("\n", **{"\n": 0.3})], TEN)
    assert short is not None
    assert short.unseen == pytest.approx(0.5 * 0.3)  # 10, at most as likely as the line's end


def test_the_number_is_the_one_that_the_reply_was_read_as() -> None:
    thought = [plain("<think>The answer: "), token("2", **{"2": 0.9, "4": 0.1}), plain(" or 4?</think>")]
    answer = [plain("Answer: "), token("4", **{"4": 0.8, "3": 0.2})]
    for read_as in (4, None):
        found = code_probabilities([*thought, *answer], FOUR, read_as)
        assert found is not None
        assert found.shares == pytest.approx({"1": 0, "2": 0, "3": 0.2, "4": 0.8})
    changed = code_probabilities([plain("Answer: 2. No, answer: "), answer[1]], FOUR, 4)
    assert changed is not None
    assert changed.shares["4"] == pytest.approx(0.8)
    assert code_probabilities(answer, FOUR, 3) is None


def test_a_list_that_is_too_short_does_not_show_all_codes() -> None:
    short = code_probabilities([plain("Answer: "), token("2", **{"2": 0.6, "1": 0.1})], FOUR)
    assert short is not None
    assert short.unseen == pytest.approx(0.2)  # 3 and 4, each at most as likely as 1
    for shown in ({"2": 0.9, "1": 0.1}, {"2": 0.6, **{f"word {number}": 0.01 for number in range(19)}}):
        found = code_probabilities([plain("Answer: "), token("2", **shown)], FOUR)
        assert found is not None
        assert found.unseen == pytest.approx(0)


def alone(answer: dict[str, Any]) -> None:
    """Adds the log-probability of the chosen token, and of no other."""
    content = [{"token": "Answer: 2", "logprob": math.log(0.6), "top_logprobs": []}]
    answer["choices"][0]["logprobs"] = {"content": content}


def test_the_chosen_token_alone_is_no_distribution(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="Answer: 2", changes=alone) as server:
        generate(settings(out, server, task="structured", structured_output="text", probabilities=True, sample=3))
    assert results(out)["failed"] == {"unresolved_codes": 3}


@pytest.mark.parametrize("text", ["I cannot say.", "Answer:", ""])
def test_a_reply_without_a_number_has_none(text: str) -> None:
    assert code_probabilities([plain(text)] if text else [], FOUR) is None


def likely(answer: dict[str, Any]) -> None:
    """Adds log-probabilities as OpenAI, vLLM and llama.cpp send them."""
    top = [
        {"token": code, "logprob": math.log(share)}
        for code, share in (("2", 0.7), ("1", 0.2), ("I", 0.0999), ("10", 0.0001))
    ]
    content = [
        {"token": "Answer: ", "logprob": 0.0, "top_logprobs": []},
        {"token": "2", "logprob": math.log(0.7), "top_logprobs": top},
    ]
    answer["choices"][0]["logprobs"] = {"content": content}


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_one_call_gives_a_distribution_that_is_scored(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"m.{ending}"
    with Loopback(fixed_text="Answer: 2", changes=likely) as server:
        run = generate(settings(out, server, task="structured", structured_output="text", probabilities=True))
        assert run.is_finished
        assert len(server.seen) == ITEMS
        assert {(seen.body["logprobs"], seen.body["top_logprobs"], seen.mode) for seen in server.seen} == {
            (True, 20, "text")
        }
    rows = read_rows(out if ending == "jsonl" else run.folder / "responses.jsonl")
    shares = rows[0]["probabilities"]
    assert (shares["1"], shares["2"]) == (pytest.approx(2 / 9, abs=1e-3), pytest.approx(7 / 9, abs=1e-3))
    summary = evaluate(ScoreSettings(VALUES, (str(out),), target="distribution", permutations=99, swaps=99))
    (found,) = (row.estimate.value for row in summary.scores if (row.value, row.metric) == ("all", "jensen_shannon"))
    (peak,) = (
        row.estimate.value
        for row in evaluate(ScoreSettings(VALUES, (_texts(tmp_path),), target="distribution", permutations=99)).scores
        if (row.value, row.metric) == ("all", "jensen_shannon")
    )
    assert found is not None
    assert peak is not None
    assert found < peak - 0.05  # the shares are nearer to the subgroups' than all weight on their peak


def _texts(folder: Path) -> str:
    ids = [row["item_id"] for row in read_rows(VALUES)]
    return str(write_jsonl(folder / "texts.jsonl", [{"custom_id": name, "response": "Answer: 2"} for name in ids]))


@pytest.mark.parametrize(("way", "modes"), [("auto", ["json_schema", "text"]), ("text", ["text"])])
def test_a_server_without_log_probabilities_stops_the_run_at_its_first_call(
    tmp_path: Path, way: str, modes: list[str]
) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(fixed_text="Answer: 2") as server:
        run = generate(
            settings(out, server, task="structured", probabilities=True, concurrency=1, structured_output=way)
        )
        assert [seen.mode for seen in server.seen] == modes
    assert run.session is not None
    assert isinstance(run.session.error, ProviderStop)
    assert "the server sent no probabilities" in str(run.session.error)
    assert run.session.error.hint == "give the command without --probabilities, and another --out"
    assert results(out)["failed"] == {"no_probabilities": 1}


def test_a_server_that_sends_probabilities_of_plain_text_alone_is_asked_for_that(tmp_path: Path) -> None:
    by_schema: list[bool] = []

    def change(answer: dict[str, Any]) -> None:
        if not by_schema[-1]:
            likely(answer)

    common = {"task": "structured", "probabilities": True, "concurrency": 1, "sample": 5}
    with Loopback(
        fixed_text="Answer: 2", changes=change, refuses=lambda body: by_schema.append("response_format" in body)
    ) as server:
        run = generate(settings(tmp_path / "m.jsonl", server, **common))
    assert run.is_finished
    assert by_schema == [True, *[False] * 5]


@pytest.mark.parametrize("damage", [["x"], {"content": [{"token": "2", "logprob": None}]}, {"content": [7]}])
def test_log_probabilities_that_cannot_be_read_cost_no_reply(tmp_path: Path, damage: Any) -> None:
    def change(answer: dict[str, Any]) -> None:
        answer["choices"][0]["logprobs"] = damage

    with Loopback(fixed_text="Answer: 2", changes=change) as server:
        run = generate(settings(tmp_path / "m.jsonl", server, task="structured", structured_output="text", sample=3))
    assert run.is_finished
    assert len(server.seen) == 3


def test_the_server_of_a_fleet_that_sends_no_probabilities_is_named(tmp_path: Path) -> None:
    with Loopback(fixed_text="Answer: 2") as bad, Loopback(fixed_text="Answer: 2", changes=likely) as good:
        addresses = [bad.url, good.url]
        common = {"task": "structured", "structured_output": "text", "probabilities": True}
        run = generate(settings(tmp_path / "m.jsonl", good, base_url=addresses, **common))
        name = bad.url.split("/")[2]
    assert run.session is not None
    assert isinstance(run.session.error, ProviderStop)
    assert f"at {name}: the server sent no" in str(run.session.error)
    assert run.session.error.hint == f"leave {name} out, or give the command without --probabilities, and another --out"


def test_a_run_that_goes_on_stops_where_the_server_sends_none_any_more(tmp_path: Path) -> None:
    out, sends = tmp_path / "m.jsonl", [True]
    common = {"task": "structured", "structured_output": "text", "probabilities": True, "concurrency": 1}
    with Loopback(fixed_text="Answer: 2", changes=lambda answer: likely(answer) if sends[0] else None) as server:
        assert generate(settings(out, server, sample=5, **common)).is_finished
        before, sends[0] = len(server.seen), False
        run = generate(settings(out, server, sample=20, **common))
        assert len(server.seen) == before + 1
        assert run.session is not None
        assert isinstance(run.session.error, ProviderStop)
        assert "start the server as it was" in (run.session.error.hint or "")
        sends[0] = True
        assert generate(settings(out, server, sample=20, **common)).is_finished
        assert len(server.seen) == before + 1 + 15


def test_a_provider_whose_format_has_no_probabilities_is_refused_before_any_call(tmp_path: Path) -> None:
    with Loopback() as server, pytest.raises(UsageError, match="anthropic:m has no probabilities"):
        settings(tmp_path / "m.jsonl", server, model="anthropic:m", task="structured", probabilities=True)
    assert not server.seen


def test_a_server_that_rejects_log_probabilities_stops_the_run_by_the_options_name(tmp_path: Path) -> None:
    rejected = (400, {"error": {"message": "This model does not support logprobs.", "param": "logprobs"}})
    with Loopback(fail_all=rejected) as server:
        run = generate(settings(tmp_path / "m.jsonl", server, task="structured", probabilities=True, concurrency=1))
        assert len(server.seen) <= 3
    assert run.session is not None
    assert isinstance(run.session.error, ProviderStop)
    assert run.session.error.hint == "give the command without --probabilities"


@pytest.mark.slow
def test_a_local_model_shows_the_same_numbers_as_its_logits(tmp_path: Path) -> None:
    import torch

    from judge.generation.local.batch_inference import Job, write_batch
    from judge.generation.local.loading import load
    from judge.generation.local.tiny import make_tiny_model

    tiny = make_tiny_model(tmp_path / "tiny")
    loaded = load(tiny, adapter=None, chat_template=None, device="cpu")
    ids = loaded.tokens(loaded.chat("s", "How many?"))
    (reply, longer) = write_batch(loaded, [Job(ids, 3, 0.0, 0, 5), Job([*ids, *ids], 3, 0.0, 0, 5)], None)
    with torch.inference_mode():
        expected = loaded.model(torch.tensor([ids])).logits[0, -1].log_softmax(-1).topk(5).values.tolist()
    assert [value for _, value in reply.tokens[0].most_likely] == pytest.approx(expected, abs=1e-4)
    assert reply.text.startswith(reply.tokens[0].text.strip())
    assert len(longer.tokens) == 3
    wanted = GenerateSettings(
        VALUES, parse_model(f"hf:{tiny}"), tmp_path / "m.csv", task="structured", sample=2, max_tokens=4
    )
    assert generate(wanted).counts.planned == 2
