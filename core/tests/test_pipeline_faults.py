"""What a job of its kind cannot be, and what a user is warned of while a definition is rendered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cursus.errors import DefinitionError
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions
from cursus.paths import (
    KMS_KEY,
    PREFIX,
    SECURITY_GROUP,
    SUBNET,
    OutputPath,
    Parameter,
    PipelineParameters,
)
from cursus.pipeline import render

Make = Callable[..., Plan]
TRAINED = [("Source", "Clean"), ("Clean", "Train")]
SERVED = [*TRAINED, ("Train", "Serve")]
SCORED = [*SERVED, ("Serve", "Score"), ("Clean", "Score")]


def refused(plan: Plan, code: str) -> str:
    """Render a plan that has one error and give its message."""
    with pytest.raises(DefinitionError) as caught:
        render(plan)
    (problem,) = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert problem.code == code
    return problem.message


def test_an_input_read_outside_the_channels_cannot_be_bound_to_s3(planned: Make) -> None:
    options = PlanOptions(bindings={"Train.hyper": "s3://bucket/hyperparameters.json"})
    message = refused(planned(TRAINED, options=options), "CUR0624")
    assert "hyper is read at /opt/ml/code/hyperparams" in message


def test_a_training_input_from_s3_becomes_a_channel(planned: Make) -> None:
    options = PlanOptions(
        bindings={"Train.prior": "s3://bucket/prior", "Train.table": "s3://lake/a/"}
    )
    steps = render(planned(TRAINED, options=options)).to_dict()["Steps"]
    channels = steps[-1]["Arguments"]["InputDataConfig"]
    found = {c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"] for c in channels}
    assert found == {
        "train": "s3://lake/a/train/",
        "val": "s3://lake/a/val/",
        "prior": "s3://bucket/prior",
    }


def test_a_training_job_writes_to_one_prefix(planned: Make) -> None:
    plan = planned(TRAINED)
    train = plan.steps["Train"]
    outputs = {**train.outputs, "more": OutputPath(base="s3://bucket") / "elsewhere"}
    steps = {**plan.steps, "Train": replace(train, outputs=outputs)}
    assert "its outputs name 2" in refused(replace(plan, steps=steps), "CUR0625")


@pytest.mark.parametrize(
    ("node", "port"), [("Score", "data"), ("Score", "model_name"), ("Serve", "model_data")]
)
def test_a_job_without_its_inputs_is_refused(planned: Make, node: str, port: str) -> None:
    plan = planned(SCORED)
    step = plan.steps[node]
    bindings = {name: binding for name, binding in step.bindings.items() if name != port}
    steps = {**plan.steps, node: replace(step, bindings=bindings)}
    with pytest.raises(DefinitionError, match="CUR0625"):
        render(replace(plan, steps=steps))


def test_a_parameter_with_two_defaults_is_refused(planned: Make) -> None:
    plan = planned([("Source", "Clean")])
    other = Parameter(name="Source_table", default="s3://other")
    message = refused(replace(plan, extra_parameters=(other,)), "CUR0612")
    assert "'s3://other', 's3://lake/day'" in message


@pytest.mark.parametrize("role", ["prefix", "kms_key", "subnet"])
def test_a_standard_parameter_is_not_called_like_a_services_own(planned: Make, role: str) -> None:
    given = replace(PipelineParameters(), **{role: Parameter(name="Source_table")})
    plan = planned([("Source", "Clean")], options=PlanOptions(parameters=given))
    message = refused(plan, "CUR0611")
    assert message == (
        "Source_table is the name of another parameter of the pipeline, "
        "and of the one that says where Source:table is"
    )


def test_a_further_parameter_may_mean_a_services_own_but_not_be_a_number(planned: Make) -> None:
    plan = planned([("Source", "Clean")])
    same = Parameter(name="Source_table")
    assert render(replace(plan, extra_parameters=(same,))).to_dict()["Parameters"][-1] == {
        "Name": "Source_table",
        "Type": "String",
        "DefaultValue": "s3://lake/day",
    }
    rows = Parameter(name="Source_table", type="Integer")
    message = refused(replace(plan, extra_parameters=(rows,)), "CUR0611")
    assert "is the name of a parameter of type Integer" in message


def bound_to(planned: Make, parameter: Parameter) -> Plan:
    options = PlanOptions(bindings={"Clean.extra": {"parameter": parameter.name}})
    plan = planned([("Source", "Clean")], options=options)
    standard = (PREFIX, KMS_KEY, SECURITY_GROUP, SUBNET)
    return plan if parameter in standard else replace(plan, extra_parameters=(parameter,))


@pytest.mark.parametrize(
    ("parameter", "what"),
    [
        (Parameter(name="ROWS", type="Integer", default=5), "a value of type Integer"),
        (KMS_KEY, "a key"),
        (SECURITY_GROUP, "a security group"),
        (SUBNET, "a subnet"),
    ],
)
def test_a_parameter_that_holds_no_location_is_no_input(
    planned: Make, parameter: Parameter, what: str
) -> None:
    message = refused(bound_to(planned, parameter), "CUR0614")
    assert message == (
        f"step Clean: input extra is parameter {parameter.name}, which holds no location, but {what}"
    )


def test_an_input_can_be_read_from_the_prefix(planned: Make) -> None:
    clean = render(bound_to(planned, PREFIX)).to_dict()["Steps"][0]
    (extra,) = [i for i in clean["Arguments"]["ProcessingInputs"] if i["InputName"] == "extra"]
    assert extra["S3Input"]["S3Uri"] == {"Get": "Parameters.EXECUTION_S3_PREFIX"}


def test_an_input_at_another_address_is_not_called_local(planned: Make) -> None:
    plan = planned([("Source", "Clean")], Clean={"extra": "https://example.com/day.csv"})
    message = refused(plan, "CUR0621")
    assert message.endswith(
        "is https://example.com/day.csv, and a job's inputs are read from S3 alone"
    )


def test_an_empty_folder_of_scripts_is_refused(planned: Make, tmp_path: Path) -> None:
    (tmp_path / "nothing" / "__pycache__").mkdir(parents=True)
    plan = planned([("Source", "Clean")], Clean={"serving": "nothing"})
    assert "nothing holds no file" in refused(plan, "CUR0604")


def test_a_missing_folder_of_scripts_is_refused(planned: Make) -> None:
    plan = planned([("Source", "Clean")], Clean={"serving": "gone"})
    assert "the folder of its scripts was not found" in refused(plan, "CUR0602")


def test_an_image_that_a_step_type_misses_is_a_problem_of_its_step(planned: Make) -> None:
    plan = planned([("Source", "Clean"), ("Clean", "Publish")], Publish={"way": "imageless"})
    assert refused(plan, "CUR0622") == "step Publish: no image for it"


def test_a_requirements_file_of_a_processing_step_is_not_passed_over(
    planned: Make, tmp_path: Path
) -> None:
    plan = planned(TRAINED)
    (tmp_path / "src" / "requirements.txt").write_text("pyarrow\n", "utf-8")
    warnings = render(plan).warnings
    assert [(w.code, w.message.partition(":")[0]) for w in warnings] == [("CUR0605", "step Clean")]


def test_an_isolated_model_needs_its_script_in_the_archive(planned: Make) -> None:
    definition = render(planned(SERVED, Serve={"enable_network_isolation": True}))
    assert [warning.code for warning in definition.warnings] == ["CUR0606"]


def test_an_isolated_processing_step_needs_no_network(planned: Make) -> None:
    isolated = {"enable_network_isolation": True}
    clean = render(planned([("Source", "Clean")], Clean=isolated)).to_dict()["Steps"][0]
    assert clean["Arguments"]["NetworkConfig"]["EnableNetworkIsolation"] is True


def test_a_plan_with_nodes_left_out_is_refused(planned: Make) -> None:
    plan = replace(planned([("Source", "Clean")]), untyped={"Unheard": None})
    assert "node Unheard could not be planned" in refused(plan, "CUR0627")
