"""`cursus runtime` as a user types it: exit codes, progress on stderr, the result on stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from cursus.dag import PipelineDAG
from cursus.kernel.plan import Plan
from cursus.runtime import read_result

EDGES = [("Load", "Prepare"), ("Prepare", "Learn"), ("Learn", "Judge")]
Cursus = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(plan_locally: Callable[..., Plan], flights_data: Path, tmp_path: Path) -> list[str]:
    """Write DAG, config and scripts of EDGES; give the arguments that run them on the flights."""
    plan = plan_locally(EDGES)
    entries = {step.node: step.config.model_dump(mode="json") for step in plan}
    types = {node: f"{node}Config" for node in entries}
    data = {"shared": {}, "specific": entries, "metadata": {"config_types": types}}
    (tmp_path / "config.json").write_text(json.dumps(data))
    PipelineDAG([], EDGES).save(tmp_path / "dag.json")
    return [
        "test-pipeline", "-d", str(tmp_path / "dag.json"), "-c", str(tmp_path / "config.json"),
        "--data", str(flights_data), "--workspace", str(tmp_path / "workspace"),
    ]  # fmt: skip


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tmp_path / "site")}


@pytest.fixture
def cursus(tmp_path: Path) -> Cursus:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cursus", "runtime", *args]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment(tmp_path)
        )

    return run


def test_a_passing_pipeline_ends_with_zero_and_a_table(cursus: Cursus, project: list[str]) -> None:
    told = cursus(*project)
    assert told.returncode == 0, told.stderr
    assert "Passed: 4 of 4 steps passed" in told.stdout
    rows = {line.split()[0]: line.split()[1:] for line in told.stdout.splitlines() if line.strip()}
    assert rows["Prepare"][0] == "passed"
    assert rows["Prepare"][-1] == "6"
    assert "Prepare ..." in told.stderr
    assert "Learn passed in" in told.stderr


def test_a_failing_script_ends_with_one_its_error_and_its_log(
    cursus: Cursus, project: list[str], tmp_path: Path
) -> None:
    (tmp_path / "src" / "Prepare.py").write_text("def main(i, o, e, a): i['data']")
    told = cursus(*project)
    assert told.returncode == 1
    assert "KeyError: 'data' (Prepare.py:1 in main)" in told.stdout
    assert "did you mean DATA?" in told.stdout
    assert "skipped, Prepare failed: Learn, Judge\n" in told.stdout
    assert "Failed: 1 of 4 steps passed, 1 failed, 2 skipped" in told.stdout


def test_missing_data_ends_with_two_and_every_problem(cursus: Cursus, project: list[str]) -> None:
    index = project.index("--data")
    told = cursus(*project[:index], *project[index + 2 :])
    assert told.returncode == 2
    assert "CUR0702" in told.stderr
    assert "--data" in told.stderr


def test_an_unknown_option_ends_with_two(cursus: Cursus, project: list[str]) -> None:
    assert cursus(*project, "--turbo").returncode == 2


def test_the_result_can_be_had_as_json(cursus: Cursus, project: list[str]) -> None:
    told = cursus(*project, "--format", "json", "--jobs", "1", "--memory-limit", "2000")
    data = json.loads(told.stdout)
    assert data["schema_version"] == "1.1"
    assert (data["status"], data["jobs"], data["memory_limit_mb"]) == ("passed", 1, 2000.0)
    assert data["steps"][1]["outputs"][0]["splits"] == {"train": 3, "val": 3}


def test_a_time_limit_counts_for_each_script(
    cursus: Cursus, project: list[str], tmp_path: Path
) -> None:
    hang = "import time\ndef main(i, o, e, a): time.sleep(60)"
    (tmp_path / "src" / "Prepare.py").write_text(hang)
    told = cursus(*project, "--timeout", "0.5")
    assert told.returncode == 1
    assert "it ran longer than the limit of 0.5 s" in told.stdout


def test_a_report_is_written_with_the_run_and_from_its_result(
    cursus: Cursus, project: list[str], tmp_path: Path
) -> None:
    assert cursus(*project, "--report", str(tmp_path / "run.html")).returncode == 0
    (result,) = (tmp_path / "workspace" / "runs").glob("*/result.json")
    assert cursus("report", str(result), "-o", str(tmp_path / "again.html")).returncode == 0
    assert "<svg" in (tmp_path / "run.html").read_text()
    assert "Prepare" in (tmp_path / "again.html").read_text()


def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(
    cursus: Cursus, project: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    told = cursus(*project, "--report", str(tmp_path / "file" / "run.html"))
    assert told.returncode == 2
    assert "run.html cannot be written" in told.stderr
    assert not (tmp_path / "workspace" / "runs").exists()


def test_warnings_of_a_run_are_on_stderr(
    cursus: Cursus, project: list[str], tmp_path: Path
) -> None:
    for name in ("part-0.csv", "part-1.csv"):
        (tmp_path / "data" / name).write_text("late,distance\n1,\n0,\n1,\n")
    told = cursus(*project)
    assert "warning: step Load: output DATA: column distance has no value" in told.stderr


def test_a_report_is_written_of_a_failed_run_too(
    cursus: Cursus, project: list[str], tmp_path: Path
) -> None:
    (tmp_path / "src" / "Learn.py").write_text("def main(i, o, e, a): raise ValueError('no rows')")
    assert cursus(*project, "--report", str(tmp_path / "run.html")).returncode == 1
    assert "no rows" in (tmp_path / "run.html").read_text()


def test_a_report_of_another_file_is_refused(cursus: Cursus, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    told = cursus("report", str(tmp_path / "x.json"), "-o", str(tmp_path / "x.html"))
    assert told.returncode == 2
    assert "CUR0711" in told.stderr


def heed_signals() -> None:
    """Undo what a shell's background job or nohup has its programs ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start_hanging(
    project: list[str], tmp_path: Path, told: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """Start a run whose second script hangs, and wait until it does."""
    hang = "import time\ndef main(i, o, e, a):\n    open('hangs', 'w')\n    time.sleep(60)"
    (tmp_path / "src" / "Prepare.py").write_text(hang)
    run = subprocess.Popen(
        [sys.executable, "-m", "cursus", "runtime", *project],
        env=environment(tmp_path), stdout=told or subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=heed_signals,  # noqa: PLW1509 - no threads here
    )  # fmt: skip
    until = time.monotonic() + 20
    while time.monotonic() < until and not list(tmp_path.glob("workspace/runs/**/hangs")):
        time.sleep(0.05)
    return run


