"""Run the blocks of a page as its reader would: in order, in a copy of the page's example folder.

A page that says `<!-- blocks run in examples/NAME -->` is run. A `console` block is a transcript: `$ ` starts a
command, `> ` continues it, the other lines are what it prints; `...` stands for any text, alone on a line for any
lines. A `python` block is a program, and a `text` block right after it is what it prints. A block with
`file=NAME` is that file of the example, or becomes that file. `pip install ./FOLDER` registers an example plugin.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
MARK = re.compile(r"<!-- blocks run in (\S+) -->")
FENCED = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```\n?", re.DOTALL | re.MULTILINE)
PIP = '#!/bin/sh\nexec "{python}" "{here}" "{site}" "$2"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its language, the file that it is, its text, and the text block right after it."""

    language: str
    file: str
    text: str
    printed: str | None = None


def example_folder(page: Path) -> Path | None:
    """Give the folder that a page's blocks run in; None where they are not run as a whole."""
    found = MARK.search(page.read_text("utf-8"))
    return None if found is None else DOCS / found.group(1)


def blocks_of(page: Path) -> list[Block]:
    """Give the fenced blocks of a page in order."""
    text = page.read_text("utf-8")
    found = list(FENCED.finditer(text))
    after = {match.start(): match for match in found}
    blocks = []
    for match in found:
        following = after.get(match.end() + 1)
        printed = following.group(3) if following and following.group(1) == "text" else None
        language, file, content = match.groups()
        blocks.append(Block(language=language, file=file or "", text=content, printed=printed))
    return blocks


def run_page(page: Path, folder: Path) -> list[str]:
    """Run a page's blocks in an empty folder; give what did not come out as written."""
    example = example_folder(page)
    assert example is not None
    work = shutil.copytree(example, folder / "work")
    environment = _environment(folder)
    failures: list[str] = []
    for block in blocks_of(page):
        if block.file:
            failures += _file(block, work)
        elif block.language == "python":
            command = [sys.executable, "-c", block.text]
            failures += _compare(block.text, block.printed, _run(command, work, environment))
        elif block.language == "console" and block.text.startswith("$ "):
            failures += _transcript(block.text, work, environment)
    return failures


def _environment(folder: Path) -> dict[str, str]:
    """Give the environment of a reader: this Python's commands first, `pip` for example plugins alone."""
    programs, site = folder / "bin", folder / "site"
    programs.mkdir()
    site.mkdir()
    pip = programs / "pip"
    pip.write_text(PIP.format(python=sys.executable, here=__file__, site=site), "utf-8")
    pip.chmod(0o755)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(site), "COLUMNS": "80"}


def _file(block: Block, work: Path) -> list[str]:
    path = work / block.file
    if path.is_file():
        same = path.read_text("utf-8").strip() == block.text.strip()
        return [] if same else [f"the block of {block.file} is not the example's file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, "utf-8")
    return []


def _transcript(text: str, work: Path, environment: dict[str, str]) -> list[str]:
    failures: list[str] = []
    status = 0
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        count = next((i for i, line in enumerate(lines[1:], 1) if not line.startswith("> ")), None)
        command = "".join(line.removeprefix("> ") for line in lines[:count])
        expected = "".join(lines[count:]) if count else ""
        shell = ["bash", "-c", f"(exit {status}); {command}"]
        done = _run(shell, work, environment)
        status = done.returncode
        failures += _compare(command, expected, done)
    return failures


def _run(
    command: list[str], work: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _compare(what: str, expected: str | None, done: subprocess.CompletedProcess[str]) -> list[str]:
    if expected is None:
        wrong = done.returncode != 0
    else:
        wrong = re.fullmatch(_pattern(expected), done.stdout, re.DOTALL) is None
    return [f"{what}\n--- printed (exit {done.returncode}):\n{done.stdout}"] if wrong else []


def _pattern(expected: str) -> str:
    lines = (
        r"(?:[^\n]*\n)*" if line == "...\n" else re.escape(line).replace(r"\.\.\.", r"[^\n]*")
        for line in expected.splitlines(keepends=True)
    )
    return "".join(lines)


def register(site: Path, project: Path) -> None:
    """Make a project importable and known as a distribution, as an editable install does, without a build."""
    about = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    name = about["name"].replace("-", "_")
    info = site / f"{name}-{about['version']}.dist-info"
    info.mkdir()
    requires = "".join(f"Requires-Dist: {line}\n" for line in about.get("dependencies", []))
    head = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    (info / "METADATA").write_text(head + requires, "utf-8")
    points = "".join(f"{k} = {v}\n" for k, v in about["entry-points"]["cursus"].items())
    (info / "entry_points.txt").write_text(f"[cursus]\n{points}", "utf-8")
    (site / name).symlink_to((project / "src" / name).resolve())


if __name__ == "__main__":
    register(Path(sys.argv[1]), Path(sys.argv[2]))
