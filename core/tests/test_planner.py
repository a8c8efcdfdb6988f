"""Planning and binding: never guess, every problem at once, the same result for every order of edges."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.errors import PlanError, PluginError
from cursus.kernel.plan import Plan, StepOutput
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import load_plugins
from cursus.paths import OutputPath, Parameter, PipelineParameters, Uri

TEAM = """
    from cursus import Input, Job, Output, StepType, hookimpl
    from cursus.kernel.step_type import Fault
    from cursus.paths import Uri
    from pydantic import BaseModel

    class _Config(BaseModel):
        model_config = {"frozen": True, "extra": "forbid"}
        job_type: str | None = None
        size: int = 1
        data: str | None = None
        step_name_override: str | None = None
        output_path_token: str | None = None

    JOB = Job(kind="service", environment=lambda c: {"SIZE": c.size, "NONE": None, "FLAG": True, "LIST": [1]})

    def check(config):
        if config.size > 100:
            yield Fault(field="size", message="size is too large to run", fix="make it 100 at most")

    def step(name, inputs=(), outputs=(), **more):
        config = type(f"{name}Config", (_Config,), {})
        return StepType(name=name, summary="", config=config, example={}, job=JOB, check=check,
                        inputs=inputs, outputs=outputs, **more)

    def table(name, **more):
        return Input(name=name, kinds=("table",), path="/in", **more)

    OUT = Output(name="out", kind="table", path="/out")
    TYPES = [
        step("Load", outputs=(OUT, Output(name="notes", kind="notes"))),
        step("Prep", (table("data", aliases=("old_data",)), table("more", required=False)), (OUT,)),
        step("Filled", (table("data", fill=lambda c: Uri(uri=c.data) if c.data else None),), (OUT,)),
        step("Either", (table("data", fill=lambda c: Uri(uri=c.data) if c.data else None,
                              required=lambda c: not c.data, accepts=("Load.out",)),), (OUT,)),
        step("Join", (table("left"), table("right")), (OUT,)),
        step("Train", (table("data", producer_job_type="training"),), (Output(name="model", kind="model"),)),
        step("Read", (Input(name="notes", kinds=("notes",), path="/n", required=False, accepts=("Load.notes",)),)),
        step("Must", documented=True),
    ]

    @hookimpl
    def cursus_step_types():
        return TYPES
"""

Make = Callable[..., Plan]


@pytest.fixture(autouse=True)
def _team(install: Callable[..., Path]) -> Iterator[None]:
    install("team-plugin", TEAM)
    yield
    for name in [name for name in sys.modules if name.startswith("team_")]:
        del sys.modules[name]


def config_text(entries: dict[str, dict[str, Any]]) -> str:
    """Write a config file; the class of an entry is its key up to the first underscore."""
    types = {key: f"{key.partition('_')[0]}Config" for key in entries}
    return json.dumps({"shared": {}, "specific": entries, "metadata": {"config_types": types}})


def plan(
    edges: list[tuple[str, str]],
    entries: dict[str, dict[str, Any]],
    nodes: list[str] | None = None,
    **options: Any,
) -> Plan:
    plugins = load_plugins()
    dag = PipelineDAG(nodes or [], edges)
    configs = read_config_text(config_text(entries), plugins.config_classes())
    return make_plan(dag, configs, plugins, PlanOptions(**options))


def problems(*args: Any, **options: Any) -> dict[str, str]:
    with pytest.raises(PlanError) as caught:
        plan(*args, **options)
    return {problem.code: str(problem) for problem in caught.value.problems}


LOADS = {"Load_training": {"job_type": "training"}, "Load_testing": {"job_type": "testing"}}


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
    assert made.untyped == ("Ghost",)
    assert [w.severity for w in made.warnings] == ["warning"]
    assert "node Ghost has no config" in made.warnings[0].message


def test_strict_turns_the_warnings_of_a_lenient_plan_into_errors() -> None:
    found = problems([("Ghost", "Prep")], {"Prep": {}}, lenient=True, strict=True)
    assert "CUR0209" in found


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


def test_a_raising_output_path_hook_names_its_plugin(install: Callable[..., Path]) -> None:
    install(
        "team-layout",
        """
        from cursus import hookimpl

        @hookimpl
        def cursus_build_output_path(step, output, base):
            raise ZeroDivisionError("no layout")
    """,
    )
    with pytest.raises(
        PluginError, match="team-layout failed in cursus_build_output_path: ZeroDivisionError"
    ):
        plan([], {"Load": {}}, ["Load"])


def test_an_output_path_hook_changes_steps_that_it_does_not_own(
    install: Callable[..., Path],
) -> None:
    install(
        "team-layout",
        """
        from cursus import hookimpl

        @hookimpl
        def cursus_build_output_path(step, output, base):
            return base / "team" / output.name if step.step_type.name == "Load" else None
    """,
    )
    made = plan([("Load", "Prep")], {"Load": {}, "Prep": {}})
    assert made.steps["Load"].outputs["out"].parts == ("team", "out")
    assert made.steps["Prep"].outputs["out"].parts == ("prep", "out")


def test_consumers_locations_and_ancestors_are_known_to_the_plan() -> None:
    made = plan(
        [("Load", "Prep"), ("Prep", "Join"), ("Load", "Join")],
        {"Load": {}, "Prep": {}, "Join": {"bindings": {"left": "Load:out", "right": "Prep:out"}}},
    )
    assert made.ancestors("Join") == ("Prep", "Load")
    assert made.location(StepOutput(node="Load", output="out")) == Parameter(name="Load_out")


def test_what_a_faulty_predecessor_would_give_is_not_reported_as_missing() -> None:
    found = problems([("Load", "Prep")], {"Load": {"size": "wide"}, "Prep": {}})
    assert list(found) == ["CUR0206"]


def test_one_object_behind_two_entry_points_leaves_the_others_working(
    install: Callable[..., Path],
) -> None:
    site = install("team-twice", TEAM.replace('"Load"', '"Other"'))
    points = "[cursus]\none = team_twice\ntwo = team_twice\n"
    (site / "team_twice-1.0.dist-info" / "entry_points.txt").write_text(points, "utf-8")
    reports = [r for r in load_plugins().reports if r.distribution == "team-twice"]
    assert sorted(report.status for report in reports) == ["active", "broken"]


LAYOUT = """
    from cursus import hookimpl

    @hookimpl
    def cursus_build_output_path(step, output, base):
        return {answer}
