"""What stands beside a step's arguments: retries as its config says, property files as its outputs declare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog import read_catalog
from cursus.config.step_config import RetryPolicy
from cursus.dag import PipelineDAG
from cursus.errors import InvalidInputError
from cursus.kernel.plugins import load_plugins
from cursus.pipeline import PipelineDAGCompiler
from pydantic import ValidationError

PIPELINE = "xgboost_training_with_evaluation"
POLICY = {"exception_types": ["SageMaker.CAPACITY_ERROR"], "max_attempts": 3}


def steps(folder: Path, entries: dict[str, dict[str, Any]], pipeline: str = PIPELINE) -> Any:
    """Compile a catalog pipeline with fields added to its config's entries; give its steps by name."""
    entry = read_catalog(load_plugins()).find(pipeline).entry
    config = json.loads(entry.config_text() or "")
    for key, fields in entries.items():
        config["configuration"]["specific"][key].update(fields)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "dag.json").write_text(entry.dag().to_json(), "utf-8")
    dag = PipelineDAG.from_file(folder / "dag.json")
    compiled = PipelineDAGCompiler(folder / "config.json").compile(dag)
    return {step["Name"]: step for step in compiled.to_dict()["Steps"]}


def test_retries_of_a_config_are_those_of_its_step_alone(tmp_path: Path) -> None:
    found = steps(tmp_path, {"XGBoostTraining": {"retry_policies": [POLICY]}})
    assert found["XGBoostTraining"]["RetryPolicies"] == [
        {
            "BackoffRate": 2.0,
            "IntervalSeconds": 1,
            "MaxAttempts": 3,
            "ExceptionType": ["SageMaker.CAPACITY_ERROR"],
        }
    ]
    assert [name for name, step in found.items() if "RetryPolicies" in step] == ["XGBoostTraining"]


def test_a_step_that_runs_no_job_is_not_retried_for_a_jobs_fault(tmp_path: Path) -> None:
    fields = {"Registration": {"retry_policies": [POLICY]}}
    with pytest.raises(InvalidInputError, match="a RegisterModel step runs no job") as caught:
        steps(tmp_path, fields, "xgboost_complete_e2e")
    assert [problem.code for problem in caught.value.problems] == ["CUR0660"]


def test_a_registration_is_retried_for_a_fault_of_the_call(tmp_path: Path) -> None:
    policy = {"exception_types": ["Step.THROTTLING"], "expire_after_minutes": 30}
    found = steps(tmp_path, {"Registration": {"retry_policies": [policy]}}, "xgboost_complete_e2e")
    assert found["Registration-NA"]["RetryPolicies"][0]["ExpireAfterMin"] == 30


@pytest.mark.parametrize("ends", [{}, {"max_attempts": 3, "expire_after_minutes": 5}])
def test_a_policy_ends_by_attempts_or_by_time(ends: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="give max_attempts or expire_after_minutes"):
        RetryPolicy.model_validate({"exception_types": ["Step.THROTTLING"], **ends})


def test_a_property_file_is_written_as_the_sdk_writes_it(tmp_path: Path) -> None:
    from sagemaker.workflow.properties import PropertyFile

    theirs = PropertyFile(name="metrics_output", output_name="metrics_output", path="metrics.json")
    (evaluation,) = (s for s in steps(tmp_path, {}).values() if "PropertyFiles" in s)
    assert evaluation["Name"].startswith("XGBoostModelEval")
    assert evaluation["PropertyFiles"] == [theirs.expr]
