"""Why an input comes from where it does, and why from nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus.alternatives import alternatives
from cursus.cli import main
from cursus.kernel.plan import Plan
from cursus.pipeline.report import preview

FLOW = [("Source", "Clean"), ("Clean", "Train")]


def refused(plan: Plan, node: str, name: str) -> dict[str, str]:
    step = plan.steps[node]
    port = step.step_type.input(name)
    assert port is not None
    return {other.source: other.why for other in alternatives(plan, step, port)}


def test_an_explicit_binding_refuses_all_others(planned: Callable[..., Plan]) -> None:
    bound = {"bindings": {"table": "s3://lake/other"}}
    plan = planned(FLOW, Clean=bound)
    assert refused(plan, "Clean", "table") == {"Source:table": "another source is bound explicitly"}


def test_the_tie_break_by_job_type_names_the_others_job_type(planned: Callable[..., Plan]) -> None:
    edges = [
        ("Source", "Clean_a"),
        ("Source", "Clean_b"),
        ("Clean_a", "Clean_c"),
        ("Clean_b", "Clean_c"),
    ]
    fields = {
        "Clean_a": {"job_type": "x"},
        "Clean_b": {"job_type": "b"},
        "Clean_c": {"job_type": "x"},
    }
    changed = {
        **fields,
        "Clean_c": {"job_type": "x", "step_name_override": "Last", "output_path_token": "last"},
    }
    plan = planned(edges, **changed)
    assert refused(plan, "Clean_c", "table") == {
        "Clean_b:cleaned": "Clean_b has job_type b, the step x"
    }


def test_an_input_that_the_config_fills_says_so(planned: Callable[..., Plan]) -> None:
    plan = planned(FLOW, Clean={"extra": "s3://lake/more"})
    origins = {origin.input: origin for origin in preview(plan).inputs if origin.step == "Clean"}
    assert origins["extra"].reason == "from the config Clean"
    assert origins["serving"].source == "nothing"
    assert origins["serving"].reason == "optional, and not bound"
    assert {origin.config_key for origin in origins.values()} == {"Clean"}


LOAD, PREP = "DummyDataLoading_training", "TabularPreprocessing_training"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write dag.json and config.json of two steps, and go there."""
    shared = {
        "author": "ada",
        "bucket": "b",
        "role": "arn:aws:iam::123456789012:role/R",
        "region": "NA",
    }
    shared |= {"service_name": "Flights", "pipeline_version": "1"}
    specific: dict[str, Any] = {
        LOAD: {"job_type": "training", "data_source": "s3://lake/flights"},
        PREP: {"job_type": "training", "label_name": "late"},
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in specific}
    config = {"shared": shared, "specific": specific, "metadata": {"config_types": types}}
    (tmp_path / "config.json").write_text(json.dumps(config, indent=1), "utf-8")
    dag = {"dag": {"nodes": [LOAD, PREP], "edges": [[LOAD, PREP]]}}
    (tmp_path / "dag.json").write_text(json.dumps(dag), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: str, *args: str) -> int | str | None:
    with pytest.raises(SystemExit) as caught:
        main([command, "-d", "dag.json", "-c", "config.json", *args])
    return caught.value.code


@pytest.mark.usefixtures("project")
def test_compile_explains_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compile", "--validate-only", "--explain") == 0
    line = "TabularPreprocessing-Training.DATA_SECONDARY: not DummyDataLoading_training:DATA, input DATA takes it"
    assert line in capsys.readouterr().out.splitlines()
    assert run("compile", "--validate-only", "--explain", "--format", "json") == 0
    inputs = {found["input"]: found for found in json.loads(capsys.readouterr().out)["inputs"]}
    assert inputs["DATA"]["source"] == f"{LOAD}:DATA"
    assert inputs["DATA"]["config_key"] == PREP
    assert inputs["DATA_SECONDARY"]["refused"] == [
        {"source": f"{LOAD}:DATA", "why": "input DATA takes it"}
    ]


@pytest.mark.usefixtures("project")
def test_plan_explains_what_was_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "--explain") == 0
    out = capsys.readouterr().out
    assert f"config {PREP} of node {PREP}" in out
    assert f"not {LOAD}:DATA: input DATA takes it" in out
    assert run("plan", "--format", "json") == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert steps[1]["not_taken"]["DATA_SECONDARY"] == {f"{LOAD}:DATA": "input DATA takes it"}


@pytest.mark.parametrize("command", ["plan", "compile"])
def test_problems_as_sarif_stand_at_their_lines(
    command: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "config.json").read_text("utf-8").replace('"late"', "7")
    (project / "config.json").write_text(text, "utf-8")
    more = ("--validate-only",) if command == "compile" else ()
    assert run(command, *more, "--format", "sarif") == 2
    (log,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = log["results"]
    place = result["locations"][0]["physicalLocation"]
    line = 1 + next(n for n, found in enumerate(text.splitlines()) if '"label_name"' in found)
    assert (result["ruleId"], result["level"]) == ("CUR0206", "error")
    assert place == {"artifactLocation": {"uri": "config.json"}, "region": {"startLine": line}}
    assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "CUR0206"


@pytest.mark.usefixtures("project")
def test_sarif_without_problems_is_a_log_without_results(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("compile", "--validate-only", "--format", "sarif") == 0
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    assert log["runs"][0]["results"] == []


@pytest.mark.usefixtures("project")
def test_a_layout_is_chosen_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "--layout", "legacy-2025", "--format", "json") == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    values = steps[1]["outputs"]["processed_data"]["Std:Join"]["Values"]
    assert values[1:] == ["tabularpreprocessing_training", "processed_data"]
    assert run("compile", "--layout", "legacy-2024", "--validate-only") == 2
