"""What a run is made with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cursus.isolation import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from cursus.runtime.result import RunResult

WORKSPACE = Path("pipeline_testing")


def _unwatched(_result: RunResult) -> None:
    pass


def count_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a pipeline is run.

    `data` is the folder for service steps that load data, with a sub-folder for each (by node, step name or job
    type), or the data itself where one such step is all. `jobs` is how many scripts run at once, `limits` hold
    for each. `watch` is called with the result whenever it changes, from any thread.
    """

    data: Path | None = None
    workspace: Path = WORKSPACE
    jobs: int = field(default_factory=count_cores)
    limits: Limits = field(default_factory=Limits)
    watch: Callable[[RunResult], None] = _unwatched
