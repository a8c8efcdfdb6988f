"""Run one script in a process of its own, with limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ScriptStatus = Literal["passed", "failed", "error", "timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a script may use: wall seconds, and megabytes (2**20 bytes) of resident memory of its process tree."""

    seconds: float = 3600.0
    memory_mb: float = 8192.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRun:
    """One run of one script on local files.

    `input_paths`, `output_paths`, `environment` and `arguments` are what the script's `main` gets. Only folders
    in `writable` can be written where the platform allows to enforce it; `folder` is the script's working folder.
    """

    script: Path
    folder: Path
    input_paths: Mapping[str, Path] = field(default_factory=dict)
    output_paths: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    writable: tuple[Path, ...] = ()
    python: Path | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """What became of a script: status, times in seconds, peak memory of its process tree in megabytes."""

    status: ScriptStatus
    exit_code: int | None
    wall_seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    stdout: str = ""
    stderr: str = ""
    error: str = ""
    hint: str = ""
    not_enforced: tuple[str, ...] = ()
