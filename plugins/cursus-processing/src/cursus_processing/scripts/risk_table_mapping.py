"""Replace the categories of a table by the risk that training data shows for each of them.

Runs as it is in a SageMaker container: Python 3.8, no library but pyarrow, and that for Parquet
alone. Tables are read and written in pieces, and cells that are not mapped stay as they are.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import json
import math
import os
import re
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TRAINING = "training"
DELIMITERS = {".csv": ",", ".tsv": "\t"}
TABLES, RECORD = "risk_table_map.json", "hyperparameters.json"
CELLS = 500_000  # held in memory at a time
# What pandas takes for missing in a text file, so that every reader of the splits sees the same.
NULLS = {
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN", "<NA>", "N/A"),
    *("-NaN", "-nan", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
}
LIMITS = {"smooth_factor": 0.01, "count_threshold": 5, "max_unique_threshold": 100}
DEFAULTS = {"cat_field_list": [], "label_name": "target", **LIMITS}
SMALLEST = {"smooth_factor": 0, "count_threshold": 0, "max_unique_threshold": 1}


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,
) -> None:
    """Write the mapped splits to `processed_data`, the tables to `model_artifacts_output`.

    A training job fits the tables on train; another one takes those of `model_artifacts_input` and
    maps the split named after it. The environment wins over hyperparameters.json.
    """
    given = {
        "smooth_factor": environ_vars.get("SMOOTH_FACTOR"),
        "count_threshold": environ_vars.get("COUNT_THRESHOLD"),
        "max_unique_threshold": environ_vars.get("MAX_UNIQUE_THRESHOLD"),
    }
    settings = read_settings(input_paths.get("hyperparameters_s3_uri"), given)
    sources = find_splits(Path(input_paths["input_data"]), job_args.job_type)
    if job_args.job_type == TRAINING:
        tables = fit_tables(sources["train"], settings) if settings["cat_field_list"] else {}
        skipped = [name for name in settings["cat_field_list"] if name not in tables]
        record = {**settings, "skipped_fields": skipped}
    else:
        tables, record = read_tables(input_paths.get("model_artifacts_input"), settings)
    if not tables:
        print("warning: no column is mapped; the splits are passed on as they are")

    write_splits(sources, Path(output_paths["processed_data"]), tables)
    artifacts = Path(output_paths["model_artifacts_output"])
    artifacts.mkdir(parents=True, exist_ok=True)
    write_json(artifacts / TABLES, tables)
    write_json(artifacts / RECORD, record)


def read_settings(place: str | None, given: dict) -> dict:
    """Join the defaults, hyperparameters.json and the environment; report all that is wrong."""
    settings = dict(DEFAULTS)
    if place is not None:
        path = Path(place, RECORD) if Path(place).is_dir() else Path(place)
        found = read_json(path, "bind hyperparameters_s3_uri to it")
        settings.update((n, found[n]) for n in DEFAULTS if found.get(n) is not None)
    settings.update((name, text) for name, text in given.items() if text)
    problems = column_problems(settings)
    for name, smallest in SMALLEST.items():
        number, whole = as_number(settings[name]), name != "smooth_factor"
        if number is None or number < smallest or (whole and number % 1):
            kind = "whole number" if whole else "number"
            problems.append(f"{name} is {settings[name]!r}, not a {kind} from {smallest}")
        settings[name] = int(number or 0) if whole else number
    if problems:
        raise ValueError(f"Wrong settings: {'; '.join(problems)}.")
    return settings


def column_problems(settings: dict) -> list:
    """Say what is wrong with the names of the columns."""
    names, label = settings["cat_field_list"], settings["label_name"]
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        return [f"cat_field_list is {names!r}, not a list of column names"]
    problems = [f"{name!r} is twice in cat_field_list" for name in twice(names)]
    if not isinstance(label, str) or not label:
        problems.append(f"label_name is {label!r}, not the name of a column")
    elif label in names:
        problems.append(f"the label {label!r} is in cat_field_list, which would leak it")
    return problems


def find_splits(folder: Path, job_type: str) -> dict:
    """Find the file of each split: train, val and test, or the one named after the job type."""
    splits = ("train", "val", "test") if job_type == TRAINING else (job_type,)
    found = {}
    for split in splits:
        names = [f"{split}_processed_data{ending}" for ending in (*DELIMITERS, ".parquet")]
        files = [folder / split / name for name in names if (folder / split / name).is_file()]
        if len(files) != 1:
            seen = ", ".join(sorted(path.name for path in folder.glob("*"))[:10]) or "nothing"
            wanted = f"{folder / split} must hold {' or '.join(names)}, and one only"
            raise FileNotFoundError(f"{wanted}, for job type {job_type}; {folder} holds {seen}.")
        found[split] = files[0]
    return found


def fit_tables(train: Path, settings: dict) -> dict:
    """Fit one table for each column; columns with too many distinct values are left as they are."""
    label, limit = settings["label_name"], settings["max_unique_threshold"]
    found = {name: Counter() for name in settings["cat_field_list"]}
    cells = Counter()
    for columns in read_columns(train, [label, *found]):
        cells.update(columns[label])
        for name in list(found):
            found[name].update(zip(columns[name], columns[label]))  # noqa: B905 - Python 3.8
            categories = {as_category(cell) for cell, _ in found[name]} - {None}
            if len(categories) >= limit:
                print(f"{name}: not mapped, it has {limit} or more distinct values in train")
                del found[name]
    labels, rows, prior = read_labels(cells, label, train)
    print(f"fitted on {rows:,} rows; the mean of {label} is {prior:.6f}")
    return {n: fit_table(n, found[n], labels, (rows, prior, settings)) for n in found}


def read_labels(cells: Counter, label: str, path: Path) -> tuple:
    """Return the number of each label, how many rows have one, and their mean."""
    labels = {cell: None if cell is None else as_number(cell) for cell in cells}
    wrong = [cell for cell, number in labels.items() if number is None and cell is not None]
    if wrong:
        raise ValueError(
            f"The label {label!r} of {path} is no finite number in {sum(cells[c] for c in wrong):,} "
            f"row(s), such as {wrong[0]!r}; use TabularPreprocessing, which makes it an index."
        )
    known = [cell for cell, number in labels.items() if number is not None]
    rows = sum(cells[cell] for cell in known)
    if not rows:
        raise ValueError(f"No row of {path} has a label in {label!r}; nothing can be fitted.")
    if cells[None]:
        print(f"{cells[None]:,} row(s) of train without {label} take no part in the fit")
    if len({labels[cell] for cell in known}) == 1:
        print(f"warning: {label} is {labels[known[0]]:g} in every row; every risk will be that")
    return labels, rows, math.fsum(cells[cell] * labels[cell] for cell in known) / rows


def fit_table(name: str, found: Counter, labels: dict, totals: tuple) -> dict:
    """Fit (count*rate + n*smooth*prior) / (count + n*smooth) for each category.

    The m-estimate of a rate (B. Cestnik, ECAI 1990; D. Micci-Barreca, SIGKDD Explorations 3(1),
    2001) with m = n * smooth_factor: n is the number of labelled rows, rate the mean label of the
    category, prior that of all rows. A category of fewer than count_threshold rows gets the prior.
    """
    rows, prior, settings = totals
    pseudo = rows * settings["smooth_factor"]
    groups = {}
    for (cell, label), count in found.items():
        if cell is not None and labels[label] is not None:
            groups.setdefault(as_category(cell), []).append((count, labels[label]))
    bins, rare = {}, 0
    for key in sorted(groups):
        count = sum(part for part, _ in groups[key])
        total = math.fsum(part * label for part, label in groups[key])
        rare += count < settings["count_threshold"]
        is_known = count >= settings["count_threshold"]
        bins[key] = (total + pseudo * prior) / (count + pseudo) if is_known else prior
    print(f"{name}: {len(bins)} categories, {rare} of them rare, which get the mean")
    return {"bins": bins, "default_bin": prior}


def read_tables(place: str | None, settings: dict) -> tuple:
    """Read the tables that a training job has fitted, with the settings that it had."""
    if place is None:
        raise ValueError("model_artifacts_input is not bound; only a training job fits tables.")
    path = Path(place, TABLES) if Path(place).is_dir() else Path(place)
    tables = read_json(path, "RiskTableMapping of job type training writes it; no pickle is read")
    for name, table in tables.items():
        bins = table.get("bins") if isinstance(table, dict) else None
        risks = [*bins.values(), table.get("default_bin")] if isinstance(bins, dict) else [None]
        if not all(type(risk) in (int, float) and math.isfinite(risk) for risk in risks):
            raise ValueError(f"{path}: the table of {name!r} lacks numbers in bins or default_bin.")
        table["bins"] = {as_category(key): risk for key, risk in bins.items()}
    record = path.with_name(RECORD)
    fitted = read_json(record, "") if record.is_file() else {"cat_field_list": sorted(tables)}
    wanted, known = settings["cat_field_list"], fitted.get("cat_field_list") or []
    unknown = [name for name in wanted if name not in known and name not in tables]
    if unknown:
        raise ValueError(
            f"cat_field_list names {', '.join(unknown)}, for which {path} was not fitted "
            f"({', '.join(known) or 'no column'}); use the list of the training job, or fit again."
        )
    added = sorted(set(tables) - set(wanted))
    if wanted and added:
        print(f"mapped as in training, though cat_field_list lacks them: {', '.join(added)}")
    return tables, fitted


def write_splits(sources: dict, folder: Path, tables: dict) -> None:
    """Map every split, and only then move all to their places: a failure leaves none behind."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=str(folder), prefix=".unfinished-") as unfinished:
        for split, source in sources.items():
            counts = {name: Counter() for name in sorted(tables)}
            copy = copy_parquet if source.suffix == ".parquet" else copy_delimited
            rows = copy(source, Path(unfinished, source.name), tables, counts)
            if not rows:
                raise ValueError(f"{source} has no rows; there is nothing to map.")
            print(f"{split}: {rows:,} rows")
            for name in filter(counts.get, counts):
                said = " and ".join(f"{count:,} {what}" for what, count in counts[name].items())
                print(f"{split}: {name} has {said} value(s), which get the mean")
        for split, source in sources.items():
            (folder / split).mkdir(exist_ok=True)
            Path(unfinished, source.name).replace(folder / split / source.name)


