"""The platform's own request, made by stand-ins for its packages that are real modules on the import path."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan, PlannedStep
from cursus.paths import PipelineParameters
from cursus_cradle.cradle_data_loading import CRADLE_DATA_LOADING, EXAMPLE
from cursus_cradle.document import extract
from cursus_cradle.platform_request import (
    MEMBERS,
    REQUEST,
    PlatformRequestError,
    build_request,
    is_installed,
)

ROOTS = ("com", "secure_ai_sandbox_python_lib")
MODEL = """
class {name}:
    def __init__(self, **members):
        self.members = members
"""
CONVERTER = """
import re

NAMES = {"transform_sql": "transformSQL"}

def camel(name):
    return NAMES.get(name) or re.sub("_([a-z0-9])", lambda found: found[1].upper(), name)

def convert_coral_to_dict(value):
    if isinstance(value, list):
        return [convert_coral_to_dict(member) for member in value]
    if hasattr(value, "members"):
        return {camel(name): convert_coral_to_dict(member) for name, member in value.members.items()}
    return value
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give a function that installs the packages with a converter's code."""

    def add(converter: str) -> None:
        models = tmp_path / "com" / "amazon" / "secureaisandboxproxyservice" / "models"
        tools = tmp_path / "secure_ai_sandbox_python_lib" / "utils"
        for folder in (models, tools):
            folder.mkdir(parents=True)
        plain = {name for members in MEMBERS.values() for name in members.values()}
        for name in {REQUEST, *plain, "JobSplitOptions", "Field"}:
            (models / f"{name.lower()}.py").write_text(MODEL.format(name=name), "utf-8")
        (tools / "coral_utils.py").write_text(converter, "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()

    yield add
    for name in [name for name in sys.modules if name.split(".")[0] in ROOTS]:
        del sys.modules[name]


def extracted() -> dict[str, object]:
    step = PlannedStep(
        node="CradleDataLoading_training",
        name="CradleDataLoading-Training",
        step_type=CRADLE_DATA_LOADING,
        plugin="cursus-cradle",
        config=CRADLE_DATA_LOADING.config(**EXAMPLE),
        config_key="CradleDataLoading_training",
    )
    parameters = PipelineParameters(prefix=None)
    plan = Plan(dag=PipelineDAG([step.node]), steps={step.node: step}, parameters=parameters)
    return extract(step, plan)


def test_without_the_packages_nothing_is_asked_of_them() -> None:
    assert not is_installed()
    assert set(extracted()) == set(MEMBERS[REQUEST])


def test_the_document_is_the_same_with_the_packages(install: Callable[[str], None]) -> None:
    without = extracted()
    install(CONVERTER)
    assert is_installed()
    assert extracted() == without


def test_the_request_object_is_made_of_the_platforms_classes(
    install: Callable[[str], None],
) -> None:
    content = extracted()
    install(CONVERTER)
    request = build_request(content)
    sources = request.members["data_sources"].members["data_sources"]
    assert type(request).__name__ == REQUEST
    assert type(sources[0].members["andes_data_source_properties"]).__name__ == (
        "AndesDataSourceProperties"
    )


def test_a_difference_is_an_error_that_shows_both(install: Callable[[str], None]) -> None:
    install("def convert_coral_to_dict(value):\n    return {'clusterType': 'TINY'}\n")
    with pytest.raises(PlatformRequestError, match=r"Cursus: .*STANDARD[\s\S]*platform: .*TINY"):
        extracted()


def test_packages_that_cannot_be_imported_are_an_error_that_says_so(
    install: Callable[[str], None],
) -> None:
    install("import coral_of_another_release\n")
    with pytest.raises(PlatformRequestError, match="installed and cannot be used"):
        extracted()


@pytest.mark.parametrize(
    "fault", ["import coral_of_another_release", "raise RuntimeError('no coral')", "def broken("]
)
def test_a_package_that_is_here_and_broken_is_not_taken_for_one_that_is_missing(
    install: Callable[[str], None], tmp_path: Path, fault: str
) -> None:
    install(CONVERTER)
    (tmp_path / "com" / "amazon" / "__init__.py").write_text(fault, "utf-8")
    with pytest.raises(PlatformRequestError, match="installed and cannot be used"):
        extracted()


def test_a_converter_that_fails_on_the_request_is_an_error_that_says_so(
    install: Callable[[str], None],
) -> None:
    install("def convert_coral_to_dict(value):\n    raise KeyError('dataSources')\n")
    with pytest.raises(PlatformRequestError, match=r"cannot be used: KeyError: 'dataSources'"):
        extracted()


def generate(folder: Path) -> subprocess.CompletedProcess[str]:
    """Make a document of the example on the command line, with the packages in `folder` installed."""
    types = {"CradleDataLoading_training": "CradleDataLoadingConfig"}
    specific = {"CradleDataLoading_training": dict(EXAMPLE)}
    config = {"shared": {}, "specific": specific, "metadata": {"config_types": types}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    dag = {"dag": {"nodes": [*types], "edges": []}}
    (folder / "dag.json").write_text(json.dumps(dag), "utf-8")
    words = ["exec-doc", "generate", "-d", "dag.json", "-c", "config.json"]
    return subprocess.run(
        [sys.executable, "-m", "cursus", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_compares_too(tmp_path: Path, install: Callable[[str], None]) -> None:
    without = generate(tmp_path)
    install(CONVERTER)
    with_packages = generate(tmp_path)
    assert (without.returncode, with_packages.returncode) == (0, 0), with_packages.stderr
    assert with_packages.stdout == without.stdout


def test_the_command_line_shows_both_where_they_differ(
    tmp_path: Path, install: Callable[[str], None]
) -> None:
    install("def convert_coral_to_dict(value):\n    return {'clusterType': 'TINY'}\n")
    done = generate(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CUR0503" in done.stderr
    assert '"clusterType": "STANDARD"' in done.stderr
    assert '"clusterType": "TINY"' in done.stderr
