"""Fixtures of the core's tests: installed distributions made of files, and shared real cases."""

from __future__ import annotations

import json
import runpy
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import load_plugins
from cursus.runtime import RunOptions, RunResult, run_pipeline

HERE = Path(__file__).parent
CASES = HERE.parents[2] / "shared" / "cases"
TEAM_SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": "arn:aws:iam::123456789012:role/Pipeline",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
    "framework_version": "1.7-1",
    "source_dir": "src",
}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Give a function that installs a distribution: its metadata and module, as files on the import path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def add(
        name: str,
        code: str,
        *,
        version: str = "1.0",
        requires: str = "cursus-core",
        entry: str = "",
    ) -> Path:
        module = name.replace("-", "_")
        (site / f"{module}.py").write_text(textwrap.dedent(code), "utf-8")
        info = site / f"{module}-{version}.dist-info"
        info.mkdir()
        metadata = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: {requires}\n"
        )
        (info / "METADATA").write_text(metadata, "utf-8")
        (info / "entry_points.txt").write_text(f"[cursus]\n{entry or module} = {module}\n", "utf-8")
        return site

    return add


@pytest.fixture
def planned(install: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., Plan]]:
    """Give a function that plans edges with fields by node, in a project with src/run.py."""
    install("team-plugin", (HERE / "team_pipeline.py").read_text("utf-8"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "run.py").write_text("print(1)\n", "utf-8")

    def plan(edges: list[tuple[str, str]], **fields: Any) -> Plan:
        options = fields.pop("options", PlanOptions())
        dag = PipelineDAG([], edges)
        entries = {
            node: {"processing_entry_point": "run.py"}
            for node in dag.nodes
            if node[:2] in ("Cl", "Pa")
        }
        for node in dag.nodes:
            entries[node] = {**entries.get(node, {}), **fields.get(node, {})}
        types = {node: f"{node.partition('_')[0]}Config" for node in dag.nodes}
        text = json.dumps(
            {"shared": TEAM_SHARED, "specific": entries, "metadata": {"config_types": types}}
        )
        plugins = load_plugins()
        configs = read_config_text(text, plugins.config_classes())
        return make_plan(dag, configs, plugins, replace(options, source_root=tmp_path))

    yield plan
    for name in [name for name in sys.modules if name.startswith("team_")]:
        del sys.modules[name]


@pytest.fixture
def plan_locally(install: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., Plan]]:
    """Give a function that plans edges of the plugin for local runs, with a script for each node.

    `scripts` replaces the script of a node, `fields` adds to its config; what follows `_` is the job type.
    """
    install("local-plugin", (HERE / "local_pipeline.py").read_text("utf-8"))
    shipped = runpy.run_path(str(HERE / "local_scripts.py"))["SCRIPTS"]
    source = tmp_path / "src"
    source.mkdir()

    def plan(edges: list[tuple[str, str]], nodes: Iterable[str] = (), **given: Any) -> Plan:
        dag = PipelineDAG(nodes, edges)
        entries: dict[str, dict[str, Any]] = {}
        for node in dag.nodes:
            kind, _, job_type = node.partition("_")
            text = given.get("scripts", {}).get(node, shipped.get(kind))
            fields = {"job_type": job_type} if job_type else {}
            if text is not None:
                (source / f"{node}.py").write_text(text)
                name = "training_entry_point" if kind == "Learn" else "processing_entry_point"
                fields[name] = f"{node}.py"
            entries[node] = {**fields, **given.get("fields", {}).get(node, {})}
        types = {node: f"{node.partition('_')[0]}Config" for node in dag.nodes}
        data = {"shared": TEAM_SHARED, "specific": entries, "metadata": {"config_types": types}}
        plugins = load_plugins()
        configs = read_config_text(json.dumps(data), plugins.config_classes())
        options = given.get("options", PlanOptions())
        return make_plan(dag, configs, plugins, replace(options, source_root=tmp_path))

    yield plan
    sys.modules.pop("local_plugin", None)


@pytest.fixture
def run_locally(plan_locally: Callable[..., Plan], tmp_path: Path) -> Callable[..., RunResult]:
    """Give a function that plans as `plan_locally` does and runs, on the folder tmp_path/data if it is there."""

    def run(edges: list[tuple[str, str]], **given: Any) -> RunResult:
        options = RunOptions(**{"workspace": tmp_path / "workspace", **given.pop("run", {})})
        if options.data is None and (tmp_path / "data").is_dir():
            options = replace(options, data=tmp_path / "data")
        return run_pipeline(plan_locally(edges, **given), load_plugins(), options)

    return run


@pytest.fixture
def flights_data(tmp_path: Path) -> Path:
    """Write two shards of six flights in all into tmp_path/data."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "part-0.csv").write_text("late,distance\n1,200\n0,900\n1,300\n")
    (folder / "part-1.csv").write_text("late,distance\n0,100\n0,2500\n1,700\n")
    return folder
