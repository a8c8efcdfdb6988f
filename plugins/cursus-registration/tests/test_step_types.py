"""The declarations of package, payload and registration: ports, environment, and every rule of their configs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cursus_registration
import pytest
from cursus.config import BasePipelineConfig
from cursus.environment import texts_of
from cursus.paths import SourceFolder, Uri
from cursus_registration.payload import PAYLOAD
from pydantic import ValidationError

if TYPE_CHECKING:
    from cursus.kernel.step_type import StepType

STEP_TYPES = {step_type.name: step_type for step_type in cursus_registration.cursus_step_types()}
IN, OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
# By step type: port, kinds, what it accepts, path; then port, kind, path of the outputs.
PORTS: dict[str, tuple[list[tuple[Any, ...]], list[tuple[str, str, str]]]] = {
    "Package": (
        [
            ("model_input", ("model",), (), f"{IN}/model"),
            ("inference_scripts_input", ("scripts",), (), f"{IN}/script"),
            (
                "calibration_model",
                ("calibration model",),
                ("ModelCalibration.calibration_output",),
                f"{IN}/calibration",
            ),
        ],
        [("packaged_model", "packaged model", OUT)],
    ),
    "Payload": (
        [
            ("model_input", ("model",), (), f"{IN}/model"),
            ("custom_payload_input", ("payload samples",), (), f"{IN}/custom_payload"),
        ],
        [("payload_sample", "payload samples", OUT)],
    ),
    "Registration": (
        [
            ("PackagedModel", ("packaged model",), (), f"{IN}/model"),
            (
                "GeneratedPayloadSamples",
                ("payload samples",),
                (),
                "/opt/ml/processing/mims_payload",
            ),
        ],
        [],
    ),
}


def config_of(name: str, **fields: Any) -> BasePipelineConfig:
    config = STEP_TYPES[name].config(**{**STEP_TYPES[name].example, **fields})
    assert isinstance(config, BasePipelineConfig)
    return config


def environment(name: str, **fields: Any) -> dict[str, str]:
    return texts_of(STEP_TYPES[name].job.environment(config_of(name, **fields)))


def filled(step_type: StepType[Any], port_name: str, config: BasePipelineConfig) -> object:
    port = step_type.input(port_name)
    assert port is not None
    assert port.fill is not None
    assert not port.from_steps
    return port.fill(config)


@pytest.mark.parametrize("name", STEP_TYPES)
def test_an_example_is_a_valid_config_that_can_run(name: str) -> None:
    assert list(STEP_TYPES[name].check(config_of(name))) == []


@pytest.mark.parametrize("name", STEP_TYPES)
def test_ports_are_those_of_the_specification(name: str) -> None:
    step_type = STEP_TYPES[name]
    inputs = [(p.name, p.kinds, p.accepts, p.path) for p in step_type.inputs]
    assert (inputs, [(p.name, p.kind, p.path) for p in step_type.outputs]) == PORTS[name]


def test_package_tells_its_script_what_it_packs() -> None:
    assert environment("Package", model_objective="late") == {
        "PIPELINE_NAME": "demo-Flights-xgboost-NA",
        "REGION": "NA",
        "BUCKET_NAME": "demo-bucket",
        "PIPELINE_VERSION": "1.0.0",
        "MODEL_OBJECTIVE": "late",
    }


def test_payload_tells_its_script_what_requests_look_like() -> None:
    fields = {"field_defaults": {"note": "hi"}, "special_field_values": {"order": "o{timestamp}"}}
    assert environment("Payload", **fields) == {
        "CONTENT_TYPES": "text/csv",
        "DEFAULT_NUMERIC_VALUE": "0.0",
        "DEFAULT_TEXT_VALUE": "DEFAULT_TEXT",
        "FIELD_DEFAULTS": '{"note": "hi"}',
        "SPECIAL_FIELD_order": "o{timestamp}",
    }


def test_values_of_single_fields_are_written_in_one_order() -> None:
    first = {"b": "1", "a": "2"}
    second = dict(reversed(first.items()))
    made = [
        environment("Payload", field_defaults={"x": given}, special_field_values=given)
        for given in (first, second)
    ]
    assert list(made[0].items()) == list(made[1].items())
    assert made[0]["FIELD_DEFAULTS"] == '{"x": {"a": "2", "b": "1"}}'


def test_payload_passes_arguments_on() -> None:
    job = STEP_TYPES["Payload"].job
    assert job.arguments(config_of("Payload")) == ()
    given = config_of("Payload", processing_script_arguments=["--rows", "3"])
    assert job.arguments(given) == ("--rows", "3")


def test_package_says_that_it_ignores_arguments() -> None:
    step_type = STEP_TYPES["Package"]
    assert list(step_type.check(config_of("Package"))) == []
    given = config_of("Package", processing_script_arguments=["--fast"])
    (fault,) = step_type.check(given)
    assert step_type.job.arguments(given) == ()
    assert (fault.field, fault.severity) == ("processing_script_arguments", "warning")
    assert "are ignored" in fault.message


@pytest.mark.parametrize(
    ("fields", "folder"),
    [
        ({}, None),
        ({"source_dir": "docker"}, "docker"),
        ({"source_dir": "docker", "inference_scripts_dir": "serving"}, "serving"),
    ],
)
def test_inference_scripts_come_from_their_folder_else_the_source(
    fields: dict[str, str], folder: str | None
) -> None:
    source = filled(
        STEP_TYPES["Package"], "inference_scripts_input", config_of("Package", **fields)
    )
    assert isinstance(source, SourceFolder)
    assert source.folder == folder


@pytest.mark.parametrize(
    ("model_class", "file"),
    [("xgboost", "xgboost_inference.py"), ("PyTorch", "pytorch_inference.py"), ("lightgbm", None)],
)
def test_a_shipped_inference_script_stands_in_for_known_models(
    model_class: str, file: str | None
) -> None:
    config = config_of("Package", model_class=model_class)
    source = filled(STEP_TYPES["Package"], "inference_scripts_input", config)
    assert isinstance(source, SourceFolder)
    assert (source.fallback and source.fallback.file) == file


def test_custom_payloads_come_from_the_config_alone() -> None:
    step_type = STEP_TYPES["Payload"]
    given = config_of("Payload", custom_payload_path="s3://b/samples")
    assert filled(step_type, "custom_payload_input", given) == Uri(uri="s3://b/samples")
    assert filled(step_type, "custom_payload_input", config_of("Payload")) is None


def test_defaults_are_those_of_the_specification() -> None:
    payload, registration = (
        config_of("Payload").model_dump(),
        config_of("Registration").model_dump(),
    )
    assert payload["processing_entry_point"] == "payload.py"
    assert payload["max_acceptable_error_rate"] == 0.2
    assert payload["load_test_instance_type_list"] == ("ml.m5.4xlarge",)
    assert registration["inference_instance_type"] == "ml.m5.large"
    assert registration["source_model_inference_content_types"] == ("text/csv",)
    assert registration["source_model_inference_response_types"] == ("application/json",)
    outputs = registration["source_model_inference_output_variable_list"]
    assert outputs == {"legacy-score": "NUMERIC"}


def test_a_registration_is_named_after_its_region() -> None:
    assert STEP_TYPES["Registration"].suffix(config_of("Registration", region="eu")) == "EU"


@pytest.mark.parametrize("field", ["model_domain", "model_objective"])
def test_older_names_of_domain_and_objective_are_read(field: str) -> None:
    example = STEP_TYPES["Registration"].example
    fields = {name: value for name, value in example.items() if name != field}
    older = field.replace("model_", "model_registration_")
    config = STEP_TYPES["Registration"].config(**fields, **{older: "flights"})
    assert getattr(config, field) == "flights"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Payload", "expected_tps"),
        ("Payload", "max_latency_in_millisecond"),
        ("Registration", "model_owner"),
        ("Registration", "model_domain"),
        ("Registration", "model_objective"),
        ("Registration", "framework"),
        ("Registration", "inference_entry_point"),
    ],
)
def test_a_required_field_is_missed(name: str, field: str) -> None:
    step_type = STEP_TYPES[name]
    with pytest.raises(ValidationError, match=field):
        step_type.config(**{k: v for k, v in step_type.example.items() if k != field})


EXACTLY = r'must be exactly \["text/csv"\] or \["application/json"\]'


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("Payload", {"expected_tps": 0}, "greater than or equal to 1"),
        ("Payload", {"max_latency_in_millisecond": 99}, "greater than or equal to 100"),
        ("Payload", {"max_latency_in_millisecond": 10001}, "less than or equal to 10000"),
        ("Payload", {"max_acceptable_error_rate": 1.1}, "less than or equal to 1"),
        ("Payload", {"load_test_instance_type_list": []}, "at least 1 item"),
        ("Payload", {"load_test_instance_type_list": ["m5.large"]}, r"must start with ml\."),
        ("Payload", {"source_model_inference_content_types": ["image/png"]}, EXACTLY),
        ("Payload", {"special_field_values": {"a.b": "1"}}, "put it into field_defaults"),
        ("Payload", {"processing_entry_point": "s3://b/payload.py"}, "must be relative"),
        ("Registration", {"framework": "lightgbm"}, "'xgboost', 'sklearn', 'pytorch'"),
        ("Registration", {"inference_instance_type": "m5.large"}, r"must start with ml\."),
        ("Registration", {"source_model_inference_content_types": []}, EXACTLY),
        (
            "Registration",
            {"source_model_inference_response_types": ["text/csv", "application/json"]},
            EXACTLY,
        ),
        (
            "Registration",
            {"source_model_inference_input_variable_list": {"a": "NUMBER"}},
            "variable a has type 'NUMBER'; it must be NUMERIC or TEXT",
        ),
        (
            "Registration",
            {"source_model_inference_input_variable_list": [["a"]]},
            "must be a pair",
        ),
        (
            "Registration",
            {"source_model_inference_output_variable_list": [["a", "TEXT"]]},
            "must be an object",
        ),
    ],
)
def test_a_wrong_value_is_refused(name: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(name, **fields)


def test_frameworks_and_variable_types_are_read_in_any_case() -> None:
    config = config_of(
        "Registration",
        framework="XGBoost",
        source_model_inference_input_variable_list=[["a", "numeric"], ["b", "Text"]],
    ).model_dump()
    assert config["framework"] == "xgboost"
    variables = config["source_model_inference_input_variable_list"]
    assert variables == (("a", "NUMERIC"), ("b", "TEXT"))


def test_the_variable_schema_lists_inputs_and_outputs() -> None:
    config = config_of("Registration", source_model_inference_input_variable_list=[["a", "TEXT"]])
    assert getattr(config, "variable_schema", None) == {
        "input": {"variables": [{"name": "a", "type": "TEXT"}]},
        "output": {"variables": [{"name": "legacy-score", "type": "NUMERIC"}]},
    }


@pytest.mark.parametrize(
    "name", ["expected_tps", "max_acceptable_error_rate", "max_runtime_seconds"]
)
def test_a_truth_value_is_no_number_of_a_config_made_in_python(name: str) -> None:
    with pytest.raises(ValueError, match="is True; it should be a number"):
        PAYLOAD.config(**{**PAYLOAD.example, name: True})
