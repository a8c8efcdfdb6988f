"""Whole-process measurements: CPU seconds, wall seconds and peak memory of a finished command, as the kernel counts."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Medians over runs: CPU and wall seconds of the process and its children, peak megabytes of one process."""

    cpu: float
    wall: float
    peak_mb: float


def run_once(command: Sequence[str], *, cwd: Path | None = None) -> Usage:
    """Run a command to its end; a non-zero exit is an error, because a failed run measures nothing."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=cwd)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return Usage(cpu=usage.ru_utime + usage.ru_stime, wall=wall, peak_mb=usage.ru_maxrss / 1024)


def run_in_turn(runs: int, *commands: Sequence[str]) -> list[Usage]:
    """Run commands in turn (A B A B ...), after one run each that is not counted; give the medians of each."""
    for command in commands:
        run_once(command)
    taken: list[list[Usage]] = [[] for _ in commands]
    for _ in range(runs):
        for usages, command in zip(taken, commands, strict=True):
            usages.append(run_once(command))
    return [median(usages) for usages in taken]


def median(usages: Sequence[Usage]) -> Usage:
    """Give the median of each figure."""
    return Usage(
        cpu=statistics.median(u.cpu for u in usages),
        wall=statistics.median(u.wall for u in usages),
        peak_mb=statistics.median(u.peak_mb for u in usages),
    )
