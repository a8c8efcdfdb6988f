"""`cursus pipeline diff`: what differs in meaning, and nothing else."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus.cli import main
from cursus.kernel.plan import Plan
from cursus.pipeline import render
from cursus.pipeline.difference import Change, differences
from cursus.pipeline.view import view_definition

FLOW = [
    ("Source", "Clean_a"),
    ("Clean_a", "Clean_b"),
    ("Clean_a", "Train"),
    ("Train", "Pack"),
    ("Pack", "Serve"),
]
FIELDS = {"Clean_a": {"job_type": "a"}, "Clean_b": {"job_type": "b"}}


@pytest.fixture
def data(planned: Callable[..., Plan]) -> dict[str, Any]:
    """Render a definition with steps of three kinds."""
    return render(planned(FLOW, **FIELDS)).to_dict()


def changes(before: Any, after: Any) -> list[Change]:
    return differences(view_definition(before), view_definition(after))


def step(data: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in data["Steps"] if one["Name"] == name)
    return found


def shuffled(value: Any, chance: random.Random) -> Any:
    """Change the order of everything whose order means nothing: members, steps, ports, parameters."""
    if isinstance(value, dict):
        items = chance.sample(list(value.items()), len(value))
        return {name: shuffled(member, chance) for name, member in items}
    if isinstance(value, list):
        members = [shuffled(member, chance) for member in value]
        named = all(isinstance(member, dict) and len(member) > 1 for member in members)
        return chance.sample(members, len(members)) if named else members
    return value


@pytest.mark.parametrize("seed", range(5))
def test_order_means_nothing(data: dict[str, Any], seed: int) -> None:
    other = shuffled(data, random.Random(seed))  # noqa: S311 - an order, no secret
    assert json.dumps(other) != json.dumps(data)
    assert changes(data, other) == []


def test_the_order_of_words_on_a_command_line_means_something(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    words = step(other, "Clean-A")["Arguments"]["AppSpecification"]["ContainerArguments"]
    words.reverse()
    assert {change.path for change in changes(data, other)} == {
        "AppSpecification.ContainerArguments[0]",
        "AppSpecification.ContainerArguments[1]",
    }


def test_the_order_of_subnets_means_nothing(data: dict[str, Any]) -> None:
    network = step(data, "Clean-A")["Arguments"]["NetworkConfig"]["VpcConfig"]
    network["Subnets"] = ["subnet-1", "subnet-2"]
    other = copy.deepcopy(data)
    step(other, "Clean-A")["Arguments"]["NetworkConfig"]["VpcConfig"]["Subnets"].reverse()
    assert changes(data, other) == []
    step(other, "Clean-A")["Arguments"]["NetworkConfig"]["VpcConfig"]["Subnets"].pop()
    assert [(change.before, change.after) for change in changes(data, other)] == [
        ("subnet-1", None)
    ]


def test_what_one_direction_adds_the_other_removes(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    step(other, "Clean-A")["Arguments"]["Environment"]["NEW"] = "1"
    other["Steps"] = [one for one in other["Steps"] if one["Name"] != "Serve"]
    there, back = changes(data, other), changes(other, data)
    assert [(c.before, c.after) for c in there] == [(c.after, c.before) for c in back]


def test_a_join_of_other_pieces_to_the_same_location_is_no_change(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    output = step(other, "Clean-A")["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]
    first, *rest = output["S3Output"]["S3Uri"]["Std:Join"]["Values"]
    output["S3Output"]["S3Uri"] = {"Std:Join": {"On": "", "Values": [first, "/", "/".join(rest)]}}
    assert changes(data, other) == []


def test_a_literal_in_braces_is_not_the_parameter(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    output = step(other, "Clean-A")["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]
    (_, *rest) = output["S3Output"]["S3Uri"]["Std:Join"]["Values"]
    output["S3Output"]["S3Uri"] = "/".join(["{EXECUTION_S3_PREFIX}", *rest])
    (change,) = changes(data, other)
    path = "/".join(rest)
    assert change.before == f'{{EXECUTION_S3_PREFIX}} + "/{path}"'
    assert change.after == f'"{{EXECUTION_S3_PREFIX}}/{path}"'


def test_a_literal_that_looks_like_a_renamed_step_stays(data: dict[str, Any]) -> None:
    step(data, "Clean-A")["Arguments"]["Environment"]["NOTE"] = "{Steps.Clean-A.x}"
    other = json.loads(json.dumps(data).replace("Clean-A", "Tidy"))
    renamed, changed = changes(data, other)
    assert renamed.kind == "step renamed"
    assert (changed.before, changed.after) == ("{Steps.Clean-A.x}", "{Steps.Tidy.x}")


@pytest.mark.parametrize(
    ("count", "ends"),
    [(1.0, []), ("1", [("1", '"1"')]), (True, [("1", "true")]), (1.5, [("1", "1.5")])],
)
def test_numbers_are_compared_as_numbers_and_not_as_text(
    data: dict[str, Any], count: object, ends: list[tuple[str, str]]
) -> None:
    other = copy.deepcopy(data)
    resources = step(other, "Clean-A")["Arguments"]["ProcessingResources"]
    assert resources["ClusterConfig"]["InstanceCount"] == 1
    resources["ClusterConfig"]["InstanceCount"] = count
    assert [(change.before, change.after) for change in changes(data, other)] == ends


def test_defaults_of_parameters_are_compared_by_type(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    data["Parameters"][0]["DefaultValue"] = 1
    other["Parameters"][0]["DefaultValue"] = 1.0
    assert changes(data, other) == []
    other["Parameters"][0]["DefaultValue"] = "1"
    (change,) = changes(data, other)
    assert change.before == 'DefaultValue 1, Type "String"'
    assert change.after == 'DefaultValue "1", Type "String"'


@pytest.mark.parametrize(
    "settings",
    [{"CacheConfig": {"Enabled": False}}, {"CacheConfig": {}}, {"RetryPolicies": []}],
)
def test_settings_that_set_nothing_are_no_change(data: dict[str, Any], settings: Any) -> None:
    one, other = copy.deepcopy(data), copy.deepcopy(data)
    for view in (one, other):
        step(view, "Clean-A").pop("CacheConfig", None)
    step(other, "Clean-A").update(settings)
    assert changes(one, other) == []


def test_a_setting_that_is_added_is_the_only_change(data: dict[str, Any]) -> None:
    one, other = copy.deepcopy(data), copy.deepcopy(data)
    step(one, "Clean-A").pop("CacheConfig", None)
    step(other, "Clean-A")["CacheConfig"] = {"Enabled": True}
    (change,) = changes(one, other)
    assert (change.path, change.before, change.after) == ("CacheConfig.Enabled", None, "true")


def test_each_kind_of_change_is_called_by_its_name(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    clean = step(other, "Clean-B")
    arguments = clean["Arguments"]
    arguments["AppSpecification"]["ImageUri"] = "mine:1"
    arguments["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "ml.c5.xlarge"
    arguments["Environment"]["LABEL"] = "early"
    del arguments["StoppingCondition"]
    clean["CacheConfig"] = {"Enabled": True}
    clean["DependsOn"] = ["Clean-A", "Train"]
    found = {(change.kind, change.step, change.before is None) for change in changes(data, other)}
    assert found == {
        ("image", "Clean-B", False),
        ("instance", "Clean-B", False),
        ("environment", "Clean-B", False),
        ("argument", "Clean-B", False),
        ("setting", "Clean-B", True),
        ("depends on", "Clean-B", True),
    }


def test_a_changed_source_of_an_input_is_wiring(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    location = step(other, "Clean-B")["Arguments"]["ProcessingInputs"][0]["S3Input"]
    location["S3Uri"] = {"Get": "Parameters.Source_table"}
    (change,) = changes(data, other)
    assert (change.kind, change.path) == ("wiring", "input table")
    assert (
        change.before == "{Steps.Clean-A.ProcessingOutputConfig.Outputs['cleaned'].S3Output.S3Uri}"
    )
    assert change.after == "{Source_table}"


def test_changed_code_is_named_once_for_all_its_users(data: dict[str, Any]) -> None:
    inputs = step(data, "Clean-A")["Arguments"]["ProcessingInputs"]
    (code,) = [one["S3Input"]["S3Uri"] for one in inputs if one["InputName"] == "code"]
    name = code.rpartition("/")[2]
    other = json.loads(json.dumps(data).replace(name, "0" * 64))
    (change,) = changes(data, other)
    assert (change.kind, change.before, change.after) == ("code", name, "0" * 64)
    assert change.steps == ("Clean-A", "Clean-B", "Pack")


def test_code_that_lies_elsewhere_is_named_once(data: dict[str, Any]) -> None:
    text = json.dumps(data)
    assert text.count("s3://team-bucket/MODS/ada-Flights-xgboost-NA_1.0.0/code/") >= 4
    other = json.loads(text.replace("s3://team-bucket/MODS/", "s3://theirs/"))
    (change,) = [c for c in changes(data, other) if c.kind == "code"]
    assert (change.path, change.after) == (
        "location",
        "s3://theirs/ada-Flights-xgboost-NA_1.0.0/code",
    )
    assert len(change.steps) == 4
    assert all(c.kind == "code" for c in changes(data, other))


def test_a_renamed_step_is_recognised_and_compared(data: dict[str, Any]) -> None:
    other = json.loads(json.dumps(data).replace("Clean-A", "Tidy"))
    step(other, "Tidy")["Arguments"]["Environment"]["LABEL"] = "early"
    renamed, changed = changes(data, other)
    assert (renamed.kind, renamed.before, renamed.after) == ("step renamed", "Clean-A", "Tidy")
    assert (changed.kind, changed.step, changed.path) == (
        "environment",
        "Tidy",
        "Environment.LABEL",
    )


def test_added_and_removed_steps_and_parameters_are_listed(data: dict[str, Any]) -> None:
    other = copy.deepcopy(data)
    other["Steps"] = [one for one in other["Steps"] if one["Name"] != "Serve"]
    other["Steps"].append({"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}})
    other["Parameters"][0]["DefaultValue"] = "s3://bucket/run"
    other["Parameters"].pop()
    found = [(c.kind, c.step or c.path, c.before, c.after) for c in changes(data, other)]
    assert found == [
        (
            "parameter",
            "EXECUTION_S3_PREFIX",
            "Type String",
            "DefaultValue s3://bucket/run, Type String",
        ),
        ("parameter", "Source_table", "DefaultValue s3://lake/day, Type String", None),
        ("step removed", "Serve", "Model", None),
        ("step added", "Stop", None, "Fail"),
    ]


def run(*args: str) -> int | str | None:
    with pytest.raises(SystemExit) as caught:
        main(["pipeline", "diff", *args])
    return caught.value.code


def test_the_command_exits_with_1_and_prints_the_changes_by_step(
    data: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(json.dumps(data), "utf-8")
    other.write_text(json.dumps(data).replace('"late"', '"early"'), "utf-8")
    assert run(str(one), str(one)) == 0
    assert capsys.readouterr().out == "no difference\n"
    assert run(str(one), str(other)) == 1
    assert capsys.readouterr().out.splitlines() == [
        "Clean-A",
        "  ~ environment Environment.LABEL: late -> early",
        "Clean-B",
        "  ~ environment Environment.LABEL: late -> early",
        "2 differences",
    ]


def test_the_json_output_says_what_the_text_says(
    data: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(json.dumps(data), "utf-8")
    other.write_text(json.dumps(data).replace('"late"', '"early"'), "utf-8")
    assert run(str(one), str(other), "--format", "json") == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["equal"] is False
    assert [change["step"] for change in printed["changes"]] == ["Clean-A", "Clean-B"]


def test_faults_of_both_files_are_reported_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.json", "other.json"):
        (tmp_path / name).write_text("{}", "utf-8")
    assert run(str(tmp_path / "one.json"), str(tmp_path / "other.json")) == 2
    assert capsys.readouterr().err.count("CUR0639 error") == 2
