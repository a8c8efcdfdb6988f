"""What Cursus gives to programs that use SDK v3, and takes from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import importlib_metadata
import pytest
from cursus import images
from cursus.errors import ImageUriError
from cursus.images import FRAMEWORKS, image_uri
from cursus.paths import PREFIX, OutputPath, Parameter, StepProperty
from cursus.pipeline import to_sdk
from cursus.pipeline.parameters import read_parameters

if TYPE_CHECKING:
    from conftest import Account, Sdk
    from cursus.pipeline import Definition

ROLE = "arn:aws:iam::123456789012:role/Pipeline"
REGIONS = ("us-east-1", "eu-west-1", "us-west-2")
INSTANCES = (
    *("ml.m5.large", "ml.g5.12xlarge", "ml.p2.xlarge", "ml.p4d.24xlarge"),
    *("ml.m6g.large", "ml.inf1.xlarge", "m5.large", None),
)
PYTHONS = (None, "py3", "py310")
Retrieve = Callable[..., str | None]


def test_the_pipeline_object_says_what_the_definition_says(
    definition: Definition, sdk: Sdk
) -> None:
    pipeline = definition.to_sdk_pipeline(sdk.session)
    assert type(pipeline).__mro__[1].__module__ == "sagemaker.mlops.workflow.pipeline"
    assert without_mlflow(pipeline.definition()) == definition.to_dict()


def without_mlflow(text: str) -> dict[str, Any]:
    """Read a definition without the null that v3 writes for an MLflow server that nobody named."""
    data: dict[str, Any] = json.loads(text)
    assert data.pop("MlflowConfig") is None
    return data


def test_the_pipeline_object_upserts_and_starts(
    definition: Definition, sdk: Sdk, account: Account
) -> None:
    pipeline = definition.to_sdk_pipeline(sdk.session)
    created = pipeline.upsert(ROLE)
    again = pipeline.upsert(ROLE)
    execution = pipeline.start(parameters={"EXECUTION_S3_PREFIX": "s3://team-bucket/run"})
    described = account.sagemaker.describe_pipeline(PipelineName=definition.name)
    assert without_mlflow(described["PipelineDefinition"]) == definition.to_dict()
    assert created["PipelineArn"] == again["PipelineArn"] == described["PipelineArn"]
    found = account.sagemaker.list_pipeline_executions(PipelineName=definition.name)
    arns = [each["PipelineExecutionArn"] for each in found["PipelineExecutionSummaries"]]
    assert arns == [execution.arn]


def test_the_code_is_sent_before_the_pipeline(
    definition: Definition, sdk: Sdk, account: Account
) -> None:
    definition.to_sdk_pipeline(sdk.session).upsert(ROLE)
    listed = account.s3.list_objects_v2(Bucket="team-bucket")["Contents"]
    folders = {f"s3://team-bucket/{item['Key'].rpartition('/')[0]}" for item in listed}
    assert set(definition.bundles) <= folders


def test_a_step_made_by_hand_reads_a_compiled_one(definition: Definition, sdk: Sdk) -> None:
    steps = {step.name: step for step in definition.to_sdk_pipeline(sdk.session).steps}
    output = (
        steps["TabularPreprocessing-Training"]
        .properties.ProcessingOutputConfig.Outputs["processed_data"]
        .S3Output.S3Uri
    )
    assert output.expr == sdk.processed_data().expr


@pytest.mark.usefixtures("sdk")
def test_locations_become_the_sdks_objects() -> None:
    place = OutputPath(base=PREFIX) / "a" / "b"
    produced = StepProperty(step="A", path="ModelArtifacts.S3ModelArtifacts")
    given: Any = to_sdk({"x": [place, PREFIX, produced]})
    kinds = [type(value).__name__ for value in given["x"]]
    assert kinds == ["Join", "ParameterString", "Properties"]
    wanted = [place.to_json(), PREFIX.to_json(), produced.to_json()]
    assert [value.expr for value in given["x"]] == wanted


@pytest.mark.usefixtures("sdk")
def test_the_sdks_parameters_are_read() -> None:
    from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString

    prefix = ParameterString(name="EXECUTION_S3_PREFIX", default_value="s3://team/p/")
    given = read_parameters([prefix, ParameterInteger(name="Rounds", default_value=3)])
    assert given.standard.prefix == Parameter(name="EXECUTION_S3_PREFIX", default="s3://team/p")
    assert given.extra == (Parameter(name="Rounds", type="Integer", default=3),)


@pytest.fixture
def retrieve(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> Retrieve:
    """Give the SDK's own lookup, without its reading of the endpoint table on each call."""
    from sagemaker.core import image_uris
    from sagemaker.core.common_utils import _botocore_resolver

    assert sdk.session.boto_region_name == "us-east-1"
    monkeypatch.setattr("sagemaker.core.common_utils._botocore_resolver", cache(_botocore_resolver))

    def ask(*arguments: str | None) -> str | None:
        framework, version, region, python, instance, scope = arguments
        try:
            uri: str = image_uris.retrieve(
                framework, region, version, python, instance, image_scope=scope
            )
        except (ValueError, KeyError):
            return None
        return uri

    return ask


def ours_or_none(*arguments: Any) -> str | None:
    framework, version, region, python, instance, scope = arguments
    try:
        return image_uri(
            framework, version, region, py_version=python, instance_type=instance, scope=scope
        )
    except ImageUriError:
        return None


def is_of_another_version(uri: str | None, version: str) -> bool:
    """Say whether the SDK gives the only Graviton image that it has, whatever version was asked for."""
    return uri is not None and "arm64" in uri and f":{version}-" not in uri


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("scope", ["training", "inference"])
def test_every_image_is_the_one_that_the_sdk_gives(
    framework: str, scope: str, retrieve: Retrieve
) -> None:
    table = images._table(framework)[scope]
    versions = [*table["versions"], *table.get("version_aliases", {})]
    kinds = {*product(INSTANCES, (None,), REGIONS[:1]), *product(INSTANCES[:1], PYTHONS, REGIONS)}
    different = []
    for version, (instance, python, region) in product(versions, sorted(kinds, key=str)):
        arguments = (framework, version, region, python, instance, scope)
        mine, theirs = ours_or_none(*arguments), retrieve(*arguments)
        if mine != theirs and not is_of_another_version(theirs, version):
            different.append((arguments, mine, theirs))
    assert different == []


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("scope", ["training", "inference"])
def test_every_region_is_the_one_that_the_sdk_gives(
    framework: str, scope: str, retrieve: Retrieve
) -> None:
    versions = images._table(framework)[scope]["versions"]
    latest = list(versions)[-1]
    by_python = "registries" not in versions[latest]
    image = next(iter(versions[latest].values())) if by_python else versions[latest]
    for region in sorted({*image["registries"], "mars-north-1"}):
        arguments = (framework, latest, region, None, "ml.m5.large", scope)
        assert ours_or_none(*arguments) == retrieve(*arguments)


def test_the_tables_come_with_the_distribution_of_v3() -> None:
    folders = dict(images.TABLES)
    tables = importlib_metadata.distribution("sagemaker-core")
    found = tables.locate_file(f"{folders['sagemaker-core']}/xgboost.json")
    assert images._table("xgboost") == json.loads(found.read_text("utf-8"))
