"""Several registrations in one pipeline, and the image of each."""

from __future__ import annotations

import json
import logging
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cursus.config.step_config import BASE_EXAMPLE
from cursus.dag import PipelineDAG
from cursus.document import DocumentOptions, ExecutionDocumentGenerator, FilledDocument
from cursus.errors import ExecutionDocumentGenerationError, ImageUriError, InvalidInputError
from cursus_registration.inference_image import inference_image
from cursus_registration.registration import REGISTRATION, RegistrationConfig

MODEL = "s3://demo-bucket/models/model.tar.gz"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
KNOWN: dict[str, dict[str, Any]] = {
    "DummyTraining": {"pretrained_model_path": MODEL},
    "Payload": {"expected_tps": 2, "max_latency_in_millisecond": 800},
    "Registration": {**REGISTRATION.example, "image_uri": IMAGE},
}
Edges = list[tuple[str, str]]


def chain(suffix: str, *, payload: str = "") -> Edges:
    """Give a model that is packaged, tested and registered; `payload` names the tests of another chain."""
    node = payload or f"Payload_{suffix}"
    return [
        (f"DummyTraining_{suffix}", f"Package_{suffix}"),
        *([] if payload else [(f"DummyTraining_{suffix}", node)]),
        (f"Package_{suffix}", f"Registration_{suffix}"),
        (node, f"Registration_{suffix}"),
    ]


def filled(folder: Path, edges: Edges, *, strict: bool = False, **fields: Any) -> FilledDocument:
    """Make a document of nodes named after their step types; `fields` change their configs."""
    dag = PipelineDAG([], edges)
    keys = [*dag.nodes, *(key for key in fields if key not in dag.nodes)]
    own = {k: {"step_name_override": k, "output_path_token": k} for k in keys}
    names = {k: {} if "Registration" in k else own[k] for k in keys}
    specific = {
        k: {**KNOWN.get(k.partition("_")[0], {}), **names[k], **fields.get(k, {})} for k in keys
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in keys}
    data = {"shared": BASE_EXAMPLE, "specific": specific, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(data), "utf-8")
    options = DocumentOptions(strict=strict)
    return ExecutionDocumentGenerator(folder / "config.json", options=options).fill(dag)


def load_tests(document: FilledDocument) -> dict[str, int | None]:
    steps = document.document["PIPELINE_STEP_CONFIGS"]
    return {
        key: entry["STEP_CONFIG"].get("load_testing_info_map", {}).get("expected_tps")
        for key, entry in steps.items()
    }


def test_three_regions_have_an_entry_each_with_their_own_payload(tmp_path: Path) -> None:
    regions = {"na": "NA", "eu": "EU", "fe": "FE"}
    fields: dict[str, Any] = {f"Registration_{n}": {"region": code} for n, code in regions.items()}
    fields |= {f"Payload_{n}": {"expected_tps": 10 + i} for i, n in enumerate(regions)}
    edges = [edge for name in regions for edge in chain(name)]
    document = filled(tmp_path, edges, strict=True, **fields)
    assert load_tests(document) == {"Registration-NA": 10, "Registration-EU": 11, "Registration-FE": 12}  # fmt: skip
    steps = document.document["PIPELINE_STEP_CONFIGS"]
    for code, aws in (("NA", "us-east-1"), ("EU", "eu-west-1"), ("FE", "us-west-2")):
        content = steps[f"Registration-{code}"]["STEP_CONFIG"]
        environment = content["source_model_environment_variable_map"]
        assert (content["model_registration_region"], content["source_model_region"]) == (code, aws)
        assert environment["SAGEMAKER_REGION"] == aws


def test_two_registrations_may_share_a_payload(tmp_path: Path) -> None:
    edges = [*chain("na"), *chain("eu", payload="Payload_na")]
    eu, fast = {"region": "EU"}, {"expected_tps": 7}
    document = filled(tmp_path, edges, Registration_eu=eu, Payload_na=fast)
    assert load_tests(document) == {"Registration-NA": 7, "Registration-EU": 7}


EU: dict[str, Any] = {"region": "EU"}
TAKES = [("Package_na", "Registration_na"), ("Package_eu", "Registration_eu")]


