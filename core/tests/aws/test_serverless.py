"""A machine where nothing can be written and nobody is at home: compile, deploy and start work all the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parents[2] / "src" / "cursus"
MAKES_TEMPORARY = re.compile(
    r"\b(mkdtemp|mkstemp|\w*TemporaryDirectory|\w*TemporaryFile|gettempdir)\("
)
# Every mounted file system becomes read-only, then the program starts; its folder is a read-only one too.
READ_ONLY = """
set -e
mount --make-rprivate /
cut -d' ' -f5 /proc/self/mountinfo | sort -u | while read -r place; do
  case "$place" in /proc*|/sys*) ;; *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;; esac
done
if touch "$1/probe" 2>/dev/null || touch /tmp/probe 2>/dev/null; then exit 77; fi
shift
exec "$@"
"""
PROGRAM = """
import sys, tempfile
from pathlib import Path
from cursus.dag import PipelineDAG
from cursus.pipeline import compile_dag_to_pipeline, deploy, start
try:
    tempfile.gettempdir()
except FileNotFoundError:
    print("no temporary folder")
definition = compile_dag_to_pipeline(PipelineDAG.read_file("dag.json"), "config.json")
done = deploy(definition)
print(done.action, len(done.uploaded))
values = dict.fromkeys(["KMS_ENCRYPTION_KEY_PARAM", "SECURITY_GROUP_ID", "VPC_SUBNET"], "x")
print(start(done.name, prefix="s3://team-bucket/x", values=values).arn.count("execution"))
"""


def bare_environment() -> dict[str, str]:
    """Give the environment of a function without HOME and with no folder for temporary files."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    nowhere = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), "/nowhere/tmp")
    return {**kept, **nowhere, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}


def read_only(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where every file system is read-only; skip where namespaces cannot be made."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", READ_ONLY, "sh"]
    done = subprocess.run(
        [*unshare, str(folder), *command],
        cwd=folder, env=bare_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip(f"this machine lets nobody make a read-only view: {done.stderr[:200]}")
    return done


def test_all_works_on_a_read_only_root_without_home(account: Any, project: Path) -> None:
    done = read_only(project, sys.executable, "-c", PROGRAM)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["no temporary folder", "created 3", "1"]
    assert len(account.objects()) == 3
    assert sorted(path.name for path in project.iterdir()) == ["config.json", "dag.json", "src"]


@pytest.mark.usefixtures("account")
def test_the_command_line_deploys_from_a_read_only_root(project: Path) -> None:
    command = [sys.executable, "-m", "cursus", "deploy", "-d", "dag.json", "-c", "config.json"]
    done = read_only(project, *command)
    assert done.returncode == 0, done.stderr
    assert "code: 3 objects uploaded, 0 were there" in done.stdout


def test_what_must_be_written_there_is_one_clear_error(project: Path) -> None:
    command = [sys.executable, "-m", "cursus", "compile", "-d", "dag.json", "-c", "config.json"]
    done = read_only(project, *command, "-o", "pipeline.json")
    assert done.returncode == 2
    assert " cannot be written: Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert read_only(project, *command, "--validate-only").returncode == 0


def test_temporary_files_and_folders_have_one_owner() -> None:
    found = [
        path.relative_to(SOURCES).as_posix()
        for path in sorted(SOURCES.rglob("*.py"))
        if MAKES_TEMPORARY.search(path.read_text("utf-8"))
    ]
    assert found == ["files.py"]


def test_a_temporary_folder_goes_after_a_failure_too(tmp_path: Path) -> None:
    from cursus.files import temporary_folder

    def fail_inside() -> None:
        with temporary_folder(tmp_path, ".work-") as first, temporary_folder(tmp_path, ".work-"):
            (first / "deep").mkdir()
            (first / "deep" / "file").write_text("1")
            assert len(list(tmp_path.iterdir())) == 2
            raise ValueError("inside")

    with pytest.raises(ValueError, match=r"inside"):
        fail_inside()
    assert list(tmp_path.iterdir()) == []
