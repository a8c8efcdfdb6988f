"""Load a table that is already there, in the place of Cradle: data, metadata and signature.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, nothing of Cursus.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import re
import zlib
from pathlib import Path

import pandas as pd

DELIMITED = (".csv", ".tsv")
JSON_LIKE = (".json", ".jsonl")
SNIFFED_CHARACTERS = 1 << 16
TRUTH = {"True": True, "true": True, "False": False, "false": False}
FORMATS = ("csv", "parquet", "json")
# What pandas, pyarrow, gzip and json raise for a file that is not what its name says.
UNREADABLE = (ValueError, NotImplementedError, OSError, EOFError, csv.Error, zlib.error)


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,
) -> None:
    """Write the table of INPUT_DATA, a file or a folder of files with the same columns.

    DATA gets `part-00000.<format>` and so on, METADATA `metadata.json`, SIGNATURE `signature`.
    """
    extension = (environ_vars.get("OUTPUT_FORMAT") or "CSV").lower()
    if extension not in FORMATS:
        raise ValueError(f"OUTPUT_FORMAT is {extension!r}; use one of {', '.join(FORMATS)}.")
    in_shards = _truth("WRITE_DATA_SHARDS", environ_vars.get("WRITE_DATA_SHARDS") or "false")
    shard_size = _size("SHARD_SIZE", environ_vars.get("SHARD_SIZE") or "10000")

    files = find_files(Path(input_paths["INPUT_DATA"]))
    table = read_table(files)
    if table.empty:
        raise ValueError(f"{input_paths['INPUT_DATA']} has columns but no rows; give it data.")
    print(f"{job_args.job_type}: read {len(table):,} rows from {len(files)} file(s)")
    shards = write_shards(
        table, Path(output_paths["DATA"]), extension, shard_size if in_shards else len(table)
    )
    print(f"wrote {shards} shard(s) of {extension}")
    write_metadata(table, Path(output_paths["METADATA"]))
    write_signature(table, Path(output_paths["SIGNATURE"]))


def find_files(source: Path) -> list[Path]:
    """List the files of a folder that hold a table; `_` and `.` in front mean no data."""
    if source.is_file():
        if not _kind(source):
            raise ValueError(f"{source} is no csv, tsv, parquet, json or jsonl file (or .gz).")
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(f"{source} does not exist; set data_source to a file or a folder.")
    found = sorted(path for path in source.iterdir() if path.name[0] not in "_.")
    files = [path for path in found if path.is_file() and _kind(path)]
    if not files:
        seen = ", ".join(path.name for path in found[:10]) or "nothing"
        raise FileNotFoundError(
            f"{source} holds no csv, tsv, parquet, json or jsonl file (or .gz); it holds {seen}. "
            "Folders in it are not searched: set data_source to the one that holds the files."
        )
    if len(files) < len(found):
        print(f"ignored: {', '.join(path.name for path in found if path not in files)}")
    return files


def read_table(files: list[Path]) -> pd.DataFrame:
    """Read all files into one table; a column of delimited text is typed by all of its values."""
    frames = {path: read_file(path) for path in files}
    first = frames[files[0]]
    for path, frame in frames.items():
        missing = ", ".join(sorted(set(first.columns) - set(frame.columns)))
        added = ", ".join(sorted(set(frame.columns) - set(first.columns)))
        if missing or added:
            raise ValueError(
                f"{path} has other columns than {files[0]}: missing {missing or 'none'}; "
                f"added {added or 'none'}. Load files with other columns by a step of their own."
            )
    texts = [frame for path, frame in frames.items() if _kind(path) in DELIMITED and len(frame)]
    parts = [frame for path, frame in frames.items() if _kind(path) not in DELIMITED and len(frame)]
    if texts:
        parts.append(pd.concat(texts, ignore_index=True, sort=False).apply(_typed))
    return pd.concat(parts, ignore_index=True, sort=False)[list(first.columns)] if parts else first


def read_file(path: Path) -> pd.DataFrame:
    """Read one file; delimited text stays text until all files are joined."""
    try:
        content = gzip.decompress(path.read_bytes()) if _is_gzip(path) else path.read_bytes()
        if _kind(path) in DELIMITED:
            frame = _read_delimited(content.decode("utf-8-sig"), tabs=_kind(path) == ".tsv")
        elif _kind(path) in JSON_LIKE:
            frame = _read_json(content.decode("utf-8-sig"))
        else:
            frame = pd.read_parquet(io.BytesIO(content))
    except UNREADABLE as exc:
        raise ValueError(f"{path} cannot be read: {exc}") from exc
    except ImportError as exc:
        raise RuntimeError(f"{path} needs pyarrow, which is not installed.") from exc
    return frame.rename(columns=str)


def _kind(path: Path) -> str:
    """Give the suffix, before a `.gz`, of a file that holds a table; else nothing."""
    suffix = path.with_suffix("").suffix if _is_gzip(path) else path.suffix
    return suffix.lower() if suffix.lower() in (*DELIMITED, *JSON_LIKE, ".parquet") else ""


def _is_gzip(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _read_delimited(text: str, *, tabs: bool) -> pd.DataFrame:
    delimiter = "\t" if tabs else max(",\t;|", key=lambda candidate: _fit(text, candidate))
    rows = _sample_rows(text, delimiter)
    if not rows:
        raise ValueError("it is empty, without even a header")
    header, widest = rows[0], max(map(len, rows))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ValueError(f"its header names columns twice: {', '.join(twice)}")
    if widest > len(header):
        raise ValueError(f"its header has {len(header)} fields, a row has {widest}")
    return pd.read_csv(
        io.StringIO(text), sep=delimiter, header=0, names=header, index_col=False, dtype=str
    )


def _fit(text: str, delimiter: str) -> tuple[bool, int, int]:
    """Rate a delimiter: it cuts, most rows into as many fields as the first, into many fields."""
    widths = [len(row) for row in _sample_rows(text, delimiter)] or [0]
    return (widths[0] > 1, widths.count(widths[0]), widths[0])


def _sample_rows(text: str, delimiter: str) -> list[list[str]]:
    sample = io.StringIO(text[:SNIFFED_CHARACTERS], newline="")
    rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
    # The end of the sample may have cut the last row.
    return rows if len(text) <= SNIFFED_CHARACTERS else rows[:-1] or rows


def _read_json(text: str) -> pd.DataFrame:
    """Read an array of records, or one record a line."""
    if text.lstrip().startswith("["):
        records = json.loads(text)
    else:
        records = [_record(*line) for line in enumerate(text.split("\n"), 1) if line[1].strip()]
    if not records:
        raise ValueError("it holds no records")
    if not all(isinstance(record, dict) for record in records):
        raise ValueError("its records are not all JSON objects")
    return pd.DataFrame(records)


def _record(number: int, line: str) -> object:
    try:
        return json.loads(line)
    except ValueError as exc:
        raise ValueError(f"line {number} is no JSON: {exc}") from exc


def _typed(column: pd.Series) -> pd.Series:
    """Read text as numbers or truth values where all of it is that and nothing gets lost.

    "007" and whole numbers beyond 64 bits stay text; whole numbers stay whole beside nulls.
    """
    values = pd.Series(column.dropna().unique(), dtype=column.dtype)
    if values.empty:
        return column
    if set(values) <= set(TRUTH):
        return column.map(TRUTH).astype("boolean")
    odd = values.str.match(r"-?(0\d|\d{19,}\Z)") | pd.to_numeric(values, errors="coerce").isna()
    if odd.any():
        return column
    numbers = pd.to_numeric(column.dropna())
    whole = pd.api.types.is_integer_dtype(numbers)
    return numbers.astype("Int64" if whole else "float64").reindex(column.index)


def write_shards(table: pd.DataFrame, folder: Path, extension: str, rows: int) -> int:
    """Write the table as shards of so many rows; give their number."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = table if extension == "json" else table.apply(_flat)
    starts = range(0, len(flat), rows)
    for number, start in enumerate(starts):
        path = folder / f"part-{number:05d}.{extension}"
        shard = flat.iloc[start : start + rows]
        if extension == "json":
            path.write_text(_json_lines(shard), encoding="utf-8")
        elif extension == "parquet":
            shard.to_parquet(path, index=False)
        else:
            shard.to_csv(path, index=False)
    return len(starts)


