"""The machine and the software that a run had."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from cursus.runtime.result import Environment

PACKAGES = (
    "cursus-core",
    "cursus-cradle",
    "cursus-processing",
    "cursus-training",
    "cursus-registration",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "torch",
    "xgboost",
    "xgboost-cpu",
)


def describe_environment() -> Environment:
    """Name Python, platform, cores, memory and the versions of the packages that scripts use."""
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        cores=os.cpu_count() or 1,
        memory_mb=_memory_mb(),
        packages={name: version for name in PACKAGES if (version := _version(name))},
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _memory_mb() -> float | None:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
