"""`cursus exec-doc` and `cursus config`, as processes of their own, on the real cases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[3] / "shared" / "cases"
XGBOOST = CASES / "xgboost_complete_e2e_2025_09"
PYTORCH = CASES / "registration_only_pytorch"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")


def run(*args: object, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cursus.cli import main; main()", *map(str, args)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def generate(case: Path, *args: object, text: str = "") -> subprocess.CompletedProcess[str]:
    inputs = ("-d", case / "dag.json", "-c", case / "config.json")
    return run("exec-doc", "generate", *inputs, *args, text=text)


def expected(case: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((case / "expected.json").read_text("utf-8"))
    return document


def test_a_template_from_stdin_is_filled_to_stdout() -> None:
    done = generate(XGBOOST, "--template", "-", text=(XGBOOST / "template_bare.json").read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == expected(XGBOOST)


def test_warnings_go_to_stderr_and_strict_makes_them_errors(tmp_path: Path) -> None:
    out = tmp_path / "document.json"
    done = generate(PYTORCH, "-o", out)
    strict = generate(PYTORCH, "-o", tmp_path / "strict.json", "--strict")
    assert (done.returncode, done.stdout, strict.returncode) == (0, "", 2)
    assert done.stderr.count("CUR0209 warning") == 3
    assert json.loads(out.read_text()) == expected(PYTORCH)
    assert [path.name for path in tmp_path.iterdir()] == ["document.json"]


def test_yaml_differs_from_json_in_form_alone(tmp_path: Path) -> None:
    out = tmp_path / "document.yaml"
    assert generate(XGBOOST, "-o", out).returncode == 0
    assert out.read_text().startswith("PIPELINE_STEP_CONFIGS:")
    done = run("exec-doc", "diff", out, XGBOOST / "expected.json")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_prefix_moves_the_outputs_and_diff_says_so() -> None:
    moved = generate(XGBOOST, "--prefix", "s3://b/run/").stdout
    done = run("exec-doc", "diff", XGBOOST / "expected.json", "-", "--format", "json", text=moved)
    assert done.returncode == 1
    assert [difference["after"] for difference in json.loads(done.stdout)] == [
        "s3://b/run/data-load/training",
        "s3://b/run/data-load/calibration",
    ]


def test_a_node_can_be_given_a_config_of_the_file() -> None:
    other = "CradleDataLoading_training=CradleDataLoading_calibration"
    done = generate(XGBOOST, "--bind-config", other)
    assert done.returncode == 2
    assert "both come to the step name CradleDataLoading-Calibration" in done.stderr


def test_a_template_of_our_own_is_filled(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    done = run(
        "exec-doc",
        "template",
        "-d",
        XGBOOST / "dag.json",
        "-c",
        XGBOOST / "config.json",
        "-o",
        template,
    )
    assert done.returncode == 0
    assert run("exec-doc", "validate", template).returncode == 1
    assert json.loads(generate(XGBOOST, "--template", template).stdout) == expected(XGBOOST)


def test_validate_says_yes_or_no() -> None:
    good = run("exec-doc", "validate", XGBOOST / "expected.json", "--strict")
    bad = run("exec-doc", "validate", XGBOOST / "template_platform.json", "--format", "json")
    assert (good.returncode, good.stdout, bad.returncode) == (0, "", 1)
    assert {problem["code"] for problem in json.loads(bad.stdout)} == {"CUR0507"}


def test_merge_joins_documents_and_names_conflicts(tmp_path: Path) -> None:
    cases = (XGBOOST / "expected.json", PYTORCH / "expected.json")
    conflict = run("exec-doc", "merge", *cases)
    assert conflict.returncode == 2
    assert "disagree on $.PIPELINE_STEP_CONFIGS.Registration-NA.STEP_CONFIG." in conflict.stderr
    done = run(
        "exec-doc",
        "merge",
        XGBOOST / "template_bare.json",
        XGBOOST / "expected.json",
        "-o",
        tmp_path / "m.json",
    )
    assert done.returncode == 0
    assert json.loads((tmp_path / "m.json").read_text()) == expected(XGBOOST)


def test_invalid_input_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    done = generate(XGBOOST, "--template", tmp_path / "broken.json", "-o", tmp_path / "out.json")
    assert done.returncode == 2
    assert "CUR0501" in done.stderr
    assert not (tmp_path / "out.json").exists()


def test_a_prefix_that_is_no_s3_uri_is_refused() -> None:
    done = generate(XGBOOST, "--prefix", "")
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


def test_a_binding_that_is_no_json_is_a_usage_error() -> None:
    done = generate(XGBOOST, "--bind", "Package.x={bad")
    assert done.returncode == 2
    assert "Invalid value for --bind: '{bad' of Package.x is not JSON" in done.stderr


@pytest.mark.parametrize("text", ["null", ""])
def test_a_template_that_holds_nothing_is_not_no_template(tmp_path: Path, text: str) -> None:
    (tmp_path / "template.yaml").write_text(text)
    done = generate(XGBOOST, "--template", tmp_path / "template.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no document" in done.stderr


def test_the_standard_input_is_utf8_with_or_without_a_mark() -> None:
    command = [sys.executable, "-m", "cursus", "exec-doc", "validate", "-"]
    content = (XGBOOST / "expected.json").read_bytes()
    latin = subprocess.run(command, input=b'{"\xe9": 1}', capture_output=True, check=False)
    marked = subprocess.run(
        command, input=b"\xef\xbb\xbf" + content, capture_output=True, check=False
    )
    assert (latin.returncode, marked.returncode) == (2, 0)
    assert b"CUR0501" in latin.stderr


def test_config_check_shows_classes_unknown_fields_and_nodes() -> None:
    done = run(
        "config", "check", "-c", XGBOOST / "config.json", "-d", XGBOOST / "dag.json", "--strict"
    )
    assert done.returncode == 0
    assert (
        "XGBoostTraining  XGBoostTrainingConfig  (XGBoostTraining, cursus-training)" in done.stdout
    )
    assert "unknown, kept aside: hyperparameter_file" in done.stdout
    assert done.stdout.endswith("10 entries, 0 errors, 0 warnings\n")


def test_config_check_gives_data_and_exits_with_1_for_a_problem(tmp_path: Path) -> None:
    data = json.loads((XGBOOST / "config.json").read_text())
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


def test_a_config_is_never_written_by_reading_it(tmp_path: Path) -> None:
    for name in ("config.json", "dag.json"):
        (tmp_path / name).write_bytes((XGBOOST / name).read_bytes())
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
