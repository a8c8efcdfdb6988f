"""Documents filled from plans: the real cases, and templates of every form."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.document import (
    ExecutionDocumentGenerator,
    FilledDocument,
    fill_document,
    make_template,
    validate_document,
)
from cursus.errors import ExecutionDocumentGenerationError, UnsupportedStepTypeError
from cursus.kernel.plan import Plan
from cursus.kernel.planner import PlanOptions, make_plan
from cursus.kernel.plugins import Plugins, load_plugins
from cursus.paths import FIXED, PipelineParameters

CASES = Path(__file__).parents[3] / "shared" / "cases"
NAMES = ("xgboost_complete_e2e_2025_09", "registration_only_pytorch")
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")

TEAM = """
    from cursus import Job, Output, StepType, hookimpl
    from cursus.errors import ImageUriError
    from cursus.paths import OutputPath
    from pydantic import BaseModel

    class _Config(BaseModel):
        model_config = {"frozen": True, "extra": "forbid"}
        job_type: str | None = None
        region: str = "NA"
        columns: list[str] = []
        fault: str = ""
        step_name_override: str | None = None
        pipeline_s3_loc: str = "s3://own/place"

    def content(step, plan):
        faults = {"value": ValueError("two of them"), "image": ImageUriError("no such image"), "type": TypeError("bug")}
        if step.config.fault in faults:
            raise faults[step.config.fault]
        if step.config.fault == "json":
            return {"columns": {1, 2}}
        base = OutputPath(base=plan.parameters.prefix or step.config.pipeline_s3_loc)
        return {"columns": step.config.columns, "path": (base / "data").uri()}

    def step(name, kind="service", **more):
        config = type(f"{name}Config", (_Config,), {})
        job = Job(kind=kind, instance_type="region", instance_count="region", volume_size="region",
                  max_runtime="region", entry_point="region", source_dir="region")
        return StepType(name=name, summary="", config=config, example={}, job=job, **more)

    @hookimpl
    def cursus_step_types():
        return [
            step("Load", extract=content, document=("WORKFLOW_INPUT", "LoadStep"), documented=True),
            step("Register", extract=content, suffix=lambda c: c.region,
                 document_names=("Registration_{suffix}", "register")),
            step("Fit", kind="training"),
            step("Clean", outputs=(Output(name="out", kind="table"),)),
        ]
