"""Synthetic data of a plan as a folder: its layout, formats, scenarios, and the same bytes for the same seed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cursus.errors import OutputError
from cursus.kernel.plan import Plan
from cursus.kernel.plugins import load_plugins
from cursus.runtime.kinds import UnreadableError, read_kind
from cursus.runtime.synthesis.columns import Part, make_column
from cursus.runtime.synthesis.data_folder import data_in_workspace, write_data
from cursus.runtime.synthesis.names import SCENARIOS
from cursus.runtime.synthesis.profile_file import ProfileError, make_profile, read_profile
from cursus.runtime.synthesis.recipe import Recipe

EDGES = [("Load_training", "Prepare_training"), ("Load_validation", "Prepare_validation")]
COLUMNS: dict[str, Any] = {
    "id": {"type": "id"},
    "late": {"type": "label", "shares": [0.75, 0.25], "depends_on": {"distance": 1}},
    "distance": {"type": "int", "minimum": 80, "maximum": 900},
    "fare": {"type": "float"},
    "carrier": {"type": "category", "values": ["AA", "DL", "UA"]},
    "note": {"type": "text"},
}
Synthesise = Callable[..., Path]


@pytest.fixture
def synthesise(plan_locally: Callable[..., Plan], tmp_path: Path) -> Synthesise:
    """Give a function that writes data of EDGES for fields of a profile and a scenario."""

    plan = plan_locally(EDGES)

    def write(name: str = "data", scenario: Any = "standard", **fields: Any) -> Path:
        profile = make_profile({"rows": 400, "format": "csv", "columns": COLUMNS, **fields})
        write_data(
            plan, load_plugins(), Recipe(profile=profile, scenario=scenario), tmp_path / name
        )
        return tmp_path / name

    return write


def files_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


def table_of(folder: Path, job_type: str = "training") -> pl.DataFrame:
    return pl.read_csv(folder / f"Load_{job_type}" / "DATA" / "*.csv")


def test_every_loading_step_has_a_sub_folder_with_its_outputs(synthesise: Synthesise) -> None:
    folder = synthesise(shards=3)
    training = [name for name in files_of(folder) if name.startswith("Load_training/")]
    assert training == [
        *(f"Load_training/DATA/part-0000{number}.csv" for number in range(3)),
        "Load_training/SIGNATURE/signature",
    ]
    assert (folder / "Load_training/SIGNATURE/signature").read_text().strip() == ",".join(COLUMNS)
    assert read_profile(folder / "profile.yaml").shards == 3
    assert table_of(folder).height == 400


def test_steps_have_rows_and_keys_of_their_own(synthesise: Synthesise) -> None:
    folder = synthesise()
    training, validation = table_of(folder), table_of(folder, "validation")
    assert set(training["id"]).isdisjoint(validation["id"])
    assert not training["fare"].equals(validation["fare"])


def test_the_same_seed_gives_the_same_bytes_and_another_others(synthesise: Synthesise) -> None:
    once, again = files_of(synthesise("a")), files_of(synthesise("b"))
    other = files_of(synthesise("c", seed=7))
    assert once == again
    assert once["Load_training/DATA/part-00000.csv"] != other["Load_training/DATA/part-00000.csv"]


@pytest.mark.parametrize("name", ["csv", "tsv", "parquet", "json", "jsonl"])
def test_each_format_holds_the_same_table(synthesise: Synthesise, name: str) -> None:
    reading = read_kind("tabular", synthesise(format=name) / "Load_training" / "DATA")
    assert (reading.rows, reading.columns, reading.files) == (400, tuple(COLUMNS), 2)


@pytest.mark.parametrize("name", ["csv", "tsv", "parquet", "json", "jsonl"])
def test_a_malformed_shard_cannot_be_read_and_is_named(synthesise: Synthesise, name: str) -> None:
    folder = synthesise(scenario="malformed", format=name) / "Load_training" / "DATA"
    with pytest.raises(UnreadableError, match=f"part-00001.{name} is no readable table"):
        read_kind("tabular", folder)


def test_nulls_are_in_every_column_but_the_keys(synthesise: Synthesise) -> None:
    nulls = table_of(synthesise(scenario="nulls")).null_count().row(0, named=True)
    assert nulls.pop("id") == 0
    assert 2 < nulls.pop("late") < 40
    assert all(80 < count < 160 for count in nulls.values())


@pytest.mark.parametrize(("scenario", "rows"), [("empty", 0), ("one-row", 1)])
def test_some_scenarios_say_how_many_rows(synthesise: Synthesise, scenario: str, rows: int) -> None:
    table = table_of(synthesise(scenario=scenario))
    assert (table.height, table.columns) == (rows, list(COLUMNS))


def test_one_class_is_the_most_frequent(synthesise: Synthesise) -> None:
    assert set(table_of(synthesise(scenario="one-class"))["late"]) == {0}


def test_unseen_categories_are_few_in_training_and_many_later(synthesise: Synthesise) -> None:
    folder = synthesise(scenario="unseen-categories")
    tables = [table_of(folder, job_type)["carrier"] for job_type in ("training", "validation")]
    unseen = [set(values) - {"AA", "DL", "UA"} for values in tables]
    assert 1 <= len(unseen[0]) < 20 < len(unseen[1])
    assert not unseen[0] & unseen[1]


@pytest.mark.parametrize("scenario", ["unicode", "unseen-categories"])
def test_codes_that_a_config_knows_stay_as_they_are(synthesise: Synthesise, scenario: str) -> None:
    country = {"type": "category", "values": ["de", "fr"], "closed": True}
    table = table_of(synthesise(scenario=scenario, columns={**COLUMNS, "country": country}))
    assert set(table["country"]) == {"de", "fr"}


def test_unicode_is_in_categories_and_texts_and_categories_stay_apart(
    synthesise: Synthesise,
) -> None:
    table = table_of(synthesise(scenario="unicode"))
    assert set(table["carrier"]) == {"AA é", "DL 漢字", "UA שלום"}
    assert not table["note"].str.contains(r"^[\x00-\x7f]*$").any()


def test_extreme_values_are_rare_and_finite(synthesise: Synthesise) -> None:
    table = table_of(synthesise(scenario="extreme-values"))
    assert table["distance"].max() == 2**52
    assert table["fare"].max() == 1e30
    assert table["distance"].is_between(80, 900).mean() > 0.9


@pytest.mark.parametrize(
    "scenario", ["one-class", "unseen-categories", "unicode", "extreme-values"]
)
def test_a_scenario_that_would_change_nothing_is_refused(
    synthesise: Synthesise, scenario: str
) -> None:
    with pytest.raises(ProfileError, match="would change nothing"):
        synthesise(scenario=scenario, columns={"a": {"type": "bool"}})


def test_data_without_columns_is_refused_and_leaves_nothing(
    synthesise: Synthesise, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    with pytest.raises(ProfileError, match=r"CUR0722 .*step Load_training needs data"):
        synthesise(columns={})
    assert set(tmp_path.iterdir()) == before


def test_a_folder_that_holds_files_is_not_touched(synthesise: Synthesise, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("x")
    with pytest.raises(OutputError, match="holds files already"):
        synthesise()
    assert files_of(tmp_path / "data") == {"mine.txt": b"x"}


def test_a_workspace_keeps_data_until_something_changes(
    plan_locally: Callable[..., Plan], tmp_path: Path
) -> None:
    plan, profile = plan_locally(EDGES), make_profile({"columns": COLUMNS})

    def folder(scenario: Any = "standard") -> Path:
        recipe = Recipe(profile=profile, scenario=scenario)
        return data_in_workspace(plan, load_plugins(), recipe, tmp_path / "workspace")

    first = folder()
    changed = (first / "profile.yaml").stat().st_mtime_ns
    assert folder() == first
    assert (first / "profile.yaml").stat().st_mtime_ns == changed
    assert len({first, *(folder(scenario) for scenario in SCENARIOS)}) == len(SCENARIOS)


@pytest.mark.slow
def test_a_million_rows_of_25_columns_take_at_most_three_seconds_of_one_core() -> None:
    kinds: dict[str, Any] = {
        "int": {"type": "int", "distribution": "normal"},
        "float": {"type": "float", "null_share": 0.1},
        "category": {"type": "category", "values": ["a", "b", "c"], "weights": [3, 2, 1]},
    }
    features = {f"{kind} {n}": fields for kind, fields in kinds.items() for n in range(7)}
    columns = {**COLUMNS, **features}
    del columns["id"], columns["fare"]
    profile = make_profile({"columns": columns})
    part = Part(name="n", rows=1_000_000, seed=1)
    started = time.process_time()

    table = pl.DataFrame(make_column(name, profile, part) for name in profile.columns)

    assert table.shape == (1_000_000, 25)
    assert time.process_time() - started <= 3


def test_metadata_tells_rows_types_and_nulls(tmp_path: Path) -> None:
    from cursus.runtime.synthesis.shards import write_metadata

    write_metadata(pl.DataFrame({"a": [1, None]}), tmp_path)
    told = json.loads((tmp_path / "metadata.json").read_text())
    assert told == {"rows": 2, "columns": [{"name": "a", "type": "Int64", "nulls": 1}]}
