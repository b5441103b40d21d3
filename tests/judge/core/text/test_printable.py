"""Nothing that comes from elsewhere controls a terminal, the order of what is read, or a link in Markdown."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.models.types import ChatError, ErrorKind
from judge.core.screen.console import Screen
from judge.core.screen.table_print import print_table
from judge.core.screen.tables import Table, markdown_cell, markdown_lines
from judge.core.text.printable import one_line, printable
from tests.support.command import Command
from tests.support.controls import HOSTILE, LINKS, is_clean, tokens
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS
from tests.support.rows import inputs, read_rows


@given(st.text())
def test_any_text_is_shown_and_shown_once(text: str) -> None:
    shown = printable(text)
    assert is_clean(shown)
    assert printable(shown) == shown
    assert "\n" not in one_line(text)


def test_what_needs_no_escape_is_as_it_was() -> None:
    for text in ("plain", "ü 漢字 हिन्दी", "a\tb\nc", "\u0646\u200c\u062e", "👩\u200d🔬"):
        assert printable(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_console_shows_controls_and_keeps_its_own_styles(text: str) -> None:
    out = io.StringIO()
    screen = Screen(file=out, force_terminal=True, width=100, color_system="standard")
    screen.print(text, markup=False)
    screen.print(f"[yellow]Warning:[/yellow] {text}")
    print_table(Table(text, text, ("name", text), ((text, "1"),), (text,)), screen)
    shown = out.getvalue()
    assert "\x1b[33mWarning:" in shown
    assert "\x1b[31m" not in shown
    assert is_clean(re.sub(r"\x1b\[[\d;]*m", "", shown))


@pytest.mark.parametrize("text", [*HOSTILE, *LINKS, *(f"{one} {other}" for one in LINKS for other in LINKS[:6])])
def test_no_link_or_image_of_data_is_live_in_markdown(text: str) -> None:
    table = Table(text, text, ("name", text), ((text, "1"),), (text,))
    page = "\n".join([*markdown_lines(table), markdown_cell(text)])
    assert is_clean(page)
    found = tokens(page)
    assert not {token.type for token in found} & {"link_open", "image", "html_inline", "html_block"}
    # Viewers link bare addresses too, but none of them in code.
    bare = " ".join(token.content for token in found if token.type == "text")
    assert not any(mark in bare.lower() for mark in ("://", "www.", "mailto:", "javascript:", "@example"))


@given(st.text(alphabet="[]()!<>`*_\\|&#;:/ahtps.w@x\n", max_size=60))
def test_no_text_makes_a_link(text: str) -> None:
    assert not {token.type for token in tokens(markdown_cell(text))} & {"link_open", "image", "html_inline"}


def test_markdown_shows_intervals_as_they_are() -> None:
    assert markdown_cell(".5 [.4, .6]") == ".5 [.4, .6]"
    assert markdown_cell("at http://127.0.0.1:8000/v1, see there") == "at `http://127.0.0.1:8000/v1`, see there"


def test_a_servers_error_is_one_line_without_controls() -> None:
    error = ChatError(ErrorKind.SERVER, "bad\x1b[2J\n  what to do: rm -rf \u202e")
    assert error.message == "bad\\x1b[2J   what to do: rm -rf \\u202e"


def test_a_run_with_hostile_names_errors_and_ids_prints_no_control(judge: Command, tmp_path: Path) -> None:
    given = inputs(tmp_path)
    for path in (given.base, given.ft):
        rows = read_rows(Path(path))
        for number, row in enumerate(rows):
            row["item_id"] += HOSTILE[3] + "\x9b2J[x](https://example.com)"
            row["model"] = HOSTILE[number % len(HOSTILE)]
            row |= {"persona": "p", "question": f"question {number % 2}", "ground_truth": "g"}
            row |= {"question_id": str(number), "stratum": HOSTILE[3], "subgroup": f"{HOSTILE[1]} {number}"}
        Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def names(answer: dict[str, object]) -> None:
        answer["model"] = HOSTILE[0] + "[x](https://example.com)"

    refusal = (400, {"error": {"message": HOSTILE[0] + HOSTILE[1] + "\nWarning: forged"}})
    with Loopback(
        changes=names, refuses=lambda body: refusal if "question 1" in str(body["messages"]) else None
    ) as server:
        done = judge(
            "compare",
            given.base,
            given.ft,
            "--judge",
            "openai:m",
            "--base-url",
            server.url,
            "--out",
            "run",
        )
        failed = judge(
            "compare", *PAIRS[:2], "--judge", "openai:m\x1b[2J\u202e", "--base-url", server.url, "--out", "x"
        )
    assert done.returncode == 1, done.stderr
    for text in (done.stdout, done.stderr, failed.stdout, failed.stderr):
        assert is_clean(text), text
    shown = judge("show", "run")
    assert is_clean(shown.stdout + shown.stderr)
    page = (tmp_path / "run" / "summary.md").read_text(encoding="utf-8")
    assert is_clean(page)
    assert "](https" not in page
