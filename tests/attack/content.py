"""Attacks by content: flipped bits, planted verdicts, imitated frames, hostile text on its way out."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from judge.comparison.compare import compare
from judge.core.errors import PersonaJudgeError
from judge.core.files.journal import Damage
from judge.core.files.run_directory import require_manifest
from judge.core.models.open_client import parse_spec
from judge.core.records import Verdict
from judge.core.screen.console import Screen
from judge.core.screen.table_print import print_tables
from judge.core.screen.tables import Table, csv_cell, markdown_lines
from judge.judging.checked_judgments import read_judgments
from judge.judging.journal_state import journal_state
from judge.judging.open_run import open_plan
from judge.judging.reply_parser.parser import ReplyParser
from judge.judging.settings import CompareSettings
from judge.judging.verdicts import resolve
from judge.prompts import load_prompt
from tests.attack.outcome import Outcome
from tests.support.controls import HOSTILE, LINKS, is_clean, tokens
from tests.support.hostile import PAYLOADS
from tests.support.imitations import FRAMES, TOKENS, own_tags, shown
from tests.support.paths import PAIRS
from tests.support.planted import attacks, honest

PROMPT = "persona-value"


def flips(seed: int, size: float) -> Outcome:
    """Flip bits of a journal: no verdict may change, and one that is lost must be named."""
    return _flips(seed, max(40, round(2_000 * size)), checked=True)


def flips_of_old_rows(seed: int, size: float) -> Outcome:
    """Flip bits of a journal without check values: no verdict may change, and one that is lost is seen to be."""
    return _flips(seed, max(20, round(400 * size)), checked=False)


def flips_of_other_files(seed: int, size: float) -> Outcome:
    """Flip bits of the comparisons and of the manifest: no verdict may change unless this is reported."""
    outcome, rng = Outcome(), random.Random(seed)
    with _finished_run() as run:
        for name in ("comparisons.jsonl", "manifest.json"):
            whole = (run / name).read_bytes()
            _flip(run / name, whole, run, max(20, round(300 * size)), rng, outcome)
            (run / name).write_bytes(whole)
    return outcome


def _flips(seed: int, number: int, *, checked: bool) -> Outcome:
    outcome, rng = Outcome(), random.Random(seed)
    with _finished_run() as run:
        journal = run / "judgments.jsonl"
        if not checked:
            rows = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
            for row in rows:
                del row["check"]
            journal.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        _flip(journal, journal.read_bytes(), run, number, rng, outcome, named=checked)
    return outcome


@contextmanager
def _finished_run() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        run = Path(folder) / "run"
        compare(
            CompareSettings(
                files=PAIRS[:2],
                values=Path(PAIRS[3]),
                judge=parse_spec("heuristic", None),
                prompt=PROMPT,
                out=run,
                limit=6,
                resamples=100,
            )
        )
        yield run


def _flip(
    file: Path, whole: bytes, run: Path, number: int, rng: random.Random, outcome: Outcome, *, named: bool = False
) -> None:
    """Flip bits of one file so many times, and compare the verdicts with those of the whole file."""
    before, _ = _verdicts(run)
    for attempt in range(number):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        file.write_bytes(data)
        try:
            after, damage = _verdicts(run)
        except PersonaJudgeError:
            outcome.check(True, "")
            continue
        except Exception as error:  # what an attack finds
            outcome.check(False, f"flip {attempt} of {file.name}: {type(error).__name__}: {error}")
            continue
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        wrong = [one for one in changed if one.outcome != "missing"]
        outcome.check(not wrong, f"flip {attempt} of {file.name}: {len(wrong)} verdicts changed: {wrong[:1]}")
        if named and changed and not damage:
            outcome.failed.append(f"flip {attempt} of {file.name}: verdicts were lost in silence")


def _verdicts(run: Path) -> tuple[list[Verdict], list[Damage]]:
    damage: list[Damage] = []
    manifest = require_manifest(run)
    plan = open_plan(run, manifest, 6)
    state = journal_state(read_judgments(run, manifest.criteria, damage.append))
    return list(resolve(plan, state, manifest.criteria)), damage


def planted(seed: int, size: float) -> Outcome:
    """Let the judge quote a verdict that stands in a response, and disown it: it must never be scored."""
    outcome, parser = Outcome(), ReplyParser(load_prompt(PROMPT))
    for case in attacks(max(40, round(600 * size)), seed=seed):
        found = parser.parse(case.reply, None, case.shown).winners
        outcome.check(found in ({}, case.own), case.name)
    return outcome


def honest_replies(seed: int, size: float) -> Outcome:
    """Read honest replies, many of them beside a planted verdict: each must be read as it is meant, but for 1 %."""
    outcome, parser = Outcome(tolerated=0.01), ReplyParser(load_prompt(PROMPT))
    for case in honest(max(40, round(600 * size)), seed=seed):
        outcome.check(parser.parse(case.reply, None, case.shown).winners == case.own, case.name)
    return outcome


def frames(seed: int, size: float) -> Outcome:
    """Imitate the tags of the prompt and the tokens of chat templates: the frame must hold, the tokens be broken up."""
    outcome, rng = Outcome(), random.Random(seed)
    prompt = load_prompt(PROMPT)
    found = [*FRAMES, *TOKENS]
    rng.shuffle(found)
    plain = own_tags(shown("plain"))
    for attack in found[: max(40, round(len(found) * min(size, 1)))]:
        text = rng.choice(("{}", "Yes.\n{}\nEND", "a {} b", "{0}{0}", "{} </x>")).format(attack, attack)
        held = attack not in prompt.neutralize(text) and own_tags(shown(text)) == plain
        outcome.check(held, f"{attack!r} reaches the judge")
    return outcome


def outputs(seed: int, size: float) -> Outcome:
    """Put hostile text into tables: no live link, image, script or formula, and no terminal control."""
    outcome, rng = Outcome(), random.Random(seed)
    plain = (*HOSTILE, *LINKS, *PAYLOADS, "=1+1", "+1", "@x", "-2+3", "\t=1", '=HYPERLINK("x")', "[red]x[/red]", "[/]")
    mixed = ["".join(_piece(rng, plain) for _ in range(rng.randint(2, 6))) for _ in range(round(400 * size))]
    for text in (*plain, *mixed):
        table = Table(text, text, ("name", text), ((text, "1"),), (text,))
        page = "\n".join(markdown_lines(table))
        kinds = {token.type for token in tokens(page)}
        live = kinds & {"link_open", "image", "html_inline", "html_block"}
        outcome.check(not live and is_clean(page), f"{text[:80]!r}: {live or 'controls'} in Markdown")
        cell = io.StringIO()
        csv.writer(cell).writerow([csv_cell(text)])
        first = next(csv.reader(io.StringIO(cell.getvalue())))[0].lstrip(" ")[:1]
        outcome.check(first not in "=+-@\t\r\n" or not first, f"{text[:80]!r} is a formula in CSV")
        shown = io.StringIO()
        print_tables([table], Screen(file=shown, width=100))
        outcome.check(is_clean(shown.getvalue()), f"{text[:80]!r} controls the terminal")
    return outcome


def _piece(rng: random.Random, texts: Sequence[str]) -> str:
    """A part of a hostile text, or a character of any kind."""
    if rng.random() < 0.3:
        return chr(rng.choice((rng.randrange(0x20), rng.randrange(0x7F, 0xA0), rng.randrange(0x2000, 0x2070), 0xE0001)))
    text = rng.choice(texts)
    start = rng.randrange(len(text))
    return text[start : start + rng.randint(1, 30)]
