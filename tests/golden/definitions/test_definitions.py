"""Whole definitions, compared byte by byte; CURSUS_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cursus.catalog import read_catalog
from cursus.dag import PipelineDAG
from cursus.kernel.plugins import load_plugins
from cursus.pipeline import Definition, PipelineDAGCompiler

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SHARED_CASE = HERE.parents[3] / "shared" / "cases" / "xgboost_complete_e2e_2025_09"
PREFIX = {"Get": "Parameters.EXECUTION_S3_PREFIX"}
HASH = re.compile(r"[0-9a-f]{64}")
CATALOG = (
    *("xgboost_simple", "xgboost_training_with_calibration", "xgboost_training_with_evaluation"),
    *("xgboost_complete_e2e", "pytorch_training", "pytorch_standard_e2e", "pytorch_complete_e2e"),
    "dummy_e2e_basic",
)


def compile_files(dag: Path, config: Path) -> Definition:
    return PipelineDAGCompiler(config).compile(PipelineDAG.from_file(dag))


def catalog_files(name: str, folder: Path) -> tuple[Path, Path]:
    """Write DAG and config of a catalog entry; skip where a script of it is not shipped."""
    entry = read_catalog(load_plugins()).find(name).entry
    types = load_plugins().step_types
    scripts = [types[step_type].script for step_type in entry.step_types]
    missing = [script.file for script in scripts if script is not None and script.path() is None]
    if missing:
        pytest.skip(f"not shipped: {', '.join(missing)}")
    (folder / "dag.json").write_text(entry.dag().to_json(), "utf-8")
    (folder / "config.json").write_text(json.dumps(entry.config), "utf-8")
    return folder / "dag.json", folder / "config.json"


def with_named_bundles(definition: Definition) -> str:
    """Write the definition with each bundle's hash, which changes with the scripts, as its entry point."""
    text = definition.to_json()
    names: dict[str, str] = {}
    for digest in dict.fromkeys(HASH.findall(text)):
        (bundle,) = [b for b in definition.bundles.values() if b.sha256 == digest]
        same = sum(name.startswith(f"<{bundle.entry_point} ") for name in names.values())
        names[digest] = f"<{bundle.entry_point} {same + 1}>"
    return HASH.sub(lambda found: names[found[0]], text)


def compare(text: str, golden: Path) -> None:
    if os.environ.get("CURSUS_UPDATE_GOLDEN") == "1":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def output_locations(value: Any) -> Iterator[Any]:
    """Walk every location that a step writes to."""
    if isinstance(value, dict):
        output = value.get("S3Output")
        if isinstance(output, dict):
            yield output["S3Uri"]
        if "S3OutputPath" in value:
            yield value["S3OutputPath"]
        for member in value.values():
            yield from output_locations(member)
    elif isinstance(value, list):
        for member in value:
            yield from output_locations(member)


def test_the_complete_pipeline_of_the_catalog(tmp_path: Path) -> None:
    definition = compile_files(*catalog_files("xgboost_complete_e2e", tmp_path))
    compare(with_named_bundles(definition), HERE / "xgboost_complete_e2e.json")


@pytest.mark.skipif(not SHARED_CASE.exists(), reason="the shared cases are not here")
def test_a_users_own_files_of_last_year() -> None:
    catalog_complete = load_plugins().step_types["ModelCalibration"].script
    if catalog_complete is None or catalog_complete.path() is None:
        pytest.skip("not shipped: model_calibration.py")
    definition = compile_files(SHARED_CASE / "dag.json", SHARED_CASE / "config.json")
    assert {warning.code for warning in definition.warnings} == {"CUR0601"}
    compare(with_named_bundles(definition), HERE / "xgboost_complete_e2e_2025_09.json")


def test_a_project_with_scripts_of_its_own_model_and_transform() -> None:
    folder = HERE / "batch_transform"
    definition = compile_files(folder / "dag.json", folder / "config.json")
    compare(with_named_bundles(definition), HERE / "batch_transform.json")


@pytest.mark.parametrize("name", CATALOG)
def test_every_catalog_pipeline_writes_below_the_prefix_alone(name: str, tmp_path: Path) -> None:
    definition = compile_files(*catalog_files(name, tmp_path))
    locations = list(output_locations(definition.to_dict()["Steps"]))
    assert locations
    assert all(location["Std:Join"]["Values"][0] == PREFIX for location in locations)


@pytest.mark.parametrize("name", CATALOG)
def test_a_shuffled_dag_and_config_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    dag_file, config_file = catalog_files(name, tmp_path)
    dag, config = PipelineDAG.from_file(dag_file), json.loads(config_file.read_text("utf-8"))
    wanted = PipelineDAGCompiler(config_file).compile(dag).to_json()
    for seed in range(3):
        shuffle = random.Random(seed).sample  # noqa: S311 - a shuffle
        nodes, edges = shuffle(dag.nodes, len(dag.nodes)), shuffle(dag.edges, len(dag.edges))
        body = config.get("configuration", config)
        body["specific"] = dict(shuffle(sorted(body["specific"].items()), len(body["specific"])))
        config_file.write_text(json.dumps(config), "utf-8")
        assert (
            PipelineDAGCompiler(config_file).compile(PipelineDAG(nodes, edges)).to_json() == wanted
        )
