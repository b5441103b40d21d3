"""The files of responses can be read again, whatever the model wrote."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge.core.files.rows import csv_rows, json_rows
from judge.core.records import Response
from judge.generation.output import write

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(texts=st.lists(TEXT, min_size=1, max_size=5), samples=st.integers(1, 2))
def test_any_text_survives_both_formats(tmp_path: Path, texts: list[str], samples: int) -> None:
    rows = [Response(item_id=f"Q{number}_sex_Male", text=text) for number, text in enumerate(texts)]
    told: list[str] = []
    for name in ("m.jsonl", "m.csv"):
        write(tmp_path / name, rows, samples=samples, before=told.append)
    assert [row["text"] for _, row in json_rows(tmp_path / "m.jsonl")] == texts
    read = [str(row["response"]) for _, row in csv_rows(tmp_path / "m.csv")]
    # The reader of CSV takes all ends of lines for one.
    assert [text.replace("\r", "").split() for text in read] == [text.replace("\r", "").split() for text in texts]
    assert len(set(told)) == 2
