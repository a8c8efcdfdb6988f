"""Documents with nodes that no installed plugin answers for: their types, their keys, and what helpers say of them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from cursus.config import ConfigFile, read_config_text
from cursus.dag import PipelineDAG
from cursus.document import (
    DocumentOptions,
    ExecutionDocumentGenerator,
    ExecutionDocumentHelper,
    make_template,
)
from cursus.errors import ExecutionDocumentGenerationError, UnsupportedStepTypeError
from cursus.kernel.plugins import load_plugins

Classes = dict[str, tuple[str, dict[str, Any]]]


class Answering(ExecutionDocumentHelper):
    """Answers for one node with what it sees of the config, and reads a field of every config."""

    def __init__(self, node: str, field: str = "owner") -> None:
        self.node = node
        self.field = field

    def can_handle_step(self, step_name: str, config: Any) -> bool:
        return step_name == self.node and hasattr(config, self.field)

    def extract_step_config(self, step_name: str, config: Any) -> Any:
        seen = (config.owner, config["owner"], config.get("none", 0), "owner" in config)
        return {step_name: [type(config).__name__, *seen], "all": {**config}}


class Careless(Answering):
    """Reads a field of every config that it is asked about."""

    def can_handle_step(self, step_name: str, config: Any) -> bool:
        return step_name == self.node and bool(config.missing)


def config_of(classes: Classes) -> ConfigFile:
    entries = {key: fields for key, (_, fields) in classes.items()}
    types = {key: name for key, (name, _) in classes.items()}
    data = {"shared": {}, "specific": entries, "metadata": {"config_types": types}}
    return read_config_text(json.dumps(data), load_plugins().config_classes())


def generator_of(classes: Classes, **options: Any) -> ExecutionDocumentGenerator:
    return ExecutionDocumentGenerator(config_of(classes), options=DocumentOptions(**options))


def types_of(document: dict[str, Any]) -> dict[str, Any]:
    return {key: entry["STEP_TYPE"] for key, entry in document["PIPELINE_STEP_CONFIGS"].items()}


@pytest.mark.parametrize(
    ("node", "class_name", "fields", "expected"),
    [
        ("train", "LightGBMTrainingConfig", {}, ["LightGBMTraining"]),
        ("train", "LightGBMTrainingStepConfig", {"job_type": "eu_All"}, ["LightGBMTraining-Eu_all"]),
        ("train", "LightGBMTrainingConfig", {"step_name_override": "Fit", "job_type": "x"}, ["Fit"]),
        ("FooTraining", "FooProcessingConfig", {}, []),
        ("Dummy", "DummyTrainingConfig", {}, []),
        ("DummyTraining", "OddTrainingConfig", {"job_type": 7}, ["OddTraining"]),
    ],
)  # fmt: skip
def test_type_and_key_come_from_the_config_and_not_from_the_node(
    node: str,
    class_name: str,
    fields: dict[str, Any],
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-training")
    generator = generator_of({node: (class_name, fields)})
    dag = PipelineDAG([node])
    template = make_template(generator.plan(dag), generator.plugins)
    for document in (generator.fill_execution_document(dag), template):
        assert types_of(document) == dict.fromkeys(expected, "TRAINING_STEP")


def test_a_chosen_config_gives_type_and_key_too() -> None:
    generator = generator_of({"OddTraining": ("OddTrainingConfig", {})}, node_configs={"fit": "OddTraining"})  # fmt: skip
    document = generator.fill_execution_document(PipelineDAG(["fit"]))
    assert types_of(document) == {"OddTraining": "TRAINING_STEP"}


def test_an_older_name_of_a_class_that_must_be_there_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-cradle")
    generator = generator_of({"load": ("CradleDataLoadConfig", {"job_type": "training"})})
    with pytest.raises(UnsupportedStepTypeError, match="step load must be in the document"):
        generator.fill_execution_document(PipelineDAG(["load"]))


@pytest.mark.parametrize(
    ("class_name", "key", "step_type"),
    [
        ("ApproveConfig", "Approve-X", ["PROCESSING_STEP", "Approve"]),
        ("OddTrainingConfig", "OddTraining-X", "TRAINING_STEP"),
        ("CradleDataLoadConfig", "CradleDataLoading-X", ["WORKFLOW_INPUT", "CradleDataLoadingStep"]),
        ("RegistrationConfig", "Registration-EU", ["PROCESSING_STEP", "MimsModelRegistrationProcessingStep"]),
    ],
)  # fmt: skip
def test_a_helper_answers_for_a_step_whose_class_nobody_owns(
    class_name: str, key: str, step_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-cradle,cursus-registration")
    fields = {"owner": "me", "job_type": "x", "region": "EU"}
    generator = generator_of({"node": (class_name, fields)})
    generator.add_helper(Answering("node"))
    content = {"node": [class_name, "me", "me", 0, True], "all": fields}
    document = generator.fill_execution_document(PipelineDAG(["node"]))
    assert document["PIPELINE_STEP_CONFIGS"] == {
        key: {"STEP_CONFIG": content, "STEP_TYPE": step_type}
    }


def test_a_helper_may_dump_the_bare_fields_and_cannot_change_them() -> None:
    class Dumping(Answering):
        def extract_step_config(self, step_name: str, config: Any) -> Any:
            with pytest.raises(ValueError, match="frozen"):
                config.owner = step_name
            return config.model_dump()

    generator = generator_of({"Odd": ("OddConfig", {"owner": "me"})})
    generator.add_helper(Dumping("Odd"))
    document = generator.fill_execution_document(PipelineDAG(["Odd"]))
    assert document["PIPELINE_STEP_CONFIGS"]["Odd"]["STEP_CONFIG"] == {"owner": "me"}


def test_the_template_says_the_step_type_of_a_helpers_step() -> None:
    generator = generator_of({"Odd": ("OddConfig", {"owner": "me"})})
    generator.add_helper(Answering("Odd"))
    template = {"PIPELINE_STEP_CONFIGS": {"Odd": {"STEP_TYPE": ["A", "B"]}}}
    document = generator.fill_execution_document(PipelineDAG(["Odd"]), template)
    assert types_of(document) == {"Odd": ["A", "B"]}


def test_a_helper_that_cannot_read_a_bare_config_is_a_warning_that_says_what_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    generator = generator_of({"OddTraining": ("OddTrainingConfig", {})})
    generator.add_helper(Careless("OddTraining"))
    with caplog.at_level(logging.WARNING, logger="cursus"):
        document = generator.fill_execution_document(PipelineDAG(["OddTraining"]))
    assert types_of(document) == {"OddTraining": "TRAINING_STEP"}
    assert "helper Careless could not say whether it answers for node OddTraining" in caplog.text
    assert "no plugin owns its class OddTrainingConfig" in caplog.text


def test_a_helper_that_fails_to_answer_for_a_bare_config_is_an_error_that_names_it() -> None:
    class Failing(Answering):
        def extract_step_config(self, step_name: str, config: Any) -> Any:
            return {step_name: config.missing}

    generator = generator_of({"Odd": ("OddConfig", {"owner": "me"})})
    generator.add_helper(Failing("Odd"))
    with pytest.raises(
        ExecutionDocumentGenerationError,
        match=r"CUR0503(.|\n)*helper Failing failed in extract_step_config: AttributeError",
    ):
        generator.fill_execution_document(PipelineDAG(["Odd"]))
