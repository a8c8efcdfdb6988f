"""Planning with hooks and step types that fail, that answer wrongly, or that others share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cursus.errors import PluginError
from cursus.kernel.plan import Plan, StepOutput
from cursus.kernel.plugins import load_plugins
from cursus.paths import Parameter
from planning import TEAM, plan, problems

Make = Callable[..., Plan]


@pytest.fixture(autouse=True)
def _team(install: Callable[..., Path]) -> Iterator[None]:
    install("team-plugin", TEAM)
    yield
    for name in [name for name in sys.modules if name.startswith("team_")]:
        del sys.modules[name]


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
