"""How the judge is asked: structured replies and their fall-backs, parameters, the doctor, estimates."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from judge.comparison.compare import preview_comparison
from judge.comparison.endpoint_check import Diagnosis, diagnose, patience
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import manifest, summary


def test_the_doctor_waits_longer_for_a_server_of_ones_own() -> None:
    assert patience(parse_spec("openai:m", "http://localhost:8000/v1")) > 2 * patience(parse_spec("openai:m", None))


@pytest.mark.parametrize(
    ("provider", "rejects", "mode"),
    [
        ("openai", (), "json_schema"),
        ("openai", ("response_format",), "text"),
        ("anthropic", (), "json_schema"),
        ("anthropic", ("output_config",), "tool"),
        ("anthropic", ("output_config", "tools"), "text"),
    ],
)
def test_the_way_of_asking_is_settled_once_and_written_down(
    judge: Command, tmp_path: Path, provider: str, rejects: tuple[str, ...], mode: str
) -> None:
    with Loopback(rejects=rejects) as server:
        address = server.url if provider == "openai" else server.root
        arguments = ("compare", *PAIRS, "--judge", f"{provider}:m", "--base-url", address, "--out", "run")
        done = judge(*arguments, "--limit", "20")
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == 40 + len(rejects), "one request for each way that was tried"
        assert manifest(tmp_path / "run")["reply_mode"] == mode
        # The next session does not try again.
        judge(*arguments, "--limit", "30")
        assert len(server.seen) == 60 + len(rejects)
    assert Counter(seen.mode for seen in server.seen)[mode] == 60


def test_parameters_are_sent_only_when_given(judge: Command) -> None:
    with Loopback() as server:
        common = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--limit", "1")
        judge(*common, "--out", "plain")
        judge(*common, "--out", "set", "--temperature", "0", "--max-tokens", "700", "--model-seed", "5")
    plain, *_, given = server.seen
    assert not {"temperature", "max_tokens", "max_completion_tokens", "seed"} & plain.body.keys()
    assert (given.body["temperature"], given.body["max_tokens"], given.body["seed"]) == (0.0, 700, 5)


def test_a_parameter_of_the_users_that_is_rejected_stops_the_run_and_is_named(call: Call) -> None:
    with Loopback(rejects=("temperature",)) as server, refused("without --temperature"):
        call("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--temperature", "0.3")
    assert len(server.seen) == 1


def test_a_server_that_knows_only_the_other_name_of_the_token_limit_is_asked_by_that(judge: Command) -> None:
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    with Loopback(rejects=("max_tokens",), reject_message=message) as server:
        done = judge(
            "compare",
            *PAIRS,
            "--judge",
            "openai:m",
            "--base-url",
            server.url,
            "--max-tokens",
            "99",
            "--limit",
            "2",
            "--out",
            "run",
        )
    assert done.returncode == 0, done.stderr
    assert [seen.body.get("max_completion_tokens") for seen in server.seen] == [None, 99, 99, 99, 99]


def test_text_or_schema_can_be_forced(judge: Command, call: Call, tmp_path: Path) -> None:
    with Loopback() as server:
        common = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--limit", "2")
        judge(*common, "--out", "text", "--reply", "text")
        assert {seen.mode for seen in server.seen} == {"text"}
    with Loopback(rejects=("response_format",)) as server:
        common = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--limit", "2")
        with refused("--structured-output text"):
            call(*common, "--out", "schema", "--reply", "schema")
        assert len(server.seen) == 1, "every other call would be refused alike"


def doctor(server: Loopback) -> Diagnosis:
    return diagnose(parse_spec("openai:m", server.url), prompt="persona-value", prices=None, timeout=30)


def test_the_doctor_says_what_works() -> None:
    with Loopback(rejects=("response_format",)) as server:
        found = doctor(server)
    assert (found.works, found.mode, list(found.unsupported), found.caution) == (True, "text", ["json_schema"], None)
    assert found.reply is not None
    assert found.reply.model == "m-2025-04-14"


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": {"message": "bad key"}}, "the key is wrong"),
        (404, {"error": {"message": "no such model"}}, "check the name"),
        (200, {"hello": "world"}, "does not use this provider's format"),
        (200, {"choices": []}, "the reply is empty"),
    ],
)
def test_the_doctor_says_what_is_wrong(status: int, body: dict[str, object], words: str) -> None:
    with Loopback(fail_all=(status, body)) as server:
        found = doctor(server)
    assert not found.works
    assert words in (found.problem or found.advice)


def test_an_estimate_sends_nothing_and_leaves_nothing(call: Call, tmp_path: Path) -> None:
    assert call("estimate", *PAIRS, "--judge", "openai:gpt-4.1") == 0
    assert list(tmp_path.iterdir()) == []
    base, ft, _, values = PAIRS
    for model, is_priced in (("gpt-4.1", True), ("never-heard-of", False)):
        found = preview_comparison(
            CompareSettings(
                files=(base, ft),
                judge=parse_spec(f"openai:{model}", None),
                prompt="persona-value",
                values=Path(values),
            )
        )
        assert found.estimate.calls == 192
        assert (found.estimate.cost is not None) == is_priced


def test_a_judge_of_a_contestants_family_is_warned_of(call: Call, tmp_path: Path) -> None:
    for path, model in zip(PAIRS[:2], ("gpt-4.1", "llama-3.1-8b"), strict=True):
        text = Path(path).read_text()
        (tmp_path / Path(path).name).write_text(text.replace(f'"illustrative-{Path(path).stem}"', f'"{model}"'))
    with Loopback() as server:
        common = ("--judge", "openai:gpt-4o-mini", "--base-url", server.url)
        assert call("compare", "base.jsonl", "ft.jsonl", *PAIRS[2:], *common, "--out", "run", "--limit", "3") == 0
    assert any("both of the family GPT" in warning for warning in summary(tmp_path / "run")["warnings"])


def test_swapping_the_files_mirrors_every_number_of_a_biased_judge(judge: Command, tmp_path: Path) -> None:
    base, ft, *values = PAIRS
    with Loopback(bias=0.2) as server:
        common = ("--judge", "openai:m", "--base-url", server.url, "--limit", "60")
        judge("compare", base, ft, *values, *common, "--out", "one")
        judge("compare", ft, base, *values, *common, "--out", "two")
    one, two = summary(tmp_path / "one"), summary(tmp_path / "two")
    mirrored = {(row["dimension"], row["value"], row["criterion"]): row for row in two["win_rates"]}
    for row in one["win_rates"]:
        other = mirrored[(row["dimension"], row["value"], row["criterion"])]
        assert (row["win"], row["loss"], row["tie"]) == (other["loss"], other["win"], other["tie"])
        assert (row["inconsistent"], row["missing"]) == (other["inconsistent"], other["missing"])
        rate, opposite = row["win_rate"], other["win_rate"]
        assert rate["value"] == pytest.approx(1 - opposite["value"], abs=1e-12)
        if rate["low"] is not None:
            assert rate["low"] == pytest.approx(1 - opposite["high"], abs=1e-12)
            assert rate["high"] == pytest.approx(1 - opposite["low"], abs=1e-12)
    assert sum(row["inconsistent"] for row in one["win_rates"]) > 0
    for row, other in zip(one["judge"], two["judge"], strict=True):
        for name in ("first_shown", "consistency", "longer_wins"):
            ours, theirs = dict(row[name]), dict(other[name])
            assert ours.pop("flags") == theirs.pop("flags")
            assert ours == pytest.approx(theirs, abs=1e-12)
        assert row["first_shown"]["value"] > 0.5