def _flat(column: pd.Series) -> pd.Series:
    """Write what csv and parquet have no type for, nested or mixed values, as JSON text."""
    if pd.api.types.infer_dtype(column, skipna=True) not in ("mixed", "mixed-integer"):
        return column
    present = column.dropna()
    texts = present.map(lambda value: value if isinstance(value, str) else _json(value))
    return texts.astype(object).reindex(column.index)


def _json_lines(shard: pd.DataFrame) -> str:
    records = shard.astype(object).where(shard.notna(), None).to_dict("records")
    return "".join(f"{_json(record)}\n" for record in records)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    """Turn numpy's arrays and scalars into Python's; dates and the rest into text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def write_metadata(table: pd.DataFrame, folder: Path) -> None:
    """Write what the table is: rows, columns in order, type and number of nulls of each."""
    nulls = table.isna().sum()
    metadata = {
        "rows": len(table),
        "columns": list(table.columns),
        "types": {name: _type(table[name]) for name in table.columns},
        "nulls": {name: int(nulls[name]) for name in table.columns},
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(metadata, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "metadata.json").write_text(text + "\n", encoding="utf-8")


def _type(column: pd.Series) -> str:
    kinds = pd.api.types
    if kinds.is_bool_dtype(column):
        return "boolean"
    if kinds.is_integer_dtype(column):
        return "integer"
    if kinds.is_float_dtype(column):
        return "float"
    return "datetime" if kinds.is_datetime64_any_dtype(column) else "string"


def write_signature(table: pd.DataFrame, folder: Path) -> None:
    """Write one line of comma-joined column names."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "signature").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(table.columns)


def _truth(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{name} is {text!r}; use true or false.")
    return text.lower() == "true"


def _size(name: str, text: str) -> int:
    if not re.match(r"[1-9]\d*\Z", text):
        raise ValueError(f"{name} is {text!r}; give a whole number from 1.")
    return int(text)


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    outputs = {
        port: str(base / "output" / port.lower()) for port in ("DATA", "METADATA", "SIGNATURE")
    }
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job_type", required=True)
    main({"INPUT_DATA": str(base / "input" / "data")}, outputs, environment, parser.parse_args())
