"""The declarations of the processing step types: ports, environment, arguments, config rules."""

from __future__ import annotations

import json
from typing import Any

import cursus_processing
import pytest
from cursus.config import BasePipelineConfig
from cursus.environment import texts_of
from cursus.kernel.step_type import Input, StepType
from pydantic import ValidationError

STEP_TYPES = {step_type.name: step_type for step_type in cursus_processing.cursus_step_types()}
IN, OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
SPLITS = "tabular splits"
# By step type: port, kinds, whether it is required, path; then port, kind, path of the outputs.
PORTS: dict[str, tuple[list[tuple[Any, ...]], list[tuple[str, str, str]]]] = {
    "TabularPreprocessing": (
        [
            ("DATA", ("tabular",), True, f"{IN}/data"),
            ("DATA_SECONDARY", ("tabular",), False, f"{IN}/data_secondary"),
            ("SIGNATURE", ("signature",), False, f"{IN}/signature"),
        ],
        [("processed_data", SPLITS, OUT)],
    ),
    "RiskTableMapping": (
        [
            ("input_data", (SPLITS,), True, f"{IN}/data"),
            ("hyperparameters_s3_uri", ("hyperparameters",), False, "/opt/ml/code/hyperparams"),
            ("model_artifacts_input", ("risk tables",), False, f"{IN}/model_artifacts"),
        ],
        [
            ("processed_data", SPLITS, f"{OUT}/data"),
            ("model_artifacts_output", "risk tables", f"{OUT}/model_artifacts"),
        ],
    ),
    "CurrencyConversion": (
        [("input_data", (SPLITS,), True, f"{IN}/data")],
        [("processed_data", SPLITS, OUT)],
    ),
    "XGBoostModelEval": (
        [
            ("model_input", ("model",), True, f"{IN}/model"),
            ("processed_data", (SPLITS,), True, f"{IN}/eval_data"),
        ],
        [
            ("eval_output", "predictions", f"{OUT}/eval"),
            ("metrics_output", "metrics", f"{OUT}/metrics"),
        ],
    ),
    "ModelCalibration": (
        [("evaluation_data", ("predictions",), True, f"{IN}/eval_data")],
        [
            ("calibration_output", "calibration model", f"{OUT}/calibration"),
            ("metrics_output", "metrics", f"{OUT}/metrics"),
            ("calibrated_data", "predictions", f"{OUT}/calibrated_data"),
        ],
    ),
}
PORTS["PyTorchModelEval"] = PORTS["XGBoostModelEval"]

TWO_RATES = {
    "mappings": [
        {"marketplace_id": "3", "currency_code": "EUR", "conversion_rate": 0.9},
        {"marketplace_id": "4", "currency_code": "EUR", "conversion_rate": 0.8},
    ]
}
ENVIRONMENTS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "TabularPreprocessing",
        {"numerical_columns": ["month", "hour"], "output_format": "Parquet"},
        {
            "LABEL_FIELD": "late",
            "TRAIN_RATIO": "0.7",
            "TEST_VAL_RATIO": "0.5",
            "NUMERICAL_COLUMNS": "month,hour",
            "OUTPUT_FORMAT": "PARQUET",
        },
    ),
    (
        "RiskTableMapping",
        {},
        {"SMOOTH_FACTOR": "0.01", "COUNT_THRESHOLD": "5", "MAX_UNIQUE_THRESHOLD": "100"},
    ),
    (
        "CurrencyConversion",
        {"marketplace_id_field": "shop", "marketplace_info": {"1": {"currency_code": "EUR"}}},
        {
            "CURRENCY_CONVERSION_VARS": '["fare"]',
            "CURRENCY_CONVERSION_DICT": '{"EUR": 0.9, "USD": 1.0}',
            "MARKETPLACE_INFO": '{"1": {"currency_code": "EUR"}}',
            "MARKETPLACE_ID_FIELD": "shop",
            "CURRENCY_CODE_FIELD": "currency",
            "DEFAULT_CURRENCY": "USD",
            "N_WORKERS": "50",
        },
    ),
    ("XGBoostModelEval", {}, {"ID_FIELD": "flight_id", "LABEL_FIELD": "late"}),
    ("PyTorchModelEval", {}, {"ID_FIELD": "flight_id", "LABEL_FIELD": "late"}),
    (
        "ModelCalibration",
        {"calibration_method": "Isotonic"},
        {
            "CALIBRATION_METHOD": "isotonic",
            "LABEL_FIELD": "late",
            "SCORE_FIELD": "prob_class_1",
            "SCORE_FIELD_PREFIX": "prob_class_",
            "MONOTONIC_CONSTRAINT": "True",
            "GAM_SPLINES": "10",
            "ERROR_THRESHOLD": "0.05",
            "IS_BINARY": "True",
            "NUM_CLASSES": "2",
            "MULTICLASS_CATEGORIES": "[0, 1]",
            "CALIBRATION_SAMPLE_POINTS": "1000",
        },
    ),
]


