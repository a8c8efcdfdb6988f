"""One demonstration for all whole-system tests that look at its results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run `cursus demo` on a small sample, as a user would; give the folder that holds `cursus-demo`."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "cursus", "demo", "--rows", "12000"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / "stdout.txt").write_text(done.stdout, "utf-8")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder
