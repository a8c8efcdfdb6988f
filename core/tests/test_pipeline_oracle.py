"""The SageMaker SDK, asked by hand for the same steps, gives the same requests but for its own noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog import read_catalog
from cursus.dag import PipelineDAG
from cursus.kernel.plugins import load_plugins
from cursus.pipeline import Definition, compile_dag_to_pipeline

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::123456789012:role/Pipeline"
SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": ROLE,
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
    "framework_version": "1.7-1",
    "source_dir": "src",
}
LABELS = {"full_field_list": ["id", "late", "day"], "tab_field_list": ["day"], "cat_field_list": []}
MODEL = {**LABELS, "id_name": "id", "label_name": "late", "multiclass_categories": [0, 1]}
CONFIGS: dict[str, dict[str, Any]] = {
    "DummyDataLoading_training": {"job_type": "training", "data_source": "s3://lake/flights"},
    "TabularPreprocessing_training": {
        "job_type": "training",
        "label_name": "late",
        "processing_entry_point": "prepare.py",
        "enable_caching": True,
    },
    "XGBoostTraining": {
        "training_entry_point": "train.py",
        "retry_policies": [
            {"exception_types": ["SageMaker.CAPACITY_ERROR"], "max_attempts": 5},
            {
                "exception_types": ["Step.THROTTLING", "Step.SERVICE_FAULT"],
                "interval_seconds": 30,
                "backoff_rate": 1.5,
                "expire_after_minutes": 120,
            },
        ],
        "hyperparameters": {**MODEL, "num_round": 5, "max_depth": 3},
    },
    "XGBoostModel": {"entry_point": "serve.py"},
    "BatchTransform_testing": {"job_type": "testing"},
}
CLASSES = {
    "XGBoostModel": "XGBoostModelStepConfig",
    "BatchTransform_testing": "BatchTransformStepConfig",
}
EDGES = [
    ("DummyDataLoading_training", "TabularPreprocessing_training"),
    ("TabularPreprocessing_training", "XGBoostTraining"),
    ("XGBoostTraining", "XGBoostModel"),
    ("XGBoostModel", "BatchTransform_testing"),
    ("TabularPreprocessing_training", "BatchTransform_testing"),
]


@pytest.fixture(scope="module")
def definition(tmp_path_factory: pytest.TempPathFactory) -> Definition:
    """Compile the five steps, in a project with three scripts of its own."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "src").mkdir()
    for name in ("prepare.py", "train.py", "serve.py"):
        (folder / "src" / name).write_text("print(1)\n", "utf-8")
    types = {key: CLASSES.get(key, f"{key.partition('_')[0]}Config") for key in CONFIGS}
    text = {"shared": SHARED, "specific": CONFIGS, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(text), "utf-8")
    return compile_dag_to_pipeline(PipelineDAG([], EDGES), folder / "config.json")


@pytest.fixture(scope="module")
def ours(definition: Definition) -> dict[str, Any]:
    return {step["Name"]: step for step in definition.to_dict()["Steps"]}


