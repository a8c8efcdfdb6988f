"""The small commands: plugins, dag, plan, explain; and how every command ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from cursus.cli import COMMANDS, cli, main
from cursus.demo.project import write_project


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args])


def ends_with(args: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(args)
    printed = capsys.readouterr()
    return int(caught.value.code or 0), printed.out, printed.err


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    return write_project(tmp_path)


def leaf_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group):
            found += [(name, sub) for sub in command.list_commands(click.Context(command))]
        else:
            found.append((name,))
    return found


@pytest.mark.parametrize("words", leaf_commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert f"Example:\n    cursus {' '.join(words)}" in result.output


def test_help_lists_every_command_without_importing_one() -> None:
    output = run("--help").output
    assert all(name in output for name in COMMANDS)


def test_a_misspelt_command_gets_the_closest_one(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, errors = ends_with(["plam"], capsys)
    assert status == 2
    assert "Did you mean plan?" in errors


def test_plugins_lists_status_and_step_types() -> None:
    output = run("plugins").output
    assert "cursus-training 0.1.0  active" in output
    assert "XGBoostTraining" in output
    assert "4 active" in output


def test_plugins_names_the_broken_the_disabled_and_the_disputed(
    install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("team-broken", "raise RuntimeError('no luck')")
    install(
        "team-rival", "from cursus_training import *\nfrom cursus_training import cursus_step_types"
    )
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-cradle")
    output = run("plugins").output
    assert "RuntimeError: no luck" in output
    assert "switched off by CURSUS_DISABLE_PLUGINS" in output
    assert (
        "step type XGBoostTraining is claimed by cursus-training 0.1.0 and team-rival 1.0" in output
    )


def test_plugins_gives_json_for_programs() -> None:
    reports = {r["distribution"]: r for r in json.loads(run("plugins", "--format", "json").output)}
    assert reports["cursus-cradle"]["step_types"] == ["CradleDataLoading", "DummyDataLoading"]


def test_dag_validate_prints_the_order(project: tuple[Path, Path]) -> None:
    data = json.loads(run("dag", "validate", project[0], "--format", "json").output)
    assert data["order"][0] == "CradleDataLoading_training"
    assert "10 nodes, 11 edges, no cycle" in run("dag", "validate", project[0]).output


def test_explain_describes_one_code_or_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert "never count" in run("explain", "cur0408").output
    assert run("explain").output.count("CUR") > 50
    assert ends_with(["explain", "CUR9999"], capsys)[0] == 2


def test_plan_explains_where_every_input_comes_from(project: tuple[Path, Path]) -> None:
    output = run("plan", "-d", project[0], "-c", project[1], "--explain").output
    assert "input_path <- TabularPreprocessing_training:processed_data  [the one output" in output
    assert "processed_data -> {EXECUTION_S3_PREFIX}/tabular_preprocessing/training" in output


def test_plan_gives_json_for_programs(project: tuple[Path, Path]) -> None:
    data = json.loads(run("plan", "-d", project[0], "-c", project[1], "--format", "json").output)
    steps = {step["name"]: step for step in data["steps"]}
    model = steps["XGBoostModelEval-Calibration"]["inputs"]["model_input"]
    assert model == {"from": "XGBoostTraining:model_output", "why": "the one output of its kind"}
    assert steps["TabularPreprocessing-Training"]["environment"]["LABEL_FIELD"] == "late"


def test_a_plan_that_cannot_be_made_exits_with_2_and_counts(
    project: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text = project[0].read_text("utf-8").replace('"Payload",', '"Payload", "Ghost",', 1)
    project[0].write_text(text, "utf-8")
    status, out, errors = ends_with(["plan", "-d", str(project[0]), "-c", str(project[1])], capsys)
    assert (status, out) == (2, "")
    assert "CUR0209 error: node Ghost has no config" in errors
    assert "1 problem; more on each: cursus explain CUR0209" in errors


@pytest.mark.parametrize("value", ["novalue", "=x", "x="])
def test_a_binding_of_the_wrong_form_is_a_usage_error(
    project: tuple[Path, Path], value: str
) -> None:
    result = run("plan", "-d", project[0], "-c", project[1], "--bind", value)
    assert result.exit_code == 2
    assert "is not of the form NAME=VALUE" in result.output


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    command = f"{sys.executable} -m cursus explain | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("CUR0101")
    assert "Traceback" not in done.stderr
