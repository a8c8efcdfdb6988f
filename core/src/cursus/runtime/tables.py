"""Rows and columns of table files, read by polars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.errors import MissingExtraError, RunError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

TABLE_SUFFIXES = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".json", ".json.gz", ".jsonl")


class TableError(RunError):
    """A file is no table that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How many rows, and the names of the columns in order."""

    rows: int
    columns: tuple[str, ...]


def is_table(path: Path) -> bool:
    """Say whether a file's name is one of a table."""
    return path.name.endswith(TABLE_SUFFIXES)


def read_table(path: Path) -> Table:
    """Count rows and name columns; TableError where polars cannot read the file."""
    try:
        import polars as pl
    except ImportError as exc:
        raise MissingExtraError("polars", "runtime") from exc
    try:
        frame = _scan(path)
        columns = tuple(frame.collect_schema().names())
        rows = int(frame.select(pl.len()).collect().item())
    except pl.exceptions.NoDataError as exc:
        raise TableError(f"{path.name} is empty") from exc
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as exc:
        reason = str(exc).strip().partition("\n")[0]
        raise TableError(f"{path.name} is no readable table: {reason}") from exc
    return Table(rows=rows, columns=columns)


def _scan(path: Path) -> pl.LazyFrame:
    import polars as pl

    if path.suffix == ".parquet":
        return pl.scan_parquet(path, glob=False)
    if ".json" in path.name:
        return _read_json(path).lazy()
    separator = "\t" if ".tsv" in path.name else ","
    return pl.scan_csv(path, separator=separator, infer_schema=False, glob=False)


def _read_json(path: Path) -> pl.DataFrame:
    """Read JSON lines or one array, as the first character tells."""
    import gzip

    import polars as pl

    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return pl.read_json(data) if data.lstrip()[:1] == b"[" else pl.read_ndjson(data)