@pytest.fixture(scope="module")
def registration(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Compile the catalog's complete pipeline and give its last step."""
    entry = read_catalog(load_plugins()).find("xgboost_complete_e2e").entry
    config = tmp_path_factory.mktemp("catalog") / "config.json"
    config.write_text(json.dumps(entry.config), "utf-8")
    step: dict[str, Any] = compile_dag_to_pipeline(entry.dag(), config).to_dict()["Steps"][-1]
    return step


class Sdk:
    """The SDK's side: the same steps by hand, offline, with a stub session."""

    def __init__(self) -> None:
        import boto3
        from sagemaker.workflow.parameters import ParameterString
        from sagemaker.workflow.pipeline_context import PipelineSession

        keys = {"aws_access_key_id": "stub", "aws_secret_access_key": "stub"}
        session: Any = PipelineSession(boto_session=boto3.Session(region_name="us-east-1", **keys))
        session._default_bucket = "team-bucket"
        self.session = session
        names = (
            "EXECUTION_S3_PREFIX",
            "KMS_ENCRYPTION_KEY_PARAM",
            "SECURITY_GROUP_ID",
            "VPC_SUBNET",
        )
        self.prefix, self.key, self.group, self.subnet = (ParameterString(name) for name in names)
        self.parameters = [self.prefix, self.key, self.group, self.subnet]

    def join(self, *parts: Any) -> Any:
        from sagemaker.workflow.functions import Join

        return Join(on="/", values=list(parts))

    def request_of(self, step: Any) -> dict[str, Any]:
        request: dict[str, Any] = json.loads(
            json.dumps(step.to_request(), default=lambda v: v.expr)
        )
        return request


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        return Sdk()


def property_of(step: str, path: str) -> Any:
    """Give an SDK object for a property of a step that this test does not build."""
    from sagemaker.workflow.properties import Properties

    return Properties(step_name=step, path=path)


def processed_data() -> Any:
    path = "ProcessingOutputConfig.Outputs['processed_data'].S3Output.S3Uri"
    return property_of("TabularPreprocessing-Training", path)


def archive(sdk: Sdk, step: str, output: str, file: str) -> Any:
    """Give the location of an archive in a step's output."""
    path = f"ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"
    return sdk.join(property_of(step, path), file)


def without(data: dict[str, Any], *paths: str) -> dict[str, Any]:
    """Copy data without the members at the given paths, each of which must be there."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for path in paths:
        *parents, last = path.split(".")
        place: Any = copy
        for name in parents:
            place = place[int(name) if isinstance(place, list) else name]
        del place[last]
    return copy


def test_processing(ours: dict[str, Any], sdk: Sdk) -> None:
    from sagemaker.network import NetworkConfig
    from sagemaker.processing import ProcessingInput, ProcessingOutput
    from sagemaker.sklearn.processing import SKLearnProcessor
    from sagemaker.workflow.steps import CacheConfig, ProcessingStep

    name = "TabularPreprocessing-Training"
    mine = ours[name]
    code = mine["Arguments"]["ProcessingInputs"][-1]["S3Input"]["S3Uri"]
    producer = "ProcessingOutputConfig.Outputs['{}'].S3Output.S3Uri"
    inputs = [
        ProcessingInput(
            property_of("DummyDataLoading-Training", producer.format(port)),
            f"/opt/ml/processing/input/{port.lower()}",
            input_name=port,
        )
        for port in ("DATA", "SIGNATURE")
    ]
    target = sdk.join(sdk.prefix, "tabular_preprocessing", "training", "processed_data")
    processor = SKLearnProcessor(
        framework_version="1.2-1",
        role=ROLE,
        instance_type="ml.m5.2xlarge",
        instance_count=1,
        volume_size_in_gb=500,
        volume_kms_key=sdk.key,
        output_kms_key=sdk.key,
        max_runtime_in_seconds=172800,
        env=mine["Arguments"]["Environment"],
        network_config=NetworkConfig(
            enable_network_isolation=False,
            encrypt_inter_container_traffic=True,
            security_group_ids=[sdk.group],
            subnets=[sdk.subnet],
        ),
        sagemaker_session=sdk.session,
    )
    arguments = processor.run(
        code=f"{code}/prepare.py",
        inputs=inputs,
        outputs=[
            ProcessingOutput(
                source="/opt/ml/processing/output", destination=target, output_name="processed_data"
            )
        ],
        arguments=["--job_type", "training"],
    )
    step = ProcessingStep(
        name,
        step_args=arguments,
        depends_on=["DummyDataLoading-Training"],
        cache_config=CacheConfig(enable_caching=True, expire_after="P30D"),
    )
    # The SDK gives the job one file; ours gets its whole bundle, at the same place.
    differs = "Arguments.ProcessingInputs.2.S3Input.S3Uri"
    theirs = sdk.request_of(step)
    assert theirs["Arguments"]["ProcessingInputs"][2]["S3Input"]["S3Uri"] == f"{code}/prepare.py"
    assert without(mine, differs) == without(theirs, differs)


def test_training(ours: dict[str, Any], sdk: Sdk) -> None:
    from sagemaker.inputs import TrainingInput
    from sagemaker.workflow.retry import (
        SageMakerJobExceptionTypeEnum,
        SageMakerJobStepRetryPolicy,
        StepExceptionTypeEnum,
        StepRetryPolicy,
    )
    from sagemaker.workflow.steps import TrainingStep
    from sagemaker.xgboost.estimator import XGBoost

    mine = ours["XGBoostTraining"]
    estimator = XGBoost(
        entry_point="train.py",
        source_dir=json.loads(mine["Arguments"]["HyperParameters"]["sagemaker_submit_directory"]),
        framework_version="1.7-1",
        role=ROLE,
        instance_type="ml.m5.4xlarge",
        instance_count=1,
        volume_size=30,
        volume_kms_key=sdk.key,
        output_kms_key=sdk.key,
        output_path=sdk.join(sdk.prefix, "xgboost_training"),
        max_run=172800,
        environment={"USE_SECURE_PYPI": "false", "REGION": "NA"},
        subnets=[sdk.subnet],
        security_group_ids=[sdk.group],
        encrypt_inter_container_traffic=True,
        sagemaker_session=sdk.session,
    )
    splits = {
        name: TrainingInput(sdk.join(processed_data(), f"{name}/"))
        for name in ("train", "val", "test")
    }
    step = TrainingStep(
        "XGBoostTraining",
        step_args=estimator.fit(splits),
        depends_on=["TabularPreprocessing-Training"],
        retry_policies=[
            SageMakerJobStepRetryPolicy(
                exception_types=[SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], max_attempts=5
            ),
            StepRetryPolicy(
                exception_types=[
                    StepExceptionTypeEnum.THROTTLING,
                    StepExceptionTypeEnum.SERVICE_FAULT,
                ],
                interval_seconds=30,
                backoff_rate=1.5,
                expire_after_mins=120,
            ),
        ],
    )
    # Debugger and profiler are switched on by the SDK alone; the service needs neither.
    noise = ("Arguments.DebugHookConfig", "Arguments.ProfilerConfig")
    assert mine == without(sdk.request_of(step), *noise)


def test_model(ours: dict[str, Any], sdk: Sdk) -> None:
    from sagemaker.workflow.model_step import ModelStep
    from sagemaker.xgboost.model import XGBoostModel

    mine = ours["XGBoostModel"]
    container = mine["Arguments"]["PrimaryContainer"]
    model = XGBoostModel(
        model_data=property_of("XGBoostTraining", "ModelArtifacts.S3ModelArtifacts"),
        role=ROLE,
        entry_point="serve.py",
        source_dir=container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"],
        framework_version="1.7-1",
        vpc_config={"SecurityGroupIds": [sdk.group], "Subnets": [sdk.subnet]},
        sagemaker_session=sdk.session,
    )
    step = ModelStep(
        "XGBoostModel",
        step_args=model.create(instance_type="ml.m5.large"),
        depends_on=["XGBoostTraining"],
    )
    # The SDK adds a suffix to the name of the step.
    theirs = sdk.request_of(step.steps[0])
    assert without(mine, "Name") == without(theirs, "Name")


def test_registration(registration: dict[str, Any], sdk: Sdk) -> None:
    from sagemaker.model import Model
    from sagemaker.workflow.model_step import ModelStep

    (container,) = registration["Arguments"]["InferenceSpecification"]["Containers"]
    model = Model(
        image_uri=container["Image"],
        model_data=archive(sdk, "Package", "packaged_model", "model.tar.gz"),
        role=ROLE,
        env=container["Environment"],
        sagemaker_session=sdk.session,
    )
    arguments = model.register(
        model_package_group_name="demo-Flights-xgboost-NA",
        description="Flights xgboost Model NA",
        content_types=["text/csv"],
        response_types=["application/json"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status="PendingManualApproval",
        sample_payload_url=archive(sdk, "Payload", "payload_sample", "payload.tar.gz"),
    )
    before: list[Any] = ["Package", "Payload"]
    step = ModelStep("Registration-NA", step_args=arguments, depends_on=before)
    theirs = sdk.request_of(step.steps[0])
    # The SDK adds a suffix to the name, and writes out the service's default: the model is validated.
    noise = ("Name", "Arguments.SkipModelValidation")
    assert theirs["Arguments"]["SkipModelValidation"] == "None"
    assert without(registration, "Name") == without(theirs, *noise)


def test_transform(ours: dict[str, Any], sdk: Sdk) -> None:
    from sagemaker.transformer import Transformer
    from sagemaker.workflow.steps import TransformStep

    name = "BatchTransform-Testing"
    transformer = Transformer(
        model_name=property_of("XGBoostModel", "ModelName"),
        instance_type="ml.m5.large",
        instance_count=1,
        output_path=sdk.join(sdk.prefix, "batch_transform", "testing", "transform_output"),
        accept="text/csv",
        assemble_with="Line",
        output_kms_key=sdk.key,
        volume_kms_key=sdk.key,
        sagemaker_session=sdk.session,
    )
    arguments = transformer.transform(
        data=processed_data(),
        content_type="text/csv",
        split_type="Line",
        input_filter="$[1:]",
        output_filter="$[-1]",
        join_source="Input",
    )
    before: list[Any] = ["TabularPreprocessing-Training", "XGBoostModel"]
    step = TransformStep(name, step_args=arguments, depends_on=before)
    assert ours[name] == sdk.request_of(step)


def test_the_definition_around_the_steps_is_the_sdks(definition: Definition, sdk: Sdk) -> None:
    from sagemaker.workflow.pipeline import Pipeline

    pipeline = Pipeline("p", parameters=sdk.parameters, steps=[], sagemaker_session=sdk.session)
    theirs = json.loads(pipeline.definition())
    assert without(definition.to_dict(), "Steps") == without(theirs, "Steps")


def test_code_location_is_the_only_place_with_a_fixed_bucket(
    definition: Definition, tmp_path: Path
) -> None:
    text = definition.write(tmp_path / "p.json")[0].read_text("utf-8")
    fixed = [part for part in text.split('"') if part.startswith("s3://")]
    code = "s3://team-bucket/MODS/ada-Flights-xgboost-NA_1.0.0/code/"
    assert {uri for uri in fixed if not uri.startswith(code)} == {"s3://lake/flights"}
