"""Read Parquet and Arrow files, and folders that `datasets` saved, with pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.formats.packages import need

_OTHERWISE = "save the table as JSON Lines: frame.to_json('rows.jsonl', orient='records', lines=True)"
_STATE, _SPLITS = "state.json", "dataset_dict.json"


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number, row) of a Parquet file.

    Raises:
        InputError: The file is damaged; pyarrow is not installed.
    """
    parquet = need("pyarrow.parquet", path, "a Parquet file", _OTHERWISE)
    pa = need("pyarrow", path, "a Parquet file", _OTHERWISE)
    try:
        with parquet.ParquetFile(path) as file:
            yield from _numbered(file.iter_batches())
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None


def arrow_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number, row) of an Arrow file, in the file format (Feather) or as a stream (`datasets`).

    Raises:
        InputError: The file is damaged; pyarrow is not installed.
    """
    yield from _numbered(_batches(path))


def dataset_rows(folder: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number, row) of a folder that ``Dataset.save_to_disk`` or ``DatasetDict.save_to_disk`` wrote.

    Raises:
        InputError: A dictionary of datasets has several splits; a file is damaged; pyarrow is not installed.
    """
    yield from _numbered(batch for path in dataset_files(folder) for batch in _batches(path))


def dataset_files(folder: Path) -> list[Path]:
    """The Arrow files of a folder that `datasets` saved, in order.

    Raises:
        InputError: It has several splits, or what it says of its files cannot be read.
    """
    try:
        if (folder / _SPLITS).is_file():
            splits = json.loads((folder / _SPLITS).read_text(encoding="utf-8"))["splits"]
            if len(splits) != 1:
                raise InputError(
                    f"a DatasetDict with {len(splits)} splits ({', '.join(splits)})",
                    path=folder,
                    hint=f"name one: {folder / splits[0]}" if splits else "save a split",
                )
            return dataset_files(folder / splits[0])
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        return [folder / each["filename"] for each in state["_data_files"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"not a folder of datasets: {error!r}", path=folder, hint="save it again") from None


def _batches(path: Path) -> Iterator[Any]:
    pa = need("pyarrow", path, "an Arrow file", _OTHERWISE)
    try:
        with pa.memory_map(str(path)) as source:
            start = source.read(6)
            source.seek(0)
            if start == b"ARROW1":
                with pa.ipc.open_file(source) as file:
                    yield from (file.get_batch(number) for number in range(file.num_record_batches))
            else:
                with pa.ipc.open_stream(source) as stream:
                    yield from stream
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None


def _numbered(batches: Iterable[Any]) -> Iterator[tuple[int, dict[str, object]]]:
    number = 0
    for batch in batches:
        for row in batch.to_pylist():
            number += 1
            yield number, row


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"cannot be read: {error}", path=path, hint="write or copy the file again")
