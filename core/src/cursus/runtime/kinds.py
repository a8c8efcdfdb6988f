"""Whether an output is there, holds something and can be read as its kind; how many rows it has."""

from __future__ import annotations

import json
import tarfile
import zlib
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from cursus.errors import RunError
from cursus.runtime.tables import TABLE_SUFFIXES, TableError, is_table, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cursus.runtime.tables import Table

METRICS_FILES = ("metrics.json", "calibration_metrics.json")
ARCHIVES = (".tar.gz", ".tgz", ".tar")
READ_BYTES = 1 << 20
SPLIT_SUFFIXES = (".csv", ".parquet")


class UnreadableError(RunError):
    """An output is missing, empty, or cannot be read as its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a folder holds; rows by split where it has splits, None where it holds no tables.

    `blank` are the columns without any value, each after its sub-folder.
    """

    files: int = 0
    bytes: int = 0
    rows: int | None = None
    splits: dict[str, int] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


def read_kind(kind: str, folder: Path, splits: Sequence[str] = ()) -> Reading:
    """Read a folder (or one file) as a kind; UnreadableError says what is wrong with it.

    `splits` are those that split folders must hold, each under the name by which the next script looks for it.
    """
    files = files_below(folder)
    if not any(path.stat().st_size for path in files):
        raise UnreadableError(f"{folder.name} holds no file" if not files else _all_empty(files))
    try:
        table = READERS.get(kind, _plain)(folder, files)
        _check_metrics(files)
        if kind == "tabular splits":
            _check_splits(folder, splits)
    except TableError as exc:
        raise UnreadableError(str(exc)) from exc
    return Reading(
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        rows=table.rows,
        splits=table.splits,
        columns=table.columns,
        blank=table.blank,
    )


def files_below(folder: Path) -> list[Path]:
    """List the files of a folder in order, hidden ones left out; a file is its own only member."""
    if folder.is_file():
        return [folder]
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(".")
    )


def numbers_of(path: Path) -> dict[str, float]:
    """Give the numbers of a JSON file by their dotted path; lists, such as bins and curves, are left out."""
    try:
        return dict(_numbers(_parse(path), ""))
    except (OverflowError, RecursionError) as exc:
        raise UnreadableError(f"{path.name} holds what no metric can be: {exc}") from exc


def _numbers(value: object, name: str) -> list[tuple[str, float]]:
    if isinstance(value, bool):
        return []
    if isinstance(value, (int, float)):
        return [(name, float(value))] if isfinite(value) else []
    if not isinstance(value, dict):
        return []
    return [
        pair
        for key, member in value.items()
        for pair in _numbers(member, f"{name}.{key}" if name else str(key))
    ]


def _check_metrics(files: Sequence[Path]) -> None:
    """Read the metrics files of any output, since a run gathers them from all."""
    for path in files:
        if path.name in METRICS_FILES:
            numbers_of(path)


def _plain(_folder: Path, files: Sequence[Path]) -> Reading:
    """Read what can be checked of any kind: JSON parses, archives open."""
    for path in files:
        if path.suffix == ".json":
            _parse(path)
        elif path.name.endswith(ARCHIVES):
            _members(path)
    return Reading()


def _tabular(folder: Path, files: Sequence[Path]) -> Reading:
    tables = _tables(folder, files)
    rows = _some_rows(folder, tables)
    return Reading(rows=rows, columns=tables[0][1].columns, blank=_blank(folder, tables))


def _splits(folder: Path, files: Sequence[Path]) -> Reading:
    """Read split folders: each has rows, and all have the same columns."""
    tables = [(path, table) for path, table in _tables(folder, files) if path.parent != folder]
    if not tables:
        raise UnreadableError(f"{folder.name} holds tables, but no split folder such as train/")
    for path, table in tables:
        if table.columns != tables[0][1].columns:
            raise UnreadableError(_different(tables[0], (path, table), folder))
    rows = _rows_by_folder(folder, tables)
    empty = [split for split, count in rows.items() if count == 0]
    if empty:
        raise UnreadableError(f"split {', '.join(empty)} of {folder.name} holds no rows")
    columns, blank = tables[0][1].columns, _blank(folder, tables)
    return Reading(rows=sum(rows.values()), splits=rows, columns=columns, blank=blank)


def _check_splits(folder: Path, splits: Sequence[str]) -> None:
    for split in splits:
        names = [f"{split}/{split}_processed_data{suffix}" for suffix in SPLIT_SUFFIXES]
        if not any((folder / name).is_file() for name in names):
            raise UnreadableError(f"{folder.name} lacks split {split}: {' or '.join(names)}")


