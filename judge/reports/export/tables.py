"""Write rows as CSV, as Parquet, as an Excel workbook, or as a folder that `datasets` loads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from judge.core.files.formats.packages import need
from judge.core.files.run_directory import replacing, replacing_bytes
from judge.core.screen.tables import write_csv
from judge.reports.export.rows import NUMBERS, WHOLE, ExportedRows

Rows = Iterable[Mapping[str, object]]  # each can be read several times
_GROUP = 5_000  # rows of a Parquet file that are written together
_LONGEST = 32_767  # characters of a cell, the most that Excel reads
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML, which a workbook is made of, has no such characters
_CARD = """---
configs:
- config_name: verdicts
  default: true
  data_files: verdicts.parquet
---

# {name}

Verdicts of an LLM judge on pairs of responses: one row for each comparison and criterion. `score` is the candidate's:
1 win, 0 loss, .5 tie; null where the verdict is missing.

```python
from datasets import load_dataset

verdicts = load_dataset("PATH OF THIS FOLDER", split="train")
```
"""


def columns_of(rows: Rows) -> tuple[str, ...]:
    """All columns of the rows, in the order in which they first occur."""
    if isinstance(rows, ExportedRows):
        return rows.columns
    found: dict[str, None] = {}
    for row in rows:
        if row.keys() - found.keys():
            found.update(dict.fromkeys(row))
    return tuple(found)


def to_csv(rows: Rows, path: Path) -> None:
    """Write rows as CSV; text that a spreadsheet would evaluate is escaped."""
    write_csv(path, rows, columns_of(rows))


def to_parquet(rows: Rows, path: Path) -> None:
    """Write rows as Parquet, some thousands at a time: scores as doubles, counts as integers, all else as text.

    Raises:
        InputError: pyarrow is not installed.
    """
    parquet = need("pyarrow.parquet", path, "a Parquet file", "give --format csv")
    pa = need("pyarrow", path, "a Parquet file", "give --format csv")
    kinds = {**dict.fromkeys(NUMBERS, pa.float64()), **dict.fromkeys(WHOLE, pa.int64())}
    of_judges = {name: pa.float64() for name in columns_of(rows) if name.startswith("score_")}
    kinds = of_judges | kinds
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns_of(rows)])
    with replacing_bytes(path) as file, parquet.ParquetWriter(file, schema) as writer:
        left = iter(rows)
        while group := list(islice(left, _GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def to_dataset(rows: Rows, folder: Path, name: str) -> None:
    """Write a folder with a Parquet file and a dataset card, as the Hugging Face Hub and ``load_dataset`` read it.

    Raises:
        InputError: pyarrow is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    to_parquet(rows, folder / "verdicts.parquet")
    with replacing(folder / "README.md") as file:
        file.write(_CARD.format(name=name.replace("\n", " ")))


def to_workbook(sheets: Mapping[str, Rows], path: Path) -> int:
    """Write an Excel workbook with one sheet for each list of rows. No cell is a formula.

    Returns:
        The number of texts that were cut at Excel's limit of 32,767 characters.

    Raises:
        InputError: openpyxl is not installed.
    """
    openpyxl = need("openpyxl", path, "an Excel workbook", "give --format csv")
    cell = need("openpyxl.cell", path, "an Excel workbook", "give --format csv").WriteOnlyCell
    book = openpyxl.Workbook(write_only=True)
    cut = 0
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        columns = columns_of(rows)
        sheet.append(columns)
        for row in rows:
            values: list[Any] = []
            for name in columns:
                value = row.get(name)
                if isinstance(value, str):
                    cut += len(value) > _LONGEST
                    text = cell(sheet, value=_CONTROL.sub(" ", value)[:_LONGEST])
                    text.data_type = "s"  # text that begins with = is no formula
                    value = text
                values.append(value)
            sheet.append(values)
    with replacing_bytes(path) as file:
        book.save(file)
    return cut
