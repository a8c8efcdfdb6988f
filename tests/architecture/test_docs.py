"""The docs: every link leads somewhere, every Python block runs, every code is described, every command exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cursus.cli import cli
from problems_page import page

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "core/*.md", "plugins/*/*.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)")
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r" (?:\||<|>|2>|&&|;) ")


def blocks(path: Path, language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(path.read_text("utf-8")) if name == language]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(path: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", path.read_text("utf-8"))
    links = LINK.findall(BLOCK.sub("", text))
    targets = [(path.parent / link if link else path, anchor) for link, anchor in links]
    assert [str(target) for target, _ in targets if not target.exists()] == []
    pages = [(target, anchor) for target, anchor in targets if anchor and target.suffix == ".md"]
    assert [str(page) for page in pages if page[1] not in anchors(page[0])] == []


def anchors(page: Path) -> set[str]:
    """Give the anchors that a page's headings make: lower case, dashes for spaces, no punctuation."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_of_the_docs_names_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    named = {(index.parent / link).resolve() for link, _ in LINK.findall(index.read_text("utf-8"))}
    pages = {path for path in index.parent.rglob("*.md") if "examples" not in path.parts}
    assert {path.resolve() for path in pages} - named == {index}


def test_the_page_of_problem_codes_is_that_of_the_code() -> None:
    written = (ROOT / "docs" / "reference" / "problems.md").read_text("utf-8")
    assert written == page(), (
        "run: uv run python tests/architecture/problems_page.py > docs/reference/problems.md"
    )


def test_every_problem_code_in_the_source_is_described() -> None:
    from cursus.codes import CODES

    sources = [*ROOT.glob("core/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]
    used = {
        code for path in sources for code in re.findall(r'"(CUR\d{4})"', path.read_text("utf-8"))
    }
    assert used == set(CODES)


def commands_in_docs() -> list[str]:
    lines = [
        line
        for path in PAGES
        for block in blocks(path, "console")
        for line in block.replace("\\\n> ", " ").splitlines()
    ]
    commands = [command for line in lines for command in SHELL.split(line.removeprefix("$ "))]
    return sorted({command for command in commands if command.startswith("cursus ")})


@pytest.mark.parametrize("line", commands_in_docs())
def test_every_command_of_the_docs_has_its_options(line: str) -> None:
    words = shlex.split(line.partition(" #")[0])[1:]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("-") and word != "-"} <= known


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize("number", range(2))
def test_the_python_of_the_readme_runs_on_the_demo(demo: Path, number: int) -> None:
    code = blocks(ROOT / "README.md", "python")[number]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=demo, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
