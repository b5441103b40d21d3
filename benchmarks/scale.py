"""What a run of many judgments takes: disk, memory and time of each command, and how they grow with the number.

    python -m benchmarks.scale                       # 100,000 and 1,000,000 judgments (about 8 GB in the folder)
    python -m benchmarks.scale --judgments 20000 100000 --folder /scratch
    python -m benchmarks.scale --files               # also the calls as a file, and their results read back
    python -m benchmarks.scale --judgments 20000 --enlarge 5 50   # 20,000 by commands, then 5 and 50 times as many

Two contestants, 200 questions, 50 subgroups, as many samples as it takes; both orders; responses of 650 characters, and
replies of the judge of about 1.1 kB with two analyses, of the length of ``judge.judging.calls``'s estimate. The replies
are made up here and go through the program's own parser into its own journal, each with its check value; 2 of 100
judgments failed. Everything else is a command as a user gives it. ``--enlarge`` is for a busy machine: it copies the
first run so many times, each under other sample indices, so that all that reads a finished run can be measured on a
large one without the hours that pairing and the journal take. ``growth`` compares two sizes: 1.00 is linear growth,
and memory that is bounded stays far below 1.

A line has the wall time, the CPU time, and the peak memory of the largest process and of all processes together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import orjson

from benchmarks.data import WORDS
from benchmarks.processes import Taken, taken

QUESTIONS = 200
SUBGROUPS = 50
JUDGE = ("--judge", "openai:made-up", "--base-url", "http://127.0.0.1:9/v1")
ANNOTATED = 100  # one comparison of so many has human labels
FAILED = 50  # one judgment of so many is a failure
_SEXES, _AGES = ("Female", "Male"), ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")


def text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def write_inputs(folder: Path, judgments: int) -> list[Path]:
    """Write base.jsonl and ft.jsonl, whose comparisons in both orders are so many judgments."""
    paths = [folder / "base.jsonl", folder / "ft.jsonl"]
    for path in paths:
        rng = random.Random(path.stem)
        with path.open("w", encoding="utf-8") as file:
            for number in range(judgments // 2):
                place, sample = number % (QUESTIONS * SUBGROUPS), number // (QUESTIONS * SUBGROUPS)
                question, group = place % QUESTIONS, place // QUESTIONS
                sex, age = _SEXES[group % 2], _AGES[group // 2 % 6]
                row = {
                    "item_id": f"Q{question}_group_{group}",
                    "sample": sample,
                    "model": path.stem,
                    "text": text(rng, 105),
                    "persona": f"a {sex.lower()} person of {age} years, of group {group}, living in Singapore",
                    "question": f"What do you make of matter {question}, and why?",
                    "ground_truth": 'The most frequent answer of this group is "Agree": answer 2 on a scale from 1, '
                    '"Agree strongly", to 4, "Disagree strongly".',
                    "question_id": f"Q{question}",
                    "category": f"Category {question % 12}",
                    "stratum": f"stratum_{group % 7}",
                    "subgroup": f"group_{group}",
                    "attributes": {"sex": sex, "age_group": age, "group": str(group)},
                }
                file.write(json.dumps(row) + "\n")
    return paths


def replies() -> Iterator[str]:
    """Replies of the judge, of about 1.1 kB each."""
    rng = random.Random(0)
    texts = [text(rng, 85) for _ in range(1_000)]
    while True:
        winners = [rng.choices("AB", (1, 1))[0] if rng.random() < 0.85 else "tie" for _ in range(3)]
        yield json.dumps(
            {
                "persona_analysis": rng.choice(texts),
                "value_analysis": rng.choice(texts),
                **{
                    f"{name}_winner": winner
                    for name, winner in zip(("persona", "value", "overall"), winners, strict=True)
                },
            }
        )


def write_journal(run: Path) -> None:
    """Give each call of a run a made-up reply or failure, through the parser and the journal that a live call takes."""
    from datetime import UTC, datetime

    from judge.call_files.runs import opened_run
    from judge.core.calls.reply_reading import reading_of, written
    from judge.core.calls.task import Outcome
    from judge.core.files.journal import Journal
    from judge.core.models.types import ChatError, ChatReply, ErrorKind
    from judge.core.records import Usage

    made = replies()
    error = ChatError(ErrorKind.SERVER, "the server is overloaded")
    with opened_run(run) as found, Journal(found.store.journal) as journal:
        task = found.task
        for number, call in enumerate(task.calls()):
            reply = ChatReply(next(made), "made-up-1", "stop", usage=Usage(input=1100, output=260))
            given = error if number % FAILED == FAILED - 1 else reply
            outcome = Outcome(
                reading=reading_of(task, call, given),
                sent=task.request(call, "json_schema", None),
                reply=None if given is error else reply,
                attempt=0,
                requests=1,
                seconds=1.5,
                cost=None,
                time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            )
            written(task, journal, call, outcome)


def write_labels(run: Path, out: Path) -> int:
    """Write made-up labels of three annotators for one comparison of a hundred."""
    rng = random.Random(1)
    labelled = 0
    with (run / "comparisons.jsonl").open("rb") as file, out.open("w", encoding="utf-8") as labels:
        for number, line in enumerate(file):
            if number % ANNOTATED:
                continue
            labelled += 1
            for annotator in ("ann", "ben", "cleo"):
                order = rng.choice(("reference_first", "candidate_first"))
                choices = {name: rng.choice(("A", "B", "tie")) for name in ("persona", "value", "overall")}
                row = {"comparison_id": json.loads(line)["id"], "annotator": annotator, "order": order}
                labels.write(json.dumps(row | {"choices": choices}) + "\n")
    return labelled


def enlarge(run: Path, out: Path, times: int) -> None:
    """Write a run with the comparisons and judgments of another one so many times, under other sample indices."""
    out.mkdir()
    shutil.copy(run / "prompt.yaml", out)
    samples = 1 + max(json.loads(line)["sample"] for line in (run / "comparisons.jsonl").open("rb"))
    digest = hashlib.sha256()
    with (out / "comparisons.jsonl").open("wb") as file:
        for copy in range(times):
            for line in (run / "comparisons.jsonl").open("rb"):
                row = orjson.loads(line)
                row["sample"] += copy * samples
                row["id"] = _renamed(row["id"], copy * samples)
                content = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
                digest.update(content)
                file.write(content)
    with (out / "judgments.jsonl").open("wb") as file:
        for copy in range(times):
            for line in (run / "judgments.jsonl").open("rb"):
                row = orjson.loads(line)
                del row["check"]
                row["comparison_id"] = _renamed(row["comparison_id"], copy * samples)
                content = orjson.dumps(row)
                file.write(content[:-1] + f',"check":"{zlib.crc32(content):08x}"}}\n'.encode())
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest = {**manifest, "comparisons_sha256": digest.hexdigest(), "results": None}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _renamed(comparison: str, further: int) -> str:
    item, sample, names = comparison.split("|", 2)
    return f"{item}|{int(sample) + further}|{names}"


def write_results(calls: Path, out: Path) -> None:
    """Answer a file of calls as a batch service or `vllm run-batch` does."""
    made = replies()
    with calls.open("rb") as file, out.open("w", encoding="utf-8") as results:
        for line in file:
            body = {
                "object": "chat.completion",
                "model": "made-up-1",
                "choices": [
                    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": next(made)}}
                ],
                "usage": {"prompt_tokens": 1100, "completion_tokens": 260, "total_tokens": 1360},
            }
            row = {"custom_id": json.loads(line)["custom_id"], "response": {"status_code": 200, "body": body}}
            results.write(json.dumps(row | {"error": None}) + "\n")


def judge(*arguments: object) -> Taken:
    command = [sys.executable, "-c", "from judge.cli.app import main; main()", *map(str, arguments)]
    return taken(command, os.environ | {"OPENAI_API_KEY": "none"})


class Steps:
    """Prints what each step takes, and keeps it by name."""

    def __init__(self) -> None:
        self.taken: dict[str, Taken] = {}

    def add(self, name: str, took: Taken, expected: tuple[int, ...] = (0,)) -> None:
        self.taken[name] = replace(took, code=0 if took.code in expected else took.code)
        print(f"  {name:46} {self.taken[name]}", flush=True)


def measure(folder: Path, judgments: int, *, files: bool) -> Steps:
    """Make a run of so many judgments in a folder, and print what each step takes."""
    base, ft = write_inputs(folder, judgments)
    run = folder / "run"
    same = ("compare", base, ft, *JUDGE, "--yes", "--out", run)
    steps = Steps()
    print(f"{judgments:,} judgments ({judgments // 2:,} comparisons; inputs {_mb(base)} and {_mb(ft)})", flush=True)
    steps.add("pairing: judge compare --no-calls", judge(*same, "--no-calls"))
    if files:
        calls, results, twin = folder / "calls.jsonl", folder / "results.jsonl", folder / "twin"
        shutil.copytree(run, twin)
        steps.add("judge calls export", judge("calls", "export", twin, "--out", calls))
        write_results(calls, results)
        print(f"    a file of calls of {_mb(calls)}, one of results of {_mb(results)}", flush=True)
        steps.add("judge calls import", judge("calls", "import", twin, results))
        shutil.rmtree(twin)
        calls.unlink()
        results.unlink()
    child = [sys.executable, "-m", "benchmarks.scale", "--journal", str(run)]
    steps.add("journal: render, parse and write each judgment", taken(child))
    steps.add("resume: judge compare, no call left to make", judge(*same, "--no-retry-failed"), (0, 1, 3))
    finished(folder, run, steps)
    return steps


def finished(folder: Path, run: Path, steps: Steps) -> None:
    """Print what the commands take that read a finished run."""
    labels = folder / "annotations.jsonl"
    steps.add("summary anew: judge show --write", judge("show", run, "--write"))
    steps.add("judge show", judge("show", run))
    steps.add("judge show --reparse", judge("show", run, "--reparse"))
    print(f"    {write_labels(run, labels):,} comparisons with labels of three annotators", flush=True)
    steps.add("judge agreement", judge("agreement", labels, "--judge", run))
    steps.add("judge correct", judge("correct", run, labels, "--unweighted"))
    steps.add("judge analyze", judge("analyze", run))
    steps.add("judge report", judge("report", run, "--out", folder / "report.html"))
    steps.add(
        "judge export --format parquet", judge("export", run, "--format", "parquet", "--out", folder / "v.parquet")
    )
    names = ("comparisons.jsonl", "judgments.jsonl", "verdicts.jsonl", "summary.json")
    shown = ", ".join(f"{name} {_mb(run / name)}" for name in names)
    print(f"    on disk: {shown}; page {_mb(folder / 'report.html')}, Parquet {_mb(folder / 'v.parquet')}", flush=True)


def _mb(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB" if path.exists() else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgments", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--enlarge", type=int, nargs="+", default=[], help="also so many times each of these")
    parser.add_argument("--folder", type=Path, help="where the runs are made [default: the system's temporary folder]")
    parser.add_argument("--files", action="store_true", help="also write the calls to a file, and read results back")
    parser.add_argument("--journal", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.journal is not None:
        write_journal(given.journal)
        return
    sizes: list[tuple[int, Steps]] = []
    for judgments in given.judgments:
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            folder = Path(name)
            sizes.append((judgments, measure(folder, judgments, files=given.files)))
            for times in given.enlarge:
                print(f"{times * judgments:,} judgments, the same {judgments:,} repeated", flush=True)
                (folder / str(times)).mkdir()
                enlarge(folder / "run", folder / str(times) / "run", times)
                sizes.append((times * judgments, Steps()))
                finished(folder / str(times), folder / str(times) / "run", sizes[-1][1])
                shutil.rmtree(folder / str(times))
    for (small, before), (large, after) in pairwise(sizes):
        print(f"growth from {small:,} to {large:,} judgments, each divided by {large / small:g}")
        ratio = large / small
        for step, other in after.taken.items():
            if one := before.taken.get(step):
                memory = (other.together or other.largest) / (one.together or one.largest) / ratio
                print(f"  {step:46} CPU {other.cpu / one.cpu / ratio:5.2f}  memory {memory:5.2f}")


if __name__ == "__main__":
    main()
