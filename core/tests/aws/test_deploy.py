"""Deploying: a pipeline is created, updated or left as it is, and its code is sent once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.demo.project import write_project
from cursus.errors import AwsError, DeployError
from cursus.pipeline import (
    AwsAccess,
    Definition,
    DeployOptions,
    compile_dag_to_pipeline,
    deploy,
)

NAME = "ada-Flights-xgboost-NA-1-0-0-pipeline"
Compile = Callable[..., Definition]


def test_a_new_pipeline_is_created_after_its_code(
    proxy: Any, account: Any, definition: Definition
) -> None:
    done = deploy(definition)
    assert (done.action, done.name, done.present) == ("created", NAME, 0)
    assert [f"s3://team-bucket/{key}" for key in account.objects()] == sorted(done.uploaded)
    assert len(done.uploaded) == 3
    found = account.sagemaker.describe_pipeline(PipelineName=NAME)
    assert json.loads(found["PipelineDefinition"]) == definition.to_dict()
    assert (found["PipelineArn"], found["RoleArn"]) == (done.arn, definition.role)
    operations = [name for name, _ in proxy.requests]
    assert operations.index("CreatePipeline") > max(
        number for number, name in enumerate(operations) if name == "PUT"
    )


def test_the_code_arrives_as_it_is(account: Any, compiled: Compile, project: Path) -> None:
    done = deploy(compiled())
    (key,) = [uri for uri in done.uploaded if uri.endswith("/rules.py")]
    body = account.s3.get_object(Bucket="team-bucket", Key=key.partition("team-bucket/")[2])["Body"]
    assert body.read() == (project / "src" / "rules.py").read_bytes()


def test_a_second_deployment_only_looks(proxy: Any, account: Any, definition: Definition) -> None:
    deploy(definition)
    proxy.requests.clear()
    again = deploy(definition)
    assert (again.action, again.uploaded, again.present) == ("unchanged", (), 3)
    assert sorted(name for name, _ in proxy.requests) == ["DescribePipeline", *["HEAD"] * 3]
    assert len(account.objects()) == 3


def test_a_changed_script_is_sent_and_the_pipeline_updated(
    account: Any, compiled: Compile, project: Path
) -> None:
    first = deploy(compiled())
    (project / "src" / "rules.py").write_text("RULES = 2\n", "utf-8")
    second = deploy(compiled())
    assert (second.action, second.arn) == ("updated", first.arn)
    assert len(second.uploaded) == 2
    assert set(first.uploaded).isdisjoint(second.uploaded)
    text = account.sagemaker.describe_pipeline(PipelineName=NAME)["PipelineDefinition"]
    assert second.uploaded[0].rpartition("/")[0] in text


def test_another_role_or_parallelism_is_an_update(account: Any, definition: Definition) -> None:
    deploy(definition)
    role = "arn:aws:iam::123456789012:role/Other"
    assert deploy(definition, options=DeployOptions(role=role)).action == "updated"
    options = DeployOptions(role=role, parallelism=3)
    assert deploy(definition, options=options).action == "updated"
    assert deploy(definition, options=options).action == "unchanged"
    found = account.sagemaker.describe_pipeline(PipelineName=NAME)
    assert found["RoleArn"] == role
    assert found["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}


def test_tags_are_set_added_and_changed_and_others_stay(
    account: Any, definition: Definition
) -> None:
    first = deploy(definition, options=DeployOptions(tags={"team": "flights", "stage": "test"}))
    second = deploy(definition, options=DeployOptions(tags={"stage": "live", "cost": "7"}))
    third = deploy(definition, options=DeployOptions(tags={"stage": "live"}))
    assert [d.tags_changed for d in (first, second, third)] == [False, True, False]
    assert second.action == "unchanged"
    tags = account.sagemaker.list_tags(ResourceArn=first.arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "team": "flights",
        "stage": "live",
        "cost": "7",
    }


def large(definition: Definition) -> Definition:
    """Make a definition of more than 100 kB."""
    data = definition.to_dict()
    data["Metadata"] = {f"Note{number}": "x" * 1000 for number in range(120)}
    return replace(definition, data=data)


def test_a_large_definition_goes_through_s3_before_the_pipeline(
    proxy: Any, account: Any, definition: Definition
) -> None:
    big = large(definition)
    done = deploy(big)
    (text,) = [key for key in account.objects() if "/definitions/" in key]
    assert done.uploaded[-1] == f"s3://team-bucket/{text}"
    body = account.s3.get_object(Bucket="team-bucket", Key=text)["Body"].read()
    assert json.loads(body) == big.to_dict()
    (create,) = [
        json.loads(body)
        for (name, _), body in zip(proxy.requests, proxy.bodies, strict=True)
        if name == "CreatePipeline"
    ]
    assert create["PipelineDefinitionS3Location"] == {"Bucket": "team-bucket", "ObjectKey": text}
    assert "PipelineDefinition" not in create
    assert deploy(big).action == "unchanged"


def test_a_large_definition_without_a_place_is_an_input_error(definition: Definition) -> None:
    big = replace(large(definition), code_location=None, bundles={})
    with pytest.raises(DeployError, match=r"CUR0823 error: the definition has 1"):
        deploy(big, AwsAccess(region="us-east-1"))


def test_a_dry_run_asks_and_changes_nothing(
    proxy: Any, account: Any, definition: Definition
) -> None:
    planned = deploy(definition, options=DeployOptions(dry_run=True))
    assert (planned.action, planned.arn, len(planned.uploaded)) == ("created", None, 3)
    assert (account.objects(), account.pipelines()) == ([], [])
    assert {name for name, _ in proxy.requests} == {"DescribePipeline", "HEAD"}


@pytest.mark.usefixtures("account")
def test_another_pipeline_of_the_name_can_be_protected(compiled: Compile, project: Path) -> None:
    protected = DeployOptions(if_exists="fail")
    assert deploy(compiled(), options=protected).action == "created"
    assert deploy(compiled(), options=protected).action == "unchanged"
    (project / "src" / "rules.py").write_text("RULES = 3\n", "utf-8")
    with pytest.raises(AwsError, match=f"CUR0821 error: a pipeline {NAME} exists and is not"):
        deploy(compiled(), options=protected)


def test_deployments_at_once_send_each_object_once(account: Any, definition: Definition) -> None:
    done: list[Any] = []
    gate = threading.Barrier(4)

    def one() -> None:
        gate.wait()
        done.append(deploy(definition))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [uri for deployment in done for uri in deployment.uploaded]
    assert (len(done), len(sent), len(set(sent))) == (4, 3, 3)
    assert account.pipelines() == [NAME]


def test_every_fault_of_the_input_is_in_one_error_before_aws_is_asked(
    proxy: Any, definition: Definition
) -> None:
    other = replace(definition, role="")
    options = DeployOptions(tags={"k": "v" * 257}, parallelism=0)
    with pytest.raises(DeployError) as caught:
        deploy(other, options=options)
    assert sorted({problem.code for problem in caught.value.problems}) == ["CUR0815", "CUR0820"]
    assert len(caught.value.problems) == 3
    assert proxy.requests == []


@pytest.mark.usefixtures("account")
def test_images_of_another_region_are_a_warning(definition: Definition) -> None:
    boto_region = AwsAccess(region="eu-west-1")
    (warning,) = deploy(definition, boto_region).warnings
    assert str(warning).startswith("CUR0822 warning: the steps' images are stored in us-east-1")


def test_the_demonstrations_ten_steps_cost_a_request_for_each_object(
    proxy: Any, account: Any, tmp_path: Path
) -> None:
    account.s3.create_bucket(Bucket="demo-bucket")
    dag_file, config_file = write_project(tmp_path)
    demo = compile_dag_to_pipeline(PipelineDAG.read_file(dag_file), config_file)
    objects = sum(len(bundle.files) for bundle in demo.bundles.values())
    assert (len(demo.data["Steps"]), objects) == (8, 7)
    deploy(demo)
    first = Counter(name for name, _ in proxy.requests)
    one_bucket = 1
    assert first == {"DescribePipeline": 1, "HEAD": 7 + one_bucket, "PUT": 7, "CreatePipeline": 1}
    proxy.requests.clear()
    deploy(demo)
    assert Counter(name for name, _ in proxy.requests) == {"DescribePipeline": 1, "HEAD": 7}