def config_of(step_type: StepType[Any], **fields: Any) -> BasePipelineConfig:
    config = step_type.config(**{**step_type.example, **fields})
    assert isinstance(config, BasePipelineConfig)
    return config


def without(fields: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def is_always_required(port: Input[Any]) -> bool:
    return port.required is True


def test_the_plugin_owns_six_step_types() -> None:
    assert set(STEP_TYPES) == set(PORTS)


@pytest.mark.parametrize("name", STEP_TYPES)
def test_an_example_is_a_valid_config_that_can_run(name: str) -> None:
    step_type = STEP_TYPES[name]
    assert list(step_type.check(config_of(step_type))) == []


@pytest.mark.parametrize("name", STEP_TYPES)
def test_ports_are_those_of_the_specification(name: str) -> None:
    step_type = STEP_TYPES[name]
    inputs = [(p.name, p.kinds, is_always_required(p), p.path) for p in step_type.inputs]
    assert (inputs, [(p.name, p.kind, p.path) for p in step_type.outputs]) == PORTS[name]


@pytest.mark.parametrize(("name", "fields", "expected"), ENVIRONMENTS)
def test_the_environment_is_spelt_as_the_scripts_read_it(
    name: str, fields: dict[str, Any], expected: dict[str, str]
) -> None:
    step_type = STEP_TYPES[name]
    environment = step_type.job.environment(config_of(step_type, **fields))
    assert texts_of(environment) == expected


@pytest.mark.parametrize("name", STEP_TYPES)
def test_every_script_gets_the_job_type_and_then_its_own_arguments(name: str) -> None:
    step_type = STEP_TYPES[name]
    config = config_of(step_type, job_type="testing", processing_script_arguments=["--fast"])
    assert step_type.job.arguments(config) == ("--job_type", "testing", "--fast")


def test_eval_folders_are_written_as_users_know_them() -> None:
    names = ("XGBoostModelEval", "PyTorchModelEval")
    assert [STEP_TYPES[n].folder for n in names] == ["xgboost_model_eval", "pytorch_model_eval"]


def test_optional_inputs_take_only_the_outputs_that_they_name() -> None:
    preprocessing, risk = STEP_TYPES["TabularPreprocessing"], STEP_TYPES["RiskTableMapping"]
    accepts = {port.name: port.accepts for port in (*preprocessing.inputs, *risk.inputs)}
    assert accepts["SIGNATURE"] == ("CradleDataLoading.SIGNATURE", "DummyDataLoading.SIGNATURE")
    assert accepts["model_artifacts_input"] == ("RiskTableMapping.model_artifacts_output",)
    assert accepts["DATA_SECONDARY"] == ()


@pytest.mark.parametrize(
    ("name", "older", "present"),
    [
        ("RiskTableMapping", "data_input", "input_data"),
        ("RiskTableMapping", "risk_tables", "model_artifacts_input"),
        ("CurrencyConversion", "data_input", "input_data"),
    ],
)
def test_older_input_names_still_mean_the_port(name: str, older: str, present: str) -> None:
    port = STEP_TYPES[name].input(older)
    assert port is not None
    assert port.name == present


@pytest.mark.parametrize(
    ("name", "older", "present"),
    [
        ("RiskTableMapping", "risk_tables", "model_artifacts_output"),
        ("CurrencyConversion", "converted_data", "processed_data"),
    ],
)
def test_older_output_names_still_mean_the_port(name: str, older: str, present: str) -> None:
    port = STEP_TYPES[name].output(older)
    assert port is not None
    assert port.name == present


def test_risk_tables_must_come_in_unless_they_are_fitted_here() -> None:
    step_type = STEP_TYPES["RiskTableMapping"]
    port = step_type.input("model_artifacts_input")
    assert port is not None
    assert not port.is_required(config_of(step_type, job_type="training"))
    assert port.is_required(config_of(step_type, job_type="testing"))


def test_risk_table_mapping_makes_its_hyperparameters_of_the_config() -> None:
    step_type = STEP_TYPES["RiskTableMapping"]
    files = step_type.job.files(config_of(step_type), None)
    assert json.loads(files["hyperparams/hyperparameters.json"]) == {
        "cat_field_list": ["carrier", "origin"],
        "label_name": "late",
        "smooth_factor": 0.01,
        "count_threshold": 5,
        "max_unique_threshold": 100,
    }


def test_older_rates_by_marketplace_give_rates_and_currencies() -> None:
    step_type = STEP_TYPES["CurrencyConversion"]
    mapping = {"marketplace_id": "7", "currency_code": "JPY", "conversion_rate": 110.0}
    config = config_of(step_type, currency_conversion_dict={"mappings": [mapping]})
    environment = step_type.job.environment(config)
    assert environment["CURRENCY_CONVERSION_DICT"] == {"JPY": 110.0}
    assert environment["MARKETPLACE_INFO"] == {"7": {"currency_code": "JPY"}}


def test_currencies_without_a_rate_are_passed_on_only_where_the_config_says_so() -> None:
    step_type = STEP_TYPES["CurrencyConversion"]
    told = texts_of(step_type.job.environment(config_of(step_type, skip_invalid_currencies=True)))
    assert told["SKIP_INVALID_CURRENCIES"] == "true"


def test_an_evaluation_reads_id_and_label_of_nested_hyperparameters() -> None:
    step_type = STEP_TYPES["XGBoostModelEval"]
    fields = without(step_type.example, "id_name", "label_name")
    config = step_type.config(**fields, hyperparameters={"id_name": "order", "label_name": "fraud"})
    environment = step_type.job.environment(config)
    assert environment == {"ID_FIELD": "order", "LABEL_FIELD": "fraud"}


def test_label_field_is_read_as_label_name() -> None:
    step_type = STEP_TYPES["TabularPreprocessing"]
    config = step_type.config(**without(step_type.example, "label_name"), label_field="fraud")
    assert step_type.job.environment(config)["LABEL_FIELD"] == "fraud"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("TabularPreprocessing", "job_type"),
        ("CurrencyConversion", "currency_conversion_vars"),
        ("CurrencyConversion", "currency_conversion_dict"),
        ("ModelCalibration", "label_field"),
    ],
)
def test_a_required_field_is_missed(name: str, field: str) -> None:
    step_type = STEP_TYPES[name]
    with pytest.raises(ValidationError, match=field):
        step_type.config(**without(step_type.example, field))


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("TabularPreprocessing", {"train_ratio": 0}, "greater than 0"),
        ("TabularPreprocessing", {"train_ratio": 1}, "less than 1"),
        ("TabularPreprocessing", {"test_val_ratio": 1.5}, "less than 1"),
        ("TabularPreprocessing", {"output_format": "XLSX"}, "'CSV' or 'PARQUET'"),
        ("TabularPreprocessing", {"job_type": "Training"}, "pattern"),
        ("TabularPreprocessing", {"text_columns": ["a,b"]}, "holds a comma"),
        ("RiskTableMapping", {"max_unique_threshold": 0}, "greater than or equal to 1"),
        ("CurrencyConversion", {"currency_conversion_vars": []}, "at least 1"),
        ("CurrencyConversion", {"currency_conversion_vars": ["a", "a"]}, "converted twice"),
        ("CurrencyConversion", {"currency_conversion_dict": {"EUR": 0}}, "greater than 0"),
        ("CurrencyConversion", {"currency_conversion_dict": {"EUR": "inf"}}, "finite number"),
        ("CurrencyConversion", {"currency_conversion_dict": TWO_RATES}, "rates 0.9 and 0.8"),
        ("CurrencyConversion", {"currency_conversion_dict": {}}, "at least 1 item"),
        ("CurrencyConversion", {"n_workers": 0}, "greater than or equal to 1"),
        ("ModelCalibration", {"calibration_method": "beta"}, "'gam', 'isotonic' or 'platt'"),
        ("ModelCalibration", {"error_threshold": 2}, "less than or equal to 1"),
        ("XGBoostModelEval", {"processing_entry_point": "/abs/eval.py"}, "must be relative"),
        ("XGBoostModelEval", {"processing_volume_size": 5}, "greater than or equal to 10"),
        ("TabularPreprocessing", {"train_ratio": True}, "is True; it should be a number"),
        ("RiskTableMapping", {"count_threshold": True}, "is True; it should be a number"),
        ("RiskTableMapping", {"smooth_factor": True}, "is True; it should be a number"),
        ("CurrencyConversion", {"n_workers": True}, "is True; it should be a number"),
        ("CurrencyConversion", {"currency_conversion_dict": {"EUR": True}}, "is True"),
        ("ModelCalibration", {"gam_splines": True}, "is True; it should be a number"),
        ("ModelCalibration", {"error_threshold": True}, "is True; it should be a number"),
    ],
)
def test_a_wrong_value_is_refused(name: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(STEP_TYPES[name], **fields)


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("TabularPreprocessing", {"label_name": None}, "label_name"),
        ("CurrencyConversion", {"currency_code_field": None}, "currency_code_field"),
        ("CurrencyConversion", {"marketplace_id_field": "shop"}, "marketplace_info"),
        ("CurrencyConversion", {"marketplace_info": {"3": {"name": "DE"}}}, "marketplace_info"),
        ("CurrencyConversion", {"label_name": "fare"}, "currency_conversion_vars"),
        ("XGBoostModelEval", {"id_name": None}, "id_name"),
        ("PyTorchModelEval", {"label_name": None}, "label_name"),
        ("XGBoostModelEval", {"xgboost_framework_version": "2.1.0"}, "xgboost_framework_version"),
        ("ModelCalibration", {"num_classes": 3}, "num_classes"),
        ("ModelCalibration", {"is_binary": False, "num_classes": 3}, "multiclass_categories"),
    ],
)
def test_what_only_a_run_needs_is_found_by_the_check(
    name: str, fields: dict[str, Any], field: str
) -> None:
    step_type = STEP_TYPES[name]
    faults = list(step_type.check(config_of(step_type, **fields)))
    assert [fault.field for fault in faults] == [field]


def test_a_calibration_split_needs_no_label() -> None:
    step_type = STEP_TYPES["TabularPreprocessing"]
    config = config_of(step_type, job_type="calibration", label_name=None)
    assert list(step_type.check(config)) == []


def test_evaluations_run_on_the_large_instance_and_in_xgboost_1_5_by_default() -> None:
    step_type = STEP_TYPES["XGBoostModelEval"]
    config = step_type.config(**without(step_type.example, "xgboost_framework_version"))
    assert getattr(config, "xgboost_framework_version", None) == "1.5-1"
    assert getattr(config, "effective_instance_type", None) == "ml.m5.4xlarge"
