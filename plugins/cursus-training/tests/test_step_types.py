"""The declarations of the training step types: ports, environment, config rules, hyperparameters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cursus_training
import pytest
from cursus.config import BasePipelineConfig
from cursus.environment import texts_of
from cursus.errors import ConfigError
from cursus.paths import BundleFile, Uri
from pydantic import ValidationError

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.step_type import StepType

STEP_TYPES = {step_type.name: step_type for step_type in cursus_training.cursus_step_types()}
PROCESSING = "/opt/ml/processing"
SPLITS = "tabular splits"
RISK_TABLES = ("RiskTableMapping.model_artifacts_output",)
# Port, kinds, what it accepts, path; then port, kind, path and reference of the outputs.
TRAINING_PORTS: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] = (
    [
        ("input_path", (SPLITS,), (), "/opt/ml/input/data"),
        ("hyperparameters_s3_uri", ("hyperparameters",), (), "/opt/ml/code/hyperparams"),
        (
            "model_artifacts_input",
            ("risk tables",),
            RISK_TABLES,
            "/opt/ml/input/data/model_artifacts_input",
        ),
    ],
    [
        ("model_output", "model", "/opt/ml/model", "ModelArtifacts.S3ModelArtifacts"),
        (
            "evaluation_output",
            "predictions",
            "/opt/ml/output/data",
            "OutputDataConfig.S3OutputPath",
        ),
    ],
)
MODEL_PORTS: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] = (
    [("model_data", ("model", "packaged model"), (), "/opt/ml/model")],
    [("model_name", "model name", "", "ModelName")],
)
PORTS = {
    "XGBoostTraining": TRAINING_PORTS,
    "PyTorchTraining": TRAINING_PORTS,
    "DummyTraining": (
        [
            (
                "model_artifacts_input",
                ("model",),
                ("XGBoostTraining.model_output", "PyTorchTraining.model_output"),
                f"{PROCESSING}/input/model_artifacts_input",
            ),
            (
                "hyperparameters_s3_uri",
                ("hyperparameters",),
                (),
                f"{PROCESSING}/input/hyperparameters_s3_uri",
            ),
        ],
        [("model_output", "model", f"{PROCESSING}/output/model", None)],
    ),
    "XGBoostModel": MODEL_PORTS,
    "PyTorchModel": MODEL_PORTS,
    "BatchTransform": (
        [
            ("model_name", ("model name",), (), "/opt/ml/model"),
            ("processed_data", (SPLITS,), (), "/opt/ml/input/data"),
        ],
        [("transform_output", "predictions", "", "TransformOutput.S3OutputPath")],
    ),
}


def config_of(step_type: StepType[Any], **fields: Any) -> BasePipelineConfig:
    config = step_type.config(**{**step_type.example, **fields})
    assert isinstance(config, BasePipelineConfig)
    return config


def hyperparameters(**fields: Any) -> dict[str, Any]:
    return {**STEP_TYPES["XGBoostTraining"].example["hyperparameters"], **fields}


def written(step_type: StepType[Any], source: Path | None = None, **fields: Any) -> dict[str, Any]:
    files = step_type.job.files(config_of(step_type, **fields), source)
    data: dict[str, Any] = json.loads(files["hyperparams/hyperparameters.json"])
    return data


def test_the_plugin_owns_six_step_types() -> None:
    assert set(STEP_TYPES) == set(PORTS)


@pytest.mark.parametrize("name", STEP_TYPES)
def test_an_example_is_a_valid_config_that_can_run(name: str) -> None:
    step_type = STEP_TYPES[name]
    assert list(step_type.check(config_of(step_type))) == []


@pytest.mark.parametrize("name", STEP_TYPES)
def test_ports_are_those_of_the_specification(name: str) -> None:
    step_type = STEP_TYPES[name]
    inputs = [(p.name, p.kinds, p.accepts, p.path) for p in step_type.inputs]
    outputs = [(p.name, p.kind, p.path, p.reference) for p in step_type.outputs]
    assert (inputs, outputs) == PORTS[name]


@pytest.mark.parametrize("name", ["XGBoostTraining", "PyTorchTraining"])
def test_training_reads_three_channels_of_training_splits(name: str) -> None:
    port = STEP_TYPES[name].input("input_path")
    assert port is not None
    assert (port.channels, port.producer_job_type) == (("train", "val", "test"), "training")


def test_output_folders_split_no_framework_name() -> None:
    assert [step_type.folder for step_type in STEP_TYPES.values()] == [
        "xgboost_training",
        "pytorch_training",
        "dummy_training",
        "xgboost_model",
        "pytorch_model",
        "batch_transform",
    ]


@pytest.mark.parametrize("name", ["XGBoostTraining", "PyTorchTraining"])
def test_training_gets_two_environment_values_and_no_arguments(name: str) -> None:
    job = STEP_TYPES[name].job
    config = config_of(STEP_TYPES[name], use_secure_pypi=True, region="eu")
    assert texts_of(job.environment(config)) == {"USE_SECURE_PYPI": "true", "REGION": "EU"}
    assert job.arguments(config) == ()


def test_training_steps_are_in_the_document_and_dummy_training_is_not() -> None:
    documented = {name: step_type.document for name, step_type in STEP_TYPES.items()}
    assert documented["XGBoostTraining"] == documented["PyTorchTraining"] == "TRAINING_STEP"
    assert STEP_TYPES["DummyTraining"].extract is None


def test_config_classes_have_the_names_of_older_files() -> None:
    assert [step_type.config.__name__ for step_type in STEP_TYPES.values()] == [
        "XGBoostTrainingConfig",
        "PyTorchTrainingConfig",
        "DummyTrainingConfig",
        "XGBoostModelStepConfig",
        "PyTorchModelStepConfig",
        "BatchTransformStepConfig",
    ]


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        (
            "XGBoostTraining",
            {
                "training_instance_type": "ml.m5.4xlarge",
                "training_instance_count": 1,
                "training_volume_size": 30,
                "skip_hyperparameters_s3_uri": True,
                "use_precomputed_features": False,
            },
        ),
        (
            "PyTorchTraining",
            {
                "training_instance_type": "ml.g5.12xlarge",
                "framework_version": "2.1.0",
                "py_version": "py310",
            },
        ),
        ("XGBoostModel", {"instance_type": "ml.m5.large", "entry_point": "inference.py"}),
        (
            "BatchTransform",
            {
                "transform_instance_type": "ml.m5.large",
                "transform_instance_count": 1,
                "content_type": "text/csv",
                "accept": "text/csv",
                "split_type": "Line",
                "assemble_with": "Line",
                "input_filter": "$[1:]",
                "output_filter": "$[-1]",
                "join_source": "Input",
            },
        ),
    ],
)
def test_defaults_are_those_of_the_specification(name: str, defaults: dict[str, Any]) -> None:
    config = config_of(STEP_TYPES[name])
    assert {field: getattr(config, field) for field in defaults} == defaults


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("XGBoostTraining", "training_entry_point"),
        ("PyTorchTraining", "training_entry_point"),
        ("BatchTransform", "job_type"),
    ],
)
def test_a_required_field_is_missed(name: str, field: str) -> None:
    step_type = STEP_TYPES[name]
    with pytest.raises(ValidationError, match=field):
        step_type.config(**{k: v for k, v in step_type.example.items() if k != field})


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("XGBoostTraining", {"training_instance_count": 0}, "greater than or equal to 1"),
        ("XGBoostTraining", {"training_instance_type": "m5.large"}, "ml"),
        ("XGBoostTraining", {"hyperparameters": [1]}, "valid dictionary"),
        ("BatchTransform", {"split_type": "Word"}, "'None', 'Line', 'RecordIO' or 'TFRecord'"),
        ("BatchTransform", {"assemble_with": "Word"}, "'None' or 'Line'"),
        ("BatchTransform", {"join_source": "Output"}, "'None' or 'Input'"),
        ("XGBoostTraining", {"training_volume_size": True}, "is True; it should be a number"),
        ("BatchTransform", {"transform_instance_count": True}, "is True; it should be a number"),
    ],
)
def test_a_wrong_value_is_refused(name: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        config_of(STEP_TYPES[name], **fields)


def test_enumerations_are_read_in_any_case() -> None:
    config = config_of(STEP_TYPES["BatchTransform"], split_type="recordio", join_source="INPUT")
    assert getattr(config, "split_type", None) == "RecordIO"
    assert getattr(config, "join_source", None) == "Input"


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("XGBoostTraining", {"framework_version": "2.1.0"}, "framework_version"),
        ("XGBoostModel", {"framework_version": "2.1.0"}, "framework_version"),
        ("XGBoostTraining", {"hyperparameters": None}, "hyperparameters"),
        ("PyTorchTraining", {"hyperparameters": None}, "hyperparameters"),
        (
            "XGBoostTraining",
            {"hyperparameters": hyperparameters(max_depth="deep")},
            "hyperparameters.max_depth",
        ),
        (
            "XGBoostTraining",
            {"hyperparameters": hyperparameters(multiclass_categories=[0])},
            "hyperparameters.multiclass_categories",
        ),
    ],
)
def test_what_only_a_run_needs_is_found_by_the_check(
    name: str, fields: dict[str, Any], field: str
) -> None:
    step_type = STEP_TYPES[name]
    faults = list(step_type.check(config_of(step_type, **fields)))
    assert [fault.field for fault in faults] == [field]


@pytest.mark.parametrize("missing", ["num_round", "max_depth", "label_name", "tab_field_list"])
def test_each_required_hyperparameter_is_missed_by_name(missing: str) -> None:
    step_type = STEP_TYPES["XGBoostTraining"]
    given = {name: value for name, value in hyperparameters().items() if name != missing}
    faults = list(step_type.check(config_of(step_type, hyperparameters=given)))
    assert [fault.message for fault in faults] == [f"hyperparameter {missing}: Field required"]


def test_a_source_folder_may_hold_the_hyperparameters() -> None:
    step_type = STEP_TYPES["XGBoostTraining"]
    config = config_of(step_type, hyperparameters=None, source_dir="docker")
    assert list(step_type.check(config)) == []


def test_an_image_of_the_users_own_needs_no_known_version() -> None:
    step_type = STEP_TYPES["XGBoostTraining"]
    config = config_of(step_type, framework_version="2.1.0", image_uri="registry/own:1")
    assert list(step_type.check(config)) == []


def test_the_file_holds_defaults_and_derived_values_and_keeps_unknown_names() -> None:
    data = written(STEP_TYPES["XGBoostTraining"], hyperparameters=hyperparameters(my_own=[1, 2]))
    assert (data["eta"], data["booster"], data["tree_method"]) == (0.3, "gbtree", "auto")
    assert (data["input_tab_dim"], data["num_classes"], data["is_binary"]) == (3, 2, True)
    assert data["objective"] == "binary:logistic"
    assert data["my_own"] == [1, 2]


def test_derived_values_of_a_file_are_computed_again() -> None:
    given = hyperparameters(multiclass_categories=[0, 1, 2], num_classes=7, objective="mine")
    data = written(STEP_TYPES["XGBoostTraining"], hyperparameters=given)
    assert (data["num_classes"], data["objective"]) == (3, "multi:softprob")


def test_the_config_wins_over_the_source_folder(tmp_path: Path) -> None:
    (tmp_path / "hyperparameters.json").write_text(json.dumps(hyperparameters(eta=0.9)), "utf-8")
    step_type = STEP_TYPES["XGBoostTraining"]
    assert written(step_type, tmp_path, hyperparameters=None)["eta"] == 0.9
    assert written(step_type, tmp_path)["eta"] == 0.3


@pytest.mark.parametrize("text", ["{", "[1]", '{"num_round": 3}'])
def test_a_wrong_hyperparameters_file_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "hyperparameters.json").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="hyperparameter"):
        written(STEP_TYPES["XGBoostTraining"], tmp_path, hyperparameters=None)


def test_no_hyperparameters_anywhere_is_an_error_that_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither has the source"):
        written(STEP_TYPES["PyTorchTraining"], tmp_path, hyperparameters=None)


def test_a_pretrained_model_comes_from_the_config_or_must_come_over_an_edge() -> None:
    step_type = STEP_TYPES["DummyTraining"]
    port = step_type.input("model_input")
    assert port is not None
    assert port.fill is not None
    with_path, bare = config_of(step_type), config_of(step_type, pretrained_model_path=None)
    assert port.fill(with_path) == Uri(uri="s3://demo-bucket/models/model.tar.gz")
    assert (port.fill(bare), port.is_required(bare)) == (None, True)


def test_dummy_training_passes_on_the_hyperparameters_that_it_is_given() -> None:
    step_type = STEP_TYPES["DummyTraining"]
    port = step_type.input("hyperparameters_s3_uri")
    assert port is not None
    assert port.fill is not None
    config = config_of(step_type, hyperparameters={"eta": 1})
    assert port.fill(config) == BundleFile(path="hyperparams/hyperparameters.json")
    assert written(step_type, hyperparameters={"eta": 1}) == {"eta": 1}
    assert port.fill(config_of(step_type)) is None


def test_dummy_training_passes_arguments_on() -> None:
    step_type = STEP_TYPES["DummyTraining"]
    config = step_type.config(**step_type.example, processing_script_arguments=["--fast"])
    assert step_type.job.arguments(config) == ("--fast",)


def test_the_order_of_hyperparameters_changes_no_byte() -> None:
    job = STEP_TYPES["DummyTraining"].job
    given = {"b": {"d": 1, "c": 2}, "a": 3}
    example = STEP_TYPES["DummyTraining"].example
    configs = [
        STEP_TYPES["DummyTraining"].config(**example, hyperparameters=order)
        for order in (given, dict(reversed(given.items())))
    ]
    first, second = (job.files(config, None) for config in configs)
    assert first == second