"""


@pytest.fixture(autouse=True)
def plugins(install: Callable[..., Path]) -> Iterator[Plugins]:
    install("team-documents", TEAM)
    yield load_plugins()
    sys.modules.pop("team_documents", None)


def plan_of(
    entries: dict[str, dict[str, Any]], *nodes: str, parameters: PipelineParameters = FIXED
) -> Plan:
    types = {key: f"{key.partition('_')[0]}Config" for key in entries}
    data = {"shared": {}, "specific": entries, "metadata": {"config_types": types}}
    plugins = load_plugins()
    configs = read_config_text(json.dumps(data), plugins.config_classes())
    dag = PipelineDAG(nodes or list(entries))
    return make_plan(dag, configs, plugins, PlanOptions(parameters=parameters, lenient=True))


def fill(plan: Plan, template: Any = None) -> FilledDocument:
    return fill_document(plan, load_plugins(), template)


def template_of(*keys: str, **entry: Any) -> dict[str, Any]:
    return {"PIPELINE_STEP_CONFIGS": {key: dict(entry) for key in keys}}


def keys_of(filled: FilledDocument) -> list[str]:
    return list(filled.document["PIPELINE_STEP_CONFIGS"])


def codes_of(filled: FilledDocument) -> list[str]:
    return [warning.code for warning in filled.warnings]


def test_a_document_of_our_own_has_the_steps_in_kahn_order() -> None:
    plan = plan_of(
        {"Fit": {}, "Clean": {}, "Load_training": {"job_type": "training"}, "Register": {}}
    )
    assert fill(plan).document == {
        "PIPELINE_STEP_CONFIGS": {
            "Fit": {"STEP_CONFIG": {}, "STEP_TYPE": "TRAINING_STEP"},
            "Load-Training": {
                "STEP_CONFIG": {"columns": [], "path": "s3://own/place/data"},
                "STEP_TYPE": ["WORKFLOW_INPUT", "LoadStep"],
            },
            "Register-NA": {
                "STEP_CONFIG": {"columns": [], "path": "s3://own/place/data"},
                "STEP_TYPE": ["PROCESSING_STEP", "Register"],
            },
        },
        "PIPELINE_ADDITIONAL_PARAMS": {},
    }


@pytest.mark.parametrize("key", ["Register-NA", "Register", "Registration_NA", "register"])
def test_a_template_may_know_a_step_by_any_of_its_names(key: str) -> None:
    filled = fill(plan_of({"Register": {}}), template_of(key))
    assert keys_of(filled) == [key]
    assert filled.warnings == ()


def test_two_keys_for_one_step_are_an_error_that_names_both() -> None:
    with pytest.raises(
        ExecutionDocumentGenerationError, match="Register-NA could fill register or Register-NA"
    ):
        fill(plan_of({"Register": {}}), template_of("register", "Register-NA"))


def test_one_key_for_two_steps_is_an_error_that_names_both() -> None:
    plan = plan_of({"Register_x": {"region": "EU"}, "Register_y": {}})
    with pytest.raises(
        ExecutionDocumentGenerationError,
        match=r"register could mean Register-EU .* and Register-NA",
    ):
        fill(plan, template_of("register"))


def test_another_steps_own_name_never_stands_for_a_step() -> None:
    plan = plan_of({"Register_x": {"region": "EU"}, "register": {"region": "NA"}}, "Register_x")
    assert keys_of(fill(plan, template_of("register"))) == ["register"]
    both = plan_of({"Register_x": {"region": "EU"}, "Register": {"step_name_override": "register"}})
    assert keys_of(fill(both, template_of("register"))) == ["register", "Register-EU"]


def test_a_step_name_wins_over_another_node_of_that_name_when_filling_again() -> None:
    swapped = {"step_name_override": "Register"}
    plan = plan_of({"Load": swapped, "Register": {"step_name_override": "Load"}})
    for given in (plan, plan_of({"Load": swapped, "Register": {}})):
        once = fill(given)
        assert keys_of(once)[0] == "Register"
        assert fill(given, once.document).document == once.document


def test_a_key_that_is_one_steps_name_and_anothers_node_alone_stays_ambiguous() -> None:
    plan = plan_of({"Load": {"step_name_override": "Register"}, "Register": {}})
    with pytest.raises(ExecutionDocumentGenerationError, match="key Register could mean"):
        fill(plan, template_of("Register"))


def test_what_the_template_has_is_kept_but_the_step_config_is_replaced_whole() -> None:
    template = {
        "PIPELINE_STEP_CONFIGS": {
            "Load": {"OWNER": "me", "STEP_TYPE": ["WORKFLOW_INPUT", "Old"], "STEP_CONFIG": {"a": 1}}
        },
        "PIPELINE_ADDITIONAL_PARAMS": {"k": [1]},
        "VERSION": 3,
    }
    document = fill(plan_of({"Load": {}}), template).document
    entry = document["PIPELINE_STEP_CONFIGS"]["Load"]
    assert list(entry) == ["STEP_CONFIG", "STEP_TYPE", "OWNER"]
    assert "a" not in entry["STEP_CONFIG"]
    assert entry["STEP_TYPE"] == ["WORKFLOW_INPUT", "Old"]
    assert document["PIPELINE_ADDITIONAL_PARAMS"] == {"k": [1]}
    assert document["VERSION"] == 3


def test_nothing_is_mutated_or_shared() -> None:
    plan = plan_of({"Load": {"columns": ["a"]}})
    template = {
        **template_of("Load", STEP_TYPE=["A", "B"]),
        "PIPELINE_ADDITIONAL_PARAMS": {"k": [1]},
    }
    before = copy.deepcopy(template)
    document = fill(plan, template).document
    document["PIPELINE_ADDITIONAL_PARAMS"]["k"].append(2)
    document["PIPELINE_STEP_CONFIGS"]["Load"]["STEP_TYPE"].append("C")
    document["PIPELINE_STEP_CONFIGS"]["Load"]["STEP_CONFIG"]["columns"].append("b")
    assert template == before
    assert plan.steps["Load"].config.columns == ["a"]  # type: ignore[attr-defined]


def test_a_key_of_no_step_is_a_warning_and_stays() -> None:
    filled = fill(plan_of({"Load": {}}), template_of("Load", "Lost", STEP_CONFIG={"a": 1}))
    assert codes_of(filled) == ["CUR0506", "CUR0502"]
    assert filled.warnings[0].severity == "warning"
    assert filled.document["PIPELINE_STEP_CONFIGS"]["Lost"] == {"STEP_CONFIG": {"a": 1}}


def test_a_key_of_a_step_that_is_not_in_documents_is_a_warning_that_names_its_node() -> None:
    entry: dict[str, Any] = {"STEP_CONFIG": {}, "STEP_TYPE": ["A", "B"]}
    filled = fill(plan_of({"Load": {}, "Clean": {}}), template_of("Load", "Clean", **entry))
    assert codes_of(filled) == ["CUR0506"]
    assert "that of node Clean, whose step is not in the document" in filled.warnings[0].message


def test_an_entry_that_stays_without_a_member_is_a_warning_that_names_it() -> None:
    filled = fill(plan_of({"Load": {}}), template_of("Load", "Lost"))
    told = [str(warning) for warning in filled.warnings if warning.code == "CUR0502"]
    assert len(told) == 1
    assert "step Lost has no STEP_CONFIG and no STEP_TYPE" in told[0]


@pytest.mark.parametrize(("nodes", "reason"), [(["Clean"], "no step of"), ([], "has no nodes")])
def test_a_document_without_a_step_is_a_warning(nodes: list[str], reason: str) -> None:
    plan = replace(plan_of({"Clean": {}}), dag=PipelineDAG(nodes))
    filled = fill(plan)
    assert codes_of(filled) == ["CUR0518"]
    assert reason in filled.warnings[0].message


def test_a_training_node_without_config_still_has_its_entry() -> None:
    filled = fill(
        plan_of({"Load": {}}, "Load", "Fit_calibration", "LightGBMTraining", "DummyTraining")
    )
    assert keys_of(filled) == ["Load", "Fit-Calibration", "LightGBMTraining"]
    assert set(codes_of(filled)) == {"CUR0209"}


@pytest.mark.parametrize(
    "template", [[], {"PIPELINE_STEP_CONFIGS": {"A": 7}}, {}, template_of("A", STEP_TYPE=["x"])]
)
def test_a_template_of_another_layout_is_an_error(template: Any) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0502"):
        fill(plan_of({"Load": {}}), template)


def test_help_texts_that_stay_are_warnings() -> None:
    entry = {"STEP_CONFIG": {"a": ["Optional: you can"]}, "STEP_TYPE": "X"}
    filled = fill(plan_of({"Load": {}}), template_of("Load", "Lost", **entry))
    assert codes_of(filled) == ["CUR0506", "CUR0507"]
    assert "the config that fills the step, else the template" in filled.warnings[1].fix


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("value", "cannot be made: two of them"),
        ("image", "cannot be made: no such image"),
        ("type", "plugin team-documents failed in cursus_extract_step_config: TypeError: bug"),
        ("json", "Object of type set is not JSON serializable"),
    ],
)
def test_every_step_that_cannot_be_made_is_reported(fault: str, message: str) -> None:
    plan = plan_of({"Load": {"fault": fault}, "Register": {"fault": fault}})
    with pytest.raises(ExecutionDocumentGenerationError, match=message) as caught:
        fill(plan)
    assert [problem.code for problem in caught.value.problems] == ["CUR0503", "CUR0503"]


def test_a_prefix_without_a_value_is_an_error() -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match=r"CUR0510(.|\n)*--prefix"):
        fill(plan_of({"Load": {}}, parameters=PipelineParameters()))


def test_a_step_whose_class_nobody_owns_is_named_with_class_and_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-cradle")
    plan = plan_of({"Load_x": {}, "CradleDataLoading_x": {}})
    with pytest.raises(UnsupportedStepTypeError) as caught:
        fill(plan)
    assert [problem.code for problem in caught.value.problems] == ["CUR0402", "CUR0511"]
    warning, error = caught.value.problems
    assert error.fix == warning.fix
    assert error.message.endswith("but no plugin owns its class CradleDataLoadingConfig")


def test_a_step_that_must_be_there_needs_its_plugin() -> None:
    load = plan_of({"Load": {}}).steps["Load"]
    plan = Plan(dag=PipelineDAG(["CradleDataLoading_x", "Load"]), steps={"Load": load})
    with pytest.raises(
        UnsupportedStepTypeError, match="CradleDataLoading_x must be in the document"
    ):
        fill(plan)


def test_our_own_template_is_filled_without_a_change_of_keys() -> None:
    plan = plan_of(
        {"Load_training": {"job_type": "training"}, "Fit": {}, "Clean": {}, "Register": {}}
    )
    template = make_template(plan, load_plugins())
    by_names = make_template(Plan(dag=plan.dag, steps={}), load_plugins())
    assert list(template["PIPELINE_STEP_CONFIGS"]) == ["Load-Training", "Fit", "Register-NA"]
    assert list(by_names["PIPELINE_STEP_CONFIGS"]) == ["Load-Training", "Fit", "Register"]
    assert keys_of(fill(plan, template)) == list(template["PIPELINE_STEP_CONFIGS"])
    assert keys_of(fill(plan, by_names)) == list(by_names["PIPELINE_STEP_CONFIGS"])


@needs_cases
@pytest.mark.parametrize("template", ["template_bare.json", "template_platform.json", None])
@pytest.mark.parametrize("case", NAMES)
def test_the_real_documents_are_made_to_the_letter(case: str, template: str | None) -> None:
    folder = CASES / case
    generator = ExecutionDocumentGenerator(folder / "config.json")
    dag = PipelineDAG.from_file(folder / "dag.json")
    given = None if template is None else json.loads((folder / template).read_text("utf-8"))
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    document = generator.fill_execution_document(dag, given)
    assert json.dumps(document) == json.dumps(expected)
    assert json.dumps(generator.fill_execution_document(dag, document)) == json.dumps(expected)
    assert validate_document(document) == []
