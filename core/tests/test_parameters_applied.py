"""Parameters in the definition itself: each one declared and used, keys and network on every kind of job."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from cursus import PipelineDAG, PipelineDAGCompiler
from cursus.errors import DefinitionError
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions
from cursus.pipeline import CompileOptions, render
from cursus.pipeline.parameters import read_parameters
from cursus.pipeline.service_model import load_service_model

FLOW = [
    ("Source", "Clean"),
    ("Clean", "Train"),
    ("Train", "Serve"),
    ("Serve", "Score"),
    ("Clean", "Score"),
]
NAMES = (
    "PIPELINE_EXECUTION_TEMP_DIR",
    "KMS_ENCRYPTION_KEY_PARAM",
    "PROCESSING_JOB_SHARED_NETWORK_CONFIG",
)
KEY = {"Get": "Parameters.KMS_ENCRYPTION_KEY_PARAM"}
GROUP = {"Get": "Parameters.SECURITY_GROUP_ID"}
SUBNET = {"Get": "Parameters.VPC_SUBNET"}
PREFIX = {"Get": "Parameters.EXECUTION_S3_PREFIX"}


def compiled(
    planned: Callable[..., Plan], given: Any, name: str | None = None, **fields: Any
) -> Any:
    """Plan and render with a list of parameters, and read the definition's text back."""
    standard = read_parameters(given, prefix_name=name).standard
    plan = planned(FLOW, options=PlanOptions(parameters=standard), **fields)
    return json.loads(render(plan).to_json())


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Walk all members of a JSON value with their names."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from members(member)
    elif isinstance(value, list):
        for member in value:
            yield from members(member)


def arguments(definition: Any) -> dict[str, Any]:
    return {step["Name"]: step["Arguments"] for step in definition["Steps"]}


@pytest.mark.parametrize(
    "given", list(chain.from_iterable(combinations(NAMES, count) for count in range(4))), ids=str
)
def test_what_is_declared_is_used_and_what_is_used_is_declared(
    given: tuple[str, ...], planned: Callable[..., Plan]
) -> None:
    definition = compiled(planned, list(given))
    declared = {parameter["Name"] for parameter in definition["Parameters"]}
    used = {text for name, text in members(definition["Steps"]) if name == "Get"}
    assert declared == {t.removeprefix("Parameters.") for t in used if t.startswith("Parameters.")}
    assert ("EXECUTION_S3_PREFIX" in declared) == (NAMES[0] in given)
    assert ("KMS_ENCRYPTION_KEY_PARAM" in declared) == (NAMES[1] in given)
    assert ({"SECURITY_GROUP_ID", "VPC_SUBNET"} <= declared) == (NAMES[2] in given)


