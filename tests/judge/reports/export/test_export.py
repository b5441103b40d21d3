"""What `judge export` writes reads back as the run's own rows."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.core.files.formats.table import open_table
from judge.core.records import Verdict
from judge.judging.stored_verdicts import read_verdicts
from judge.reports.export.latex import latex_text
from judge.reports.export.tables import to_csv, to_parquet, to_workbook
from judge.reports.export.write import export
from tests.support.paths import ROOT

RUN = ROOT / "results" / "demo-sample"
VERDICTS = list(read_verdicts(RUN))


def of(verdicts: list[Verdict], criterion: str) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.criterion == criterion]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "hf"])
def test_verdicts_with_their_texts(tmp_path: Path, kind: str) -> None:
    if kind != "csv":
        pytest.importorskip("openpyxl" if kind == "xlsx" else "pyarrow")
    done = export(RUN, kind, tmp_path / "out.xlsx")  # type: ignore[arg-type]
    assert done.rows == len(VERDICTS)
    if kind == "xlsx":
        import openpyxl

        sheet = openpyxl.load_workbook(done.path)["verdicts"]
        head, *lines = sheet.iter_rows(values_only=True)
        rows = [dict(zip(head, line, strict=True)) for line in lines]
    elif kind == "csv":
        with done.path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        rows = [row for _, row in open_table(done.path / "verdicts.parquet" if kind == "hf" else done.path).rows]
    assert {
        (row["comparison_id"], row["criterion"]): (
            row["outcome"],
            float(str(row["score"])) if row["score"] != "" else None,
        )
        for row in rows
    } == {(each.comparison_id, each.criterion): (each.outcome, each.score) for each in VERDICTS}
    texts = {}
    for line in (RUN / "comparisons.jsonl").read_text(encoding="utf-8").splitlines():
        comparison = json.loads(line)
        texts[comparison["id"]] = comparison["candidate_text"]
    assert {row["comparison_id"]: row["candidate_text"] for row in rows} == texts


def test_preferences_are_wins_and_losses(tmp_path: Path) -> None:
    done = export(RUN, "dpo", tmp_path / "pairs.jsonl")
    verdicts = of(VERDICTS, "overall")
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    assert done.rows == outcomes["win"] + outcomes["loss"] > 0
    assert done.left_out == {name: count for name, count in outcomes.items() if name not in ("win", "loss")}
    pairs = {row["comparison_id"]: row for _, row in open_table(done.path).rows}
    for verdict in verdicts:
        if verdict.outcome in ("win", "loss"):
            better, worse = (verdict.candidate, verdict.reference)[:: 1 if verdict.outcome == "win" else -1]
            pair = pairs[verdict.comparison_id]
            assert (pair["chosen_by"], pair["rejected_by"]) == (better, worse)
            assert pair["chosen"] != pair["rejected"]
            assert str(pair["prompt"]).count("\n\n") == 1  # persona, question
    with pytest.raises(UsageError, match="no criterion 'style'"):
        export(RUN, "dpo", tmp_path / "other.jsonl", criterion="style")
    with pytest.raises(UsageError, match="is there already"):
        export(RUN, "dpo", tmp_path / "pairs.jsonl")


def test_latex_has_the_numbers_of_the_summary(tmp_path: Path) -> None:
    done = export(RUN, "latex", tmp_path / "table.tex")
    text = done.path.read_text(encoding="utf-8")
    summary = json.loads((RUN / "summary.json").read_text(encoding="utf-8"))
    whole = [row for row in summary["win_rates"] if row["dimension"] == "all"]
    assert done.rows == len(whole)
    found = re.findall(
        r"^    (\w+) & (\w+) & (\.\d+) \[(\.\d+), (\.\d+)\] & (\d+) & (\d+) & (\d+) & (\d+) & (\d+)", text, re.M
    )
    assert [(line[0], line[1], float(line[2]), *map(int, line[5:])) for line in found] == [
        (
            row["candidate"],
            row["criterion"],
            round(row["win_rate"]["value"], 3),
            *(row[name] for name in ("win", "tie", "loss", "inconsistent")),
            row["win_rate"]["n"],
        )
        for row in whole
    ]
    assert text.count("\\midrule") == 1
    by = export(RUN, "latex", tmp_path / "by.tex", by="category")
    assert by.rows == sum(row["dimension"] == "category" for row in summary["win_rates"])
    with pytest.raises(UsageError, match="no slices by 'colour'"):
        export(RUN, "latex", tmp_path / "x.tex", by="colour")


def test_text_stays_text(tmp_path: Path) -> None:
    assert latex_text("50% of a_b & {c} \\ #1 ~ ^") == (
        r"50\% of a\_b \& \{c\} \textbackslash{} \#1 \textasciitilde{} \textasciicircum{}"
    )
    rows = [{"text": "=1+1", "score": None}, {"text": "a\x00b" + "x" * 40_000, "score": 0.5}]
    openpyxl = pytest.importorskip("openpyxl")
    assert to_workbook({"rows": rows}, tmp_path / "a.xlsx") == 1
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["rows"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value) == ("=1+1", "s", None)
    assert (len(sheet["A3"].value), sheet["A3"].value[:3], sheet["B3"].value) == (32_767, "a b", 0.5)
    to_csv(rows[:1], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines() == ["text,score", "'=1+1,"]
    parquet = pytest.importorskip("pyarrow.parquet")
    to_parquet(rows, tmp_path / "a.parquet")
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist() == rows