def _predictions(folder: Path, files: Sequence[Path]) -> Reading:
    _plain(folder, [path for path in files if path.suffix == ".json"])
    tables = _tables(folder, files, beside=".json")
    rows = _some_rows(folder, tables)
    splits, blank = _rows_by_folder(folder, tables), _blank(folder, tables)
    return Reading(rows=rows, splits=splits, columns=tables[0][1].columns, blank=blank)


def _metrics(folder: Path, files: Sequence[Path]) -> Reading:
    _plain(folder, files)
    if not any(numbers_of(path) for path in files if path.suffix == ".json"):
        raise UnreadableError(f"{folder.name} holds no JSON file with a number")
    return Reading()


def _archive(folder: Path, files: Sequence[Path]) -> Reading:
    archives = [path for path in files if path.name.endswith(ARCHIVES)]
    if not archives:
        raise UnreadableError(f"{folder.name} holds {_names(files)}, but no .tar.gz archive")
    return _plain(folder, files)


def _json(folder: Path, files: Sequence[Path]) -> Reading:
    if not any(path.suffix == ".json" for path in files):
        raise UnreadableError(f"{folder.name} holds {_names(files)}, but no JSON file")
    return _plain(folder, files)


def _text(_folder: Path, files: Sequence[Path]) -> Reading:
    for path in files:
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError as exc:
            raise UnreadableError(f"{path.name} is not UTF-8 text: {exc.reason}") from exc
    return Reading()


READERS: dict[str, Callable[[Path, Sequence[Path]], Reading]] = {
    "tabular": _tabular,
    "tabular splits": _splits,
    "predictions": _predictions,
    "metrics": _metrics,
    "packaged model": _archive,
    "calibration model": _json,
    "metadata": _json,
    "signature": _text,
}


def _tables(folder: Path, files: Sequence[Path], beside: str = "") -> list[tuple[Path, Table]]:
    """Read the tables; files with the suffix `beside` are none."""
    tables = [path for path in files if is_table(path) and path.suffix != beside]
    found = [(path, read_table(path)) for path in tables]
    if not found:
        known = ", ".join(TABLE_SUFFIXES)
        raise UnreadableError(f"{folder.name} holds {_names(files)}, but no table ({known})")
    return found


def _some_rows(folder: Path, tables: Sequence[tuple[Path, Table]]) -> int:
    rows = sum(table.rows for _, table in tables)
    if rows == 0:
        raise UnreadableError(f"the tables of {folder.name} hold no rows")
    return rows


def _blank(folder: Path, tables: Sequence[tuple[Path, Table]]) -> tuple[str, ...]:
    """Name the columns that have no value in any table of one folder; one shard may lack some."""
    found: dict[Path, set[str]] = {}
    for path, table in tables:
        if table.rows:
            blank = set(table.blank)
            found[path.parent] = found.get(path.parent, blank) & blank
    return tuple(
        name if place == folder else f"{place.relative_to(folder).as_posix()}/{name}"
        for place, names in found.items()
        for name in sorted(names)
    )


def _rows_by_folder(folder: Path, tables: Sequence[tuple[Path, Table]]) -> dict[str, int]:
    """Add up rows by the first folder on the way to a table."""
    rows: dict[str, int] = {}
    for path, table in tables:
        if path.parent != folder:
            split = path.relative_to(folder).parts[0]
            rows[split] = rows.get(split, 0) + table.rows
    return rows


def _parse(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"{path.name} is not JSON: {exc}") from exc


def _members(path: Path) -> None:
    try:
        with tarfile.open(path) as archive:
            names = archive.getnames()
            while archive.fileobj is not None and archive.fileobj.read(READ_BYTES):
                pass  # the checksum of gzip stands behind the last member
    except (tarfile.TarError, EOFError, OSError, zlib.error) as exc:
        raise UnreadableError(f"{path.name} is no readable archive: {exc}") from exc
    if not names:
        raise UnreadableError(f"archive {path.name} is empty")


def _different(one: tuple[Path, Table], other: tuple[Path, Table], folder: Path) -> str:
    odd = sorted(set(one[1].columns) ^ set(other[1].columns))
    names = " and ".join(path.relative_to(folder).as_posix() for path, _ in (one, other))
    return f"{names} have different columns ({', '.join(odd[:8]) or 'in another order'})"


def _all_empty(files: Sequence[Path]) -> str:
    return f"all files have no bytes: {_names(files)}"


def _names(files: Sequence[Path]) -> str:
    shown = 6
    more = f" and {len(files) - shown} more" if len(files) > shown else ""
    return ", ".join(path.name for path in files[:shown]) + more