def map_cells(cells: list, table: dict, counts: Counter) -> list:
    """Return the risk of each cell: the mean for what is missing or was not seen in training."""
    mean, seen, risks = table["default_bin"], Counter(cells), {}
    for cell, count in seen.items():
        risk = table["bins"].get(as_category(cell))
        risks[cell] = float(mean if risk is None else risk)
        if risk is None:
            counts["missing" if cell is None else "unseen"] += count
    return [risks[cell] for cell in cells]


def as_category(cell: object) -> str | None:
    """Return the text of a category: 7.0 is 7, which one gap in its column makes a float."""
    return None if cell is None else re.sub(r"\A(-?\d+)\.0\Z", r"\1", str(cell))


def as_number(cell: object) -> float | None:
    """Return a finite number, or None for what is none."""
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and "_" not in str(cell) else None


def read_columns(path: Path, names: list) -> Iterator[dict]:
    """Give the cells of these columns by name, piece by piece; None is a missing one."""
    if path.suffix == ".parquet":
        table = read_parquet(path)
        yield {n: arrow_cells(table, n) for n in find_columns(path, table.column_names, names)}
        return
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv_pieces(path, lines)
        places = find_columns(path, next(rows), names)
        for piece in rows:
            yield {name: text_cells(piece, place) for name, place in places.items()}


