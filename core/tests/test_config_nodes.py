from __future__ import annotations

from typing import Any

import pytest
from cursus.config import ConfigEntry, match_nodes


def entry(key: str, class_name: str, **fields: Any) -> ConfigEntry:
    return ConfigEntry(key=key, class_name=class_name, config=None, fields=fields)


ENTRIES = {
    found.key: found
    for found in (
        entry("Load_training", "LoadConfig", job_type="training"),
        entry("Load_calibration", "LoadConfig", job_type="calibration"),
        entry("Evaluate_calibration", "EvaluateConfig", job_type="calibration"),
        entry("Train", "TrainStepConfig"),
    )
}


def key_of(node: str, nodes: tuple[str, ...] = (), **chosen: str) -> str:
    found, problems = match_nodes([node, *nodes], ENTRIES, chosen)
    assert node not in problems
    return found[node].key


def message_of(node: str, nodes: tuple[str, ...] = (), **chosen: str) -> str:
    found, problems = match_nodes([node, *nodes], ENTRIES, chosen)
    assert node not in found
    return str(problems[node])


@pytest.mark.parametrize(
    ("node", "key"),
    [
        ("Load_training", "Load_training"),
        ("load_TRAINING", "Load_training"),
        ("Evaluate", "Evaluate_calibration"),
        ("train", "Train"),
    ],
)
def test_a_node_gets_its_config_by_name_or_by_its_step_type_alone(node: str, key: str) -> None:
    assert key_of(node) == key


def test_an_explicit_choice_comes_first() -> None:
    assert key_of("Load_training", Load_training="Load_calibration") == "Load_calibration"
    assert key_of("Anything", Anything="Train") == "Train"


def test_another_job_type_is_refused_with_the_reason() -> None:
    message = message_of("Load_evaluation")
    assert "CUR0209" in message
    assert "Load_training (its job_type is training)" in message
    assert "the closest keys are Load_calibration" in message
    assert "--bind-config Load_evaluation=<key>" in message


def test_a_suffix_on_a_type_without_job_types_is_refused() -> None:
    assert "Train (it has no job_type)" in message_of("Train_training")


def test_several_configs_of_the_step_type_are_listed() -> None:
    message = message_of("Load")
    assert "CUR0210" in message
    assert "Load_training, Load_calibration are of its step type" in message


def test_keys_that_differ_only_by_case_are_not_guessed_between() -> None:
    entries = {key: entry(key, "TrainConfig") for key in ("TRAIN", "Train")}
    _, problems = match_nodes(["train"], entries, {})
    assert "differ from it only by case" in problems["train"].message


def test_a_config_that_another_node_has_by_name_is_not_given_twice() -> None:
    message = message_of("Evaluate", ("Evaluate_calibration",))
    assert "its job_type is calibration, it belongs to another node" in message


@pytest.mark.parametrize(
    "node", ["LightGBMTraining", "Trains", "Loa_training", "CradleDataLoading"]
)
def test_resemblance_is_not_enough(node: str) -> None:
    assert "CUR0209" in message_of(node)


def test_a_chosen_config_that_is_not_there_is_an_error() -> None:
    message = message_of("X", X="Load_trainin")
    assert "CUR0211" in message
    assert "did you mean Load_training?" in message


def test_a_choice_for_a_misspelt_node_is_a_warning() -> None:
    _, problems = match_nodes(["Load_training"], ENTRIES, {"Load_trainin": "Train"})
    problem = problems["Load_trainin"]
    assert (problem.code, problem.severity) == ("CUR0211", "warning")
    assert "did you mean Load_training?" in problem.fix


def test_a_choice_for_a_node_of_another_dag_is_ignored() -> None:
    _, problems = match_nodes(["Load_training"], ENTRIES, {"Elsewhere": "Train"})
    assert problems == {}


def test_the_order_of_nodes_and_entries_does_not_matter() -> None:
    nodes = ["train", "Evaluate", "Load_training"]
    forward, _ = match_nodes(nodes, ENTRIES, {})
    backward, _ = match_nodes(nodes[::-1], dict(reversed(ENTRIES.items())), {})
    assert forward == backward
