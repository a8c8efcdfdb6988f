"""The hooks: each documented with its exact arguments, each tested, and few."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from cursus.kernel import builtin, hookspecs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "hooks.md").read_text("utf-8")
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("cursus_"))


def test_there_are_five_hooks() -> None:
    assert len(HOOKS) == 5


@pytest.mark.parametrize("name", HOOKS)
def test_the_reference_page_has_the_hook_with_its_exact_arguments(name: str) -> None:
    arguments = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters)
    assert f"## `{name}({arguments})`" in PAGE


def test_the_reference_page_has_no_hook_that_is_not_there() -> None:
    assert sorted(re.findall(r"^## `(cursus_\w+)\(", PAGE, flags=re.MULTILINE)) == HOOKS


@pytest.mark.parametrize("name", HOOKS)
def test_the_built_in_plugin_implements_the_hook(name: str) -> None:
    spec, built_in = getattr(hookspecs, name), getattr(builtin, name)
    assert list(inspect.signature(spec).parameters) == list(inspect.signature(built_in).parameters)


@pytest.mark.parametrize("name", HOOKS)
def test_the_docstring_says_when_it_is_called_and_shows_an_example(name: str) -> None:
    text = inspect.getdoc(getattr(hookspecs, name)) or ""
    assert "Called" in text
    assert "@hookimpl" in text


@pytest.mark.parametrize("name", HOOKS)
def test_a_test_of_the_core_implements_the_hook_in_a_plugin(name: str) -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "core" / "tests").glob("*.py"))
    assert f"def {name}(" in tests
