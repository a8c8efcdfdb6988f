"""The platform's own request, made by stand-ins for its packages that are real modules on the import path."""

from __future__ import annotations

import importlib
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
