"""Join the shards of a table, clean the label, cast columns and write the splits.

Runs as it is in a SageMaker container: Python 3.8, pandas 1.2 to 3, nothing of Cursus.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import gzip
import io
import json
import os
import re
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

DELIMITED = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
JSON_LIKE = (".json", ".json.gz", ".jsonl", ".jsonl.gz")
SEED = 42
SNIFFED_CHARACTERS = 1 << 16
SNIFFED_ROWS = 50
FEWEST_ROWS_A_CLASS = 3
# What pandas, pyarrow, gzip and json raise for a file that is not what its name says.
UNREADABLE = (ValueError, NotImplementedError, OSError, EOFError, csv.Error, zlib.error)


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,
) -> None:
    """Write `<split>/<split>_processed_data.<csv|parquet>` below the output `processed_data`.

    DATA_SECONDARY holds further rows of the same columns. SIGNATURE names the columns of shards
    without a header. LABEL_FIELD is needed for the job type training only.
    """
    job_type = job_args.job_type
    if not re.match(r"[a-z0-9_]+\Z", job_type):
        raise ValueError(f"--job_type is {job_type!r}; use lower-case letters, digits and '_'.")
    label = _dotted(environ_vars.get("LABEL_FIELD") or "")
    if job_type == "training" and not label:
        raise ValueError("LABEL_FIELD is not set; a training job needs the name of the label.")
    train_ratio = _ratio("TRAIN_RATIO", environ_vars.get("TRAIN_RATIO") or "0.7")
    test_ratio = _ratio("TEST_VAL_RATIO", environ_vars.get("TEST_VAL_RATIO") or "0.5")
    extension = (environ_vars.get("OUTPUT_FORMAT") or "CSV").lower()
    if extension not in ("csv", "parquet"):
        raise ValueError(f"OUTPUT_FORMAT is {extension!r}; use CSV or PARQUET.")
    casts = {
        "text": _names(environ_vars.get("CATEGORICAL_COLUMNS"), environ_vars.get("TEXT_COLUMNS")),
        "number": _names(environ_vars.get("NUMERICAL_COLUMNS")),
        "date": _names(environ_vars.get("DATE_COLUMNS")),
    }

    shards = find_shards(Path(input_paths["DATA"]))
    if "DATA_SECONDARY" in input_paths:
        shards += find_shards(Path(input_paths["DATA_SECONDARY"]))
    names = read_signature(Path(input_paths["SIGNATURE"])) if "SIGNATURE" in input_paths else None

    # Casts to text happen while reading: "007" would otherwise have become 7 by then.
    frame = read_table(shards, names, set(casts["text"] + casts["date"]))
    print(f"read {len(frame):,} rows x {len(frame.columns)} columns from {len(shards)} shard(s)")
    frame = cast_columns(frame, casts)
    if label:
        frame = clean_label(frame, label, required=job_type == "training")
    if frame.empty:
        raise ValueError(f"No row is left for job type {job_type}; see the counts printed above.")
    splits = {job_type: frame}
    if job_type == "training":
        splits = split_by_label(frame, label, train_ratio, test_ratio)
    for split, rows in splits.items():
        write_split(split, rows, Path(output_paths["processed_data"]), extension)


def find_shards(folder: Path) -> list[Path]:
    """List the shards of a folder by name; files that start with `_` or `.` are no data."""
    if folder.is_file():
        return [folder]
    files = _data_files(folder)
    known = (*DELIMITED, *JSON_LIKE, ".parquet")
    shards = [path for path in files if path.name.lower().endswith(known)]
    if not shards:
        seen = ", ".join(sorted(path.name for path in folder.iterdir())[:10]) or "nothing"
        raise FileNotFoundError(f"{folder} holds no shard ({', '.join(known)}); it holds {seen}.")
    if len(shards) < len(files):
        print(f"ignored in {folder}: {', '.join(p.name for p in files if p not in shards)}")
    return shards


def read_signature(path: Path) -> list[str]:
    """Read the comma-joined column names of a signature file, or of the one file of a folder."""
    if not path.is_file():
        files = _data_files(path)
        if len(files) != 1:
            found = ", ".join(file.name for file in files) or "none"
            raise ValueError(f"{path} must hold one signature file; found: {found}.")
        path = files[0]
    with path.open(encoding="utf-8-sig", newline="") as lines:
        names = [cell.strip() for row in csv.reader(lines) for cell in row if cell.strip()]
    if not names:
        raise ValueError(f"The signature {path} names no columns.")
    return _unique(names, path)


def _data_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} does not exist; bind the input to a folder or a file.")
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] not in "_.")


def read_table(shards: list[Path], names: list[str] | None, as_text: set[str]) -> pd.DataFrame:
    """Read all shards into one table; every column has one type whatever the shards hold."""
    frames = {shard: read_shard(shard, names, as_text) for shard in shards}
    first = frames[shards[0]]
    for shard, frame in frames.items():
        _refuse_other_columns(shard, frame, first)
    mixed = {name for name in first.columns if _is_text_in_some(name, list(frames.values()))}
    if mixed:
        print(f"text, because some shards hold text there: {', '.join(sorted(mixed))}")
        for shard, frame in frames.items():
            if any(pd.api.types.is_numeric_dtype(frame[name]) for name in mixed):
                frames[shard] = read_shard(shard, names, as_text | mixed)
    filled = [frame for frame in frames.values() if len(frame)] or [first]
    table = pd.concat(filled, ignore_index=True, sort=False)
    for name in table.columns:
        if _is_mixed(table[name]):
            table[name] = _text(table[name])
    return table


def read_shard(shard: Path, names: list[str] | None, as_text: set[str]) -> pd.DataFrame:
    """Read one shard with dotted column names, the columns `as_text` as they are written."""
    try:
        if shard.name.lower().endswith(DELIMITED):
            frame = _read_delimited(shard, names, as_text)
        elif shard.name.lower().endswith(JSON_LIKE):
            frame = _read_json(shard, names)
        else:
            frame = pd.read_parquet(shard)
        frame.columns = _unique([str(name) for name in frame.columns], shard)
    except UNREADABLE as exc:
        raise ValueError(f"Shard {shard} cannot be read: {exc}") from exc
    except ImportError as exc:
        raise RuntimeError(f"Shard {shard} needs pyarrow, which is not installed.") from exc
    for name in as_text.intersection(frame.columns):
        if pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = _text(frame[name])
    return frame


def _read_delimited(shard: Path, names: list[str] | None, as_text: set[str]) -> pd.DataFrame:
    with _open_text(shard) as lines:
        sample = lines.read(SNIFFED_CHARACTERS)
    if not sample.strip():
        if names:
            return pd.DataFrame(columns=names, dtype="object")
        raise ValueError("it is empty, without even a header")
    delimiter = "\t" if ".tsv" in shard.name.lower() else _sniff_delimiter(sample)
    rows = _sample_rows(sample, delimiter)
    # A header may spell or order the names of the signature in its own way; data never holds them.
    has_header = not names or 2 * sum(_dotted(cell) in names for cell in rows[0]) >= len(rows[0])
    columns = _unique(rows[0], shard) if has_header else names
    if len(rows[0]) != len(columns) or max(map(len, rows)) > len(columns):
        widths = sorted({len(row) for row in rows})
        raise ValueError(f"{len(columns)} columns are named, its rows have {widths} fields")
    return pd.read_csv(
        shard,
        sep=delimiter,
        header=0 if has_header else None,
        names=columns,
        index_col=False,
        dtype={name: str for name in columns if name in as_text},
        encoding="utf-8-sig",
        low_memory=False,
    )


def _read_json(shard: Path, names: list[str] | None) -> pd.DataFrame:
    """Read an array or lines of records; with a signature, a record may leave out what is null."""
    with _open_text(shard) as lines:
        text = lines.read()
    if text.lstrip().startswith("["):
        records = json.loads(text)
    else:
        records = [_record(*line) for line in enumerate(text.split("\n"), 1) if line[1].strip()]
    if not all(isinstance(record, dict) for record in records):
        raise ValueError("its records are not all JSON objects")
    frame = pd.DataFrame(records).rename(columns=_dotted)
    if not names and not records:
        raise ValueError("it holds no records")
    for name in filter(lambda name: _is_mixed(frame[name]), frame.columns):
        nested = frame[name].map(lambda value: isinstance(value, (dict, list)))
        frame.loc[nested, name] = frame.loc[nested, name].map(json.dumps)
    absent = [name for name in names or [] if name not in frame.columns]
    return frame.reindex(columns=[*frame.columns, *absent])


def _record(number: int, line: str) -> object:
    try:
        return json.loads(line)
    except ValueError as exc:
        raise ValueError(f"line {number} is no JSON: {exc}") from exc


def _open_text(path: Path):  # noqa: ANN202 - gzip and plain files share no public text type
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    return opened(path, "rt", encoding="utf-8-sig", newline="")


def _sniff_delimiter(sample: str) -> str:
    """Choose the delimiter that cuts the most sampled rows alike, then into the most fields."""

    def fit(delimiter: str) -> tuple:
        widths = [len(row) for row in _sample_rows(sample, delimiter)]
        return (widths[0] > 1, widths.count(widths[0]), widths[0])

    return max(",\t;|", key=fit)


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    whole = rows if len(sample) < SNIFFED_CHARACTERS else rows[:-1]
    return whole[:SNIFFED_ROWS] or rows


def _text(column: pd.Series) -> pd.Series:
    """Write values as text; missing ones stay missing, 7.0 becomes "7" as it was before a null."""
    present = column.dropna()
    if pd.api.types.infer_dtype(present) != "string":
        present = present.map(_plain)
    return present.astype(object).reindex(column.index)


def _plain(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value % 1 == 0 else str(value)


def _is_mixed(column: pd.Series) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) in ("mixed", "mixed-integer")


def _is_text_in_some(name: str, frames: list[pd.DataFrame]) -> bool:
    """Tell whether a column is text in one frame and has numbers in another."""
    filled = [frame[name] for frame in frames if frame[name].notna().any()]
    return len({pd.api.types.is_numeric_dtype(column) for column in filled}) > 1


def _refuse_other_columns(shard: Path, frame: pd.DataFrame, first: pd.DataFrame) -> None:
    missing = ", ".join(sorted(set(first.columns) - set(frame.columns)))
    added = ", ".join(sorted(set(frame.columns) - set(first.columns)))
    if missing or added:
        raise ValueError(
            f"Shard {shard} has other columns than the first shard: missing {missing or 'none'}; "
            f"added {added or 'none'}. Give all shards the same columns, or bind SIGNATURE if they "
            "have no header."
        )


def cast_columns(frame: pd.DataFrame, casts: dict[str, list[str]]) -> pd.DataFrame:
    """Cast the listed columns; what does not parse becomes missing and is counted."""
    listed = [name for names in casts.values() for name in names]
    absent = [name for name in listed if name not in frame.columns]
    if absent:
        raise ValueError(f"Columns to cast that the data does not have: {_hints(absent, frame)}.")
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise ValueError(f"Columns in more than one of the lists of columns: {', '.join(twice)}.")
    for name in casts["text"]:
        frame[name] = _text(frame[name])
    for name in casts["number"]:
        numbers = pd.to_numeric(frame[name], errors="coerce")
        numbers = numbers.astype("int64") if pd.api.types.is_bool_dtype(numbers) else numbers
        frame[name] = _counted(frame[name], numbers, "a number")
    for name in casts["date"]:
        frame[name] = _counted(frame[name], _dates(frame[name]), "a date")
    return frame


def _counted(before: pd.Series, after: pd.Series, what: str) -> pd.Series:
    failed = before.notna() & after.isna()
    if failed.any():
        example = before[failed].iloc[0]
        print(f"{before.name}: {failed.sum():,} value(s) are not {what}, e.g. {example!r}")
    return after


def _dates(column: pd.Series) -> pd.Series:
    """Parse dates to UTC without a zone, each by itself: pandas >= 2 takes the first for all."""
    options = {"format": "mixed"} if int(pd.__version__.split(".")[0]) >= 2 else {}  # noqa: PLR2004
    return pd.to_datetime(column, errors="coerce", utc=True, **options).dt.tz_localize(None)


def clean_label(frame: pd.DataFrame, label: str, *, required: bool) -> pd.DataFrame:
    """Drop the rows without a label; make it an int: itself, or the index of its sorted values."""
    if label not in frame.columns:
        if required:
            raise ValueError(f"LABEL_FIELD names no column: {_hints([label], frame)}.")
        print(f"no column {label}: the data goes on without a label")
        return frame
    kept = frame[frame[label].notna()].reset_index(drop=True)
    if len(kept) < len(frame):
        print(f"dropped {len(frame) - len(kept):,} rows without {label}")
    values = pd.to_numeric(kept[label], errors="coerce")
    if values.isna().any():
        texts = _text(kept[label])
        classes = sorted(texts.unique())
        print(f"{label} by index: {', '.join(f'{c} = {i}' for i, c in enumerate(classes[:20]))}")
        values = texts.map({text: index for index, text in enumerate(classes)})
    whole = values.astype("float64")
    wrong = ~np.isfinite(whole) | (whole % 1 != 0)
    if wrong.any():
        raise ValueError(
            f"{wrong.sum():,} labels in {label} are no whole numbers, e.g. {values[wrong].iloc[0]}; "
            "a label is a class: round or bin it before this step."
        )
    return kept.assign(**{label: values.astype("int64")})


def split_by_label(
    frame: pd.DataFrame, label: str, train_ratio: float, test_ratio: float
) -> dict[str, pd.DataFrame]:
    """Split by label: `train_ratio` of each class to train, `test_ratio` of the rest to test.

    Written out with numpy's frozen RandomState, so that the same rows fall into the same split
    with every version of numpy and scikit-learn. Each class is in each split.
    """
    counts = frame[label].value_counts().sort_index()
    small = [f"{value}: {count}" for value, count in counts.items() if count < FEWEST_ROWS_A_CLASS]
    if small:
        raise ValueError(
            f"Too few rows for a split by {label}: {len(small)} of {len(counts)} classes have fewer "
            f"than {FEWEST_ROWS_A_CLASS} rows ({', '.join(small[:10])}); add rows or join classes."
        )
    if len(counts) == 1:
        print(f"warning: {label} has one class only, {counts.index[0]}")
    random = np.random.RandomState(SEED)
    parts = np.empty(len(frame), dtype="int8")
    for value in counts.index:
        rows = random.permutation(np.flatnonzero(frame[label].to_numpy() == value))
        train = min(max(int(len(rows) * train_ratio + 0.5), 1), len(rows) - 2)
        rest = len(rows) - train
        test = min(max(int(rest * test_ratio + 0.5), 1), rest - 1)
        parts[rows] = np.repeat([0, 1, 2], [train, rest - test, test])
    return {split: frame[parts == i] for i, split in enumerate(("train", "val", "test"))}


def write_split(split: str, frame: pd.DataFrame, folder: Path, extension: str) -> None:
    """Write a split into a folder of its own."""
    path = folder / split / f"{split}_processed_data.{extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write = frame.to_parquet if extension == "parquet" else frame.to_csv
    write(path, index=False)
    print(f"wrote {len(frame):,} rows to {split}/{path.name}")


def _dotted(name: str) -> str:
    return name.strip().replace("__DOT__", ".")


def _names(*lists: str | None) -> list[str]:
    return [_dotted(name) for joined in lists for name in (joined or "").split(",") if name.strip()]


def _unique(names: list[str], source: Path) -> list[str]:
    dotted = [_dotted(name) for name in names]
    twice = sorted({name for name in dotted if dotted.count(name) > 1})
    if twice:
        raise ValueError(f"{source} names columns twice: {', '.join(twice)}.")
    return dotted


def _hints(names: list[str], frame: pd.DataFrame) -> str:
    close = {name: difflib.get_close_matches(name, list(frame.columns), n=1) for name in names}
    return ", ".join(f"{n} (did you mean {c[0]}?)" if c else n for n, c in close.items())


def _ratio(name: str, text: str) -> float:
    if not re.match(r"0?\.0*[1-9]\d*\Z", text):
        raise ValueError(f"{name} is {text!r}; give a number between 0 and 1, such as 0.7.")
    return float(text)


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    inputs = {"DATA": str(base / "input" / "data")}
    for port in ("DATA_SECONDARY", "SIGNATURE"):
        if (base / "input" / port.lower()).is_dir():
            inputs[port] = str(base / "input" / port.lower())
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job_type", required=True)
    main(inputs, {"processed_data": str(base / "output")}, environment, parser.parse_args())
