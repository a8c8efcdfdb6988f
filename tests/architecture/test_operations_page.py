"""What the operations page says of logs and files, compared with the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from page_runs import DOCS

ROOT = DOCS.parent
PAGE = (DOCS / "how-to" / "run-execution-documents-as-a-job.md").read_text("utf-8")
EXAMPLE = DOCS / "examples" / "execution-document"
SOURCES = ("core/src", "plugins/cursus-cradle/src", "plugins/cursus-registration/src")
LOGS = re.compile(
    r"\b(?:log|getLogger\(__name__\))\.(debug|info|warning|error|exception|critical)\("
)
NOT_IN_DOCUMENTS = ("cursus.runtime", "cursus.pipeline", "cursus.testing", "cursus.lint")
WATCH = """
import os, sys
def note(event, args):
    if event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        print("opened", args[0])
    elif event in ("os.mkdir", "socket.connect", "socket.getaddrinfo"):
        print(event, args)
sys.addaudithook(note)
from cursus.cli import main
main(["exec-doc", "generate", "-d", "dag.json", "-c", "config.json", "-o", sys.argv[1]])
"""


def test_the_page_names_every_logger_of_a_document_and_its_level() -> None:
    described = set(re.findall(r"^\| `(cursus[\w.]+)` \| (\w+) \|", PAGE, re.MULTILINE))
    used = {
        (module_of(path), level.upper())
        for source in SOURCES
        for path in (ROOT / source).rglob("*.py")
        if path.parent.name != "scripts"
        for level in LOGS.findall(path.read_text("utf-8"))
    }
    assert described == {one for one in used if not one[0].startswith(NOT_IN_DOCUMENTS)}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[parts.index("src") + 1 :])


def watched(output: str) -> str:
    """Generate a document without a home folder; give stdout, with each file that is opened for writing."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCH, output],
        cwd=EXAMPLE,
        env={name: value for name, value in os.environ.items() if name != "HOME"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_document_on_stdout_opens_no_file_for_writing_and_no_connection() -> None:
    assert json.loads(watched("-"))["PIPELINE_STEP_CONFIGS"]


def test_a_document_is_written_in_its_own_folder_alone(tmp_path: Path) -> None:
    opened = watched(str(tmp_path / "document.json")).splitlines()
    assert opened
    assert [line for line in opened if str(tmp_path) not in line] == []
    assert [path.name for path in tmp_path.iterdir()] == ["document.json"]