def copy_delimited(source: Path, target: Path, tables: dict, counts: dict) -> int:
    """Copy a csv or tsv file with risks for categories; other cells keep their text."""
    with source.open(encoding="utf-8-sig", newline="") as lines:
        rows, written = csv_pieces(source, lines), 0
        header = next(rows)
        places = find_columns(source, header, list(counts))
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=DELIMITERS[target.suffix], lineterminator="\n")
            writer.writerow(header)
            for piece in rows:
                for name, place in places.items():
                    risks = map_cells(text_cells(piece, place), tables[name], counts[name])
                    for row, risk in zip(piece, risks):  # noqa: B905 - Python 3.8 has no strict
                        row[place] = risk
                writer.writerows(piece)
                written += len(piece)
    return written


def csv_pieces(path: Path, lines: Iterator[str]) -> Iterator[list]:
    """Give the header of a text file, then lists of rows of some CELLS cells in all."""
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(lines, delimiter=DELIMITERS[path.suffix])
    try:
        header = next(rows, [])
        yield header
        filled = filter(None, rows)
        for piece in iter(lambda: list(islice(filled, max(1, CELLS // len(header)))), []):
            widths = {len(row) for row in piece} - {len(header)}
            if widths:
                where = f"{path}, up to line {rows.line_num}: rows of {sorted(widths)} fields"
                raise ValueError(f"{where}, the header has {len(header)}; quote what holds commas.")
            yield piece
    except (csv.Error, UnicodeDecodeError) as exc:
        raise ValueError(f"{path} cannot be read after line {rows.line_num}: {exc}") from exc


def text_cells(piece: list, place: int) -> list:
    """Return a column of text; None for what is missing."""
    return [None if row[place] in NULLS else row[place] for row in piece]


def copy_parquet(source: Path, target: Path, tables: dict, counts: dict) -> int:
    """Copy a Parquet file with risks for categories; other columns keep their type."""
    table = read_parquet(source)
    import pyarrow as pa
    from pyarrow import parquet

    for name, place in find_columns(source, table.column_names, list(counts)).items():
        risks = map_cells(arrow_cells(table, name), tables[name], counts[name])
        table = table.set_column(place, name, pa.array(risks, pa.float64()))
    # What pandas keeps in the metadata would make it read the risks as text again.
    parquet.write_table(table.replace_schema_metadata(None), str(target))
    return table.num_rows


def read_parquet(path: Path) -> object:
    """Read a Parquet file as an Arrow table."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as exc:
        raise RuntimeError(f"{path} needs pyarrow, which is not installed.") from exc
    try:
        return parquet.ParquetFile(str(path)).read()
    except (ArrowException, OSError) as exc:
        raise ValueError(f"{path} cannot be read: {exc}") from exc


def arrow_cells(table: object, name: str) -> list:
    """Return a column as Python values; None for what is missing."""
    cells = table.column(name).to_pylist()
    if any(isinstance(cell, (list, dict)) for cell in cells):
        raise ValueError(f"The column {name!r} must hold plain values, no lists or records.")
    return [None if cell != cell else cell for cell in cells]  # noqa: PLR0124 - NaN


def find_columns(path: Path, header: list, names: list) -> dict:
    """Find the place of each column in the header."""
    if not header:
        raise ValueError(f"{path} is empty, without even a header.")
    if twice(header):
        raise ValueError(f"{path} names columns twice: {', '.join(twice(header))}.")
    absent = [name for name in names if name not in header]
    if absent:
        close = {name: difflib.get_close_matches(name, header, n=1) for name in absent}
        hints = [f"{n} (did you mean {c[0]}?)" if c else n for n, c in close.items()]
        raise ValueError(f"{path} lacks the column(s) {', '.join(hints)}.")
    return {name: header.index(name) for name in names}


def twice(names: list) -> list:
    """List the names that stand more than once."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def read_json(path: Path, fix: str) -> dict:
    """Read an object of a JSON file."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; {fix}.")
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as exc:
        raise ValueError(f"{path} is no JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds a {type(found).__name__}, not an object.")  # noqa: TRY004
    return found


def write_json(path: Path, content: object) -> None:
    """Write JSON with sorted keys: the same run gives the same bytes."""
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    # Bound, the hyperparameters have a folder of their own; else they lie in the code bundle.
    optional = [
        ("hyperparameters_s3_uri", Path(__file__).with_name("hyperparams")),
        ("hyperparameters_s3_uri", Path("/opt/ml/code/hyperparams")),
        ("model_artifacts_input", base / "input" / "model_artifacts"),
    ]
    inputs = {port: str(folder) for port, folder in optional if folder.is_dir()}
    inputs["input_data"] = str(base / "input" / "data")
    outputs = {
        "processed_data": str(base / "output" / "data"),
        "model_artifacts_output": str(base / "output" / "model_artifacts"),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job_type", required=True)
    main(inputs, outputs, dict(os.environ), parser.parse_args())
