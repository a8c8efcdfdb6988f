"""The demonstration's data and files: real flights, nothing that is known only after departure, a sound project."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from cursus.cli.demo import command
from cursus.config import read_config_file
from cursus.dag import PipelineDAG
from cursus.demo.flights import COLUMNS, read_flights, write_shards
from cursus.demo.project import write_project
from cursus.errors import RunError
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import load_plugins


@pytest.fixture(scope="module")
def flights() -> pl.DataFrame:
    return read_flights(None)


def test_all_flights_are_there_with_their_missing_labels(flights: pl.DataFrame) -> None:
    assert flights.shape == (336_776, len(COLUMNS))
    assert flights["late"].null_count() == 9_430
    assert flights["flight_id"].is_unique().all()


def test_what_is_known_only_after_departure_is_left_out(flights: pl.DataFrame) -> None:
    assert not {"dep_delay", "dep_time", "arr_delay", "arr_time", "air_time"}.intersection(
        flights.columns
    )


def test_a_sample_is_the_same_each_time(flights: pl.DataFrame) -> None:
    sample = read_flights(3_000)
    assert sample.equals(read_flights(3_000))
    assert sample.join(flights, on="flight_id", how="anti").is_empty()


def test_more_flights_than_there_are_is_an_error() -> None:
    with pytest.raises(RunError, match="there are 336,776 flights"):
        read_flights(400_000)


def test_shards_hold_every_row_once_and_older_ones_are_removed(tmp_path: Path) -> None:
    write_shards(read_flights(60_000), tmp_path)
    written = write_shards(read_flights(12_000), tmp_path)
    read = {name: pl.read_parquet(tmp_path / name / "*.parquet") for name in written}
    assert {name: frame.height for name, frame in read.items()} == written
    assert sum(written.values()) == 12_000
    assert read["CradleDataLoading_training"]["month"].max() == 9


def test_the_project_plans_without_a_warning(tmp_path: Path) -> None:
    dag_file, config_file = write_project(tmp_path)
    plugins = load_plugins()
    configs = read_config_file(config_file, plugins.config_classes())
    plan = make_plan(PipelineDAG.from_file(dag_file), configs, plugins)
    assert len(plan.steps) == 10
    assert plan.warnings == ()


@pytest.mark.parametrize("rows", ["10", "many", "400000", "-5"])
def test_a_number_of_rows_that_cannot_be_is_a_usage_error(rows: str) -> None:
    result = CliRunner().invoke(command, ["--rows", rows])
    assert result.exit_code == 2
    assert "neither 'all' nor a number from 2000 to 336776" in result.output
