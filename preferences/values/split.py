"""The compositional split: training strata, and held-out combinations of their attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.outputs import check_begins, check_kind, check_outputs
from judge.core.files.rows import file_sha256
from judge.core.files.run_directory import replacing, write_json
from judge.core.records import GroundTruth
from judge.preferences.values.strata import Strata
from judge.preferences.values.values_file import is_values_row, read_values

SIDES = ("train", "ood")
ABOUT = "split.json"


@dataclass(frozen=True)
class Split:
    """Rows and subgroups per side, and the number of rows of strata on neither side."""

    rows: dict[str, int]
    subgroups: dict[str, dict[str, int]]
    left_out: int


def side_of(row: GroundTruth, strata: Strata, path: Path) -> str:
    """The side of a row's stratum: ``train``, ``ood`` or ``none``.

    Raises:
        InputError: the strata do not define it.
    """
    stratum = strata.by_name.get(row.subgroup.stratum)
    if stratum is None:
        raise InputError(
            f"the stratum {row.subgroup.stratum!r} is not in {strata.path.name}",
            path=path,
            row=row.item_id,
            hint="give the file that defines it with --strata-file",
        )
    return stratum.split


def check_unseen(strata: Strata) -> None:
    """Check that no held-out stratum has the attributes of a training one.

    Raises:
        InputError: one has, so nothing would be held out.
    """
    trained = {
        frozenset(stratum.attributes): name for name, stratum in strata.by_name.items() if stratum.split == "train"
    }
    for name, stratum in strata.by_name.items():
        if stratum.split == "ood" and (same := trained.get(frozenset(stratum.attributes))):
            raise InputError(
                f"{name} is held out, but the training stratum {same} has the same attributes",
                path=strata.path,
                hint="hold out combinations that no training stratum has",
            )


def rows_of(path: Path, strata: Strata, side: str) -> Iterator[GroundTruth]:
    """The rows on one side; ``all``: every row."""
    for row in read_values(path):
        if side == "all" or side_of(row, strata, path) == side:
            yield row


def split(path: Path, strata: Strata, folder: Path) -> Split:
    """Write train.jsonl and ood.jsonl, in the order of the rows and with their side, and split.json with the rule.

    Args:
        path: the values file.
        strata: definitions of its strata.
        folder: where to write.

    Raises:
        InputError: a stratum is not defined; a side has no rows; a held-out stratum has the attributes of a training
            one. No file is written.
        UsageError: a file to be written is an input, such as a train.jsonl that is split into its own folder; or is
            there, and of another kind.
    """
    check_unseen(strata)
    sides = [folder / name for name in ("train.jsonl", "ood.jsonl")]
    check_outputs([*sides, folder / ABOUT], [path, strata.path])
    for each in sides:
        check_kind(each, is_values_row)
    check_begins(folder / ABOUT, '{\n  "rule":')
    sha256 = file_sha256(path)
    rows: Counter[str] = Counter()
    groups: dict[str, dict[str, dict[str, int]]] = {side: {} for side in SIDES}
    with ExitStack() as stack:
        files = {side: stack.enter_context(replacing(folder / f"{side}.jsonl")) for side in SIDES}
        for row in read_values(path):
            side = side_of(row, strata, path)
            rows[side] += 1
            if side in files:
                files[side].write(row.model_copy(update={"split": side}).model_dump_json() + "\n")
                groups[side].setdefault(row.subgroup.stratum, {})[row.subgroup.id] = row.subgroup.n
        if empty := [side for side in SIDES if not rows[side]]:
            raise InputError(f"no row is on the side {empty[0]}", path=path, hint="build strata of both sides")
    write_json(folder / ABOUT, _about(path, sha256, strata, folder, rows, groups))
    return Split(
        rows={side: rows[side] for side in SIDES},
        subgroups={side: {name: len(found) for name, found in groups[side].items()} for side in SIDES},
        left_out=rows["none"],
    )


def _about(
    path: Path,
    sha256: str,
    strata: Strata,
    folder: Path,
    rows: Counter[str],
    groups: dict[str, dict[str, dict[str, int]]],
) -> dict[str, Any]:
    """The content of split.json."""
    return {
        "rule": "compositional: whole strata are held out; no training stratum has the same attributes",
        "values": {"file": path.name, "sha256": sha256},
        "strata": {"file": strata.path.name, "sha256": strata.sha256},
        "left_out_rows": rows["none"],
        **{
            side: {
                "file": f"{side}.jsonl",
                "sha256": file_sha256(folder / f"{side}.jsonl"),
                "rows": rows[side],
                "subgroups": groups[side],
            }
            for side in SIDES
        },
    }