def is_alive(text: str) -> bool:
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return any(text in line for line in lines)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_killed_run_leaves_its_result_and_no_process(
    project: list[str], tmp_path: Path, how: signal.Signals
) -> None:
    run = start_hanging(project, tmp_path)
    run.send_signal(how)
    assert run.wait(timeout=10) != 0
    until = time.monotonic() + 5
    while is_alive(str(tmp_path)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(str(tmp_path))
    (saved,) = (tmp_path / "workspace" / "runs").glob("*/result.json")
    result = read_result(saved)
    assert result.step("Load").status == "passed"
    assert result.step("Prepare").status == ("running" if how == signal.SIGKILL else "error")
    assert result.error == ("" if how == signal.SIGKILL else "the run was cancelled")
    left = list(tmp_path.glob("workspace/runs/**/.isolation-*"))
    assert bool(left) == (how == signal.SIGKILL)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_still_shows_its_result_and_writes_its_report(
    project: list[str], tmp_path: Path, how: signal.Signals
) -> None:
    report = tmp_path / "run.html"
    with (tmp_path / "told").open("wb") as told:
        run = start_hanging([*project, "--report", str(report)], tmp_path, told)
    run.send_signal(how)
    assert run.wait(timeout=20) == 1
    text = (tmp_path / "told").read_text()
    assert "Failed (the run was cancelled): 1 of 4 steps passed" in text
    assert "/result.json\n" in text
    assert "the run was cancelled" in report.read_text()
