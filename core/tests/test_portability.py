"""Portability: prefixes put into a definition, every location resolved, and what does not move is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus.cli import main
from cursus.errors import DefinitionError
from cursus.kernel.plan import Plan
from cursus.pipeline import render
from cursus.pipeline.portability import (
    PREFIXES,
    Known,
    Location,
    Proof,
    prove_portability,
    prove_rendered,
)
from cursus.pipeline.view import view_definition
from hypothesis import given
from hypothesis import strategies as st

PREFIX = {"Get": "Parameters.EXECUTION_S3_PREFIX"}
FLOW = [("Source", "Clean"), ("Clean", "Train"), ("Train", "Pack"), ("Pack", "Serve")]


def joined(*parts: str) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": [PREFIX, *parts]}}


def processing(name: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingInputs": [
                {"InputName": port, "S3Input": {"S3Uri": uri}} for port, uri in inputs.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {"OutputName": port, "S3Output": {"S3Uri": uri}}
                    for port, uri in outputs.items()
                ]
            },
        },
    }


def property_of(step: str, path: str) -> dict[str, str]:
    return {"Get": f"Steps.{step}.{path}"}


def output_of(step: str, port: str) -> dict[str, str]:
    return property_of(step, f"ProcessingOutputConfig.Outputs['{port}'].S3Output.S3Uri")


def definition(*steps: dict[str, Any], parameters: tuple[str, ...] = ()) -> dict[str, Any]:
    names = ("EXECUTION_S3_PREFIX", *parameters)
    return {
        "Version": "2020-12-01",
        "Parameters": [{"Name": name, "Type": "String"} for name in names],
        "Steps": list(steps),
    }


def prove(*steps: dict[str, Any], **options: Any) -> Proof:
    return prove_portability(view_definition(definition(*steps)), **options)


def found(proof: Proof, step: str, path: str) -> Location:
    return next(one for one in proof.locations if (one.step, one.path) == (step, path))


def test_every_output_of_a_rendered_plan_stands_under_each_prefix(
    planned: Callable[..., Plan],
) -> None:
    plan = planned(FLOW)
    proof = prove_rendered(plan, render(plan))
    assert proof.is_portable
    outputs = [location for location in proof.locations if location.is_output]
    assert len(outputs) == 3
    for location in outputs:
        for prefix, value in zip(PREFIXES, location.values, strict=True):
            assert value.startswith(prefix.rstrip("/") + "/")
            assert "//" not in value.removeprefix("s3://")


def test_what_a_job_leaves_is_resolved_to_where_the_service_puts_it(
    planned: Callable[..., Plan],
) -> None:
    plan = planned(FLOW)
    proof = prove_rendered(plan, render(plan))
    archive = found(proof, "Pack", "ProcessingInputs[model_input].S3Input.S3Uri")
    assert archive.values[0] == "s3://first-bucket/train/{job-of-Train}/output/model.tar.gz"
    served = found(proof, "Serve", "PrimaryContainer.ModelDataUrl")
    assert served.values[1] == "s3://second-bucket/pack/packaged/model.tar.gz"
    channel = found(proof, "Train", "InputDataConfig[train].DataSource.S3DataSource.S3Uri")
    assert channel.values[3] == "s3://fourth-bucket-eu-west-1/run/clean/cleaned/train/"


def test_what_is_fixed_by_nature_is_listed_with_its_reason(planned: Callable[..., Plan]) -> None:
    plan = planned(FLOW, Clean={"extra": "s3://lake/more"})
    proof = prove_rendered(plan, render(plan))
    reasons = {(one.step, one.path): one.reason for one in proof.of("fixed by nature")}
    clean = {
        path.split("]")[0]: reason for (step, path), reason in reasons.items() if step == "Clean"
    }
    assert clean == {
        "AppSpecification.ImageUri": "image, of the region that was compiled for",
        "ProcessingInputs[table": "workflow input: parameter Source_table gives it at start",
        "ProcessingInputs[extra": "given by the user for extra, from the config Clean",
        "ProcessingInputs[code": "code bundle, named by its content",
    }


def test_a_pipeline_compiled_for_one_bucket_is_not_portable(planned: Callable[..., Plan]) -> None:
    from cursus.kernel.planner import PlanOptions
    from cursus.paths import FIXED

    plan = planned(FLOW, options=PlanOptions(parameters=FIXED))
    proof = prove_rendered(plan, render(plan))
    assert not proof.is_portable
    codes = [problem.code for problem in proof.problems]
    assert codes[0] == "CUR0642"
    assert codes.count("CUR0640") == 3


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("s3://ours/out", "an output with a fixed location"),
        ({"Get": "Parameters.OTHER"}, "an output that follows OTHER, not the prefix"),
        ({"Std:Join": {"On": "/", "Values": ["s3://ours", PREFIX]}}, "does not start with it"),
        (joined("a", "", "b"), "an empty folder in {prefix}/a//b"),
        ({"Std:Join": {"On": "", "Values": [PREFIX, "-old/out"]}}, "does not start with it"),
        ({"Std:Join": {"On": "", "Values": ["at ", PREFIX, "/x"]}}, "does not start with it"),
        ({"Std:Join": {"On": "/", "Values": [PREFIX, PREFIX, "x"]}}, "prefix more than once"),
        ({"Std:Join": {"On": ",", "Values": [PREFIX, PREFIX]}}, "prefix more than once"),
        ("{EXECUTION_S3_PREFIX}/x", "an output with a fixed location"),
    ],
)
def test_an_output_that_does_not_follow_the_prefix_is_an_error(uri: Any, reason: str) -> None:
    proof = prove(processing("Clean", {}, {"good": joined("good"), "table": uri}))
    (problem,) = proof.problems
    assert problem.code == "CUR0640"
    assert reason in problem.message
    assert "Outputs[table]" in problem.message
    assert problem.place.path.startswith("$.Steps[0].Arguments.ProcessingOutputConfig.Outputs[1]")


@pytest.mark.parametrize(
    "scheme", ["s3://ours/data", "s3a://ours/data", "https://ours.s3.us-east-1.amazonaws.com/x"]
)
def test_a_fixed_location_anywhere_in_the_arguments_is_an_error(scheme: str) -> None:
    step = processing("Clean", {}, {"table": joined("table")})
    step["Arguments"]["Environment"] = {"LOOKUP": f"a,{scheme}", "PLACE": "nowhere"}
    step["Arguments"]["AppSpecification"] = {"ContainerArguments": [f"--lookup={scheme}"]}
    proof = prove(step)
    assert [problem.code for problem in proof.problems] == ["CUR0641", "CUR0641"]
    allowed = prove(step, known=Known(allowed=("s3://ours",)))
    assert allowed.is_portable is False


def test_an_input_with_a_literal_name_in_braces_is_no_workflow_input() -> None:
    step = processing("Clean", {"in": "{EXECUTION_S3_PREFIX}/x"}, {"out": joined("out")})
    (problem,) = prove(step).problems
    assert problem.code == "CUR0641"
    assert "is {EXECUTION_S3_PREFIX}/x: text in braces is no reference" in problem.message


def test_a_list_of_locations_below_the_prefix_moves() -> None:
    step = processing("Clean", {}, {"out": joined("out")})
    text = {"Std:Join": {"On": "", "Values": [PREFIX, "/a,", PREFIX, "/b"]}}
    step["Arguments"]["Environment"] = {"PLACES": text}
    proof = prove(step)
    assert proof.is_portable
    assert found(proof, "Clean", "Environment.PLACES").where == "{prefix}/a,{prefix}/b"


def test_a_prefix_parameter_that_is_used_and_not_declared_is_an_error() -> None:
    data = definition(processing("Clean", {}, {"out": joined("out")}))
    data["Parameters"] = [{"Name": "OTHER", "Type": "String"}]
    (problem,) = prove_portability(view_definition(data)).problems
    assert problem.code == "CUR0642"
    assert "no parameter EXECUTION_S3_PREFIX; it declares: OTHER" in problem.message


def test_a_definition_without_any_location_proves_nothing() -> None:
    proof = prove({"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}})
    assert [problem.code for problem in proof.problems] == ["CUR0644"]
    assert not proof.is_portable


def test_an_allowed_folder_and_what_is_below_it_may_stay() -> None:
    step = processing("Clean", {"a": "s3://lake/day", "b": "s3://lake-2/day"}, {"o": joined("o")})
    proof = prove(step, known=Known(allowed=("s3://lake/",)))
    assert [problem.message.split()[2] for problem in proof.problems] == [
        "ProcessingInputs[b].S3Input.S3Uri"
    ]


def test_a_chain_of_references_is_followed_to_its_first_location() -> None:
    first = processing("First", {}, {"out": "s3://ours/first"})
    second = processing("Second", {"in": output_of("First", "out")}, {"out": joined("second")})
    third = processing("Third", {"in": output_of("Second", "out")}, {"out": joined("third")})
    proof = prove(first, second, third)
    assert found(proof, "Third", "ProcessingInputs[in].S3Input.S3Uri").verdict == "moves"
    path = "ProcessingInputs[in].S3Input.S3Uri"
    assert found(proof, "Second", path).values[0] == "s3://ours/first"
    assert [problem.code for problem in proof.problems] == ["CUR0640", "CUR0641"]
    assert proof.problems[1].fix == "mend what step First writes; this only reads it"


def test_references_in_a_circle_do_not_end_the_proof() -> None:
    one = processing("One", {}, {"out": output_of("Two", "out")})
    two = processing("Two", {}, {"out": output_of("One", "out")})
    assert [problem.code for problem in prove(one, two).problems] == ["CUR0640", "CUR0640"]


def test_steps_in_the_branches_of_a_condition_are_proven_too() -> None:
    inner = processing("Inner", {}, {"out": "s3://ours/inner"})
    outer = {
        "Name": "Check",
        "Type": "Condition",
        "Arguments": {"Conditions": [], "IfSteps": [inner]},
    }
    (problem,) = prove(outer).problems
    assert problem.place.path.startswith("$.Steps[0].Arguments.IfSteps[0].Arguments")


@pytest.mark.parametrize(
    ("prefixes", "words"),
    [
        (("s3://a", "s3://b"), "2 prefixes prove nothing"),
        (("s3://a/x", "s3://a/y", "s3://a/z"), "3 prefixes prove nothing"),
        (("s3://a", "s3://b", "s3://b/"), "3 prefixes prove nothing"),
        (("s3://a", "bucket", "s3://b"), "bucket is no S3 URI"),
    ],
)
def test_prefixes_that_prove_nothing_are_refused(prefixes: tuple[str, ...], words: str) -> None:
    with pytest.raises(DefinitionError, match=f"CUR0643 error: {words}"):
        prove(prefixes=prefixes)


def sdk_definition() -> dict[str, Any]:
    """Let the SDK make a definition: one output follows a parameter, the other has a bucket in it."""
    import boto3
    from sagemaker.processing import ProcessingInput, ProcessingOutput
    from sagemaker.sklearn.processing import SKLearnProcessor
    from sagemaker.workflow.functions import Join
    from sagemaker.workflow.parameters import ParameterString
    from sagemaker.workflow.pipeline import Pipeline
    from sagemaker.workflow.pipeline_context import PipelineSession
    from sagemaker.workflow.steps import ProcessingStep

    session = PipelineSession(
        boto_session=boto3.Session(region_name="us-east-1"), default_bucket="theirs"
    )
    prefix, data = ParameterString("Prefix"), ParameterString("Data", default_value="s3://lake/d")
    places = {"good": Join(on="/", values=[prefix, "good"]), "bad": "s3://theirs/bad"}
    processor = SKLearnProcessor(
        framework_version="1.2-1",
        role="arn:aws:iam::123456789012:role/R",
        instance_type="ml.m5.xlarge",
        instance_count=1,
        sagemaker_session=session,
    )
    arguments = processor.run(
        code="s3://theirs/code/run.py",
        inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/in", input_name="d")],
        outputs=[
            ProcessingOutput(
                output_name=name, source=f"/opt/ml/processing/{name}", destination=place
            )
            for name, place in places.items()
        ],
    )
    step = ProcessingStep(name="Prep", step_args=arguments)
    pipeline = Pipeline(
        name="p", parameters=[prefix, data], steps=[step], sagemaker_session=session
    )
    made: dict[str, Any] = json.loads(pipeline.definition())
    return made


@pytest.mark.slow
def test_a_definition_that_the_sdk_made_is_judged_by_the_same_rules() -> None:
    proof = prove_portability(view_definition(sdk_definition()), "Prefix")
    verdicts = {location.path.split("].")[0]: location.verdict for location in proof.locations}
    assert verdicts == {
        "AppSpecification.ImageUri": "fixed by nature",
        "ProcessingInputs[d": "fixed by nature",
        "ProcessingInputs[code": "fixed by nature",
        "ProcessingOutputConfig.Outputs[good": "moves",
        "ProcessingOutputConfig.Outputs[bad": "not portable",
    }


def run(*args: str) -> int | str | None:
    with pytest.raises(SystemExit) as caught:
        main(["portability", *args])
    return caught.value.code


def written(folder: Path, data: Any) -> str:
    file = folder / "pipeline.json"
    file.write_text(json.dumps(data, indent=1), "utf-8")
    return str(file)


def test_a_hand_changed_definition_is_caught_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = definition(processing("Clean", {}, {"table": joined("table")}))
    assert run("--definition", written(tmp_path, good)) == 0
    bad = copy.deepcopy(good)
    outputs = bad["Steps"][0]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    outputs[0]["S3Output"]["S3Uri"] = "s3://my-bucket/table"
    file = written(tmp_path, bad)
    assert run("--definition", file) == 1
    printed = capsys.readouterr()
    lines = (tmp_path / "pipeline.json").read_text("utf-8").splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if "my-bucket" in text]
    assert f"{file}:{line} $.Steps[0]" in printed.err
    assert "ERROR  Clean  output table  s3://my-bucket/table" in printed.out


def test_what_describe_pipeline_prints_is_read(tmp_path: Path) -> None:
    text = json.dumps(definition(processing("Clean", {}, {"table": joined("table")})))
    file = written(tmp_path, {"PipelineName": "p", "PipelineDefinition": text})
    assert run("--definition", file) == 0


def test_the_json_output_holds_every_resolved_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = definition(processing("Clean", {}, {"table": joined("table")}))
    prefixes = ("--prefix", "s3://a", "--prefix", "s3://b/x/", "--prefix", "s3://c/x/y")
    assert run("--definition", written(tmp_path, data), *prefixes, "--format", "json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["portable"] is True
    assert result["locations"][0]["values"] == [
        "s3://a/table",
        "s3://b/x/table",
        "s3://c/x/y/table",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([1], 'has no list "Steps"'),
        ({"Steps": [{"Name": "A"}]}, r"\$.Steps\[0\] is a step that has no Name, Type"),
        ({"Steps": [{"Name": "A", "Type": "Fail"}] * 2}, "is called A as another is"),
    ],
)
def test_what_is_no_definition_is_an_error(data: Any, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        view_definition(data)


def test_a_definition_that_is_nested_too_deeply_is_an_error(tmp_path: Path) -> None:
    deep: Any = "s3://ours/x"
    for _ in range(940):
        deep = {"more": deep}
    step = {"Name": "Deep", "Type": "Fail", "Arguments": deep}
    assert run("--definition", written(tmp_path, definition(step))) in (1, 2)


def test_odd_values_inside_a_definition_end_no_proof() -> None:
    odd = processing("Odd", {}, {"a": {"Std:Join": {"On": 1, "Values": 5}}, "b": {"Get": None}})
    odd["Arguments"]["Environment"] = {"A": {"Std:Join": None}, "B": {"Std:JsonGet": 3}, "C": None}
    data = {**definition(odd), "Parameters": None}
    proof = prove_portability(view_definition(data))
    assert [problem.code for problem in proof.problems] == ["CUR0642", "CUR0640", "CUR0640"]


FOLDER = st.text("abcdefgh-_.0123456789", min_size=1, max_size=8)


@st.composite
def chains(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Give steps of which each writes below the prefix and reads outputs of steps before it."""
    steps: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        folders = draw(st.lists(FOLDER, min_size=1, max_size=4))
        readers = draw(st.sets(st.integers(0, number - 1))) if number else set()
        inputs = {f"in{source}": output_of(f"S{source}", "out") for source in sorted(readers)}
        steps.append(processing(f"S{number}", inputs, {"out": joined(f"S{number}", *folders)}))
    return steps