@pytest.mark.parametrize(
    "to_na",
    [[("Payload_na", "Registration_na")], [("Payload_na", "Package_na")]],
    ids=["next to it", "through another step"],
)
def test_a_registration_without_a_payload_takes_none_of_another(
    tmp_path: Path, to_na: Edges
) -> None:
    document = filled(tmp_path, [*TAKES, *to_na], Registration_eu=EU)
    assert load_tests(document) == {"Registration-NA": 2, "Registration-EU": None}
    assert "CUR0521" not in [warning.code for warning in document.warnings]


def test_a_payload_that_a_binding_gives_to_another_registration_is_taken(tmp_path: Path) -> None:
    bound: dict[str, Any] = {"bindings": {"GeneratedPayloadSamples": "Payload_na:payload_sample"}}
    edges = [*TAKES, ("DummyTraining_na", "Payload_na"), ("Payload_na", "Registration_na")]
    document = filled(tmp_path, edges, Registration_eu=EU, Registration_na=bound)
    assert load_tests(document) == {"Registration-NA": 2, "Registration-EU": None}


def test_a_free_payload_beside_another_is_not_guessed(tmp_path: Path) -> None:
    edges = [*chain("na"), TAKES[1], ("DummyTraining_na", "Payload_eu")]
    with pytest.raises(ExecutionDocumentGenerationError, match="any of Payload_eu, Payload_na"):
        filled(tmp_path, edges, Registration_eu=EU, Payload_eu={"expected_tps": 9})


def test_several_payloads_that_no_registration_has_are_an_error(tmp_path: Path) -> None:
    edges = [*chain("na"), TAKES[1], *(("DummyTraining_na", f"Payload_{n}") for n in ("x", "y"))]
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        filled(tmp_path, edges, Registration_eu=EU)
    (error,) = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert (error.code, error.node) == ("CUR0522", "Registration_eu")
    assert "any of Payload_x, Payload_y, Payload_na" in error.message


BLANK = [
    ({"image_uri": ""}, "image_uri: must not be blank; leave it out or write null"),
    ({"image_uri": "image-uri-placeholder"}, "is the help text of a template"),
    ({"model_owner": ""}, "model_owner: must not be blank"),
    ({"model_domain": " "}, "model_domain: must not be blank"),
    ({"model_domain": "The domain to register your model in"}, "is the help text of a template"),
    ({"model_objective": "\t"}, "model_objective: must not be blank"),
    ({"inference_entry_point": ""}, "inference_entry_point: must not be blank"),
]


