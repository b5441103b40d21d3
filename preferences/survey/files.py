"""Opening survey files: CSV, SPSS and Stata, zipped or not."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.compression import LEAST_FOR_RATIO, UnpackBounds
from judge.preferences.survey.columns import Columns, Wanted

TEXT = (".csv", ".tsv", ".txt")
STAT = (".sav", ".dta")


def read_columns(
    path: Path, wanted: Wanted, *, encoding: str | None = None, bounds: UnpackBounds | None = None
) -> Columns:
    """Read the wanted columns of a survey file.

    Args:
        path: .csv, .tsv, .txt, .sav or .dta, or a .zip with exactly one of them.
        wanted: what to read.
        encoding: the file's encoding [CSV: UTF-8; SPSS and Stata: what the file says].
        bounds: what a zip may unpack to; None is the default.

    Raises:
        InputError: the file is absent, of another kind, damaged, in another encoding, called inverted, or
            a zip beyond its bounds.
    """
    if "inverted" in path.name.lower():
        raise InputError(
            "its name says that this is the inverted release, in which the codes of many questions are reversed",
            path=path,
            hint="download the release without `inverted` in its name; if the name is wrong, rename the file",
        )
    try:
        if path.suffix.lower() == ".zip":
            return _read_zip(path, wanted, encoding, bounds or UnpackBounds())
        if path.suffix.lower() in STAT:
            path.open("rb").close()  # an absent file has the same message as a CSV
            return _read_stat(path, path, wanted, encoding)
        if path.suffix.lower() in TEXT:
            with path.open("rb") as file:
                return _read_csv(file, path, wanted, encoding)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path, hint="check the path") from None
    raise InputError(
        f"{path.suffix or 'a file without an ending'} is not the format of a survey file",
        path=path,
        hint="give a .csv, .sav or .dta file, or a .zip with one of them",
    )


def _read_zip(path: Path, wanted: Wanted, encoding: str | None, bounds: UnpackBounds) -> Columns:
    """Read the only survey file in a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [
                entry
                for entry in archive.infolist()
                if Path(entry.filename).suffix.lower() in (*TEXT[:2], *STAT) and "__MACOSX" not in entry.filename
            ]
            if len(inside) != 1:
                names = ", ".join(entry.filename for entry in inside) or "none"
                raise InputError(
                    f"{len(inside)} survey files inside ({names}), not one",
                    path=path,
                    hint="unpack it, and give one of its files",
                )
            _check_size(inside[0], path, bounds)
            suffix = Path(inside[0].filename).suffix.lower()
            if suffix in TEXT:
                with archive.open(inside[0]) as file:
                    return _read_csv(file, path, wanted, encoding)
            with tempfile.TemporaryDirectory() as folder:  # these formats are read by path
                unpacked = Path(folder) / f"survey{suffix}"
                with archive.open(inside[0]) as file, unpacked.open("wb") as copy:
                    shutil.copyfileobj(file, copy)
                return _read_stat(unpacked, path, wanted, encoding)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"not a readable zip: {error}", path=path, hint="download it again") from None


def _check_size(entry: zipfile.ZipInfo, path: Path, bounds: UnpackBounds) -> None:
    """Refuse a file that is too large unpacked. The module unpacks no more than the size that the zip states."""
    ratio = entry.file_size / max(1, entry.compress_size)
    told = f"{entry.filename} inside unpacks to {entry.file_size / 1e9:,.1f} GB"
    if entry.file_size > bounds.gigabytes * 1e9:
        raise InputError(
            f"{told}, more than the {bounds.gigabytes:g} GB that are allowed",
            path=path,
            hint="if it is the survey, unpack it and give the file, or raise --max-unpacked",
        )
    if entry.file_size > LEAST_FOR_RATIO and ratio > bounds.ratio:
        raise InputError(
            f"{told}, {ratio:,.0f} times its size in the zip, more than the {bounds.ratio:g} times that are allowed",
            path=path,
            hint="if it is the survey, unpack it and give the file, or raise --max-zip-ratio",
        )


def _read_csv(file: object, path: Path, wanted: Wanted, encoding: str | None) -> Columns:
    from judge.preferences.survey.csv_file import read_csv

    return read_csv(file, path, wanted, encoding=encoding or "utf-8")  # type: ignore[arg-type]


def _read_stat(file: Path, path: Path, wanted: Wanted, encoding: str | None) -> Columns:
    from judge.preferences.survey.spss_stata import read_stat

    return read_stat(file, path, wanted, encoding=encoding)
