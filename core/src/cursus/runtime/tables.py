"""Rows and columns of table files, read by polars."""

from __future__ import annotations

import gzip
import zlib
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
    """How many rows, and the names of the columns in order; `blank` are those without any value."""

    rows: int
    columns: tuple[str, ...]
    blank: tuple[str, ...] = ()


def is_table(path: Path) -> bool:
    """Say whether a file's name is one of a table."""
    return path.name.endswith(TABLE_SUFFIXES)


def read_table(path: Path) -> Table:
    """Read a table to its end, count rows and name columns; TableError where polars cannot read the file."""
    try:
        import polars as pl
    except ImportError as exc:
        raise MissingExtraError("polars", "runtime") from exc
    # Damaged bytes make polars panic, which is no Exception; gzip has three errors of its own.
    faults = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, EOFError)
    try:
        return _count(_scan(path))
    except pl.exceptions.NoDataError as exc:
        raise TableError(f"{path.name} is empty") from exc
    except (*faults, zlib.error, ValueError, OverflowError, RecursionError) as exc:
        reason = str(exc).strip().partition("\n")[0]
        raise TableError(f"{path.name} is no readable table: {reason}") from exc


def _count(frame: pl.LazyFrame) -> Table:
    """Look at every value: what is only counted is not decoded."""
    import polars as pl

    schema = frame.collect_schema()
    no_values = [
        _has_no_value(name, dtype).alias(str(i)) for i, (name, dtype) in enumerate(schema.items())
    ]
    rows, *flags = (
        frame.select(pl.len().alias("rows"), *no_values).collect(engine="streaming").row(0)
    )
    blank = [name for name, flag in zip(schema, flags, strict=True) if flag and rows]
    return Table(rows=rows, columns=tuple(schema), blank=tuple(blank))


def _has_no_value(name: str, dtype: pl.DataType) -> pl.Expr:
    import polars as pl

    column = pl.col([name])  # in a list a name is no pattern
    missing = column.is_null()
    if dtype.is_float():
        missing |= column.is_nan()
    elif dtype == pl.String:
        missing |= column.str.strip_chars().str.to_lowercase().is_in(["", "nan"])
    return missing.fill_null(value=True).all()


def _scan(path: Path) -> pl.LazyFrame:
    import polars as pl

    if path.suffix == ".parquet":
        return pl.scan_parquet(path, glob=False)
    if ".json" in path.name:
        return _read_json(_content(path)).lazy()
    separator = "\t" if ".tsv" in path.name else ","
    if path.suffix == ".gz":
        return pl.read_csv(_content(path), separator=separator, infer_schema=False).lazy()
    return pl.scan_csv(path, separator=separator, infer_schema=False, glob=False)


def _read_json(data: bytes) -> pl.DataFrame:
    """Read JSON lines or one array, as the first character tells."""
    import polars as pl

    if data.lstrip()[:1] == b"[":
        return pl.read_json(data, infer_schema_length=None)
    return pl.read_ndjson(data, infer_schema_length=None)


def _content(path: Path) -> bytes:
    """Read a file; gzip checks a packed one to its end, which polars does not."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
