"""`cursus compile`: files in, definition and bundles out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.cli import main

LOAD, PREP = "DummyDataLoading_training", "TabularPreprocessing_training"
SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": "arn:aws:iam::123456789012:role/Pipeline",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write dag.json and config.json of two steps, and go there."""
    specific: dict[str, dict[str, Any]] = {
        LOAD: {"job_type": "training", "data_source": "s3://lake/flights"},
        PREP: {"job_type": "training", "label_name": "late"},
    }
    types = {key: f"{key.partition('_')[0]}Config" for key in specific}
    config = {"shared": SHARED, "specific": specific, "metadata": {"config_types": types}}
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    dag = {"dag": {"nodes": [LOAD, PREP], "edges": [[LOAD, PREP]]}}
    (tmp_path / "dag.json").write_text(json.dumps(dag), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> int | str | None:
    """Run the command line in this process and give its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(["compile", "-d", "dag.json", "-c", "config.json", *args])
    return caught.value.code


def test_a_definition_and_its_bundles_are_written_and_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("-o", "out/pipeline.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ada-Flights-xgboost-NA-1-0-0-pipeline: 2 steps, 4 parameters, 0 warnings"
    written = [Path(line.removeprefix("wrote ")) for line in lines[1:]]
    assert written[0] == Path("out/pipeline.json")
    assert {path.parent for path in written[1:]} == {Path("out/bundles")}
    assert all((project / path).exists() for path in written)


def test_the_code_location_and_the_bundle_folder_have_the_same_names(project: Path) -> None:
    assert run("-o", "p.json", "--bundles", "code", "--code-location", "s3://code/here") == 0
    text = (project / "p.json").read_text("utf-8")
    names = [path.name for path in (project / "code").iterdir()]
    assert len(names) == 2
    assert all(f'"s3://code/here/{name}"' in text for name in names)


@pytest.mark.usefixtures("project")
def test_explain_shows_every_input_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--validate-only", "--explain") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["INPUT", "FROM", "WHY", "READS", "CONFIG"]
    (data,) = [line for line in out.splitlines() if "TabularPreprocessing-Training.DATA " in line]
    assert f"{LOAD}:DATA" in data
    assert "Steps.DummyDataLoading-Training.ProcessingOutputConfig.Outputs['DATA']" in data


def test_validate_only_writes_nothing(project: Path) -> None:
    before = sorted(project.iterdir())
    assert run("--validate-only") == 0
    assert sorted(project.iterdir()) == before


@pytest.mark.usefixtures("project")
def test_json_is_the_only_thing_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-o", "p.json", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["steps"] == ["DummyDataLoading-Training", "TabularPreprocessing-Training"]
    assert data["written"][0] == "p.json"
    assert data["warnings"] == []


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--parameters", "EXECUTION_S3_PREFIX=s3://team/run"], ["EXECUTION_S3_PREFIX"]),
        (["--parameters", "none"], []),
        (["--parameters", "s3://team/run", "--parameters", "KMS_ENCRYPTION_KEY_PARAM"], ["KMS_ENCRYPTION_KEY_PARAM"]),
        (["--prefix-parameter", "BASE", "--parameters", "BASE=s3://team/run"], ["BASE"]),
    ],
)  # fmt: skip
def test_parameters_can_be_chosen(project: Path, options: list[str], names: list[str]) -> None:
    assert run("-o", "p.json", *options) == 0
    data = json.loads((project / "p.json").read_text("utf-8"))
    assert [parameter["Name"] for parameter in data["Parameters"]] == names


def test_an_input_can_be_bound_to_a_parameter(project: Path) -> None:
    assert run("-o", "p.json", "--bind", f'{LOAD}.INPUT_DATA={{"parameter": "FLIGHTS"}}') == 0
    data = json.loads((project / "p.json").read_text("utf-8"))
    assert data["Parameters"][-1] == {"Name": "FLIGHTS", "Type": "String"}


def test_a_wrong_value_is_shown_and_nothing_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("-o", "p.json", "--role", "me") == 2
    error = capsys.readouterr().err
    assert "the given role has 2 characters ('me'); the least is 20" in error
    assert "give --role the ARN of a role" in error
    assert "1 problem; more on each: cursus explain CUR0631" in error
    assert not (project / "p.json").exists()


@pytest.mark.usefixtures("project")
def test_a_wrong_code_location_is_one_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-o", "p.json", "--code-location", "s3://") == 2
    assert "1 problem; more on each: cursus explain CUR0628" in capsys.readouterr().err


def test_a_problem_of_the_service_has_the_place_of_the_steps_config(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "config.json").read_text("utf-8")
    (project / "config.json").write_text(text.replace(SHARED["role"], "me"), "utf-8")
    assert run("-o", "p.json") == 2
    error = capsys.readouterr().err
    assert "steps DummyDataLoading-Training, TabularPreprocessing-Training: RoleArn" in error
    assert f"at  config.json $.configuration.specific.{LOAD}\n" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "dag.json"], "dag.json is given twice"),
        (["-o", "./config.json"], "config.json is given twice"),
        (["-o", "p.json", "--parameters", "none", "--parameters", "VPC_SUBNET"], "none stands alone"),
        (["-o", "p.json", "--prefix-parameter", ""], "the prefix parameter cannot be called ''"),
        (["-o", "p.json", "--prefix-parameter", "MY PREFIX"], "the parameter name 'MY PREFIX'"),
        (["-o", "p.json", "--code-location", "s3://s3:/x y"], "names the bucket 's3:', and the name of a bucket is"),
        (["-o", "p.json", "--code-location", "s3://bucket/x y"], "has a blank or a control character"),
        (["-o", "dag.json/p.json"], "cannot be written: Not a directory (dag.json/bundles)"),
        (["-o", "p.json", "--bundles", "dag.json/b"], "cannot be written: Not a directory"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    before = (project / "dag.json").read_text("utf-8")
    assert run(*options) == 2
    assert message in capsys.readouterr().err
    assert (project / "dag.json").read_text("utf-8") == before


def test_an_output_that_is_a_link_to_itself_is_written(project: Path) -> None:
    (project / "p.json").symlink_to("p.json")
    assert run("-o", "p.json") == 0
    assert json.loads((project / "p.json").read_text("utf-8"))["Version"] == "2020-12-01"


def test_a_project_that_is_its_own_source_folder_gives_the_same_bytes_each_time(
    project: Path,
) -> None:
    config = json.loads((project / "config.json").read_text("utf-8"))
    own = {"processing_source_dir": ".", "processing_entry_point": "mine.py"}
    config["specific"][PREP].update(own)
    (project / "config.json").write_text(json.dumps(config), "utf-8")
    (project / "mine.py").write_text("print(1)\n", "utf-8")
    assert run("-o", "p.json") == 0
    first = (project / "p.json").read_bytes()
    assert run("-o", "p.json") == 0
    assert (project / "p.json").read_bytes() == first
    assert not any(path.name == "p.json" for path in (project / "bundles").rglob("*"))


@pytest.mark.usefixtures("project")
def test_without_output_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "give -o FILE, or --validate-only" in capsys.readouterr().err


def test_a_second_run_gives_the_same_bytes(project: Path) -> None:
    assert run("-o", "a.json") == 0
    assert run("-o", "b.json") == 0
    assert (project / "a.json").read_bytes() == (project / "b.json").read_bytes()
