"""Run one script in a process of its own, with limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cursus.files import temporary_folder
from cursus.hints import error_of, hint_of, in_own_names
from cursus.process_tree import kill_tree, sample, shared_once_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ScriptStatus = Literal["passed", "failed", "error", "timeout"]

HERE = str(Path(__file__).parent)
# This folder is a package: its modules must not stand in for the script's imports, so it leaves the path at once.
START = (
    "import sys; sys.path[0] = sys.argv.pop(1); import isolation_child; del sys.path[0]; "
    "isolation_child.main()"
)
CONTAINER = Path("/opt/ml")
STDOUT, STDERR = "stdout.log", "stderr.log"
LOG_HEAD, LOG_TAIL = 16_000, 48_000
STACK_SECONDS = 0.25
SHORTEST_WAIT, LONGEST_WAIT = 0.005, 0.1
SCRIPT_GENERATION = 2 if sys.platform == "linux" else 0
MOST_PROCESSES = 1000
KEPT_VARIABLES = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TERM", "SHELL"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "SYSTEMROOT", "COMSPEC"),
        *("CUDA_VISIBLE_DEVICES", "CUDA_HOME", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
    )
)
KEPT_PREFIXES = ("LC_", "CONDA_", "PYENV_")


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a script may use: wall seconds, and megabytes (2**20 bytes).

    `memory_mb` is for the resident memory of its process tree, `log_mb` for stdout and stderr together.
    """

    seconds: float = 3600.0
    memory_mb: float = 8192.0
    log_mb: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRun:
    """One run of one script on local files.

    `input_paths`, `output_paths`, `environment` and `arguments` are what the script's `main` gets. Where the
    platform allows to enforce it, only `writable`, the output folders and `folder` can be written; `folder` is the
    working folder, which also gets the full log (stdout.log, stderr.log). `mounts` shows local paths under a
    container's paths, for a script without `main` only; `readable` are further paths that it needs, such as the
    rest of its bundle. A script over one of its `limits` is ended. `cancelled` is asked while it runs: True ends it.
    `source` is the user's own file where `script` is a copy of it: errors and hints name that one.
    """

    script: Path
    folder: Path
    input_paths: Mapping[str, Path] = field(default_factory=dict)
    output_paths: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    mounts: Mapping[str, Path] = field(default_factory=dict)
    python: Path | None = None
    limits: Limits = field(default_factory=Limits)
    cancelled: Callable[[], bool] = _never
    source: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """What became of a script: status, times in seconds, peak memory of its process tree in megabytes.

    `failed`: the script did; `error`: it could not be run at all, or was cancelled. `stdout` and `stderr` are the
    log's head and tail; `not_enforced` says which protection this machine does not allow.
    """

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


@dataclass(slots=True, kw_only=True)
class _Usage:
    """What has been seen so far of a running process tree."""

    peak_mb: float = 0.0
    cpu_seconds: float = 0.0


def run_script(run: ScriptRun) -> ScriptResult:
    """Run a script to its end or to a limit; never raises for what the script does."""
    run.folder.mkdir(parents=True, exist_ok=True)
    before = _container_files()
    with temporary_folder(run.folder, ".isolation-") as private:
        started = time.monotonic()
        usage = _Usage()
        try:
            process = _start(run, private, started)
        except OSError as exc:
            return _not_started(run, exc)
        stopped, exit_code = _watch(process, run, usage, started)
        wall = time.monotonic() - started
        events = _events(private / "journal.jsonl")
    events["stopped"] = stopped
    events["exit_code"] = _script_exit_code(events, exit_code)
    _note_container_writes(events, before)
    error = in_own_names(run, error_of(run, events))
    return ScriptResult(
        status=_status(stopped, error),
        exit_code=None if stopped else events["exit_code"],
        wall_seconds=wall,
        cpu_seconds=usage.cpu_seconds,
        peak_memory_mb=max(usage.peak_mb, events.get("ended", {}).get("peak_kb", 0) / 1024),
        stdout=_head_and_tail(run.folder / STDOUT),
        stderr=_head_and_tail(run.folder / STDERR),
        error=error,
        hint=in_own_names(run, hint_of(run, events)) if error else "",
        not_enforced=tuple(events["not enforced"]),
    )


def _status(stopped: str, error: str) -> ScriptStatus:
    if stopped == "time":
        return "timeout"
    if stopped == "cancelled":
        return "error"
    return "failed" if error else "passed"


