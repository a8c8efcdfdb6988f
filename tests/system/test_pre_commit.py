"""The hooks that other repositories take from this one, run by pre-commit itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = "def f(execution_prefix):\n    return f'{execution_prefix}/a'\n"


def git(folder: Path, *args: str) -> str:
    identity = [
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    command = ["git", "-C", str(folder), *identity, *args]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    for folder in (hooks, project):
        folder.mkdir()
        git(folder, "init", "-q")
    text = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    (hooks / ".pre-commit-hooks.yaml").write_text(text, "utf-8")
    git(hooks, "add", ".")
    git(hooks, "commit", "-q", "-m", "hooks")
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git(hooks, 'rev-parse', 'HEAD')}\n"
        "  hooks:\n  - id: cursus-lint\n  - id: cursus-lint-fix\n    stages: [manual]\n"
    )
    (project / "builder.py").write_text(CODE)
    (project / "notes.txt").write_text(CODE)
    git(project, "add", ".")
    return project


def pre_commit(project: Path, *args: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(project.parent / "cache")}
    command = [sys.executable, "-m", "pre_commit", "run", *args]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_hook_stops_a_commit_and_the_fixing_hook_mends_it(repository: Path) -> None:
    stopped = pre_commit(repository, "cursus-lint")
    assert stopped.returncode == 1
    assert "builder.py:2:12: CUR0901" in stopped.stdout
    assert "notes.txt" not in stopped.stdout
    mended = pre_commit(repository, "--hook-stage", "manual", "cursus-lint-fix")
    assert "files were modified by this hook" in mended.stdout
    git(repository, "add", ".")
    assert pre_commit(repository, "cursus-lint").returncode == 0
