"""A table as files: one or more shards of a format, and what loading services leave beside them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from cursus.files import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from cursus.runtime.synthesis.profile import Format

NUMBER_DIGITS = 5


def write_shards(
    table: pl.DataFrame, folder: Path, format_name: Format, shards: int, *, cut: bool = False
) -> None:
    """Write a table as `part-00000.<format>` and so on; with `cut`, the last one ends in the middle of a value."""
    folder.mkdir(parents=True)
    for number, shard in enumerate(_slices(table, shards)):
        _write(shard, folder / f"part-{number:0{NUMBER_DIGITS}}.{format_name}", quoted=cut)
    if cut:
        last = max(folder.iterdir())
        write_bytes(last, _cut(last.read_bytes()))


def write_signature(table: pl.DataFrame, folder: Path) -> None:
    """Write the names of the columns in one line."""
    import csv
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(table.columns)
    write_text(folder / "signature", line.getvalue())


def write_metadata(table: pl.DataFrame, folder: Path) -> None:
    """Write rows, columns, types and nulls as JSON."""
    columns = [
        {"name": column.name, "type": str(column.dtype), "nulls": column.null_count()}
        for column in table
    ]
    data = {"rows": table.height, "columns": columns}
    write_text(folder / "metadata.json", json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def _slices(table: pl.DataFrame, shards: int) -> Iterator[pl.DataFrame]:
    """Cut into equal parts, no more than there are rows."""
    count = max(min(shards, table.height), 1)
    bounds = [table.height * number // count for number in range(count + 1)]
    for start, end in pairwise(bounds):
        yield table.slice(start, end - start)


def _write(table: pl.DataFrame, path: Path, *, quoted: bool) -> None:
    if path.suffix in (".csv", ".tsv"):
        separator = "," if path.suffix == ".csv" else "\t"
        style: Literal["always", "necessary"] = "always" if quoted else "necessary"
        table.write_csv(path, separator=separator, quote_style=style)
    elif path.suffix == ".parquet":
        table.write_parquet(path, compression="snappy")
    elif path.suffix == ".json":
        table.write_json(path)
    else:
        table.write_ndjson(path)


def _cut(content: bytes) -> bytes:
    """Take the first half, up to the inside of a quoted value where values are quoted."""
    half = len(content) // 2
    opened = content.find(b'"', content.find(b"\n", half))
    return content[: opened + 2] if opened > 0 else content[:half]
