"""The distributions as users get them: wheels, installed in an environment of their own, one of them left out."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cursus.demo.project import write_project

UV = shutil.which("uv")
INSTALLED = (
    "core",
    "plugins/cursus-cradle",
    "plugins/cursus-processing",
    "plugins/cursus-training",
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
def cursus(install_wheels: Callable[..., Path]) -> Path:
    """Install all but cursus-registration from wheels; give the command's path."""
    return install_wheels(*INSTALLED)


def test_the_other_plugins_work_without_the_one_that_is_missing(cursus: Path) -> None:
    reports = json.loads(run(cursus, "plugins", "--format", "json").stdout)
    assert {report["distribution"]: report["status"] for report in reports} == {
        "cursus-cradle": "active",
        "cursus-processing": "active",
        "cursus-training": "active",
    }


def test_a_dag_that_needs_the_missing_plugin_says_which_package_to_install(
    cursus: Path, tmp_path: Path
) -> None:
    dag, config = write_project(tmp_path)
    done = run(cursus, "plan", "-d", dag, "-c", config, status=2)
    assert done.stderr.count("pip install cursus-registration") == 3
    assert "step Registration: no plugin owns its class RegistrationConfig" in done.stderr


def test_scripts_travel_in_the_wheels(cursus: Path) -> None:
    code = "import cursus_processing as p, pathlib; print(*sorted(f.name for f in (pathlib.Path(p.__file__).parent / 'scripts').iterdir()))"
    names = run(cursus.parent / "python", "-c", code).stdout.split()
    assert "tabular_preprocessing.py" in names


def test_the_catalog_says_which_distribution_an_entry_needs(cursus: Path) -> None:
    listed = run(cursus, "catalog", "list").stdout
    assert "cursus-registration" in listed
