"""What starts fast stays fast: commands that need no heavy library load none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "sagemaker",
    "boto3",
    "botocore",
    "pandas",
    "numpy",
    "polars",
    "networkx",
    "torch",
    "rich",
    "jinja2",
)
PROBE = """
import json, sys
from cursus.cli import main
try:
    main({args!r})
except SystemExit as exit:
    status = exit.code
print(json.dumps({{"status": status, "modules": sorted(sys.modules)}}), file=sys.stderr)
"""


def loaded_by(args: list[str]) -> tuple[int, set[str]]:
    code = PROBE.format(args=args)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    report = json.loads(done.stderr.splitlines()[-1])
    return report["status"], {name.partition(".")[0] for name in report["modules"]}


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["plugins"],
        ["exec-doc", "--help"],
        ["plan", "--help"],
        ["explain", "CUR0104"],
        ["deploy", "--help"],
        ["start", "--help"],
        ["executions", "list", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_loads_nothing_heavy(args: list[str]) -> None:
    status, modules = loaded_by(args)
    assert status == 0
    assert not modules.intersection(HEAVY)


def test_help_loads_no_plugin_and_no_pydantic() -> None:
    _, modules = loaded_by(["--help"])
    assert not {name for name in modules if name.startswith("cursus_")}
    assert "pydantic" not in modules


def test_importing_the_package_loads_nothing_but_itself() -> None:
    code = "import sys; before = set(sys.modules); import cursus; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "click", "pluggy"}.intersection(eval(done.stdout))  # noqa: S307 - our own print


def test_an_execution_document_is_made_without_anything_heavy(tmp_path: Path) -> None:
    from cursus.demo.project import write_project

    dag, config = write_project(tmp_path)
    out = tmp_path / "document.json"
    status, modules = loaded_by(
        ["exec-doc", "generate", "-d", str(dag), "-c", str(config), "-o", str(out)]
    )
    assert status == 0
    assert out.exists()
    assert not modules.intersection(HEAVY)