def test_the_key_encrypts_every_output_and_every_volume(planned: Callable[..., Plan]) -> None:
    jobs = arguments(compiled(planned, None))
    assert jobs["Clean"]["ProcessingOutputConfig"]["KmsKeyId"] == KEY
    assert jobs["Clean"]["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY
    assert jobs["Train"]["OutputDataConfig"]["KmsKeyId"] == KEY
    assert jobs["Train"]["ResourceConfig"]["VolumeKmsKeyId"] == KEY
    assert jobs["Score"]["TransformOutput"]["KmsKeyId"] == KEY
    assert jobs["Score"]["TransformResources"]["VolumeKmsKeyId"] == KEY


LOCAL = ("g4dn", "g5", "g6", "p4d", "p5", "m5d", "c5d", "r5d", "i3")
KINDS = {
    "ProcessingInstanceType": ("Clean", "processing_instance_type_small"),
    "TrainingInstanceType": ("Train", "training_instance_type"),
    "TransformInstanceType": ("Score", "transform_instance_type"),
}


def offered(shape: str, families: tuple[str, ...]) -> list[str]:
    """List one instance type of each family that the service offers for a kind of job."""
    model = load_service_model()
    assert model is not None
    types = model.shapes[shape]["enum"]
    found = [[name for name in types if name.startswith(f"ml.{family}.")] for family in families]
    return [names[0] for names in found if names]


@pytest.mark.parametrize("shape", KINDS)
def test_volumes_on_local_disks_get_no_key_and_outputs_still_do(
    shape: str, planned: Callable[..., Plan]
) -> None:
    node, field = KINDS[shape]
    plan = planned(FLOW)
    types = offered(shape, LOCAL)
    assert len(types) >= 2
    for name in types:
        step = plan.steps[node]
        config = step.config.model_copy(update={field: name, "image_uri": "mine:1"})
        changed = replace(plan, steps={**plan.steps, node: replace(step, config=config)})
        job = arguments(json.loads(render(changed).to_json()))[node]
        names = [found for found, _ in members(job)]
        assert ("VolumeKmsKeyId" in names, "KmsKeyId" in names) == (False, True), name


@pytest.mark.parametrize("shape", KINDS)
def test_volumes_of_all_other_families_get_the_key(
    shape: str, planned: Callable[..., Plan]
) -> None:
    node, field = KINDS[shape]
    plan = planned(FLOW)
    for name in offered(shape, ("m5", "c5", "m4", "c4", "p3", "p2")):
        step = plan.steps[node]
        config = step.config.model_copy(update={field: name, "image_uri": "mine:1"})
        changed = replace(plan, steps={**plan.steps, node: replace(step, config=config)})
        job = arguments(json.loads(render(changed).to_json()))[node]
        assert ("VolumeKmsKeyId", KEY) in list(members(job)), name


def test_the_network_stands_on_every_kind_of_job_that_takes_one(
    planned: Callable[..., Plan],
) -> None:
    jobs = arguments(compiled(planned, None))
    network = {"SecurityGroupIds": [GROUP], "Subnets": [SUBNET]}
    assert jobs["Clean"]["NetworkConfig"] == {
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": network,
    }
    assert jobs["Train"]["VpcConfig"] == network
    assert jobs["Train"]["EnableInterContainerTrafficEncryption"] is True
    assert jobs["Serve"]["VpcConfig"] == network
    # CreateTransformJob takes no network: the job runs in that of its model.
    assert jobs["Score"]["ModelName"] == {"Get": "Steps.Serve.ModelName"}
    assert "VpcConfig" not in jobs["Score"]


@pytest.mark.parametrize(
    "prefix",
    ["s3://bucket/run/", "s3://bucket/run//", [("EXECUTION_S3_PREFIX", "s3://bucket/run/")]],
)
def test_a_slash_at_the_end_of_a_known_prefix_leads_to_no_empty_folder(
    prefix: Any, planned: Callable[..., Plan]
) -> None:
    definition = compiled(planned, prefix)
    texts = [text for _, text in members(definition) if isinstance(text, str)]
    assert not [text for text in texts if "//" in text.replace("s3://", "")]
    found = [text for text in texts if text.startswith("s3://bucket/run")]
    assert found
    assert all(text == "s3://bucket/run" or text.startswith("s3://bucket/run/") for text in found)


def test_a_renamed_prefix_is_the_base_of_every_output(planned: Callable[..., Plan]) -> None:
    definition = compiled(planned, None, "TeamPrefix")
    bases = [join["Values"][0] for name, join in members(definition) if name == "Std:Join"]
    bases = [base for base in bases if not base["Get"].startswith("Steps.")]
    assert bases
    assert all(base == {"Get": "Parameters.TeamPrefix"} for base in bases)
    assert PREFIX["Get"] not in json.dumps(definition)


CONFIG = {
    "shared": {
        "author": "ada",
        "bucket": "team-bucket",
        "role": "arn:aws:iam::123456789012:role/Pipeline",
        "region": "NA",
        "service_name": "Flights",
        "pipeline_version": "1.0.0",
        "framework_version": "1.7-1",
    },
    "specific": {"XGBoostModel": {}},
    "metadata": {"config_types": {"XGBoostModel": "XGBoostModelStepConfig"}},
}


@pytest.fixture
def model_alone(tmp_path: Path) -> Path:
    """Write the config of one step that writes nothing, and so has no use for a prefix or a key."""
    bindings = {"bindings": {"model_data": "s3://lake/model.tar.gz"}}
    data = {**CONFIG, "specific": {"XGBoostModel": bindings}}
    (tmp_path / "config.json").write_text(json.dumps(data), "utf-8")
    return tmp_path / "config.json"


def test_a_parameter_that_was_asked_for_and_is_not_used_is_an_error(model_alone: Path) -> None:
    dag = PipelineDAG(["XGBoostModel"], [])
    compiler = PipelineDAGCompiler(model_alone, pipeline_parameters=["KMS_ENCRYPTION_KEY_PARAM"])
    with pytest.raises(DefinitionError, match=r"CUR0613 error.*KMS_ENCRYPTION_KEY_PARAM"):
        compiler.compile(dag)


def test_the_parameters_of_the_default_list_are_left_out_where_nothing_needs_them(
    model_alone: Path,
) -> None:
    dag = PipelineDAG(["XGBoostModel"], [])
    definition = PipelineDAGCompiler(model_alone, options=CompileOptions()).compile(dag)
    names = [parameter["Name"] for parameter in definition.to_dict()["Parameters"]]
    assert names == ["SECURITY_GROUP_ID", "VPC_SUBNET"]
    assert {warning.code for warning in definition.warnings} >= {"CUR0613"}


def test_a_further_parameter_that_nothing_is_bound_to_is_an_error(model_alone: Path) -> None:
    dag = PipelineDAG(["XGBoostModel"], [])
    given = ["SECURITY_GROUP_ID", "VPC_SUBNET", ("ROUNDS", 5)]
    with pytest.raises(DefinitionError, match=r"CUR0613 error.*ROUNDS"):
        PipelineDAGCompiler(model_alone, pipeline_parameters=given).compile(dag)


@pytest.mark.parametrize("given", [["SECURITY_GROUP_ID"], ["VPC_SUBNET"]])
def test_half_a_network_is_an_error(given: list[str], model_alone: Path) -> None:
    dag = PipelineDAG(["XGBoostModel"], [])
    with pytest.raises(DefinitionError, match="CUR0623"):
        PipelineDAGCompiler(model_alone, pipeline_parameters=given).compile(dag)
