"""A fuzzer of the parser of replies and the readers of the journal and the log. Needs `pip install atheris`.

mkdir -p build/corpus
python -m tests.attack.coverage_fuzzer build/corpus -max_total_time=600 -max_len=4000
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # not among the requirements: it has no wheels for some systems

FOLLOWED = ["judge.core.files.journal", "judge.core.files.request_log", "judge.judging.reply_parser"]

with atheris.instrument_imports(include=FOLLOWED):
    from judge.core.files.journal import Damage, read_journal
    from judge.core.files.request_log import read_requests
    from judge.core.records import Judgment
    from judge.judging.reply_parser.parser import ReplyParser
    from judge.prompts import load_prompt

PARSER = ReplyParser(load_prompt("persona-value"))
FILE = Path(tempfile.mkdtemp(prefix="fuzz-")) / "x.jsonl"


def one(data: bytes) -> None:
    """Read one input; its first byte says as what."""
    kind, content = data[:1], data[1:]
    if kind < b"\x55":
        parsed = PARSER.parse(content.decode("utf-8", "replace"), "k3v9x0qd", ("I like it.",))
        assert bool(parsed.winners) == (parsed.error is None)
        return
    FILE.write_bytes(content)
    damage: list[Damage] = []
    if kind < b"\xaa":
        list(read_journal(FILE, Judgment, damage))
    else:
        read_requests(FILE)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
