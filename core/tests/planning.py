"""A team's plugin for the tests of planning, and the short way to a plan with its step types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.errors import PlanError
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import load_plugins

TEAM = """
    from cursus import Input, Job, Output, StepType, hookimpl
    from cursus.kernel.step_type import Fault
    from cursus.paths import Uri
    from pydantic import BaseModel

    class _Config(BaseModel):
        model_config = {"frozen": True, "extra": "forbid"}
        job_type: str | None = None
        size: int = 1
        data: str | None = None
        step_name_override: str | None = None
        output_path_token: str | None = None

    JOB = Job(kind="service", environment=lambda c: {"SIZE": c.size, "NONE": None, "FLAG": True, "LIST": [1]})

    def check(config):
        if config.size > 100:
            yield Fault(field="size", message="size is too large to run", fix="make it 100 at most")

    def step(name, inputs=(), outputs=(), **more):
        config = type(f"{name}Config", (_Config,), {})
        return StepType(name=name, summary="", config=config, example={}, job=JOB, check=check,
                        inputs=inputs, outputs=outputs, **more)

    def table(name, **more):
        return Input(name=name, kinds=("table",), path="/in", **more)

    OUT = Output(name="out", kind="table", path="/out")
    TYPES = [
        step("Load", outputs=(OUT, Output(name="notes", kind="notes"))),
        step("Prep", (table("data", aliases=("old_data",)), table("more", required=False)), (OUT,)),
        step("Filled", (table("data", fill=lambda c: Uri(uri=c.data) if c.data else None),), (OUT,)),
        step("Either", (table("data", fill=lambda c: Uri(uri=c.data) if c.data else None,
                              required=lambda c: not c.data, accepts=("Load.out",)),), (OUT,)),
        step("Join", (table("left"), table("right")), (OUT,)),
        step("Train", (table("data", producer_job_type="training"),), (Output(name="model", kind="model"),)),
        step("Read", (Input(name="notes", kinds=("notes",), path="/n", required=False, accepts=("Load.notes",)),)),
        step("Must", documented=True),
    ]

    @hookimpl
    def cursus_step_types():
        return TYPES
"""

LOADS = {"Load_training": {"job_type": "training"}, "Load_testing": {"job_type": "testing"}}


def config_text(entries: dict[str, dict[str, Any]]) -> str:
    """Write a config file; the class of an entry is its key up to the first underscore."""
    types = {key: f"{key.partition('_')[0]}Config" for key in entries}
    return json.dumps({"shared": {}, "specific": entries, "metadata": {"config_types": types}})


def plan(
    edges: list[tuple[str, str]],
    entries: dict[str, dict[str, Any]],
    nodes: list[str] | None = None,
    **options: Any,
) -> Plan:
    plugins = load_plugins()
    dag = PipelineDAG(nodes or [], edges)
    configs = read_config_text(config_text(entries), plugins.config_classes())
    return make_plan(dag, configs, plugins, PlanOptions(**options))


def problems(*args: Any, **options: Any) -> dict[str, str]:
    with pytest.raises(PlanError) as caught:
        plan(*args, **options)
    return {problem.code: str(problem) for problem in caught.value.problems}