def _start(run: ScriptRun, private: Path, started: float) -> subprocess.Popen[bytes]:
    (private / "temporary").mkdir()
    (private / "journal.jsonl").touch()
    (private / "order.json").write_text(json.dumps(_order(run, private, started)), encoding="utf-8")
    python = run.python or Path(sys.executable)
    with (run.folder / STDOUT).open("wb") as out, (run.folder / STDERR).open("wb") as err:
        return subprocess.Popen(  # noqa: S603 - the interpreter that the user chose, with our own program
            [python, "-c", START, HERE, private / "order.json"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=_environment(run),
            start_new_session=True,
        )


def _order(run: ScriptRun, private: Path, started: float) -> dict[str, Any]:
    """Say all that the child needs; every path is absolute and without links."""
    inputs, outputs = _texts(run.input_paths), _texts(run.output_paths)
    folders = [run.folder, *run.writable, *(p for p in run.output_paths.values() if p.is_dir())]
    for folder in run.writable:
        folder.mkdir(parents=True, exist_ok=True)
    needed = [
        _code_folder(run.script),
        *run.readable,
        *run.input_paths.values(),
        *run.mounts.values(),
    ]
    return {
        "script": str(run.script.resolve()),
        "folder": str(run.folder.resolve()),
        "input_paths": inputs,
        "output_paths": outputs,
        "environ_vars": dict(run.environment),
        "arguments": list(run.arguments),
        "writable": [str(folder.resolve()) for folder in folders],
        "needed": [str(path.resolve()) for path in needed],
        "mounts": _texts(run.mounts),
        "temporary": str(private / "temporary"),
        "journal": str(private / "journal.jsonl"),
        "deadline": started + run.limits.seconds,
    }


def _code_folder(script: Path) -> Path:
    """Give the script's folder, or the one around its outermost package."""
    folder = script.resolve().parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _texts(paths: Mapping[str, Path]) -> dict[str, str]:
    return {name: str(path.resolve()) for name, path in paths.items()}


def _environment(run: ScriptRun) -> dict[str, str]:
    """Keep what a program needs to start, and nothing by which a script would work here alone."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT_VARIABLES or name.startswith(KEPT_PREFIXES)
    }
    return {**kept, **run.environment}


def _watch(
    process: subprocess.Popen[bytes], run: ScriptRun, usage: _Usage, started: float
) -> tuple[str, int]:
    """Wait for the end or a limit; give why it was stopped ("" where it was not) and the exit code."""
    deadline = started + run.limits.seconds + STACK_SECONDS
    wait, stopped = SHORTEST_WAIT, ""
    try:
        with _ending(process) as has_ended:
            while not stopped and not has_ended(wait):
                stopped = _measure(process, run, usage)
                if time.monotonic() > deadline:
                    stopped = "time"
                wait = min(wait * 1.5, LONGEST_WAIT)
    finally:
        if stopped or sys.exc_info()[0] is not None:
            kill_tree(process.pid)
        exit_code = _reap(process, usage)
    return stopped, exit_code


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[Callable[[float], bool]]:
    """Give a function that waits up to so many seconds and says whether the process has ended.

    It does not collect the exit status: that is done once, together with what the process has used.
    """
    if not hasattr(os, "pidfd_open"):
        yield lambda seconds: _ended_after(process, seconds)
        return
    import select

    handle = os.pidfd_open(process.pid)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        yield lambda seconds: bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def _ended_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    time.sleep(seconds)
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _measure(process: subprocess.Popen[bytes], run: ScriptRun, usage: _Usage) -> str:
    """Note what the tree uses; say which limit it is over, or that the run is cancelled."""
    now = sample(process.pid, below=SCRIPT_GENERATION)
    usage.cpu_seconds = max(usage.cpu_seconds, now.cpu_seconds)
    memory = now.memory_mb
    if len(now.processes) > 1 and memory > usage.peak_mb * 1.05:
        memory = shared_once_mb(now.processes)
    usage.peak_mb = max(usage.peak_mb, memory)
    if memory > run.limits.memory_mb:
        return "memory"
    if len(now.processes) > MOST_PROCESSES:
        return "processes"
    if sum(map(_size, (run.folder / STDOUT, run.folder / STDERR))) > run.limits.log_mb * 2**20:
        return "log"
    return "cancelled" if run.cancelled() else ""


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _reap(process: subprocess.Popen[bytes], usage: _Usage) -> int:
    """Collect the exit status and the kernel's count of CPU time.

    Its count of memory is of no use here: it begins with what this process had when it started the other.
    """
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    usage.cpu_seconds = max(usage.cpu_seconds, used.ru_utime + used.ru_stime)
    return process.returncode


def _events(journal: Path) -> dict[str, Any]:
    """Read what the child wrote: event -> its facts; a line that was cut off by a kill is left out."""
    found: dict[str, Any] = {"not enforced": []}
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            facts = json.loads(line)
        except json.JSONDecodeError:
            continue
        event = facts.pop("event")
        if event == "not enforced":
            found[event].append(facts["what"])
        else:
            found[event] = facts
    return found


def _script_exit_code(events: Mapping[str, Any], exit_code: int) -> int:
    """Give the script's own exit code; a signal is negative, as in subprocess."""
    ended = events.get("ended", {})
    return -ended["signal"] if "signal" in ended else int(ended.get("code", exit_code))


def _container_files() -> dict[str, int]:
    """Note when each file of the container's folder was changed, if this machine has one."""
    return {
        str(path): path.lstat().st_mtime_ns
        for folder, _, names in os.walk(CONTAINER)
        for path in (Path(folder), *(Path(folder, name) for name in names))
    }


def _note_container_writes(events: dict[str, Any], before: Mapping[str, int]) -> None:
    if events["not enforced"]:
        after = _container_files()
        changed = sorted(path for path, at in after.items() if before.get(path) != at)
        events["container writes"] = changed


def _head_and_tail(log: Path) -> str:
    """Read a log; what is too long is cut in its middle."""
    size = log.stat().st_size
    with log.open("rb") as file:
        if size <= LOG_HEAD + LOG_TAIL:
            return file.read().decode("utf-8", "replace")
        head = file.read(LOG_HEAD)
        file.seek(size - LOG_TAIL)
        tail = file.read()
    middle = f"\n... {size - LOG_HEAD - LOG_TAIL:,} bytes left out, all is in {log} ...\n"
    return head.decode("utf-8", "replace") + middle + tail.decode("utf-8", "replace")


def _not_started(run: ScriptRun, exc: OSError) -> ScriptResult:
    python = run.python or Path(sys.executable)
    return ScriptResult(
        status="error",
        exit_code=None,
        wall_seconds=0.0,
        cpu_seconds=0.0,
        peak_memory_mb=0.0,
        error=f"{python} could not be started: {exc.strerror}",
        hint="name a Python interpreter that is installed",
    )
