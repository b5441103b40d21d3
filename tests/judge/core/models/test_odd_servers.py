"""Compatible servers take liberties with the format: in what they answer, and in how they say no."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop
from tests.support.command import OPENAI_KEY, Call, Command
from tests.support.loopback import Loopback
from tests.support.loopback.server import without_additions
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import journal, last_rows, statuses
from tests.support.served import CALLS, LIMIT, Body, compare

Answer = dict[str, Any]


def message(**fields: object) -> Callable[[Answer], None]:
    def change(answer: Answer) -> None:
        answer["choices"][0]["message"] |= fields

    return change


def as_parts(answer: Answer) -> None:
    text = answer["choices"][0]["message"]["content"]
    parts = [{"type": "text", "text": text[:40]}, {"type": "image"}, {"type": "text", "text": text[40:]}]
    answer["choices"][0]["message"]["content"] = parts


def as_object(answer: Answer) -> None:
    answer["choices"][0]["message"]["content"] = json.loads(answer["choices"][0]["message"]["content"])


def set_to(**fields: object) -> Callable[[Answer], None]:
    return lambda answer: answer.update(fields)


def finish(value: object) -> Callable[[Answer], None]:
    return lambda answer: answer["choices"][0].update(finish_reason=value)


READABLE = {
    "parts": as_parts,
    "number as finish": finish(1),
    "no finish": finish(None),
    "number as model": set_to(model=7),
    "half an emoji in the model": set_to(model="m\ud83d"),
    "object as fingerprint": set_to(system_fingerprint={"a": 1}),
    "empty refusal": message(refusal=""),
    "an object as content": lambda answer: message(content=json.loads(answer["choices"][0]["message"]["content"]))(
        answer
    ),
}


@pytest.mark.parametrize("name", READABLE)
def test_an_odd_answer_that_can_be_read_is_read(judge: Command, tmp_path: Path, name: str) -> None:
    with Loopback(changes=READABLE[name]) as server:
        done = compare(judge, server, *LIMIT)
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path / "run") == {"ok": CALLS}


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -5, "completion_tokens": 3},
        {"prompt_tokens": 5.5, "completion_tokens": 3},
        {"prompt_tokens": float("inf"), "completion_tokens": 3},
        {"prompt_tokens": True, "completion_tokens": 3},
        {"prompt_tokens": "five", "completion_tokens": 3},
        {"prompt_tokens": 5},
        [5, 3],
        7,
    ],
)
def test_counts_that_cannot_be_true_are_unknown_and_the_verdict_stands(
    judge: Command, tmp_path: Path, usage: object
) -> None:
    with Loopback(changes=set_to(usage=usage)) as server:
        done = compare(judge, server, *LIMIT)
    assert done.returncode == 0, done.stderr
    assert {row.usage for row in journal(tmp_path / "run")} == {None}


def test_more_tokens_from_the_cache_than_there_were_are_no_negative_price(judge: Command, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: USD\nmodels:\n  openai:m: {input: 10, cached: 1, output: 0}\n")
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 99}}
    with Loopback(changes=set_to(usage=usage)) as server:
        done = compare(judge, server, *LIMIT, "--prices", str(prices))
    assert done.returncode == 0, done.stderr
    assert [row.cost for row in journal(tmp_path / "run")] == [pytest.approx(10 / 1e6)] * CALLS


EMPTY = {
    "no choice": set_to(choices=[]),
    "no message": lambda answer: answer["choices"][0].update(message=None),
    "no content": message(content=None),
    "an empty list": message(content=[]),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_answer_with_nothing_in_it_is_an_empty_reply_paid_for_and_asked_once_more(
    judge: Command, tmp_path: Path, name: str
) -> None:
    with Loopback(changes=EMPTY[name]) as server:
        done = compare(judge, server, *LIMIT)
    assert done.returncode == 1, done.stderr
    assert statuses(tmp_path / "run") == {"empty": CALLS}
    assert len(server.seen) == 2 * CALLS
    assert all(row.usage is not None for row in journal(tmp_path / "run"))


def test_an_answer_that_trickles_is_given_up_in_time(call: Call, tmp_path: Path) -> None:
    with Loopback(trickle=0.2) as server, refused("does not respond: timeout"):
        compare(call, server, *LIMIT, "--timeout", "1")
    assert set(statuses(tmp_path / "run")) == {"timeout"}


def test_keys_in_any_field_of_an_answer_or_an_error_are_removed(judge: Command, tmp_path: Path) -> None:
    def leak(answer: Answer) -> None:
        answer |= {"model": OPENAI_KEY, "system_fingerprint": f"fp {OPENAI_KEY}"}
        text = answer["choices"][0]["message"]["content"]
        answer["choices"][0]["message"]["content"] = text.replace(
            '"persona_analysis": "', f'"{OPENAI_KEY}": 1, "persona_analysis": "{OPENAI_KEY}'
        )

    no = (400, {"error": {"message": f"response_format? {OPENAI_KEY}", "param": "response_format"}})
    with Loopback(changes=leak, refuses=lambda body: no if "response_format" in body else None) as server:
        done = compare(judge, server, *LIMIT)
        failed = judge("--debug", "compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url + OPENAI_KEY)
    everything = done.stdout + done.stderr + failed.stdout + failed.stderr
    everything += "".join(path.read_text() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert "[key removed]" in everything
    assert OPENAI_KEY not in everything
    assert "has credentials" in failed.stderr


@pytest.mark.parametrize("status", [500, 400])
def test_one_call_that_poisons_the_endpoint_blocks_no_other_and_comes_last_the_next_time(
    judge: Command, tmp_path: Path, status: int
) -> None:
    first: list[str] = []

    def poisoned(body: Body) -> tuple[int, dict[str, Any]] | None:
        prompt = without_additions(body["messages"][-1]["content"])
        first.append(prompt)
        return (status, {"error": {"message": "no luck"}}) if prompt == first[0] else None

    with Loopback(refuses=poisoned) as server:
        done = compare(judge, server, *LIMIT)
        assert done.returncode == 1, done.stderr
        found = statuses(tmp_path / "run")
        assert found == {"ok": CALLS - 1, "server" if status == 500 else "bad_request": 1}
        before = len(server.seen)
        again = compare(judge, server, "--limit", "6", "--max-retries", "0", "--concurrency", "1")
        assert again.returncode == 1, again.stderr
        prompts = [without_additions(seen.body["messages"][-1]["content"]) for seen in server.seen[before:]]
        assert len(prompts) == 5
        assert prompts[-1] == first[0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"error": {"message": "too long", "code": "context_length_exceeded"}}), "context_length"),
        (None, "malformed"),
    ],
)
def test_a_run_without_one_usable_reply_stops_before_all_of_it_is_paid_for(
    call: Call, answer: tuple[int, dict[str, Any]] | None, kind: str
) -> None:
    said = ("not one usable reply", f"{kind} 2", *(() if answer else ("I like both.",)))
    with Loopback(refuses=lambda body: answer, fixed_text="I like both.") as server, refused(*said):
        compare(call, server, "--concurrency", "4")
    assert len(server.seen) < 60


def cut(answer: Answer) -> None:
    answer["choices"][0]["finish_reason"] = "length"
    answer["choices"][0]["message"]["content"] = answer["choices"][0]["message"]["content"].rstrip()[:-1]


def test_a_doubled_limit_that_is_refused_leaves_the_truncated_reply_as_it_was(judge: Command, tmp_path: Path) -> None:
    no = (400, {"error": {"message": "max_tokens is too large: 600", "param": "max_tokens"}})
    with Loopback(changes=cut, refuses=lambda body: no if body.get("max_tokens", 0) > 300 else None) as server:
        done = compare(judge, server, *LIMIT, "--max-tokens", "300")
    assert done.returncode == 1, done.stderr
    rows = last_rows(tmp_path / "run").values()
    assert {row.status for row in rows} == {"truncated"}
    assert len(rows) == CALLS


@pytest.mark.parametrize("content", [7, True, {"hello": "world"}])
def test_content_of_another_kind_is_a_malformed_reply_paid_for_and_asked_once_more(
    judge: Command, tmp_path: Path, content: object
) -> None:
    with Loopback(changes=message(content=content)) as server:
        done = compare(judge, server, "--limit", "4")
    assert done.returncode == 1, done.stderr
    assert statuses(tmp_path / "run") == {"malformed": CALLS}
    assert len(server.seen) == 2 * CALLS
    assert all(row.usage is not None for row in journal(tmp_path / "run"))


def test_an_exhausted_account_on_the_way_is_no_bad_usage(call: Call, tmp_path: Path) -> None:
    served = 0

    def broke(body: Body) -> tuple[int, dict[str, Any]] | None:
        nonlocal served
        served += 1
        return (429, {"error": {"message": "pay", "code": "insufficient_quota"}}) if served > 10 else None

    with Loopback(refuses=broke) as server, pytest.raises(ProviderStop, match="top up") as caught:
        compare(call, server, "--concurrency", "2")
    assert caught.value.exit_code == EXIT_FAILURES_REMAIN
    assert statuses(tmp_path / "run") == {"ok": 10}
