"""Convert monetary columns to one currency: each amount divided by the rate of its row's currency.

Runs as it is in a SageMaker container: Python 3.8, no library but pyarrow, and that for Parquet
alone. Text files are read and written in pieces; cells that are not converted stay as they are.
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

DELIMITERS = {".csv": ",", ".tsv": "\t"}
CELLS = 500_000  # held in memory at a time
# What pandas takes for missing in a text file, so that every reader of the splits sees the same.
NULLS = {
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN", "<NA>", "N/A"),
    *("-NaN", "-nan", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
}
NO_MARKETPLACE = "rows dropped: no marketplace id"
DEFAULTED = "rows without a currency code, which are in the default currency"


def main(
    input_paths: dict[str, str],
    output_paths: dict[str, str],
    environ_vars: dict[str, str],
    job_args: argparse.Namespace,
) -> None:
    """Write the splits of `input_data` with converted amounts to `processed_data`.

    CURRENCY_CONVERSION_DICT says how many units of a currency the unit of the common one is worth.
    A row's currency stands in CURRENCY_CODE_FIELD; where that is empty or not given,
    MARKETPLACE_INFO knows it by MARKETPLACE_ID_FIELD; with a code field alone, an empty cell is
    DEFAULT_CURRENCY. Amounts in a currency without a rate become missing, unless
    SKIP_INVALID_CURRENCIES leaves them as they are.
    """
    settings = {
        "amounts": read_setting(environ_vars.get("CURRENCY_CONVERSION_VARS"), list),
        "rates": read_setting(environ_vars.get("CURRENCY_CONVERSION_DICT"), dict),
        "marketplaces": read_setting(environ_vars.get("MARKETPLACE_INFO"), dict),
        "marketplace": environ_vars.get("MARKETPLACE_ID_FIELD"),
        "code": environ_vars.get("CURRENCY_CODE_FIELD"),
        "default": as_code(environ_vars.get("DEFAULT_CURRENCY") or "USD"),
        "label": environ_vars.get("LABEL_FIELD"),
        "skip": (environ_vars.get("SKIP_INVALID_CURRENCIES") or "false").lower(),
    }
    settings = check_settings(settings)
    sources = find_splits(Path(input_paths["input_data"]), job_args.job_type)
    shown = ", ".join(f"{code} {rate:g}" for code, rate in sorted(settings["rates"].items()))
    print(f"amounts in {', '.join(settings['amounts'])} are divided by the rates {shown}")
    write_splits(sources, Path(output_paths["processed_data"]), settings)


def read_setting(text: str | None, kind: type) -> object:
    """Read a JSON list or object; what is neither is returned as the text, for check_settings."""
    try:
        found = json.loads(text) if text else kind()
    except ValueError:
        return text
    return found if isinstance(found, kind) else text


def check_settings(settings: dict) -> dict:
    """Return the settings with codes in capitals and rates as floats; report all that is wrong."""
    problems = column_problems(settings)
    rates, places = settings["rates"], settings["marketplaces"]
    if not isinstance(rates, dict) or not rates:
        problems.append("CURRENCY_CONVERSION_DICT is no JSON object of rates by currency code")
        rates = {}
    if not isinstance(places, dict):
        problems.append("MARKETPLACE_INFO is no JSON object by marketplace id")
        places = {}
    for code, rate in rates.items():
        if type(rate) not in (int, float) or not math.isfinite(rate) or rate <= 0:
            problems.append(f"the rate of {code} is {rate!r}, not a number above zero")
    codes = [as_code(code) for code in rates]
    problems += [f"CURRENCY_CONVERSION_DICT has {code} twice" for code in twice(codes)]
    problems += [f"MARKETPLACE_INFO has {key} twice" for key in twice(list(map(as_id, places)))]
    known = {key: v.get("currency_code") for key, v in places.items() if isinstance(v, dict)}
    named = {as_id(key): as_code(code) for key, code in known.items() if isinstance(code, str)}
    bare = sorted(key for key in map(as_id, places) if not named.get(key))
    problems += [f"MARKETPLACE_INFO gives {key} no currency_code" for key in bare]
    if settings["marketplace"] and not places:
        problems.append("MARKETPLACE_ID_FIELD is set, but MARKETPLACE_INFO knows no marketplace")
    if settings["skip"] not in ("true", "false"):
        problems.append(f"SKIP_INVALID_CURRENCIES is {settings['skip']!r}, not true or false")
    if problems:
        raise ValueError(f"Wrong settings: {'; '.join(problems)}.")
    rates = dict(zip(codes, map(float, rates.values())))  # noqa: B905 - Python 3.8 has no strict
    # Amounts are converted to the default currency, unless the rates say otherwise.
    rates.setdefault(settings["default"], 1.0)
    return {**settings, "rates": rates, "marketplaces": named, "skip": settings["skip"] == "true"}


def column_problems(settings: dict) -> list:
    """Say what is wrong with the names of the columns."""
    amounts = settings["amounts"]
    if not isinstance(amounts, list) or not amounts or not all(isinstance(n, str) for n in amounts):
        return [f"CURRENCY_CONVERSION_VARS is {amounts!r}, not a JSON list of column names"]
    problems = [f"{name!r} would be converted twice" for name in twice(amounts)]
    if not settings["code"] and not settings["marketplace"]:
        problems.append("neither CURRENCY_CODE_FIELD nor MARKETPLACE_ID_FIELD is set")
    roles = [role for role in ("code", "marketplace", "label") if settings[role] in amounts]
    return problems + [f"the {role} {settings[role]!r} is no amount to convert" for role in roles]


def find_splits(folder: Path, job_type: str) -> dict:
    """Find the file of each split: train, val and test, or the one named after the job type."""
    splits = ("train", "val", "test") if job_type == "training" else (job_type,)
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


def write_splits(sources: dict, folder: Path, settings: dict) -> None:
    """Convert every split, and only then move all to their places: a failure leaves none behind."""
    folder.mkdir(parents=True, exist_ok=True)
    currencies = Counter()
    with tempfile.TemporaryDirectory(dir=str(folder), prefix=".unfinished-") as unfinished:
        for split, source in sources.items():
            counts = {"rows": Counter(), "currencies": Counter(), "missing": Counter()}
            copy = copy_parquet if source.suffix == ".parquet" else copy_delimited
            here = {**settings, "source": source}
            written = copy(source, Path(unfinished, source.name), here, counts)
            report(split, written, settings, counts)
            currencies.update(counts["currencies"])
            if not written:
                raise ValueError(f"No row of {source} is left; see the counts printed above.")
        if not settings["skip"] and not set(currencies) & set(settings["rates"]):
            raise ValueError(
                f"No row is in a currency with a rate; the rows have {shorten(currencies)}. Mend "
                "CURRENCY_CONVERSION_DICT, CURRENCY_CODE_FIELD or MARKETPLACE_INFO."
            )
        for split, source in sources.items():
            (folder / split).mkdir(exist_ok=True)
            Path(unfinished, source.name).replace(folder / split / source.name)


def report(split: str, written: int, settings: dict, counts: dict) -> None:
    """Print how many rows were in which currency, and what could not be converted."""
    print(f"{split}: {written:,} rows written; {shorten(counts['currencies'])}")
    for what, count in counts["rows"].items():
        print(f"{split}: {count:,} {what}")
    unknown = Counter({c: n for c, n in counts["currencies"].items() if c not in settings["rates"]})
    if unknown:
        what = "rate 1 is taken" if settings["skip"] else "their amounts become missing"
        print(f"warning: {split}: {sum(unknown.values()):,} rows without a rate, {what}:")
        print(f"  {shorten(unknown)}")
    for name, count in counts["missing"].items():
        print(f"{split}: {name} is missing in {count:,} rows")


def shorten(counts: Counter) -> str:
    """List counts by name, the largest first."""
    return ", ".join(f"{name}: {count:,}" for name, count in counts.most_common(20)) or "none"


def convert(columns: dict, settings: dict, counts: dict) -> tuple:
    """Return the converted columns and, where some rows are dropped, which rows stay."""
    empty = [None] * len(columns[settings["amounts"][0]])
    codes, ids = (columns.get(settings[role], empty) for role in ("code", "marketplace"))
    pairs = list(zip(codes, ids))  # noqa: B905 - Python 3.8 has no strict
    known = {pair: find_currency(*pair, settings) for pair in set(pairs)}
    for pair, rows in Counter(pairs).items():
        currency, note = known[pair]
        counts["rows"].update({note: rows} if note else {})
        counts["currencies"].update({currency: rows} if currency else {})
    otherwise = 1.0 if settings["skip"] else None
    rates = [settings["rates"].get(known[pair][0], otherwise) for pair in pairs]
    kept = [known[pair][0] is not None for pair in pairs]
    changed = {}
    for name in settings["amounts"]:
        changed[name] = divide(f"{settings['source']}: {name}", columns[name], rates)
        gaps = sum(stays and cell is None for stays, cell in zip(kept, changed[name]))  # noqa: B905
        counts["missing"].update({name: gaps} if gaps else {})
    return changed, None if all(kept) else kept


def find_currency(code: object, place: object, settings: dict) -> tuple:
    """Return the currency of a row, None where the row is dropped, and what to count it as."""
    if code is not None and as_code(code):
        return as_code(code), ""
    if not settings["marketplace"]:
        return settings["default"], DEFAULTED
    if place is None or not as_id(place):
        return None, NO_MARKETPLACE
    return settings["marketplaces"].get(as_id(place), f"marketplace {as_id(place)}"), ""


def divide(where: str, cells: list, rates: list) -> list:
    """Divide amounts by rates; a missing amount or rate gives a missing amount."""
    wrong = Counter(cell for cell in cells if cell is not None and as_number(cell) is None)
    if wrong:
        raise ValueError(
            f"{where} holds {sum(wrong.values()):,} value(s) that are no finite number, such as "
            f"{next(iter(wrong))!r}; mend the data, or take it out of CURRENCY_CONVERSION_VARS."
        )
    pairs = zip(map(as_number, cells), rates)  # noqa: B905 - Python 3.8 has no strict
    return [None if n is None or rate is None else n / rate for n, rate in pairs]


def as_code(cell: object) -> str:
    """Return a currency code in capitals."""
    return str(cell).strip().upper()


def as_id(cell: object) -> str:
    """Return the text of a marketplace id: 7.0 is 7, which one gap in its column makes a float."""
    return re.sub(r"\A(-?\d+)\.0\Z", r"\1", str(cell).strip())


def as_number(cell: object) -> float | None:
    """Return a finite number, or None for what is none."""
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and "_" not in str(cell) else None


def needed(settings: dict) -> list:
    """List the columns that are read."""
    return [n for n in (*settings["amounts"], settings["code"], settings["marketplace"]) if n]


def copy_delimited(source: Path, target: Path, settings: dict, counts: dict) -> int:
    """Copy a csv or tsv file with converted amounts; other cells keep their text."""
    with source.open(encoding="utf-8-sig", newline="") as lines:
        rows, written = csv_pieces(source, lines), 0
        header = next(rows)
        places = find_columns(source, header, needed(settings))
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter=DELIMITERS[target.suffix], lineterminator="\n")
            writer.writerow(header)
            for piece in rows:
                columns = {name: text_cells(piece, place) for name, place in places.items()}
                changed, kept = convert(columns, settings, counts)
                for name, cells in changed.items():
                    for row, cell in zip(piece, cells):  # noqa: B905 - Python 3.8 has no strict
                        row[places[name]] = cell
                stay = piece if kept is None else [r for r, stays in zip(piece, kept) if stays]  # noqa: B905
                writer.writerows(stay)
                written += len(stay)
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


def copy_parquet(source: Path, target: Path, settings: dict, counts: dict) -> int:
    """Copy a Parquet file with converted amounts; other columns keep their type."""
    table = read_parquet(source)
    import pyarrow as pa
    from pyarrow import parquet

    places = find_columns(source, table.column_names, needed(settings))
    changed, kept = convert({n: arrow_cells(table, n) for n in places}, settings, counts)
    for name, cells in changed.items():
        table = table.set_column(places[name], name, pa.array(cells, pa.float64()))
    table = table if kept is None else table.filter(pa.array(kept))
    # What pandas keeps in the metadata would make it read the amounts in their older type.
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
    # Text is missing where it would be in a csv file: amounts may be text in Parquet too.
    return [None if cell != cell or cell in NULLS else cell for cell in cells]  # noqa: PLR0124 - NaN


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


if __name__ == "__main__":
    base = Path("/opt/ml/processing")
    bundled = Path(__file__).with_name("environment.json")
    environment = json.loads(bundled.read_text(encoding="utf-8")) if bundled.is_file() else {}
    environment.update(os.environ)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job_type", required=True)
    inputs = {"input_data": str(base / "input" / "data")}
    main(inputs, {"processed_data": str(base / "output")}, environment, parser.parse_args())
