"""What shipped scripts read and write is what their step types declare, found in the scripts' syntax trees."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest
from cursus.kernel.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cursus.kernel.step_type import StepType

OURS = ("cursus-cradle", "cursus-processing", "cursus-registration", "cursus-training")
PORT_DICTS = {"input_paths", "output_paths"}
ENVIRONMENT_DICTS = {"environ_vars", "environment"}


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


def keys_read(path: Path, names: set[str]) -> set[str]:
    """Collect the constant keys with which dictionaries of these names are asked."""
    return set(_keys(ast.parse(path.read_text("utf-8")), names))


def _keys(tree: ast.AST, names: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            asked, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            asked, key = node.func.value, node.args[0]
        else:
            continue
        is_named = isinstance(asked, ast.Name) and asked.id in names
        if is_named and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


SHIPPED = shipped()
NAMES = [step_type.name for step_type, _ in SHIPPED]


@pytest.mark.parametrize(("step_type", "path"), SHIPPED, ids=NAMES)
def test_a_script_asks_only_for_ports_that_are_declared(
    step_type: StepType[Any], path: Path
) -> None:
    declared = {port.name for port in step_type.inputs} | {port.name for port in step_type.outputs}
    read = keys_read(path, PORT_DICTS)
    assert read
    assert read <= declared


@pytest.mark.parametrize(("step_type", "path"), SHIPPED, ids=NAMES)
def test_a_script_reads_only_environment_that_the_step_emits(
    step_type: StepType[Any], path: Path
) -> None:
    emitted = set(step_type.job.environment(step_type.config(**step_type.example)))
    assert keys_read(path, ENVIRONMENT_DICTS) <= emitted


def test_the_check_sees_real_reads() -> None:
    paths = {step_type.name: path for step_type, path in SHIPPED}
    path = paths["TabularPreprocessing"]
    assert "LABEL_FIELD" in keys_read(path, ENVIRONMENT_DICTS)
    assert {"DATA", "processed_data"} <= keys_read(path, PORT_DICTS)
