"""Synthetic data in place of Cradle's: the columns and the format that the step's config asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import load_plugins
from cursus.runtime.synthesis.data_folder import write_data
from cursus.runtime.synthesis.profile_file import ProfileError, make_profile
from cursus.runtime.synthesis.recipe import Recipe, make_recipe
from cursus_cradle.cradle_data_loading import EXAMPLE
from cursus_cradle.dummy_data_loading import DUMMY_DATA_LOADING

NODE = "CradleDataLoading_training"


def plan_of(node: str, fields: dict[str, Any]) -> Plan:
    entry = {"__model_type__": f"{node.partition('_')[0]}Config", **fields}
    types = {node: entry["__model_type__"]}
    data = {"shared": {}, "specific": {node: entry}, "metadata": {"config_types": types}}
    plugins = load_plugins()
    configs = read_config_text(json.dumps(data), plugins.config_classes())
    return make_plan(PipelineDAG([node]), configs, plugins)


def cradle(**output: Any) -> Plan:
    return plan_of(NODE, {**EXAMPLE, "output_spec": {**EXAMPLE["output_spec"], **output}})


@pytest.mark.parametrize(
    ("output_format", "suffix"),
    [("PARQUET", "parquet"), ("CSV", "csv"), ("UNESCAPED_TSV", "tsv"), ("JSON", "jsonl")],
)
def test_the_format_is_that_of_the_config(output_format: str, suffix: str, tmp_path: Path) -> None:
    plan = cradle(output_format=output_format)
    write_data(plan, load_plugins(), make_recipe(plan), tmp_path / "data")
    files = sorted((tmp_path / "data" / NODE / "DATA").iterdir())
    assert [file.name for file in files] == [f"part-0000{n}.{suffix}" for n in range(2)]


def test_a_format_that_cannot_be_made_is_refused_unless_the_profile_names_another(
    tmp_path: Path,
) -> None:
    plan = cradle(output_format="ION")
    with pytest.raises(ProfileError, match=r"CUR0723 .*output_format ION"):
        write_data(plan, load_plugins(), make_recipe(plan), tmp_path / "data")
    chosen = make_recipe(plan).profile.model_copy(update={"format": "csv"})
    write_data(plan, load_plugins(), Recipe(profile=chosen), tmp_path / "data")
    assert (tmp_path / "data" / NODE / "DATA" / "part-00000.csv").is_file()


def test_the_columns_are_those_of_the_output_schema_in_its_order(tmp_path: Path) -> None:
    plan = cradle(output_schema=["b__DOT__c", "a"], output_format="CSV")
    columns = {name: {"type": "int"} for name in ("a", "other", "b.c")}
    recipe = Recipe(profile=make_profile({"columns": columns}))
    write_data(plan, load_plugins(), recipe, tmp_path / "data")
    folder = tmp_path / "data" / NODE
    assert (folder / "SIGNATURE" / "signature").read_text() == "b.c,a\n"
    assert (folder / "DATA" / "part-00000.csv").read_text().startswith("b.c,a\n")


def test_a_profile_that_lacks_a_column_of_the_schema_is_refused(tmp_path: Path) -> None:
    plan = cradle(output_schema=["a", "b"])
    recipe = Recipe(profile=make_profile({"columns": {"a": {"type": "int"}}}))
    with pytest.raises(ProfileError, match=r"CUR0726 .*the data profile lacks: b"):
        write_data(plan, load_plugins(), recipe, tmp_path / "data")


def test_dummy_data_loading_gets_synthetic_data_in_place_of_its_source(tmp_path: Path) -> None:
    plan = plan_of("DummyDataLoading", dict(DUMMY_DATA_LOADING.example))
    recipe = Recipe(profile=make_profile({"columns": {"a": {"type": "int"}}}))
    write_data(plan, load_plugins(), recipe, tmp_path / "data")
    place = tmp_path / "data" / "DummyDataLoading" / "INPUT_DATA"
    assert [file.name for file in sorted(place.iterdir())] == ["part-00000.csv", "part-00001.csv"]
