"""Put the stand-in for the platform's SDK into a folder of a test, and onto its import path."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGE = "secure_ai_sandbox_workflow_python_sdk"
HERE = Path(__file__).parent


@contextmanager
def platform_sdk(folder: Path) -> Iterator[Path]:
    """Copy the package into a folder from which it is imported; give the package's own folder, free to change."""
    package = folder / "platform" / PACKAGE
    shutil.copytree(HERE / PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.syspath_prepend(str(package.parent))
        importlib.invalidate_caches()
        yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
