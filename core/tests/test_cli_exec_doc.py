"""`cursus exec-doc` and `cursus config`, as processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cursus.demo.project import write_project


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a case: DAG and config of the demonstration, its document, and a bare and a platform's template."""
    folder = tmp_path_factory.mktemp("case")
    write_project(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    training = config["configuration"]["specific"]["XGBoostTraining"]
    training.update(hyperparameter_file="s3://b/h.json", training_instance_type="ml.m5.xlarge")
    write_json(folder / "config.json", config)
    document = json.loads(generate(folder).stdout)
    write_json(folder / "expected.json", document)
    for step in document["PIPELINE_STEP_CONFIGS"].values():
        step["STEP_CONFIG"] = {"model_owner": "The team id of the team that owns this model."}
    write_json(folder / "template_platform.json", document)
    for step in document["PIPELINE_STEP_CONFIGS"].values():
        del step["STEP_CONFIG"]
    write_json(folder / "template_bare.json", document)
    return folder


def write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data), "utf-8")


def run(*args: object, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cursus.cli import main; main()", *map(str, args)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def generate(case: Path, *args: object, text: str = "") -> subprocess.CompletedProcess[str]:
    inputs = ("-d", case / "dag.json", "-c", case / "config.json")
    return run("exec-doc", "generate", *inputs, *args, text=text)


def expected(case: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((case / "expected.json").read_text("utf-8"))
    return document


def test_a_template_from_stdin_is_filled_to_stdout(case: Path) -> None:
    done = generate(case, "--template", "-", text=(case / "template_bare.json").read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == expected(case)


def test_warnings_go_to_stderr_and_strict_makes_them_errors(case: Path, tmp_path: Path) -> None:
    dag = json.loads((case / "dag.json").read_text("utf-8"))
    dag["dag"]["nodes"] += ["Ghost", "Shade", "Wraith"]
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    write_json(tmp_path / "in" / "dag.json", dag)
    (tmp_path / "in" / "config.json").write_bytes((case / "config.json").read_bytes())
    out = tmp_path / "out" / "document.json"
    done = generate(tmp_path / "in", "-o", out)
    strict = generate(tmp_path / "in", "-o", out.with_name("strict.json"), "--strict")
    assert (done.returncode, done.stdout, strict.returncode) == (0, "", 2)
    assert done.stderr.count("CUR0209 warning") == 3
    assert json.loads(out.read_text()) == expected(case)
    assert [path.name for path in out.parent.iterdir()] == ["document.json"]


def test_yaml_differs_from_json_in_form_alone(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "document.yaml"
    assert generate(case, "-o", out).returncode == 0
    assert out.read_text().startswith("PIPELINE_STEP_CONFIGS:")
    done = run("exec-doc", "diff", out, case / "expected.json")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_prefix_moves_the_outputs_and_diff_says_so(case: Path) -> None:
    moved = generate(case, "--prefix", "s3://team/run/").stdout
    done = run("exec-doc", "diff", case / "expected.json", "-", "--format", "json", text=moved)
    assert done.returncode == 1
    assert [difference["after"] for difference in json.loads(done.stdout)] == [
        "s3://team/run/data-load/training",
        "s3://team/run/data-load/calibration",
    ]


def test_a_node_can_be_given_a_config_of_the_file(case: Path) -> None:
    other = "CradleDataLoading_training=CradleDataLoading_calibration"
    done = generate(case, "--bind-config", other)
    assert done.returncode == 2
    assert "both come to the step name CradleDataLoading-Calibration" in done.stderr


def test_a_template_of_our_own_is_filled(case: Path, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    done = run(
        "exec-doc",
        "template",
        "-d",
        case / "dag.json",
        "-c",
        case / "config.json",
        "-o",
        template,
    )
    assert done.returncode == 0
    assert run("exec-doc", "validate", template).returncode == 1
    assert json.loads(generate(case, "--template", template).stdout) == expected(case)


def test_validate_says_yes_or_no(case: Path) -> None:
    good = run("exec-doc", "validate", case / "expected.json", "--strict")
    bad = run("exec-doc", "validate", case / "template_platform.json", "--format", "json")
    assert (good.returncode, good.stdout, bad.returncode) == (0, "", 1)
    assert "CUR0507" in {problem["code"] for problem in json.loads(bad.stdout)}


def test_merge_joins_documents_and_names_conflicts(case: Path, tmp_path: Path) -> None:
    other = json.loads((case / "expected.json").read_text("utf-8"))
    other["PIPELINE_STEP_CONFIGS"]["Registration-NA"]["STEP_CONFIG"]["model_owner"] = "another"
    write_json(tmp_path / "other.json", other)
    conflict = run("exec-doc", "merge", case / "expected.json", tmp_path / "other.json")
    assert conflict.returncode == 2
    assert (
        "disagree on $.PIPELINE_STEP_CONFIGS.Registration-NA.STEP_CONFIG.model_owner"
        in conflict.stderr
    )
    done = run(
        "exec-doc",
        "merge",
        case / "template_bare.json",
        case / "expected.json",
        "-o",
        tmp_path / "m.json",
    )
    assert done.returncode == 0
    assert json.loads((tmp_path / "m.json").read_text()) == expected(case)


def test_invalid_input_exits_with_2(case: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    done = generate(case, "--template", tmp_path / "broken.json", "-o", tmp_path / "out.json")
    assert done.returncode == 2
    assert "CUR0501" in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_a_prefix_that_is_no_s3_uri_is_refused(case: Path) -> None:
    done = generate(case, "--prefix", "")
    assert (done.returncode, done.stdout) == (2, "")
    assert "CUR0510" in done.stderr


def test_files_that_cannot_be_read_are_all_reported(tmp_path: Path) -> None:
    (tmp_path / "dag.json").write_text('{"dag": ')
    (tmp_path / "config.json").write_text('{"configuration": ')
    plan = run("plan", "-d", tmp_path / "dag.json", "-c", tmp_path / "config.json")
    document = generate(tmp_path, "--template", tmp_path / "dag.json")
    check = run("config", "check", "-d", tmp_path / "dag.json", "-c", tmp_path / "config.json")
    assert (plan.returncode, document.returncode, check.returncode) == (2, 2, 2)
    assert "cursus explain CUR0101 CUR0201\n" in check.stderr
    assert "cursus explain CUR0101 CUR0201\n" in plan.stderr
    assert "cursus explain CUR0101 CUR0201 CUR0501\n" in document.stderr


@pytest.mark.parametrize("name", ["dag.json", "config.json", "template_bare.json"])
def test_no_input_is_overwritten(case: Path, name: str) -> None:
    before = (case / name).read_bytes()
    done = generate(case, "--template", case / "template_bare.json", "-o", case / name)
    assert done.returncode == 2
    assert "nothing is overwritten" in done.stderr
    assert (case / name).read_bytes() == before


def test_what_is_wrong_with_a_template_names_its_file(case: Path, tmp_path: Path) -> None:
    template = {"PIPELINE_STEP_CONFIGS": {"Registration": {}, "register_model": {}}}
    write_json(tmp_path / "two.json", template)
    write_json(tmp_path / "layout.json", {"PIPELINE_STEP_CONFIGS": {"A": 7}})
    for name, code in (("two", "CUR0505"), ("layout", "CUR0502")):
        done = generate(case, "--template", tmp_path / f"{name}.json")
        assert f"{code} error" in done.stderr
        assert f"at  {tmp_path / name}.json $.PIPELINE_STEP_CONFIGS." in done.stderr


def test_a_binding_that_is_no_json_is_a_usage_error(case: Path) -> None:
    done = generate(case, "--bind", "Package.x={bad")
    assert done.returncode == 2
    assert "Invalid value for --bind: '{bad' of Package.x is not JSON" in done.stderr


@pytest.mark.parametrize("text", ["null", ""])
def test_a_template_that_holds_nothing_is_not_no_template(
    case: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "template.yaml").write_text(text)
    done = generate(case, "--template", tmp_path / "template.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no document" in done.stderr


def test_the_standard_input_is_utf8_with_or_without_a_mark(case: Path) -> None:
    command = [sys.executable, "-m", "cursus", "exec-doc", "validate", "-"]
    content = (case / "expected.json").read_bytes()
    latin = subprocess.run(command, input=b'{"\xe9": 1}', capture_output=True, check=False)
    marked = subprocess.run(
        command, input=b"\xef\xbb\xbf" + content, capture_output=True, check=False
    )
    assert (latin.returncode, marked.returncode) == (2, 0)
    assert b"CUR0501" in latin.stderr


def test_config_check_shows_classes_unknown_fields_and_nodes(case: Path) -> None:
    done = run("config", "check", "-c", case / "config.json", "-d", case / "dag.json", "--strict")
    assert done.returncode == 0
    assert (
        "XGBoostTraining  XGBoostTrainingConfig  (XGBoostTraining, cursus-training)" in done.stdout
    )
    assert "unknown, kept aside: hyperparameter_file" in done.stdout
    assert done.stdout.endswith("10 entries, 0 errors, 0 warnings\n")


def test_config_check_takes_a_config_that_the_user_chooses_for_a_node(
    case: Path, tmp_path: Path
) -> None:
    dag = (case / "dag.json").read_text("utf-8").replace('"Package"', '"Pack"')
    (tmp_path / "dag.json").write_text(dag, "utf-8")
    files = ("config", "check", "-c", case / "config.json", "-d", tmp_path / "dag.json")
    assert run(*files).returncode == 1
    done = run(*files, "--bind-config", "Pack=Package")
    assert (done.returncode, "node Pack <- Package" in done.stdout) == (0, True)


def test_config_check_gives_data_and_exits_with_1_for_a_problem(case: Path, tmp_path: Path) -> None:
    data = json.loads((case / "config.json").read_text())
    training = data["configuration"]["specific"]["XGBoostTraining"]
    training["trainin_instance_type"] = training.pop("training_instance_type")
    data["metadata"]["config_types"]["Alien"] = "AlienConfig"
    path = tmp_path / "config.json"
    path.write_text(json.dumps(data))
    done = run("config", "check", "-c", path, "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [problem["code"] for problem in found["problems"]] == ["CUR0208", "CUR0402"]
    assert (
        found["problems"][0]["path"]
        == "$.configuration.specific.XGBoostTraining.trainin_instance_type"
    )
    assert found["entries"][-1]["plugin"] is None


@pytest.mark.parametrize("name", ["TRAINING_INSTANCE_TYPE", "\uff34raining_instance_type"])
def test_a_field_that_differs_in_the_form_of_its_letters_is_misspelt(
    case: Path, tmp_path: Path, name: str
) -> None:
    data = json.loads((case / "config.json").read_text())
    training = data["configuration"]["specific"]["XGBoostTraining"]
    training[name] = training.pop("training_instance_type")
    write_json(tmp_path / "config.json", data)
    done = run("config", "check", "-c", tmp_path / "config.json")
    assert done.returncode == 1
    assert "did you mean training_instance_type?" in done.stdout


def test_a_config_is_never_written_by_reading_it(case: Path, tmp_path: Path) -> None:
    for name in ("config.json", "dag.json"):
        (tmp_path / name).write_bytes((case / name).read_bytes())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert generate(tmp_path).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_class_that_two_plugins_claim_is_invalid_input_and_names_both(
    install: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
        from cursus import Job, StepType, hookimpl
        from pydantic import BaseModel

        class TwinConfig(BaseModel):
            pass

        @hookimpl
        def cursus_step_types():
            return [StepType(name="Twin", summary="", config=TwinConfig, example={}, job=Job(kind="service"))]
    """
    for name in ("team-one", "team-two"):
        monkeypatch.setenv("PYTHONPATH", str(install(name, code)))
    data = {
        "shared": {},
        "specific": {"Twin": {}},
        "metadata": {"config_types": {"Twin": "TwinConfig"}},
    }
    (tmp_path / "config.json").write_text(json.dumps(data))
    done = run("config", "check", "-c", tmp_path / "config.json")
    assert done.returncode == 2
    assert "CUR0403 error: Twin: two plugins claim its class TwinConfig" in done.stdout
    assert "team-one 1.0 (Twin)" in done.stdout
    assert "team-two 1.0 (Twin)" in done.stdout
