"""PipelineExecutor and PipelineDAGResolver, by the names that users of earlier designs know."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cursus.dag import PipelineDAG
from cursus.errors import DagError, RunError
from cursus.kernel.plan import Plan
from cursus.runtime import PipelineDAGResolver, PipelineExecutor
from cursus.runtime.synthesis.profile_file import ProfileError
from cursus.runtime.synthesis.recipe import Wishes

EDGES = [("Load", "Prepare"), ("Prepare", "Learn")]


@pytest.fixture
def config_file(plan_locally: Callable[..., Plan], tmp_path: Path) -> Path:
    """Write a config file for EDGES, with its scripts in src/ beside it."""
    plan = plan_locally(EDGES)
    entries = {step.node: step.config.model_dump(mode="json") for step in plan}
    types = {node: f"{node}Config" for node in entries}
    data = {"shared": {}, "specific": entries, "metadata": {"config_types": types}}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(data))
    return path


def test_a_pipeline_is_executed_and_told_step_by_step(
    config_file: Path, flights_data: Path, tmp_path: Path
) -> None:
    executor = PipelineExecutor(tmp_path / "workspace", config_path=config_file)
    result = executor.execute_pipeline(PipelineDAG([], EDGES), data_source=flights_data)
    assert result.error is None
    assert result.success
    assert [step.status for step in result.completed_steps] == ["SUCCESS"] * 3
    prepared = result.completed_steps[1]
    assert prepared.step_name == "Prepare"
    assert prepared.outputs == {"processed": "outputs/prepare/processed"}
    assert prepared.data_validation_report["processed"]["rows"] == 6
    assert result.memory_peak > 5
    assert result._repr_html_() == result.result._repr_html_()
    assert result.execution_plan.data_flow_map["Learn"] == {"input_path": "Prepare:processed"}


def test_a_failure_is_told_with_its_step(
    config_file: Path, flights_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "src" / "Prepare.py").write_text("def main(i, o, e, a): raise ValueError('no')")
    executor = PipelineExecutor(tmp_path / "workspace", config_path=config_file)
    result = executor.execute_pipeline(PipelineDAG([], EDGES), data_source=flights_data)
    assert not result.success
    assert result.error == "Prepare: ValueError: no (Prepare.py:1 in main)"
    statuses = [step.status for step in result.completed_steps]
    assert statuses == ["SUCCESS", "FAILURE", "SKIPPED"]
    assert result.completed_steps[2].error_message == "Prepare failed"


def test_synthetic_data_is_the_default_and_is_made_in_the_workspace(
    config_file: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text("rows: 40\nformat: csv\ncolumns: {late: {type: label}, x: {type: int}}\n")
    wishes = Wishes(profile=profile, seed=3)
    executor = PipelineExecutor(tmp_path / "work", config_path=config_file, wishes=wishes)
    result = executor.execute_pipeline(PipelineDAG([], EDGES))
    assert result.error is None
    assert result.completed_steps[0].data_validation_report["DATA"]["rows"] == 40
    assert list((tmp_path / "work" / "synthetic").glob("*/Load/DATA/part-00000.csv"))


def test_synthetic_data_needs_columns(config_file: Path, tmp_path: Path) -> None:
    executor = PipelineExecutor(tmp_path / "work", config_path=config_file)
    with pytest.raises(ProfileError, match="give a data profile"):
        executor.execute_pipeline(PipelineDAG([], EDGES))


def test_a_dag_that_is_in_no_catalog_needs_a_config(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="give config_path"):
        PipelineExecutor(tmp_path).execute_pipeline(PipelineDAG(["Nothing"]), tmp_path)


def test_another_testing_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="'live' is not known"):
        PipelineExecutor(tmp_path, testing_mode="live")


def test_a_resolver_orders_the_steps_and_knows_both_directions() -> None:
    resolver = PipelineDAGResolver(PipelineDAG(["c", "a", "b"], [("a", "b"), ("b", "c")]))
    plan = resolver.create_execution_plan()
    assert plan.execution_order == ["a", "b", "c"]
    assert plan.dependencies == {"a": [], "b": ["a"], "c": ["b"]}
    assert resolver.get_step_dependencies("c") == ["b"]
    assert resolver.get_dependent_steps("a") == ["b"]
    assert resolver.validate_dag_integrity() == {"cycles": [], "dangling_dependencies": []}
    with pytest.raises(RunError, match="no step z; its steps are c, a, b"):
        resolver.get_step_dependencies("z")


def test_a_resolver_names_cycles_and_dangling_dependencies() -> None:
    nodes = {"nodes": ["a", "b"], "edges": [["a", "b"], ["b", "a"], ["b", "z"]]}
    dag = PipelineDAG.read(json.dumps({"dag": nodes}))
    found = PipelineDAGResolver(dag).validate_dag_integrity()
    assert found["cycles"] == ["the steps form a cycle: a -> b -> a"]
    assert found["dangling_dependencies"] == ["edge b -> z names z, not among the nodes"]
    with pytest.raises(DagError):
        PipelineDAGResolver(dag).create_execution_plan()


def test_the_package_is_cheap_to_import() -> None:
    heavy = "{'polars', 'pandas', 'rich', 'jinja2', 'networkx', 'psutil', 'sagemaker', 'pydantic'}"
    code = f"import cursus.runtime, sys; print(sorted({heavy} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_running_needs_no_heavy_module_until_it_is_used() -> None:
    heavy = "{'polars', 'pandas', 'rich', 'jinja2', 'networkx', 'psutil', 'sagemaker'}"
    code = f"from cursus.runtime import PipelineExecutor, PipelineDAGResolver; import sys; print(sorted({heavy} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