@pytest.mark.parametrize(("fields", "message"), BLANK)
def test_a_blank_or_a_help_text_of_a_registration_reaches_no_document(
    tmp_path: Path, fields: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        filled(tmp_path, chain("na"), Registration_na=fields)
    (error,) = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert error.code == "CUR0206"
    assert message in error.message
    assert error.place.path == f"$.specific.Registration_na.{next(iter(fields))}"


@pytest.mark.parametrize("key", ["", " ", "Optional: the key of your payload"])
def test_a_blank_or_a_help_text_of_a_payload_reaches_no_document(tmp_path: Path, key: str) -> None:
    with pytest.raises(InvalidInputError, match="sample_payload_s3_key"):
        filled(tmp_path, chain("na"), Payload_na={"sample_payload_s3_key": key})


def test_payload_and_package_are_found_through_other_steps(tmp_path: Path) -> None:
    through = [("Payload_na", "Package_na"), ("Package_na", "Registration_na")]
    edges = [("DummyTraining_na", "Payload_na"), ("DummyTraining_na", "Package_na"), *through]
    edges += chain("eu")
    fields: dict[str, Any] = {"Registration_eu": EU, "Payload_eu": {"expected_tps": 9}}
    assert load_tests(filled(tmp_path, edges, **fields)) == {
        "Registration-NA": 2,
        "Registration-EU": 9,
    }


def test_the_nearest_payload_counts(tmp_path: Path) -> None:
    edges = [*chain("na"), ("DummyTraining_na", "Payload_far"), ("Payload_far", "Package_na")]
    document = filled(tmp_path, edges, Payload_far={"expected_tps": 99})
    assert load_tests(document) == {"Registration-NA": 2}


def test_two_payloads_next_to_a_registration_are_an_error_even_with_edges(tmp_path: Path) -> None:
    edges = [*chain("na"), ("DummyTraining_na", "Payload_b"), ("Payload_b", "Registration_na")]
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0522 error"):
        filled(tmp_path, edges)


def test_an_explicit_binding_chooses_between_payloads(tmp_path: Path) -> None:
    edges = [*chain("na"), ("DummyTraining_na", "Payload_b"), ("Payload_b", "Registration_na")]
    chosen = {"bindings": {"GeneratedPayloadSamples": "Payload_b:payload_sample"}}
    document = filled(tmp_path, edges, Payload_b={"expected_tps": 5}, Registration_na=chosen)
    assert load_tests(document) == {"Registration-NA": 5}


def test_strict_refuses_a_payload_that_no_edge_connects(tmp_path: Path) -> None:
    edges = [edge for edge in chain("na") if edge[0] != "Payload_na"]
    told = [warning.code for warning in filled(tmp_path, edges).warnings]
    assert "CUR0521" in told
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0521 error"):
        filled(tmp_path, edges, strict=True, Registration_na={"bindings": {"GeneratedPayloadSamples": "s3://b/p"}})  # fmt: skip


def config_of(**fields: Any) -> RegistrationConfig:
    return RegistrationConfig(**{**REGISTRATION.example, **fields})


VERSIONS = {
    "xgboost": ["1.2-1", "1.5-1", "1.7-1", "3.0-5"],
    "sklearn": ["0.23-1", "1.0-1", "1.2-1", "1.4-2"],
    "pytorch": ["1.13.1", "2.0.0", "2.1.0", "2.6.0"],
    "tensorflow": ["2.11.0", "2.12.0", "2.12.1", "2.16.1"],
}
INSTANCES = ("ml.m5.large", "ml.g5.xlarge", "ml.p3.2xlarge")


@pytest.mark.parametrize("framework", VERSIONS)
def test_every_image_is_what_the_sdk_gives_for_the_config(
    framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sagemaker.utils
    from sagemaker import image_uris

    # The SDK reads its table of endpoints (40 ms) on each call.
    resolver = cache(sagemaker.utils._botocore_resolver)
    monkeypatch.setattr(sagemaker.utils, "_botocore_resolver", resolver)
    logging.getLogger("sagemaker").setLevel(logging.ERROR)
    cases = product(VERSIONS[framework], ("NA", "EU", "FE"), INSTANCES, ("py39", "py310"))
    for version, region, instance, python in cases:
        given = {"framework_version": version, "region": region, "py_version": python}
        config = config_of(framework=framework, inference_instance_type=instance, **given)
        asked = {"py_version": python} if framework == "pytorch" else {}
        try:
            theirs = image_uris.retrieve(framework, config.aws_region, version, instance_type=instance, image_scope="inference", **asked)  # fmt: skip
        except ValueError:
            with pytest.raises(ImageUriError, match="set image_uri in the config"):
                inference_image(config)
        else:
            assert inference_image(config) == theirs


def test_a_python_that_the_version_does_not_have_is_an_error_with_the_values(
    tmp_path: Path,
) -> None:
    wrong = {"framework": "pytorch", "framework_version": "2.6.0", "image_uri": None}
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        filled(tmp_path, chain("na"), Registration_na={**wrong, "py_version": "py310"})
    (problem,) = [problem for problem in caught.value.problems if problem.severity == "error"]
    assert problem.code == "CUR0503"
    for part in ("Registration-NA", "pytorch 2.6.0", "us-east-1", "py310", "py312", "image_uri"):
        assert part in problem.message


NAME = "source_model_inference_input_variable_list"


@pytest.mark.parametrize(
    "given", [{"b": "TEXT", "a": "NUMERIC"}, [["b", "TEXT"], ["a", "NUMERIC"], ["c", "TEXT"]]]
)
def test_variables_keep_form_and_order(tmp_path: Path, given: Any) -> None:
    document = filled(tmp_path, chain("na"), Registration_na={NAME: given}).document
    content = document["PIPELINE_STEP_CONFIGS"]["Registration-NA"]["STEP_CONFIG"]
    assert json.dumps(content[NAME]) == json.dumps(given)


def test_a_variable_of_two_types_is_an_error() -> None:
    with pytest.raises(ValueError, match="variable a is NUMERIC and TEXT; it can have one type"):
        config_of(**{NAME: [["a", "NUMERIC"], ["b", "TEXT"], ["a", "TEXT"]]})
