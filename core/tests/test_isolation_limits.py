"""Scripts that hang, fork, hoard memory or are cancelled: they end, with all that they started."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cursus.isolation import Limits, ScriptResult, ScriptRun, run_script

if TYPE_CHECKING:
    from collections.abc import Callable

HANG = "import time\ndef main(i, o, e, a):\n    print('waiting')\n    time.sleep(600)\n"
DAEMON = """
import os, time
def main(i, o, e, a):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open(e["MARK"], "w").write("started")
            time.sleep(4)
            open(e["MARK"], "w").write("survived")
        os._exit(0)
    while not os.path.exists(e["MARK"]):
        time.sleep(0.01)
"""


def run(text: str, folder: Path, **fields: object) -> ScriptResult:
    script = folder / "script.py"
    script.write_text(text)
    return run_script(ScriptRun(script=script, folder=folder / "work", **fields))  # type: ignore[arg-type]


def alive(text: str) -> list[int]:
    """Find processes by a text of their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(int(process.name))
    return found


def test_a_hung_script_ends_at_the_time_limit_and_says_where_it_was(tmp_path: Path) -> None:
    result = run(HANG, tmp_path, limits=Limits(seconds=0.5))
    assert (result.status, result.exit_code) == ("timeout", None)
    assert 0.5 <= result.wall_seconds < 3
    assert result.stdout == "waiting\n"
    assert "line 4 in main" in result.hint


def test_children_of_a_hung_script_end_with_it(tmp_path: Path) -> None:
    text = "import subprocess\ndef main(i, o, e, a): subprocess.run(['sleep', '98.7654'])"
    result = run(text, tmp_path, limits=Limits(seconds=0.5))
    assert result.status == "timeout"
    assert alive("98.7654") == []


@pytest.mark.parametrize("then", ["", "    time.sleep(600)"], ids=["passing", "hanging"])
def test_a_daemon_that_left_the_group_ends_as_well(tmp_path: Path, then: str) -> None:
    mark = tmp_path / "work" / "mark"
    environment = {"MARK": str(mark)}
    run(DAEMON + then, tmp_path, limits=Limits(seconds=1), environment=environment)
    assert mark.read_text() == "started"
    assert alive(str(tmp_path)) == []


def test_a_script_over_the_memory_limit_is_ended(tmp_path: Path) -> None:
    text = (
        "import time\ndef main(i, o, e, a):\n    hoard = bytearray(400 * 2**20)\n    time.sleep(60)"
    )
    result = run(text, tmp_path, limits=Limits(seconds=30, memory_mb=200))
    assert result.status == "failed"
    assert result.error == "it used more than the limit of 200 MB of memory"
    assert "--memory-limit" in result.hint
    assert result.wall_seconds < 15


def test_memory_of_child_processes_counts(tmp_path: Path) -> None:
    text = """
import subprocess, sys
def main(i, o, e, a):
    hoard = "import time; x = bytearray(150 * 2**20); time.sleep(60)"
    children = [subprocess.Popen([sys.executable, "-c", hoard]) for _ in range(2)]
    children[0].wait()
"""
    result = run(text, tmp_path, limits=Limits(seconds=30, memory_mb=250))
    assert "memory" in result.error


def test_memory_that_forked_workers_share_counts_once(tmp_path: Path) -> None:
    text = """
import os, time
def main(i, o, e, a):
    hoard = bytearray(120 * 2**20)
    for _ in range(3):
        if os.fork() == 0:
            time.sleep(0.4)
            os._exit(0)
    time.sleep(0.4)
"""
    result = run(text, tmp_path, limits=Limits(memory_mb=250))
    assert result.status == "passed"
    assert 120 < result.peak_memory_mb < 200


def test_cpu_time_and_peak_memory_are_measured(tmp_path: Path) -> None:
    text = """
import time
def main(i, o, e, a):
    hoard = bytearray(100 * 2**20)
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
"""
    result = run(text, tmp_path)
    assert 0.3 <= result.cpu_seconds < 2
    assert 100 < result.peak_memory_mb < 160


def test_memory_of_the_starting_process_does_not_count(tmp_path: Path) -> None:
    hoard = bytearray(200 * 2**20)
    result = run("def main(i, o, e, a): pass", tmp_path)
    assert len(hoard) > 0
    assert 5 < result.peak_memory_mb < 60


def test_a_cancelled_run_ends_at_once(tmp_path: Path) -> None:
    started = time.monotonic()
    cancelled: Callable[[], bool] = lambda: time.monotonic() > started + 0.3  # noqa: E731
    result = run(HANG, tmp_path, cancelled=cancelled)
    assert (result.status, result.error) == ("error", "the run was cancelled")
    assert result.wall_seconds < 5


def test_a_script_that_starts_processes_without_end_is_ended(tmp_path: Path) -> None:
    text = """
import os, time
def main(i, o, e, a):
    for _ in range(1200):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    time.sleep(30)
"""
    result = run(text, tmp_path, limits=Limits(seconds=20, memory_mb=20000))
    assert result.error == "it started more than 1000 processes"


def test_a_script_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    text = "import os\ndef main(i, o, e, a):\n    while True: os.write(2, b'x' * 1000)"
    result = run(text, tmp_path, limits=Limits(seconds=20, log_mb=1))
    assert result.status == "failed"
    assert result.error == "it wrote more than the limit of 1 MB to stdout and stderr"
    assert result.hint.startswith("print less")
    assert result.wall_seconds < 10
