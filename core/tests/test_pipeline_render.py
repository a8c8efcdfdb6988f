"""A plan becomes a definition whose steps are the service's own requests."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus.codes.definition import DEFINITION_CODES
from cursus.errors import DefinitionError, PluginError
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions
from cursus.paths import FIXED, PipelineParameters
from cursus.pipeline import Definition, RenderOptions, render

FLOW = [
    ("Source", "Clean"),
    ("Clean", "Train"),
    ("Train", "Serve"),
    ("Serve", "Score"),
    ("Clean", "Score"),
]
PREFIX = {"Get": "Parameters.EXECUTION_S3_PREFIX"}
KEY = {"Get": "Parameters.KMS_ENCRYPTION_KEY_PARAM"}
NETWORK = {
    "SecurityGroupIds": [{"Get": "Parameters.SECURITY_GROUP_ID"}],
    "Subnets": [{"Get": "Parameters.VPC_SUBNET"}],
}

LITERAL = PipelineParameters(prefix="s3://bucket/run")

Make = Callable[..., Plan]


def steps_of(definition: Definition) -> dict[str, Any]:
    return {step["Name"]: step for step in definition.to_dict()["Steps"]}


def arguments_of(definition: Definition, step: str) -> Any:
    return steps_of(definition)[step]["Arguments"]


def codes_of(caught: pytest.ExceptionInfo[DefinitionError]) -> list[str]:
    return [problem.code for problem in caught.value.problems if problem.severity == "error"]


def test_a_whole_flow_renders_in_kahn_order_with_its_dependencies(planned: Make) -> None:
    definition = render(planned(FLOW))
    assert definition.name == "ada-Flights-xgboost-NA-1-0-0-pipeline"
    assert {name: step.get("DependsOn") for name, step in steps_of(definition).items()} == {
        "Clean": None,
        "Train": ["Clean"],
        "Serve": ["Train"],
        "Score": ["Clean", "Serve"],
    }
    assert definition.warnings == ()


def test_parameters_are_declared_standard_first_then_by_name(planned: Make) -> None:
    assert render(planned(FLOW)).to_dict()["Parameters"] == [
        {"Name": "EXECUTION_S3_PREFIX", "Type": "String"},
        {"Name": "KMS_ENCRYPTION_KEY_PARAM", "Type": "String"},
        {"Name": "SECURITY_GROUP_ID", "Type": "String"},
        {"Name": "VPC_SUBNET", "Type": "String"},
        {"Name": "Source_table", "Type": "String", "DefaultValue": "s3://lake/day"},
    ]


def test_the_order_of_nodes_and_edges_does_not_change_a_byte(planned: Make) -> None:
    wanted = render(planned(FLOW)).to_json()
    for seed in range(5):
        edges = random.Random(seed).sample(FLOW, len(FLOW))  # noqa: S311 - a shuffle
        assert render(planned(edges)).to_json() == wanted


def test_a_processing_step_reads_its_inputs_and_its_code_bundle(planned: Make) -> None:
    definition = render(planned(FLOW))
    clean = arguments_of(definition, "Clean")
    assert [(i["InputName"], i["S3Input"]["LocalPath"]) for i in clean["ProcessingInputs"]] == [
        ("table", "/opt/ml/processing/input/table"),
        ("code", "/opt/ml/processing/input/code"),
    ]
    assert clean["AppSpecification"]["ContainerEntrypoint"] == [
        "python3",
        "/opt/ml/processing/input/code/run.py",
    ]
    assert clean["ProcessingInputs"][1]["S3Input"]["S3Uri"] in definition.bundles
    assert clean["ProcessingInputs"][0]["S3Input"]["S3Uri"] == {"Get": "Parameters.Source_table"}


def test_an_optional_output_of_a_service_is_read_only_where_it_is_bound_explicitly(
    planned: Make,
) -> None:
    edges = [("Source", "Clean")]
    implicit = render(planned(edges))
    bound = render(planned(edges, options=PlanOptions(bindings={"Clean.notes": "Source:notes"})))
    assert "Source_notes" not in implicit.to_json()
    assert {"Name": "Source_notes", "Type": "String"} in bound.to_dict()["Parameters"]


def test_outputs_volumes_and_network_follow_the_parameters(planned: Make) -> None:
    clean = arguments_of(render(planned(FLOW)), "Clean")
    assert clean["ProcessingOutputConfig"]["KmsKeyId"] == KEY
    assert clean["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY
    assert clean["NetworkConfig"] == {
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": NETWORK,
    }
    assert clean["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == {
        "Std:Join": {"On": "/", "Values": [PREFIX, "clean", "cleaned"]}
    }


def test_training_reads_channels_below_its_input_and_its_packed_code(planned: Make) -> None:
    definition = render(planned(FLOW))
    train = arguments_of(definition, "Train")
    cleaned = {"Get": "Steps.Clean.ProcessingOutputConfig.Outputs['cleaned'].S3Output.S3Uri"}
    assert {
        c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"] for c in train["InputDataConfig"]
    } == {
        "train": {"Std:Join": {"On": "/", "Values": [cleaned, "train/"]}},
        "val": {"Std:Join": {"On": "/", "Values": [cleaned, "val/"]}},
    }
    archive = json.loads(train["HyperParameters"]["sagemaker_submit_directory"])
    assert archive.endswith("/sourcedir.tar.gz")
    assert list(definition.bundles[archive.rpartition("/")[0]].files) == ["sourcedir.tar.gz"]
    assert train["HyperParameters"]["sagemaker_program"] == '"run.py"'


def test_an_isolated_training_job_gets_its_code_as_a_channel(planned: Make) -> None:
    definition = render(planned(FLOW, Train={"enable_network_isolation": True}))
    train = arguments_of(definition, "Train")
    assert train["EnableNetworkIsolation"] is True
    assert train["InputDataConfig"][-1]["ChannelName"] == "code"
    assert (
        train["HyperParameters"]["sagemaker_submit_directory"]
        == '"/opt/ml/input/data/code/sourcedir.tar.gz"'
    )


def test_a_model_of_a_raw_archive_gets_its_script_from_a_bundle(planned: Make) -> None:
    container = arguments_of(render(planned(FLOW)), "Serve")["PrimaryContainer"]
    assert container["ModelDataUrl"] == {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
    assert container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"].startswith("s3://team-bucket/")


def test_a_model_of_a_packaged_archive_finds_its_script_inside(planned: Make) -> None:
    edges = [("Source", "Clean"), ("Clean", "Train"), ("Train", "Pack"), ("Pack", "Serve")]
    container = arguments_of(render(planned(edges)), "Serve")["PrimaryContainer"]
    folder = {"Get": "Steps.Pack.ProcessingOutputConfig.Outputs['packaged'].S3Output.S3Uri"}
    assert container["ModelDataUrl"] == {
        "Std:Join": {"On": "/", "Values": [folder, "model.tar.gz"]}
    }
    assert container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"] == "/opt/ml/model/code"


def test_a_transform_takes_the_models_name_and_the_one_data_input(planned: Make) -> None:
    score = arguments_of(render(planned(FLOW)), "Score")
    assert score["ModelName"] == {"Get": "Steps.Serve.ModelName"}
    assert score["TransformInput"]["ContentType"] == "text/csv"
    assert score["DataProcessing"] == {"JoinSource": "Input"}
    assert (
        score["TransformOutput"]["KmsKeyId"] == score["TransformResources"]["VolumeKmsKeyId"] == KEY
    )


@pytest.mark.parametrize(
    ("instance", "encrypted"),
    [("ml.m5.4xlarge", True), ("ml.g4dn.xlarge", False), ("ml.p4d.24xlarge", False)],
)
def test_volumes_on_local_disks_name_no_key(
    planned: Make, instance: str, *, encrypted: bool
) -> None:
    train = arguments_of(render(planned(FLOW, Train={"training_instance_type": instance})), "Train")
    assert ("VolumeKmsKeyId" in train["ResourceConfig"]) is encrypted
    assert train["OutputDataConfig"]["KmsKeyId"] == KEY


@pytest.mark.parametrize(("instance", "skip"), [("ml.m5.xlarge", True), ("ml.r5d.large", False)])
def test_a_config_decides_on_its_volumes_key(planned: Make, instance: str, *, skip: bool) -> None:
    fields = {"processing_instance_type_small": instance, "skip_volume_kms": skip}
    clean = arguments_of(render(planned([("Source", "Clean")], Clean=fields)), "Clean")
    cluster = clean["ProcessingResources"]["ClusterConfig"]
    assert ("VolumeKmsKeyId" in cluster) is not skip


def test_without_parameters_the_configs_own_location_stands_as_text(planned: Make) -> None:
    definition = render(planned(FLOW, options=PlanOptions(parameters=FIXED)))
    text = definition.to_json()
    assert [p["Name"] for p in definition.to_dict()["Parameters"]] == ["Source_table"]
    assert "s3://team-bucket/MODS/ada-Flights-xgboost-NA_1.0.0/clean/cleaned" in text
    assert "KmsKeyId" not in text
    assert "NetworkConfig" not in text


def test_a_configs_own_network_comes_before_the_parameters(planned: Make) -> None:
    own = {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}
    train = arguments_of(render(planned(FLOW, Train=own)), "Train")
    assert train["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}


def test_half_a_network_is_an_error(planned: Make) -> None:
    parameters = PipelineParameters(subnet=None)
    with pytest.raises(DefinitionError, match="no subnets") as caught:
        render(planned([("Source", "Clean")], options=PlanOptions(parameters=parameters)))
    assert codes_of(caught) == ["CUR0623"]


def test_caching_is_written_where_it_is_asked_for(planned: Make) -> None:
    definition = render(
        planned(FLOW, Clean={"enable_caching": True}, Serve={"enable_caching": True})
    )
    cached = {name: step.get("CacheConfig") for name, step in steps_of(definition).items()}
    assert cached["Clean"] == {"Enabled": True, "ExpireAfter": "P30D"}
    assert (cached["Train"], cached["Serve"]) == (None, None)


def test_a_long_overflow_value_leaves_the_environment_for_the_bundle(planned: Make) -> None:
    table = {f"currency_{number}": "1.25" for number in range(40)}
    definition = render(planned([("Source", "Clean")], Clean={"table": table}))
    clean = arguments_of(definition, "Clean")
    assert clean["Environment"] == {"LABEL": "late"}
    (bundle,) = definition.bundles.values()
    values = json.loads(bytes(bundle.files["environment.json"]))
    assert json.loads(values["TABLE"]) == table


def test_a_folder_of_scripts_is_uploaded_and_read_as_an_input(
    planned: Make, tmp_path: Path
) -> None:
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "inference.py").touch()
    definition = render(planned([("Source", "Clean")], Clean={"serving": "serving"}))
    inputs = arguments_of(definition, "Clean")["ProcessingInputs"]
    (uri,) = [i["S3Input"]["S3Uri"] for i in inputs if i["InputName"] == "serving"]
    assert list(definition.bundles[uri].files) == ["inference.py"]


def test_a_custom_step_is_rendered_by_its_type_and_waits_for_its_edges(planned: Make) -> None:
    step = steps_of(render(planned([("Source", "Clean"), ("Clean", "Publish")])))["Publish"]
    assert step["Type"] == "Lambda"
    assert step["DependsOn"] == ["Clean"]
    assert step["Arguments"]["table"]["Get"].startswith("Steps.Clean.")


def test_an_edge_through_an_absent_step_is_not_carried_over(planned: Make) -> None:
    edges = [
        ("Source", "Clean"),
        ("Clean", "Publish"),
        ("Publish", "Clean_late"),
        ("Source", "Clean_late"),
    ]
    definition = render(planned(edges, Publish={"way": "silent"}, Clean_late={"job_type": "late"}))
    assert "Publish" not in steps_of(definition)
    assert "DependsOn" not in steps_of(definition)["Clean-Late"]


@pytest.mark.parametrize(
    ("way", "error", "message"),
    [
        ("broken", PluginError, "team-plugin failed in Job.render of Publish.*no endpoint"),
        ("odd", DefinitionError, "team-plugin rendered 'a step' instead of a step"),
    ],
)
def test_a_custom_step_that_fails_names_its_plugin(
    planned: Make, way: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        render(planned([("Source", "Clean"), ("Clean", "Publish")], Publish={"way": way}))


def test_every_problem_of_every_step_is_in_one_error(planned: Make) -> None:
    fields = {
        "Clean": {"processing_framework_version": "9.9-9", "extra": "/data/here"},
        "Train": {"training_entry_point": "absent.py"},
    }
    with pytest.raises(DefinitionError) as caught:
        render(planned(FLOW, **fields))
    assert codes_of(caught) == ["CUR0622", "CUR0603"]
    local = planned(FLOW, Clean={"extra": "/data/here"})
    with pytest.raises(DefinitionError, match="only this machine can read"):
        render(local)


def test_an_image_of_the_config_skips_the_table(planned: Make) -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
    clean = arguments_of(
        render(planned([("Source", "Clean")], Clean={"image_uri": image})), "Clean"
    )
    assert clean["AppSpecification"]["ImageUri"] == image


def test_code_location_role_and_name_can_be_given(planned: Make) -> None:
    role = "arn:aws:iam::123456789012:role/Other"
    options = RenderOptions(role=role, code_location="s3://code/cursus/", pipeline_name="mine")
    definition = render(planned([("Source", "Clean")]), options)
    assert (definition.name, definition.role) == ("mine", role)
    assert arguments_of(definition, "Clean")["RoleArn"] == role
    assert next(iter(definition.bundles)).startswith("s3://code/cursus/")
    assert "//" not in next(iter(definition.bundles)).removeprefix("s3://")


def test_configs_that_name_different_pipelines_are_an_error(planned: Make) -> None:
    plan = planned(FLOW, Train={"service_name": "Trains"})
    with pytest.raises(DefinitionError, match="name different pipelines") as caught:
        render(plan)
    assert codes_of(caught) == ["CUR0629"]
    assert render(plan, RenderOptions(pipeline_name="mine")).name == "mine"


def test_a_service_in_another_region_does_not_change_the_pipelines_name(planned: Make) -> None:
    definition = render(planned([("Source", "Clean")], Source={"region": "EU"}))
    assert definition.name == "ada-Flights-xgboost-NA-1-0-0-pipeline"


def test_a_code_location_that_is_no_uri_is_an_error(planned: Make) -> None:
    with pytest.raises(DefinitionError) as caught:
        render(planned([("Source", "Clean")]), RenderOptions(code_location="code"))
    assert codes_of(caught) == ["CUR0628"]


def test_a_definition_and_its_bundles_are_written(planned: Make, tmp_path: Path) -> None:
    definition = render(planned(FLOW))
    written = definition.write(tmp_path / "out" / "p.json", tmp_path / "out" / "bundles")
    assert json.loads((tmp_path / "out" / "p.json").read_text("utf-8")) == definition.to_dict()
    assert sorted(path.name for path in written[1:]) == sorted(
        uri.rpartition("/")[2] for uri in definition.bundles
    )


def test_a_given_dict_is_free_to_change(planned: Make) -> None:
    definition = render(planned(FLOW))
    definition.to_dict()["Steps"].clear()
    assert len(definition.to_dict()["Steps"]) == 4


def test_a_dag_of_services_alone_is_no_pipeline(planned: Make) -> None:
    with pytest.raises(DefinitionError, match="no step of the DAG") as caught:
        render(planned([("Source", "Source_b")], Source_b={"job_type": "b"}))
    assert codes_of(caught) == ["CUR0627"]


def test_a_config_class_without_what_every_job_needs_is_named(planned: Make) -> None:
    plan = planned(
        [("Source", "Clean"), ("Clean", "Bare")], options=PlanOptions(parameters=LITERAL)
    )
    with pytest.raises(
        DefinitionError, match="BareConfig has no aws_region, pipeline_name"
    ) as caught:
        render(plan)
    assert caught.value.problems[0].place.path == "$.configuration.specific.Bare"


def test_every_code_that_the_package_uses_is_described() -> None:
    folder = Path(render.__code__.co_filename).parent
    used = {
        code
        for path in (*folder.glob("*.py"), folder.parent / "layouts.py")
        for code in re.findall(r"CUR06\d{2}", path.read_text("utf-8"))
    }
    assert used == set(DEFINITION_CODES)
