"""Execution documents in an environment that has cursus-core, cursus-cradle and cursus-registration, and no SDK."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "cases"
GOLDEN = ROOT / "tests" / "golden" / "documents"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
INSTALLED = ("core", "plugins/cursus-cradle", "plugins/cursus-registration")
PROJECTS = [
    *("golden/" + path.stem for path in sorted(GOLDEN.glob("*.json"))),
    *("shared/" + path.name for path in sorted(CASES.glob("*"))),
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("wheels"),
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv builds the wheels"),
]


@pytest.fixture(scope="module")
def cursus(install_wheels: Callable[..., Path]) -> Path:
    """Install the three packages alone; give the command's path."""
    return install_wheels(*INSTALLED)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the SDK's distribution and nothing that it needs, so that its import would fail."""
    folder = tmp_path_factory.mktemp("sdk")
    for path in {file.parts[0] for file in distribution("sagemaker").files or []} - {".."}:
        (folder / path).symlink_to(str(distribution("sagemaker").locate_file(path)))
    return folder


@pytest.fixture(params=PROJECTS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a folder with dag.json and config.json: a real case, or a pipeline of the catalog."""
    kind, name = request.param.split("/")
    if kind == "shared":
        return CASES / name
    words = ["catalog", "export", name, "--dag", tmp_path / "dag.json"]
    run(None, *words, "--config", tmp_path / "config.json", tables=None)
    return tmp_path


def run(
    command: Path | None, *words: object, tables: Path | None
) -> subprocess.CompletedProcess[str]:
    """Run a command of the environment (None: of the whole workspace), with or without the SDK's tables."""
    start = [sys.executable, "-m", "cursus"] if command is None else [str(command)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if tables is not None:
        environment["PYTHONPATH"] = str(tables)
    return subprocess.run(
        [*start, *map(str, words)], capture_output=True, text=True, check=False, env=environment
    )


def generate(
    command: Path | None, folder: Path, tables: Path | None
) -> subprocess.CompletedProcess[str]:
    files = ("-d", folder / "dag.json", "-c", folder / "config.json")
    return run(command, "exec-doc", "generate", *files, tables=tables)


def with_image(case: Path, folder: Path) -> Path:
    """Copy a case, with an image of the user's own in its registration's config."""
    data: dict[str, Any] = json.loads((case / "config.json").read_text("utf-8"))
    sections = data.get("configuration", data)
    for key, fields in sections["specific"].items():
        if key.startswith("Registration"):
            fields["image_uri"] = IMAGE
    (folder / "own").mkdir()
    (folder / "own" / "config.json").write_text(json.dumps(data), "utf-8")
    shutil.copy(case / "dag.json", folder / "own" / "dag.json")
    return folder / "own"


def has_registration(folder: Path) -> bool:
    return "Registration" in (folder / "config.json").read_text("utf-8")


def test_neither_the_sdk_nor_boto3_is_installed(cursus: Path) -> None:
    code = "import importlib.util as u; print([n for n in ('sagemaker', 'boto3', 'botocore', 'pandas') if u.find_spec(n)])"
    command = [str(cursus.parent / "python"), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_image_of_the_config_needs_no_sdk(cursus: Path, project: Path, tmp_path: Path) -> None:
    own = with_image(project, tmp_path)
    done = generate(cursus, own, None)
    assert done.returncode == 0, done.stderr
    assert done.stdout == generate(None, own, None).stdout
    assert (IMAGE in done.stdout) == has_registration(project)


def test_without_the_sdk_the_step_the_values_and_the_remedy_are_named(
    cursus: Path, project: Path
) -> None:
    if not has_registration(project):
        pytest.skip("no image is looked up")
    done = generate(cursus, project, None)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CUR0503 error: the STEP_CONFIG of step Registration-NA cannot be made" in done.stderr
    assert "inference image for " in done.stderr
    assert ", us-east-1, " in done.stderr
    assert "pip install 'cursus-core[sagemaker]', or set image_uri in the config" in done.stderr


def test_with_the_sdks_tables_the_document_is_that_of_the_whole_installation(
    cursus: Path, tables: Path, project: Path
) -> None:
    alone, whole = generate(cursus, project, tables), generate(None, project, None)
    assert (alone.returncode, whole.returncode) == (0, 0), alone.stderr
    assert alone.stdout == whole.stdout
    assert "PIPELINE_STEP_CONFIGS" in whole.stdout


def test_steps_of_absent_plugins_are_warnings_that_name_the_package(
    cursus: Path, tables: Path, project: Path
) -> None:
    done = generate(cursus, project, tables)
    types = json.loads((project / "config.json").read_text("utf-8"))["metadata"]["config_types"]
    if "XGBoostTraining" in types:
        assert "no plugin owns its class XGBoostTrainingConfig" in done.stderr
        assert "pip install cursus-training" in done.stderr
    steps = json.loads(done.stdout)["PIPELINE_STEP_CONFIGS"]
    trained = [key for key in steps if key in {"XGBoostTraining", "PyTorchTraining"}]
    nodes = json.loads((project / "dag.json").read_text("utf-8"))["dag"]["nodes"]
    assert sorted(trained) == sorted({"XGBoostTraining", "PyTorchTraining"} & {*nodes})
    for key in trained:
        assert steps[key] == {"STEP_CONFIG": {}, "STEP_TYPE": "TRAINING_STEP"}
