"""The registration's part of the execution document, and its step of a public pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_file, read_config_text
from cursus.config.step_config import BASE_EXAMPLE
from cursus.dag import PipelineDAG
from cursus.document import fill_document
from cursus.errors import ExecutionDocumentGenerationError
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import Plugins, load_plugins
from cursus.paths import PipelineParameters, to_json
from cursus_registration.model_package import group_name, render
from cursus_registration.registration import REGISTRATION

CASES = Path(__file__).parents[4] / "shared" / "cases"
LENIENT = PlanOptions(lenient=True, parameters=PipelineParameters(prefix=None))
MODEL = "s3://demo-bucket/models/model.tar.gz"
CHAIN = [
    ("DummyTraining", "Package"),
    ("DummyTraining", "Payload"),
    ("Package", "Registration"),
    ("Payload", "Registration"),
]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return load_plugins()


def plan_of(
    edges: list[tuple[str, str]], plugins: Plugins, options: PlanOptions, **fields: dict[str, Any]
) -> Plan:
    """Plan nodes named after their step type, with an optional `_suffix`.

    `fields` change entries by node, and add entries that belong to no node.
    """
    dag = PipelineDAG(edges=edges)
    known: dict[str, dict[str, Any]] = {
        "DummyTraining": {"pretrained_model_path": MODEL},
        "Payload": {"expected_tps": 2, "max_latency_in_millisecond": 800},
        "Registration": dict(REGISTRATION.example),
    }
    keys = [*dag.nodes, *(key for key in fields if key not in dag.nodes)]
    specific = {
        key: {
            **known.get(key.partition("_")[0], {}),
            "step_name_override": key.replace("_", "-"),
            **fields.get(key, {}),
        }
        for key in keys
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in keys}
    data = {
        "configuration": {"shared": BASE_EXAMPLE, "specific": specific},
        "metadata": {"config_types": types},
    }
    configs = read_config_text(json.dumps(data), plugins.config_classes())
    return make_plan(dag, configs, plugins, options)


def extracted(plan: Plan, plugins: Plugins, node: str = "Registration") -> dict[str, Any]:
    content = plugins.extract_step_config(plan.steps[node], plan)
    assert content is not None
    return dict(content)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize("case", ["xgboost_complete_e2e_2025_09", "registration_only_pytorch"])
def test_a_real_config_gives_the_platforms_text_key_by_key(case: str, plugins: Plugins) -> None:
    configs = read_config_file(CASES / case / "config.json", plugins.config_classes())
    dag = PipelineDAG.from_file(CASES / case / "dag.json")
    plan = make_plan(dag, configs, plugins, LENIENT)
    text = (CASES / case / "expected.json").read_text("utf-8")
    expected = json.loads(text)["PIPELINE_STEP_CONFIGS"]["Registration-NA"]
    assert json.dumps(extracted(plan, plugins)) == json.dumps(expected["STEP_CONFIG"])
    assert list(REGISTRATION.document or ()) == expected["STEP_TYPE"]


def test_the_load_test_is_described_by_the_payload_that_feeds_the_registration(
    plugins: Plugins,
) -> None:
    payload = {"sample_payload_s3_key": "samples/p.tar.gz", "bucket": "other-bucket"}
    plan = plan_of(CHAIN, plugins, LENIENT, Payload=payload)
    assert list(extracted(plan, plugins)["load_testing_info_map"].items()) == [
        ("sample_payload_s3_bucket", "other-bucket"),
        ("sample_payload_s3_key", "samples/p.tar.gz"),
        ("expected_tps", 2),
        ("max_latency_in_millisecond", 800),
        ("max_acceptable_error_rate", 0.2),
        ("instance_type_list", ["ml.m5.4xlarge"]),
    ]


def test_without_a_payload_there_is_no_load_test(plugins: Plugins) -> None:
    plan = plan_of([("DummyTraining", "Package"), ("Package", "Registration")], plugins, LENIENT)
    assert "load_testing_info_map" not in extracted(plan, plugins)


def test_two_registrations_get_the_payload_that_feeds_each(plugins: Plugins) -> None:
    edges = [(f"{a}_{n}", f"{b}_{n}") for a, b in CHAIN for n in ("one", "two")]
    faster = {"Payload_two": {"expected_tps": 50}}
    plan = plan_of(edges, plugins, LENIENT, **faster)
    found = [
        extracted(plan, plugins, f"Registration_{n}")["load_testing_info_map"]["expected_tps"]
        for n in ("one", "two")
    ]
    assert found == [2, 50]


def test_the_only_payload_is_used_though_no_edge_leads_from_it(plugins: Plugins) -> None:
    edges = [edge for edge in CHAIN if edge != ("Payload", "Registration")]
    plan = plan_of(edges, plugins, LENIENT)
    assert extracted(plan, plugins)["load_testing_info_map"]["expected_tps"] == 2
    told = [
        warning for warning in fill_document(plan, plugins).warnings if warning.code == "CUR0521"
    ]
    assert [(warning.severity, warning.message) for warning in told] == [
        (
            "warning",
            "step Registration: its load test uses Payload, though no edge leads from it to Registration",
        )
    ]


def test_the_only_payload_of_the_file_is_used_though_the_dag_has_none(plugins: Plugins) -> None:
    edges = [edge for edge in CHAIN if "Payload" not in edge]
    plan = plan_of(edges, plugins, LENIENT, Payload={"expected_tps": 9})
    assert extracted(plan, plugins)["load_testing_info_map"]["expected_tps"] == 9


def test_two_payloads_and_no_edge_are_an_error_that_lists_them(plugins: Plugins) -> None:
    edges = [edge for edge in CHAIN if "Payload" not in edge]
    edges += [("DummyTraining", "Payload_one"), ("DummyTraining", "Payload_two")]
    plan = plan_of(edges, plugins, LENIENT)
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        extracted(plan, plugins)
    (problem,) = caught.value.problems
    assert (problem.code, problem.node) == ("CUR0522", "Registration")
    assert "any of Payload_one, Payload_two for its load test" in problem.message
    assert 'edge such as ["Payload_one", "Registration"]' in problem.fix
    assert '"bindings": {"GeneratedPayloadSamples": "Payload_one:payload_sample"}' in problem.fix


def test_an_invalid_payload_that_would_be_used_is_an_error_and_no_missing_load_test(
    plugins: Plugins,
) -> None:
    edges = [edge for edge in CHAIN if "Payload" not in edge]
    plan = plan_of(edges, plugins, LENIENT, Payload={"expected_tps": 0})
    with pytest.raises(ExecutionDocumentGenerationError, match="expected_tps is 0"):
        extracted(plan, plugins)


def test_an_invalid_payload_counts_among_those_that_could_be_meant(plugins: Plugins) -> None:
    edges = [edge for edge in CHAIN if "Payload" not in edge]
    payloads = {"Payload_one": {"expected_tps": 0}, "Payload_two": {}}
    plan = plan_of(edges, plugins, LENIENT, **payloads)
    with pytest.raises(
        ExecutionDocumentGenerationError, match="could use any of Payload_two, Payload_one"
    ):
        extracted(plan, plugins)


def test_a_payload_of_another_node_does_not_stand_in_for_one_without_a_config(
    plugins: Plugins,
) -> None:
    edges = [(a, b) for a, b in CHAIN if "Payload" not in (a, b)]
    edges += [("DummyTraining", "Payload_one"), ("Payload_two", "Registration")]
    plan = plan_of(edges, plugins, LENIENT)
    keys = {key: entry for key, entry in plan.steps.items() if key != "Payload_two"}
    configs = {key: config for key, config in plan.configs.items() if key != "Payload_two"}
    lost = replace(plan, steps=keys, configs=configs, untyped={"Payload_two": None})
    with pytest.raises(
        ExecutionDocumentGenerationError, match="Payload_two leads to Registration and has no"
    ):
        extracted(lost, plugins)


def test_a_variable_list_keeps_the_form_in_which_it_was_given(plugins: Plugins) -> None:
    field = "source_model_inference_input_variable_list"
    plan = plan_of(CHAIN, plugins, LENIENT, Registration={field: [["b", "TEXT"], ["a", "TEXT"]]})
    assert extracted(plan, plugins)[field] == [["b", "TEXT"], ["a", "TEXT"]]


def test_an_image_of_the_users_own_needs_no_lookup(plugins: Plugins) -> None:
    own = {"image_uri": "123.dkr.ecr.us-east-1.amazonaws.com/own:1", "framework_version": "0"}
    plan = plan_of(CHAIN, plugins, LENIENT, Registration=own)
    assert extracted(plan, plugins)["source_model_inference_image_arn"] == own["image_uri"]


def test_a_registration_becomes_a_model_package_of_the_public_registry(plugins: Plugins) -> None:
    plan = plan_of(CHAIN, plugins, PlanOptions())
    step = to_json(render(plan.steps["Registration"], plan))
    arguments = step["Arguments"]
    (container,) = arguments["InferenceSpecification"]["Containers"]
    assert (step["Name"], step["Type"]) == ("Registration", "RegisterModel")
    assert container["ModelDataUrl"] == at("Package", "packaged_model", "model.tar.gz")
    assert arguments["SamplePayloadUrl"] == at("Payload", "payload_sample", "payload.tar.gz")
    assert container["Image"].endswith("/sagemaker-xgboost:1.7-1")
    assert arguments["ModelPackageGroupName"] == "demo-Flights-xgboost-NA"
    assert arguments["ModelApprovalStatus"] == "PendingManualApproval"
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "xgboost_inference.py"


def at(step: str, output: str, file: str) -> dict[str, Any]:
    uri = f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"
    return {"Std:Join": {"On": "/", "Values": [{"Get": uri}, file]}}


def test_a_packaged_model_of_another_pipeline_may_be_registered(plugins: Plugins) -> None:
    archive = {"Registration.PackagedModel": "s3://b/packaged/model.tar.gz"}
    plan = plan_of(CHAIN, plugins, PlanOptions(bindings=archive))
    arguments = to_json(render(plan.steps["Registration"], plan))["Arguments"]
    (container,) = arguments["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == "s3://b/packaged/model.tar.gz"


@pytest.mark.parametrize(
    ("pipeline", "group"),
    [
        ("me-Flights-xgboost-NA", "me-Flights-xgboost-NA"),
        ("me_and you--x/", "me-and-you-x"),
        ("a" * 63, "a" * 63),
    ],
)
def test_a_group_name_is_one_that_the_service_takes(pipeline: str, group: str) -> None:
    assert group_name(pipeline) == group


def test_long_names_that_differ_at_the_end_stay_different() -> None:
    one, other = group_name("a" * 70 + "b"), group_name("a" * 70 + "c")
    assert one != other
    assert max(len(one), len(other)) <= 63
