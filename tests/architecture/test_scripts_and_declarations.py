"""What shipped scripts read and write is what their step types declare, as `cursus lint` finds it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest
from cursus.kernel.plugins import load_plugins
from cursus.lint.contracts import step_type_mismatches
from cursus.lint.script_reads import ScriptReads, script_reads

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.kernel.step_type import StepType

OURS = ("cursus-cradle", "cursus-processing", "cursus-registration", "cursus-training")


def shipped() -> list[tuple[StepType[Any], Path]]:
    """List the step types that run a script of their own job, with the script."""
    plugins = load_plugins()
    found = []
    for name in sorted(plugins.owners):
        for owned in plugins.owners[name]:
            script = owned.step_type.script
            path = None if script is None else script.path()
            job = owned.step_type.job.kind
            if owned.plugin in OURS and path is not None and job in ("processing", "training"):
                found.append((owned.step_type, path))
    return found


def reads_of(path: Path) -> ScriptReads:
    return script_reads(ast.parse(path.read_text("utf-8")))


SHIPPED = shipped()
NAMES = [step_type.name for step_type, _ in SHIPPED]


@pytest.mark.parametrize(("step_type", "path"), SHIPPED, ids=NAMES)
def test_a_script_agrees_with_its_step_type(step_type: StepType[Any], path: Path) -> None:
    found = step_type_mismatches(step_type, path, path.read_text("utf-8"))
    assert [str(finding) for finding in found] == []


@pytest.mark.parametrize("path", [path for _, path in SHIPPED], ids=NAMES)
def test_a_script_asks_for_ports(path: Path) -> None:
    assert reads_of(path).ports


def test_the_check_sees_real_reads() -> None:
    paths = {step_type.name: path for step_type, path in SHIPPED}
    reads = reads_of(paths["TabularPreprocessing"])
    assert "LABEL_FIELD" in {read.name for read in reads.given_environment}
    assert {"DATA", "processed_data"} <= {read.name for read in reads.ports}
    assert [read.name for read in reads.arguments or ()] == ["--job_type"]
