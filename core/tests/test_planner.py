"""Planning and binding: never guess, every problem at once, the same result for every order of edges."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.errors import PlanError
from cursus.kernel.plan import Plan, StepOutput
from cursus.kernel.planner import make_plan
from cursus.kernel.plugins import load_plugins
from cursus.paths import OutputPath, Parameter, PipelineParameters, Uri
from planning import LOADS, TEAM, config_text, plan, problems

Make = Callable[..., Plan]


@pytest.fixture(autouse=True)
def _team(install: Callable[..., Path]) -> Iterator[None]:
    install("team-plugin", TEAM)
    yield
    for name in [name for name in sys.modules if name.startswith("team_")]:
        del sys.modules[name]


def test_a_required_input_takes_the_one_output_of_its_kind() -> None:
    made = plan([("Load", "Prep")], {"Load": {}, "Prep": {}})
    binding = made.steps["Prep"].bindings["data"]
    assert binding.source == StepOutput(node="Load", output="out")
    assert binding.reason == "the one output of its kind"


def test_names_carry_the_job_type_and_outputs_follow_the_rule() -> None:
    made = plan([], {"Load_a_b": {"job_type": "a_b"}}, ["Load_a_b"])
    step = made.steps["Load_a_b"]
    assert step.name == "Load-A_b"
    assert (
        step.outputs["out"]
        == OutputPath(base=Parameter(name="EXECUTION_S3_PREFIX")) / "load/a_b/out"
    )


def test_a_name_override_and_a_path_token_count() -> None:
    entry = {"step_name_override": "Mine", "output_path_token": "mine"}
    step = plan([], {"Load": entry}, ["Load"]).steps["Load"]
    assert step.name == "Mine"
    assert step.outputs["out"].parts == ("mine", "out")


def test_environment_values_become_text_and_none_is_left_out() -> None:
    step = plan([], {"Load": {}}, ["Load"]).steps["Load"]
    assert step.environment == {"SIZE": "1", "FLAG": "true", "LIST": "[1]"}


def test_among_several_outputs_the_consumers_own_job_type_decides() -> None:
    entries = {**LOADS, "Prep_testing": {"job_type": "testing"}}
    made = plan([("Load_training", "Prep_testing"), ("Load_testing", "Prep_testing")], entries)
    binding = made.steps["Prep_testing"].bindings["data"]
    assert binding.source == StepOutput(node="Load_testing", output="out")
    assert "job_type testing" in binding.reason


def test_several_outputs_without_a_tie_break_are_ambiguous_and_listed() -> None:
    found = problems([("Load_training", "Prep"), ("Load_testing", "Prep")], {**LOADS, "Prep": {}})
    assert "Load_testing:out, Load_training:out" in found["CUR0407"]
    assert '"bindings": {"data": "Load_testing:out"}' in found["CUR0407"]


def test_an_ancestors_output_is_never_taken_and_the_edge_to_add_is_named() -> None:
    entries = {"Load": {}, "Train": {}, "Prep": {}}
    found = problems([("Load", "Train"), ("Train", "Prep")], entries)
    assert (
        "required input data (table) is not bound; looked at: Train (model: model)"
        in found["CUR0408"]
    )
    assert 'add the edge ["Load", "Prep"]' in found["CUR0408"]


def test_two_inputs_never_share_an_output_unless_bound_explicitly() -> None:
    found = problems([("Load", "Join")], {"Load": {}, "Join": {}})
    assert "required input right" in found["CUR0408"]

    both = {"bindings": {"left": "Load:out", "right": "Load:out"}}
    made = plan([("Load", "Join")], {"Load": {}, "Join": both})
    assert {b.source for b in made.steps["Join"].bindings.values()} == {
        StepOutput(node="Load", output="out")
    }


def test_an_optional_input_is_bound_only_to_what_it_accepts() -> None:
    made = plan([("Load", "Prep"), ("Load", "Read")], {"Load": {}, "Prep": {}, "Read": {}})
    assert set(made.steps["Prep"].bindings) == {"data"}
    assert made.steps["Read"].bindings["notes"].reason == "accepted by the step type"


def test_the_config_fills_an_input_before_any_producer_is_asked() -> None:
    made = plan([("Load", "Filled")], {"Load": {}, "Filled": {"data": "s3://b/x"}})
    assert made.steps["Filled"].bindings["data"].source == Uri(uri="s3://b/x")


@pytest.mark.parametrize(
    ("edges", "data", "source"),
    [
        ([("Load", "Either")], "s3://b/x", StepOutput(node="Load", output="out")),
        ([("Load", "Either")], None, StepOutput(node="Load", output="out")),
        ([("Prep", "Either")], "s3://b/x", Uri(uri="s3://b/x")),
        ([("Prep", "Either")], None, StepOutput(node="Prep", output="out")),
    ],
)
def test_an_accepted_output_comes_before_the_config_and_other_outputs_after_it(
    edges: list[tuple[str, str]], data: str | None, source: Any
) -> None:
    made = plan([*edges, ("Load", "Prep")], {"Load": {}, "Prep": {}, "Either": {"data": data}})
    assert made.steps["Either"].bindings["data"].source == source


def test_explicit_bindings_take_outputs_uris_and_parameters() -> None:
    bindings = {"data": {"parameter": "DATA"}, "more": "s3://b/x"}
    made = plan([], {"Prep": {"bindings": bindings}}, ["Prep"])
    sources = {name: b.source for name, b in made.steps["Prep"].bindings.items()}
    assert sources == {"data": Parameter(name="DATA"), "more": Uri(uri="s3://b/x")}
    assert made.extra_parameters == (Parameter(name="DATA"),)


def test_an_older_port_name_is_understood() -> None:
    made = plan([("Load", "Prep")], {"Load": {}, "Prep": {"bindings": {"old_data": "Load:out"}}})
    assert made.steps["Prep"].bindings["data"].reason == "bound explicitly"


@pytest.mark.parametrize(
    ("bindings", "words"),
    [
        ({"dat": "Load:out"}, "has no input dat"),
        ({"data": "Nobody:out"}, "there is no planned step Nobody"),
        ({"data": "Load:exit"}, "Load has no output exit"),
        ({"data": "Far:out"}, 'add the edge ["Far", "Prep"]'),
        ({"data": "Load"}, "that is no binding"),
    ],
)
def test_an_explicit_binding_that_cannot_be_used_says_why(
    bindings: dict[str, str], words: str
) -> None:
    entries = {"Load": {}, "Far": {}, "Prep": {"bindings": bindings}}
    text = (
        config_text(entries)
        .replace("FarConfig", "LoadConfig")
        .replace('"Far": {}', '"Far": {"job_type": "far"}')
    )
    plugins = load_plugins()
    configs = read_config_text(text, plugins.config_classes())
    with pytest.raises(PlanError, match="CUR0409") as caught:
        make_plan(PipelineDAG(["Far"], [("Load", "Prep")]), configs, plugins)
    assert words in str(caught.value)


def test_a_producer_of_the_wrong_job_type_is_refused_even_when_bound_explicitly() -> None:
    entries = {"Load_testing": {"job_type": "testing"}, "Train": {}}
    assert (
        "has job_type testing, the input needs training"
        in problems([("Load_testing", "Train")], entries)["CUR0410"]
    )
    entries["Train"] = {"bindings": {"data": "Load_testing:out"}}
    assert "the input needs training" in problems([("Load_testing", "Train")], entries)["CUR0410"]


def test_two_nodes_of_one_name_and_one_place_are_errors() -> None:
    entries = {"Load": {}, "Load_x": {}}
    found = problems([], entries, ["Load", "Load_x"])
    assert "nodes Load and Load_x both come to the step name Load" in found["CUR0404"]
    assert "land in one place" in found["CUR0405"]


def test_every_problem_of_one_input_comes_at_once() -> None:
    entries: dict[str, dict[str, Any]] = {
        **LOADS, "Prep_a": {"job_type": "a"}, "Prep_b": {"job_type": "b", "size": "wide"},
        "Join": {}, "Nobody": {}, "Load_c": {"job_type": "c", "size": 1000},
    }  # fmt: skip
    edges = [
        ("Load_training", "Prep_a"),
        ("Load_testing", "Prep_a"),
        ("Prep_b", "Ghost"),
        ("Ghost", "Prep_b"),
        ("Load_c", "Nobody"),
    ]
    found = problems(edges, entries, ["Join"])
    assert {"CUR0104", "CUR0209", "CUR0402", "CUR0407", "CUR0408", "CUR0411"} <= found.keys()
    assert "$.specific.Prep_b.size" in "\n".join(found.values())


def test_a_lenient_plan_warns_of_what_a_document_does_not_need() -> None:
    made = plan(
        [("Load", "Prep"), ("Ghost", "Prep")], {"Load": {"size": 1000}, "Prep": {}}, lenient=True
    )
    assert made.untyped == {"Ghost": None}
    assert [w.severity for w in made.warnings] == ["warning"]
    assert "node Ghost has no config" in made.warnings[0].message


def test_a_lenient_plan_keeps_the_entry_of_a_node_whose_class_nobody_owns() -> None:
    made = plan([("Odd_a", "Prep")], {"Odd_a": {"size": 3}, "Prep": {}}, lenient=True)
    entry = made.untyped["Odd_a"]
    assert entry is not None
    assert (entry.class_name, entry.fields["size"]) == ("OddConfig", 3)


@pytest.mark.parametrize("lenient", [False, True])
def test_an_explicit_choice_of_a_missing_config_is_always_an_error(*, lenient: bool) -> None:
    chosen = {"Prep": "Perp"}
    found = problems([("Load", "Prep")], {"Load": {}}, node_configs=chosen, lenient=lenient)
    assert "node Prep is to have the config Perp" in found["CUR0211"]


def test_two_steps_of_one_name_are_told_to_have_job_types_where_their_class_has_them() -> None:
    found = problems([], {"Load_a": {}, "Load_b": {}}, ["Load_a", "Load_b"])
    assert "fix give one a job_type of its own or a step_name_override" in found["CUR0404"]


def test_a_lenient_plan_still_needs_the_config_of_a_documented_step() -> None:
    assert (
        "node Must has no config"
        in problems([], {"Load": {}}, ["Load", "Must"], lenient=True)["CUR0209"]
    )


def test_a_literal_prefix_is_taken_as_it_is() -> None:
    made = plan([], {"Load": {}}, ["Load"], parameters=PipelineParameters(prefix="s3://b/run/"))
    assert str(made.steps["Load"].outputs["out"]) == "s3://b/run/load/out"


def test_the_plan_does_not_depend_on_the_order_of_edges() -> None:
    entries = {
        **LOADS,
        "Prep_training": {"job_type": "training"},
        "Join": {"bindings": {"left": "Load_testing:out"}},
    }
    edges = [
        ("Load_training", "Prep_training"),
        ("Load_testing", "Prep_training"),
        ("Load_testing", "Join"),
        ("Prep_training", "Join"),
    ]
    expected = plan(edges, entries)
    for seed in range(10):
        shuffled = random.Random(seed).sample(edges, len(edges))  # noqa: S311 - order, not secrets
        made = plan(shuffled, entries)
        assert {n: s.bindings for n, s in made.steps.items()} == {
            n: s.bindings for n, s in expected.steps.items()
        }
