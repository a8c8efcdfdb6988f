"""`cursus runtime synth` and `--data synthetic`, called as users call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan

EDGES = [("Load", "Prepare"), ("Prepare", "Learn")]
PROFILE = """\
rows: 60
format: csv
columns:
  late: {type: label, depends_on: {distance: 1}}
  distance: {type: int}
"""
Cursus = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cursus(plan_locally: Callable[..., Plan], tmp_path: Path) -> Cursus:
    """Write DAG, config, scripts and profile of EDGES; give a function that calls commands beside them."""
    plan = plan_locally(EDGES)
    entries = {step.node: step.config.model_dump(mode="json") for step in plan}
    types = {node: f"{node}Config" for node in entries}
    data = {"shared": {}, "specific": entries, "metadata": {"config_types": types}}
    (tmp_path / "config.json").write_text(json.dumps(data))
    (tmp_path / "profile.yaml").write_text(PROFILE)
    PipelineDAG([], EDGES).save(tmp_path / "dag.json")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}

    def run(name: str, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cursus", "runtime", name]
        given = ["-d", "dag.json", "-c", "config.json"]
        return subprocess.run(
            [*command, *given, *args],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_data_is_written_and_a_run_takes_it(cursus: Cursus) -> None:
    told = cursus("synth", "--profile", "profile.yaml", "-o", "made")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == "made/profile.yaml"
    run = cursus("test-pipeline", "--data", "made", "--format", "json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["steps"][0]["outputs"][0]["rows"] == 60


def test_a_run_makes_its_data_itself(cursus: Cursus, tmp_path: Path) -> None:
    told = cursus(
        "test-pipeline", "--data", "synthetic", "--profile", "profile.yaml", "--seed", "5"
    )
    assert told.returncode == 0, told.stderr
    (profile,) = tmp_path.glob("pipeline_testing/synthetic/*/profile.yaml")
    assert "seed: 5\n" in profile.read_text()


def test_a_profile_alone_is_written_to_be_edited(cursus: Cursus, tmp_path: Path) -> None:
    args = ("--profile", "profile.yaml", "--size", "small", "--write-profile", "new.yaml")
    told = cursus("synth", *args)
    assert (told.returncode, told.stdout) == (0, "new.yaml\n")
    assert "rows: 1000\n" in (tmp_path / "new.yaml").read_text()


def test_a_fault_of_the_profile_ends_with_two_its_line_and_code(
    cursus: Cursus, tmp_path: Path
) -> None:
    (tmp_path / "profile.yaml").write_text(PROFILE.replace("type: int", "type: int, maxmum: 3"))
    told = cursus("synth", "--profile", "profile.yaml", "-o", "made")
    assert told.returncode == 2
    assert "CUR0721" in told.stderr
    assert "profile.yaml:5 $.columns.distance.maxmum" in told.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "give -o for data"),
        (("-o", "made", "--write-profile", "p.yaml"), "give -o for data"),
        (("--pipeline", "x", "-o", "made"), "give -d and -c, or --pipeline alone"),
        (("--scenario", "odd", "-o", "made"), "'odd' is not one of 'standard'"),
        (("-o", "made"), "CUR0722"),
    ],
)
def test_a_call_that_cannot_be_meant_ends_with_two(
    cursus: Cursus, args: tuple[str, ...], message: str
) -> None:
    told = cursus("synth", *args)
    assert told.returncode == 2
    assert message in told.stderr


def test_options_of_synthetic_data_are_refused_for_other_data(
    cursus: Cursus, tmp_path: Path
) -> None:
    (tmp_path / "made").mkdir()
    told = cursus("test-pipeline", "--data", "made", "--seed", "5")
    assert told.returncode == 2
    assert "--seed is for --data synthetic" in told.stderr


def test_the_help_of_the_group_loads_nothing_heavy() -> None:
    heavy = "{'polars', 'pandas', 'numpy', 'sagemaker', 'rich', 'pydantic'}"
    code = (
        "import sys\nfrom cursus.cli import cli\n"
        "cli.main(['runtime', '--help'], standalone_mode=False)\n"
        f"print(sorted({heavy} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"
