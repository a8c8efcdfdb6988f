"""The example of a company's own layout: built as a wheel, installed in an environment of its own, compiled with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.demo.project import write_project

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "cursus-company-layout"
UV = shutil.which("uv")
PACKAGES = (
    "core",
    *(f"plugins/cursus-{name}" for name in ("cradle", "processing", "training", "registration")),
    "docs/examples/cursus-company-layout",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("wheels"),
    pytest.mark.skipif(UV is None, reason="uv builds the wheels"),
]


def run(*command: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install all wheels, the example's among them, and no SDK; give the programs' folder."""
    folder = tmp_path_factory.mktemp("company")
    for package in PACKAGES:
        run(UV, "build", "--wheel", "--quiet", "--out-dir", folder / "dist", ROOT / package)
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "env")
    wheels = sorted((folder / "dist").glob("*.whl"))
    python = folder / "env" / "bin" / "python"
    run(UV, "pip", "install", "--quiet", "--python", python, *wheels, "pytest")
    yield python.parent
    shutil.rmtree(folder)


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    """Write the demonstration, with images of its own: the SDK that has the tables is not installed."""
    dag, config = write_project(tmp_path)
    data = json.loads(config.read_text("utf-8"))
    data["configuration"]["shared"]["image_uri"] = (
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1"
    )
    config.write_text(json.dumps(data), "utf-8")
    return dag, config


def outputs_of(definition: Path) -> dict[str, list[Any]]:
    data = json.loads(definition.read_text("utf-8"))
    found = {}
    for step in data["Steps"]:
        arguments = step["Arguments"]
        outputs = arguments.get("ProcessingOutputConfig", {}).get("Outputs", [])
        found[step["Name"]] = [output["S3Output"]["S3Uri"] for output in outputs]
        if "OutputDataConfig" in arguments:
            found[step["Name"]].append(arguments["OutputDataConfig"]["S3OutputPath"])
    return found


def test_the_plugin_is_found_beside_the_others(programs: Path) -> None:
    reports = json.loads(run(programs / "cursus", "plugins", "--format", "json").stdout)
    assert {report["distribution"]: report["status"] for report in reports} == {
        "cursus-company-layout": "active",
        "cursus-cradle": "active",
        "cursus-processing": "active",
        "cursus-registration": "active",
        "cursus-training": "active",
    }


def test_every_output_goes_where_the_company_says(
    programs: Path, project: tuple[Path, Path], tmp_path: Path
) -> None:
    dag, config = project
    run(programs / "cursus", "compile", "-d", dag, "-c", config, "-o", tmp_path / "p.json")
    outputs = outputs_of(tmp_path / "p.json")
    assert sum(map(len, outputs.values())) == 10
    for name, locations in outputs.items():
        for location in locations:
            base, *parts = location["Std:Join"]["Values"]
            assert base == {"Get": "Parameters.EXECUTION_S3_PREFIX"}
            assert parts[:3] == ["lateflights", "na", name]


def test_the_companys_rule_is_portable_too(programs: Path, project: tuple[Path, Path]) -> None:
    dag, config = project
    done = run(programs / "cursus", "portability", "-d", dag, "-c", config)
    assert "portable: 10 outputs" in done.stdout
    assert "{prefix}/lateflights/na/Package/packaged_model" in done.stdout


def test_a_layout_that_the_plugin_overrules_is_said_to_be(
    programs: Path, project: tuple[Path, Path]
) -> None:
    dag, config = project
    layout = ("--layout", "legacy-2025")
    done = run(programs / "cursus", "plan", "-d", dag, "-c", config, *layout)
    assert "CUR0638 warning: the layout legacy-2025 does not hold" in done.stderr


def test_the_examples_own_tests_pass_against_the_wheels(programs: Path) -> None:
    done = run(
        programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE / "tests"
    )
    assert "3 passed" in done.stdout


def test_the_example_has_fewer_than_40_lines_of_python() -> None:
    lines = (
        (EXAMPLE / "src" / "cursus_company_layout" / "__init__.py").read_text("utf-8").splitlines()
    )
    assert len(lines) < 40