"""


@pytest.mark.parametrize("answer", ["7", "False", "'s3://bucket/x'", "{}"])
def test_a_hook_that_gives_the_wrong_type_names_its_plugin(
    install: Callable[..., Path], answer: str
) -> None:
    install("team-layout", LAYOUT.format(answer=answer))
    with pytest.raises(
        PluginError, match="team-layout failed in cursus_build_output_path: TypeError"
    ):
        plan([], {"Load": {}}, ["Load"])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("suffix=lambda c: 1 / 0", "team-odd failed in suffix: ZeroDivisionError"),
        ("inputs=(table('data', fill=lambda c: 1 / 0),)", "failed in fill of input data"),
        ("inputs=(table('data', fill=lambda c: 'x'),)", "it gave str 'x' instead of Uri"),
        ("inputs=(table('data', required=lambda c: 1 / 0),)", "failed in required of data"),
    ],
)
def test_a_raising_field_of_a_step_type_names_its_plugin(
    install: Callable[..., Path], field: str, words: str
) -> None:
    code = TEAM.replace('step("Must", documented=True)', f'step("Odd", {field})')
    names = ("Load", "Prep", "Filled", "Join", "Train", "Read")
    for name in names:
        code = code.replace(f'step("{name}"', f'step("Team{name}"')
    install("team-odd", code)
    with pytest.raises(PluginError, match=words):
        plan([], {"Odd": {}}, ["Odd"])


@pytest.mark.parametrize(
    "job", ["arguments=lambda c: '--x y'", "environment=lambda c: [1]", "environment=lambda c: {'A': {1}}",
            "environment=lambda c: {'A': [float('nan')]}"]
)  # fmt: skip
def test_what_no_script_can_be_given_is_a_problem_of_the_step(
    install: Callable[..., Path], job: str
) -> None:
    code = TEAM.replace(
        'environment=lambda c: {"SIZE": c.size, "NONE": None, "FLAG": True, "LIST": [1]}', job
    )
    for name in ("Load", "Prep", "Filled", "Join", "Train", "Read", "Must"):
        code = code.replace(f'step("{name}"', f'step("Team{name}"')
    install("team-odd", code)
    found = problems([], {"TeamLoad": {}, "Load": {"size": 1000}}, ["TeamLoad", "Load"])
    assert "plugin team-odd failed on step TeamLoad" in found["CUR0412"]
    assert "CUR0411" in found


def test_a_step_with_a_faulty_config_shows_its_binding_problems_too() -> None:
    found = problems([("Train", "Prep")], {"Train": {}, "Prep": {"size": "wide"}}, ["Train"])
    assert {"CUR0206", "CUR0408"} == found.keys()


def test_two_claims_on_a_class_are_an_error_when_used_even_for_a_document(
    install: Callable[..., Path],
) -> None:
    install("team-rival", TEAM)
    for lenient in (False, True):
        found = problems([], {"Load": {}}, ["Load"], lenient=lenient)
        assert "two plugins claim its class LoadConfig" in found["CUR0403"]
        assert "team-plugin 1.0" in found["CUR0403"]
        assert "team-rival 1.0" in found["CUR0403"]


def test_a_binding_or_a_choice_for_no_step_of_the_dag_is_an_error() -> None:
    bindings = {"Nope.data": "s3://b/x", "Load": "x"}
    found = problems([], {"Load": {}}, ["Load"], bindings=bindings, node_configs={"Gone": "Load"})
    assert "a binding is given for" in found["CUR0409"]
    assert "a config is chosen for Gone" in found["CUR0211"]


def test_a_parameter_that_another_binding_replaced_is_not_declared() -> None:
    entries = {"Prep": {"bindings": {"data": {"parameter": "OLD"}}}, "Load": {"bindings": {}}}
    made = plan([("Load", "Prep")], entries, bindings={"Prep.data": "s3://bucket/x"})
    assert made.extra_parameters == ()


def test_an_s3_uri_without_a_bucket_is_no_binding() -> None:
    found = problems([], {"Prep": {"bindings": {"data": "s3://"}}}, ["Prep"])
    assert "CUR0409" in found
