"""SDK v3, asked by hand for the same steps, gives the same requests but for its own noise.

What is left out of a comparison stands in the test of its step, field by field with the reason.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Sdk
    from cursus.pipeline import Definition

    Steps = dict[str, Any]


def container_of(step: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = step["Arguments"]["PrimaryContainer"]
    return container


def processing_input(sdk: Sdk, port: str) -> Any:
    from sagemaker.core.shapes import ProcessingInput, ProcessingS3Input

    path = f"ProcessingOutputConfig.Outputs['{port}'].S3Output.S3Uri"
    s3_input = ProcessingS3Input(
        s3_uri=sdk.property_of("DummyDataLoading-Training", path),
        local_path=f"/opt/ml/processing/input/{port.lower()}",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
        s3_data_distribution_type="FullyReplicated",
        s3_compression_type="None",
    )
    return ProcessingInput(input_name=port, s3_input=s3_input)


def processing_output(sdk: Sdk) -> Any:
    from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output

    target = sdk.join(sdk.parameters[0], "tabular_preprocessing", "training", "processed_data")
    s3_output = ProcessingS3Output(
        s3_uri=target, local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
    )
    return ProcessingOutput(output_name="processed_data", s3_output=s3_output)


def script_processor(sdk: Sdk, image: str, environment: dict[str, str]) -> Any:
    from sagemaker.core.network import NetworkConfig
    from sagemaker.core.processing import ScriptProcessor

    _, key, group, subnet = sdk.parameters
    return ScriptProcessor(
        role="arn:aws:iam::123456789012:role/Pipeline",
        image_uri=image,
        command=["python3"],
        instance_count=1,
        instance_type="ml.m5.2xlarge",
        volume_size_in_gb=500,
        volume_kms_key=key,
        output_kms_key=key,
        max_runtime_in_seconds=172800,
        env=environment,
        network_config=NetworkConfig(
            enable_network_isolation=False,
            encrypt_inter_container_traffic=True,
            security_group_ids=[group],
            subnets=[subnet],
        ),
        sagemaker_session=sdk.session,
    )


def test_processing(ours: Steps, sdk: Sdk) -> None:
    from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep

    mine = ours["TabularPreprocessing-Training"]
    asked = mine["Arguments"]
    code = asked["ProcessingInputs"][-1]["S3Input"]["S3Uri"]
    image = asked["AppSpecification"]["ImageUri"]
    arguments = script_processor(sdk, image, asked["Environment"]).run(
        code=f"{code}/prepare.py",
        inputs=[processing_input(sdk, port) for port in ("DATA", "SIGNATURE")],
        outputs=[processing_output(sdk)],
        arguments=["--job_type", "training"],
    )
    step = ProcessingStep(
        mine["Name"],
        step_args=arguments,
        depends_on=["DummyDataLoading-Training"],
        cache_config=CacheConfig(enable_caching=True, expire_after="P30D"),
    )
    theirs = sdk.request_of(step)
    # v3 leaves out AppManaged, which v2 and Cursus write as False, the service's default.
    for port in (*asked["ProcessingInputs"], *asked["ProcessingOutputConfig"]["Outputs"]):
        assert port.pop("AppManaged") is False
    # The SDK gives the job one file; ours gets its whole bundle, at the same place.
    sent = theirs["Arguments"]["ProcessingInputs"][-1]["S3Input"]
    assert sent["S3Uri"] == f"{code}/prepare.py"
    assert mine == {**theirs, "Arguments": with_code(theirs["Arguments"], code)}


def with_code(arguments: dict[str, Any], code: str) -> dict[str, Any]:
    *inputs, last = arguments["ProcessingInputs"]
    whole = {**last, "S3Input": {**last["S3Input"], "S3Uri": code}}
    return {**arguments, "ProcessingInputs": [*inputs, whole]}


def model_trainer(sdk: Sdk, asked: dict[str, Any]) -> Any:
    from sagemaker.train.configs import Compute, Networking, OutputDataConfig, StoppingCondition
    from sagemaker.train.model_trainer import ModelTrainer

    prefix, key, group, subnet = sdk.parameters
    return ModelTrainer(
        sagemaker_session=sdk.session,
        role="arn:aws:iam::123456789012:role/Pipeline",
        training_image=asked["AlgorithmSpecification"]["TrainingImage"],
        training_input_mode="File",
        base_job_name="training",
        compute=Compute(
            instance_type="ml.m5.4xlarge",
            instance_count=1,
            volume_size_in_gb=30,
            volume_kms_key_id=key,
        ),
        networking=Networking(
            subnets=[subnet],
            security_group_ids=[group],
            enable_inter_container_traffic_encryption=True,
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=172800),
        output_data_config=OutputDataConfig(
            s3_output_path=sdk.join(prefix, "xgboost_training"), kms_key_id=key
        ),
        environment={"USE_SECURE_PYPI": "false", "REGION": "NA"},
        # v3 sends text as it is; the framework images read JSON, which v2 made of it.
        hyperparameters=asked["HyperParameters"],
    )


def test_training(ours: Steps, sdk: Sdk) -> None:
    from sagemaker.mlops.workflow.steps import TrainingStep
    from sagemaker.train.configs import InputData

    mine = ours["XGBoostTraining"]
    splits = [
        InputData(channel_name=name, data_source=sdk.join(sdk.processed_data(), f"{name}/"))
        for name in ("train", "val", "test")
    ]
    arguments = model_trainer(sdk, mine["Arguments"]).train(input_data_config=splits)
    before = ["TabularPreprocessing-Training"]
    theirs = sdk.request_of(TrainingStep(mine["Name"], step_args=arguments, depends_on=before))
    # v3 writes out two defaults of the service: archives are compressed ...
    assert theirs["Arguments"]["OutputDataConfig"].pop("CompressionType") == "GZIP"
    # ... and each channel reads as the whole job does, which TrainingInputMode says.
    for channel in theirs["Arguments"]["InputDataConfig"]:
        assert channel.pop("InputMode") == "File"
    assert mine == theirs


def test_hyperparameters_are_the_json_that_the_images_read(ours: Steps) -> None:
    values = ours["XGBoostTraining"]["Arguments"]["HyperParameters"].values()
    assert [type(json.loads(value)) for value in values] == [str, str, int, str]


def test_model(ours: Steps, sdk: Sdk) -> None:
    from sagemaker.core.training.configs import Networking
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.serve.model_builder import ModelBuilder

    mine = ours["XGBoostModel"]
    _, _, group, subnet = sdk.parameters
    builder = ModelBuilder(
        image_uri=container_of(mine)["Image"],
        s3_model_data_url=sdk.property_of("XGBoostTraining", "ModelArtifacts.S3ModelArtifacts"),
        env_vars=container_of(mine)["Environment"],
        role_arn="arn:aws:iam::123456789012:role/Pipeline",
        instance_type="ml.m5.large",
        network=Networking(subnets=[subnet], security_group_ids=[group]),
        sagemaker_session=sdk.session,
    )
    step = ModelStep("XGBoostModel", step_args=builder.build(), depends_on=["XGBoostTraining"])
    assert mine == sdk.request_of(step)


def test_registration(registration: dict[str, Any], sdk: Sdk) -> None:
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.serve.model_builder import ModelBuilder

    (container,) = registration["Arguments"]["InferenceSpecification"]["Containers"]
    builder = ModelBuilder(
        image_uri=container["Image"],
        s3_model_data_url=sdk.archive("Package", "packaged_model", "model.tar.gz"),
        env_vars=container["Environment"],
        role_arn="arn:aws:iam::123456789012:role/Pipeline",
        instance_type="ml.m5.large",
        sagemaker_session=sdk.session,
    )
    arguments = builder.register(
        model_package_group_name="demo-Flights-xgboost-NA",
        description="Flights xgboost Model NA",
        content_types=["text/csv"],
        response_types=["application/json"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status="PendingManualApproval",
        sample_payload_url=sdk.archive("Payload", "payload_sample", "payload.tar.gz"),
    )
    before = ["Package", "Payload"]
    step = ModelStep(registration["Name"], step_args=arguments, depends_on=before)
    theirs = sdk.request_of(step)
    # v2 and v3 write out the service's default: the model is validated.
    assert theirs["Arguments"].pop("SkipModelValidation") == "None"
    assert registration == theirs


def test_transform(ours: Steps, sdk: Sdk) -> None:
    from sagemaker.core.transformer import Transformer
    from sagemaker.mlops.workflow.steps import TransformStep

    prefix, key, _, _ = sdk.parameters
    transformer = Transformer(
        model_name=sdk.property_of("XGBoostModel", "ModelName"),
        instance_type="ml.m5.large",
        instance_count=1,
        output_path=sdk.join(prefix, "batch_transform", "testing", "transform_output"),
        accept="text/csv",
        assemble_with="Line",
        output_kms_key=key,
        volume_kms_key=key,
        sagemaker_session=sdk.session,
    )
    arguments = transformer.transform(
        data=sdk.processed_data(),
        content_type="text/csv",
        split_type="Line",
        input_filter="$[1:]",
        output_filter="$[-1]",
        join_source="Input",
    )
    before = ["TabularPreprocessing-Training", "XGBoostModel"]
    step = TransformStep("BatchTransform-Testing", step_args=arguments, depends_on=before)
    assert ours["BatchTransform-Testing"] == sdk.request_of(step)


def test_the_definition_around_the_steps_is_the_sdks(definition: Definition, sdk: Sdk) -> None:
    from sagemaker.mlops.workflow.pipeline import Pipeline

    pipeline = Pipeline(
        "p", parameters=list(sdk.parameters), steps=[], sagemaker_session=sdk.session
    )
    theirs = json.loads(pipeline.definition())
    # v3 writes a null for an MLflow server that nobody named; the service takes it as nothing.
    assert theirs.pop("MlflowConfig") is None
    assert {**definition.to_dict(), "Steps": []} == theirs