@given(steps=chains(), data=st.data())
def test_one_fixed_output_among_any_is_found_with_all_who_read_it(
    steps: list[dict[str, Any]], data: st.DataObject
) -> None:
    assert prove(*steps).is_portable
    bad = data.draw(st.sampled_from(steps))
    bad["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = "s3://ours/x"
    proof = prove(*steps)
    outputs = [problem for problem in proof.problems if problem.code == "CUR0640"]
    assert [problem.message.split(":")[0] for problem in outputs] == [f"step {bad['Name']}"]
    readers = {location.step for location in proof.of("not portable") if not location.is_output}
    reads = f"Steps.{bad['Name']}."
    assert readers == {step["Name"] for step in steps if reads in json.dumps(step)}


def test_every_pipeline_of_the_catalog_is_portable(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--all", "--format", "json") == 0
    results = json.loads(capsys.readouterr().out)
    assert len(results) == 8
    for result in results:
        outputs = [found for found in result["locations"] if found["output"]]
        assert result["portable"] is True
        assert result["prefixes"] == list(PREFIXES)
        assert len(outputs) >= 3
        for prefix, values in zip(
            PREFIXES, zip(*(o["values"] for o in outputs), strict=True), strict=True
        ):
            assert all(value.startswith(prefix.rstrip("/") + "/") for value in values)


def test_a_pipeline_whose_plugin_is_missing_is_named_and_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-registration")
    run("--all")
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("xgboost_complete_e2e:")]
    assert "not checked" in line
    assert "cursus-registration" in line


@pytest.mark.parametrize(
    "args", [(), ("--all", "--pipeline", "x"), ("-d", __file__), ("--all", "-c", __file__)]
)
def test_sources_that_do_not_fit_together_are_a_usage_error(args: tuple[str, ...]) -> None:
    assert run(*args) == 2
