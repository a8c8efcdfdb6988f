"""The reference page of execution documents and the code say the same: example, keys, their order, step types."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cursus
import cursus.document as document_package
import pytest
from cursus import ExecutionDocumentGenerator, PipelineDAG, load_plugins
from cursus.codes import CODES
from cursus.document import make_template
from cursus.document.document_file import document_text
from cursus.document.parts import document_step_type
from cursus.kernel.plan import Plan
from page_runs import DOCS

ROOT = DOCS.parent
EXAMPLE = DOCS / "examples" / "execution-document"
PAGE = (DOCS / "reference" / "execution-document.md").read_text("utf-8")
NAMED_BY_USERS = ("input_variable_list", "output_variable_list")  # their members are variables
PLANNING = ("planner.py", "step_names.py", "binding.py", "layouts.py", "nodes.py")
SOURCES = {
    "CradleDataLoading-Training": "plugins/cursus-cradle/src/cursus_cradle/document.py",
    "Registration-NA": "plugins/cursus-registration/src/cursus_registration/document.py",
}
SECTIONS = {
    "CradleDataLoading-Training": "## STEP_CONFIG of a Cradle step",
    "Registration-NA": "## STEP_CONFIG of a registration",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    generator = ExecutionDocumentGenerator(EXAMPLE / "config.json")
    return generator.fill_execution_document(PipelineDAG.from_file(EXAMPLE / "dag.json"))


def section(heading: str) -> str:
    """Give a section of the page without its sub-sections."""
    return re.split(r"^#+ ", PAGE.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """Give the cells of a table whose first cell is code."""
    lines = (line for line in text.splitlines() if line.startswith("| `"))
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Give the path of every key in JSON data; `[]` stands for the members of a list."""
    if isinstance(value, list):
        for member in value:
            yield from paths(member, f"{path}[]")
    elif isinstance(value, dict) and not path.endswith(NAMED_BY_USERS):
        for name, member in value.items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from paths(member, inner)


def test_the_annotated_example_is_what_the_code_writes(document: dict[str, Any]) -> None:
    annotated = re.findall(r"^```jsonc\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
    assert re.sub(r" // .*", "", annotated) == document_text(document, "json")


@pytest.mark.parametrize("step", SECTIONS)
def test_the_page_describes_the_keys_of_a_step_in_their_order(
    step: str, document: dict[str, Any]
) -> None:
    described = [row[0].strip("`") for row in rows(section(SECTIONS[step]))]
    content = document["PIPELINE_STEP_CONFIGS"][step]["STEP_CONFIG"]
    assert described == list(dict.fromkeys(paths(content)))


@pytest.mark.parametrize("step", SOURCES)
def test_the_example_has_every_key_that_the_code_can_write(
    step: str, document: dict[str, Any]
) -> None:
    content = document["PIPELINE_STEP_CONFIGS"][step]["STEP_CONFIG"]
    written = {name for path in paths(content) for name in path.replace("[]", "").split(".")}
    assert keys_in_source(ROOT / SOURCES[step]) <= written


def keys_in_source(path: Path) -> set[str]:
    """Give the constant keys of dict displays and of assignments to members; hook arguments are upper-case."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    keys: list[ast.expr | None] = []
    for node in tree:
        if isinstance(node, ast.Dict):
            keys += node.keys
        elif isinstance(node, ast.Assign):
            keys += [t.slice for t in node.targets if isinstance(t, ast.Subscript)]
    found = {key.value for key in keys if isinstance(key, ast.Constant)}
    return {str(key) for key in found if not str(key).endswith("Config")}


def test_the_outer_keys_are_those_of_a_document(document: dict[str, Any]) -> None:
    described = [row[0].strip("`") for row in rows(section("## The outer keys"))]
    outer = [re.sub(r"CONFIGS\.[^.]+", "CONFIGS.<step>", path) for path in paths(document)]
    inside = ("PIPELINE_STEP_CONFIGS.<step>.STEP_CONFIG.", "PIPELINE_ADDITIONAL_PARAMS.")
    assert described == list(dict.fromkeys(path for path in outer if not path.startswith(inside)))


def test_the_page_names_the_steps_of_a_document_with_their_types() -> None:
    described = {
        row[0].strip("`"): json.loads(row[1].strip("`"))
        for row in rows(section("## Which steps are in it"))
    }
    plugins = load_plugins()
    template = make_template(
        Plan(dag=PipelineDAG(sorted(plugins.step_types), []), steps={}), plugins
    )
    types = {name: document_step_type(plugins.step_types[name]) for name in plugins.step_types}
    assert described == {name: types[name] for name in template["PIPELINE_STEP_CONFIGS"]}


def test_the_page_names_the_keys_that_mean_a_step() -> None:
    known = load_plugins().step_types["Registration"].document_names
    (line,) = [line for line in PAGE.splitlines() if line.startswith("| Registration | also ")]
    named = [name.replace("<region>", "{suffix}") for name in re.findall(r"`([^`]+)`", line)]
    assert tuple(named) == known


def test_the_page_names_every_code_of_documents() -> None:
    described = re.findall(r"^\| (CUR05\d\d) \|", PAGE, re.MULTILINE)
    assert described == sorted(code for code in CODES if code.startswith("CUR05"))


def test_the_page_names_every_code_of_the_plan_and_every_warning_of_the_config() -> None:
    core = ROOT / "core" / "src" / "cursus"
    lines = [
        line
        for path in core.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if path.name in PLANNING or (path.parent.name == "config" and "warning=True" in line)
    ]
    described = re.findall(r"^\| (CUR0[24]\d\d) \|", PAGE, re.MULTILINE)
    assert described == sorted(set(re.findall(r'"(CUR0[24]\d\d)"', "\n".join(lines))))


def test_the_page_gives_the_signatures_of_the_code() -> None:
    owners = (cursus, document_package, ExecutionDocumentGenerator)
    given = dict(re.findall(r"^\| `\.?(\w+)(\([^`]*\))` \|", PAGE, re.MULTILINE))
    found = {}
    for name in given:
        owner = next(owner for owner in owners if hasattr(owner, name))
        signature = inspect.signature(getattr(owner, name))
        parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
        own = [p for p in parameters if p.name != "self"]
        text = str(signature.replace(parameters=own, return_annotation=signature.empty))
        found[name] = text.replace("<factory>", "{}")
    assert given == found
