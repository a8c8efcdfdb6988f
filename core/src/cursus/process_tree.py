"""What a process and its descendants use, and how to end them all."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a process tree holds now: resident megabytes, CPU seconds with ended children, processes."""

    memory_mb: float = 0.0
    cpu_seconds: float = 0.0
    processes: tuple[int, ...] = ()


def sample(root: int, *, below: int = 0) -> Sample:
    """Measure the descendants of `root` from that generation on (0: `root` itself); those that end meanwhile are left out."""
    if sys.platform != "linux":
        return _sample_with_psutil(root)
    own: list[int] = []
    script: list[int] = []
    for depth, generation in enumerate(_generations(root)):
        (script if depth >= below else own).extend(generation)
    used = [_usage(pid) for pid in script]
    cpu = sum(seconds for seconds, _ in [*used, *map(_usage, own)])
    memory = sum(megabytes for _, megabytes in used)
    return Sample(memory_mb=memory, cpu_seconds=cpu, processes=tuple(script))


def shared_once_mb(processes: tuple[int, ...]) -> float:
    """Add up memory with pages that processes share counted once; slower than `sample`."""
    return sum(_proportional_mb(pid) for pid in processes)


def kill_tree(root: int) -> None:
    """End a process and all its descendants; its group goes last, so that orphans still have a parent."""
    for _ in range(10):
        descendants = sample(root, below=2).processes
        for pid in descendants:
            _kill(pid)
        if not descendants:
            break
    for pid in sample(root, below=1).processes:
        _kill(pid)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(root, signal.SIGKILL)
    _kill(root)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _generations(root: int) -> list[list[int]]:
    """List processes by distance from `root`."""
    found = [[root]]
    while found[-1]:
        found.append([child for pid in found[-1] for child in _children(pid)])
    return found[:-1]


def _children(pid: int) -> list[int]:
    """List the children of all threads of a process."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - called many times a second
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
            found.extend(map(int, children.split()))
    return found


def _usage(pid: int) -> tuple[float, float]:
    """Give CPU seconds, ended children included, and resident megabytes (fields of proc_pid_stat(5))."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0, 0.0
    fields = text.rpartition(")")[2].split()
    ticks = sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def _proportional_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return _usage(pid)[1]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _sample_with_psutil(root: int) -> Sample:
    """Measure where there is no /proc; without psutil nothing is known."""
    try:
        import psutil
    except ImportError:
        return Sample()
    memory, cpu, found = 0.0, 0.0, []
    with suppress(psutil.Error):
        process = psutil.Process(root)
        for member in [process, *process.children(recursive=True)]:
            memory += member.memory_info().rss / MEGABYTE
            cpu += sum(member.cpu_times()[:2])
            found.append(member.pid)
    return Sample(memory_mb=memory, cpu_seconds=cpu, processes=tuple(found))
