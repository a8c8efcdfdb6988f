"""`cursus runtime history` and `compare`: what was run, and what got worse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cursus.errors import InvalidInputError
from cursus.runtime import RunResult, StepResult
from cursus.runtime.comparison import Comparison, compare_runs
from cursus.runtime.history import find_run, read_history
from test_cli_runtime import Cursus, cursus  # noqa: F401 - a fixture
from test_report import START, a_run, a_step

Run = Callable[..., RunResult]
CHAIN = [("Load", "Prepare"), ("Prepare", "Learn")]
FAILING = "def main(i, o, e, a): raise ValueError('no rows left')"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Write three runs of one step: passed, failed, cut off; the newest last."""
    folder = tmp_path / "workspace"
    for number, status in enumerate(("passed", "failed", "running")):
        step = a_step("First", status=status, error="" if status == "passed" else "no rows")
        place = folder / "runs" / f"20250304-10150{number}-00a{number}"
        place.mkdir(parents=True)
        a_run(
            step, run_id=place.name, status=status, folder=str(place),
            started=START + timedelta(seconds=number),
        ).save()  # fmt: skip
    return folder


def worse_of(before: StepResult, after: StepResult, **values: Any) -> list[tuple[str, str]]:
    found = compare_runs(a_run(before), a_run(after), **values)
    return [(worse.node, worse.kind) for worse in found.worse]


def outputs_of(found: Comparison) -> dict[str, dict[str, str]]:
    return {step.node: dict(step.outputs) for step in found.steps}


def test_runs_are_listed_the_newest_first_and_the_older_counted(workspace: Path) -> None:
    found = read_history(workspace, 2)
    assert [run.result.status for run in found.runs] == ["running", "failed"]
    assert (found.older, found.unreadable) == (1, ())


def test_damaged_and_foreign_folders_are_named(workspace: Path) -> None:
    runs = workspace / "runs"
    (runs / "notes").mkdir()
    (runs / "20250101-000000-dead").mkdir()
    (runs / "20250101-000000-dead" / "result.json").write_text('{"run_id": ')
    shutil.copytree(runs / "20250304-101500-00a0", runs / "baseline")
    found = read_history(workspace, 1)
    named = [problem.place.file.parent.name for problem in found.unreadable if problem.place.file]
    assert named == ["20250101-000000-dead", "notes"]
    assert {problem.code for problem in found.unreadable} == {"CUR0711"}
    assert found.older == 3


def test_a_workspace_that_is_not_there_and_one_without_runs(tmp_path: Path) -> None:
    assert read_history(tmp_path, 5).runs == ()
    with pytest.raises(InvalidInputError, match=r"CUR0712 .* is no folder, so it holds no runs"):
        read_history(tmp_path / "nowhere", 5)


def test_a_run_is_named_by_id_folder_or_file(workspace: Path) -> None:
    file = workspace / "runs" / "20250304-101501-00a1" / "result.json"
    for named in (file, file.parent, file.parent.name):
        assert find_run(str(named), workspace) == file
    with pytest.raises(
        InvalidInputError, match=r"CUR0713 .*the newest there: 20250304-101502-00a2"
    ):
        find_run("20250304", workspace)


@pytest.mark.parametrize(
    ("seconds", "worse"),
    [((0.1, 0.55), False), ((1.0, 1.45), False), ((10.0, 11.9), False), ((10.0, 12.1), True),
     ((1.0, 1.6), True), ((12.1, 10.0), False), ((0.0, 0.6), True)],
)  # fmt: skip
def test_time_is_worse_beyond_the_threshold_and_half_a_second(
    seconds: tuple[float, float], *, worse: bool
) -> None:
    before, after = (a_step("First", wall_seconds=value) for value in seconds)
    assert worse_of(before, after) == ([("First", "time")] if worse else [])


@pytest.mark.parametrize(
    ("megabytes", "worse"),
    [((10.0, 59.0), False), ((100.0, 151.0), True), ((1000.0, 1100.0), False), ((0.0, 500.0), False)],
)  # fmt: skip
def test_memory_is_worse_beyond_the_threshold_and_fifty_megabytes(
    megabytes: tuple[float, float], *, worse: bool
) -> None:
    before, after = (a_step("First", peak_memory_mb=value) for value in megabytes)
    assert worse_of(before, after) == ([("First", "memory")] if worse else [])


def test_the_threshold_can_be_chosen() -> None:
    before, after = a_step("First", wall_seconds=10.0), a_step("First", wall_seconds=14.0)
    assert worse_of(before, after, threshold=0.5) == []
    assert worse_of(before, after, threshold=0.39) == [("First", "time")]


def test_a_step_that_passed_and_does_not_is_worse_and_not_the_other_way_round() -> None:
    passed = a_step("First")
    for status in ("failed", "error", "timeout", "skipped", "running"):
        other = a_step("First", status=status)
        assert worse_of(passed, other) == [("First", "status")]
        assert worse_of(other, passed) == []
        assert worse_of(other, other) == []


def test_a_run_that_failed_for_a_new_step_is_worse() -> None:
    after = a_run(a_step("First"), a_step("New", status="failed"), status="failed")
    found = compare_runs(a_run(a_step("First")), after)
    assert [(worse.node, worse.kind) for worse in found.worse] == [("", "status")]


def test_runs_that_share_no_step_are_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"CUR0714 .*have no step in common"):
        compare_runs(a_run(a_step("First")), a_run(a_step("Other")))


@pytest.mark.usefixtures("flights_data")
def test_two_real_runs_have_the_same_outputs_until_the_data_change(
    run_locally: Run, tmp_path: Path
) -> None:
    first, second = run_locally(CHAIN), run_locally(CHAIN)
    same = compare_runs(first, second)
    assert set(outputs_of(same)["Learn"].values()) == {"same"}
    (tmp_path / "data" / "part-1.csv").write_text("late,distance\n0,100\n1,5\n")
    found = compare_runs(second, run_locally(CHAIN))
    assert outputs_of(found)["Load"] == {"DATA": "changed"}
    prepared = next(step for step in found.steps if step.node == "Prepare")
    assert prepared.before is not None
    assert prepared.after is not None
    assert (prepared.before.rows_out, prepared.after.rows_out) == (6, 5)
    assert found.worse == ()


@pytest.mark.usefixtures("flights_data")
def test_the_commands_show_real_runs_and_end_with_one_where_it_got_worse(
    run_locally: Run, cursus: Cursus, tmp_path: Path  # noqa: F811 - a fixture
) -> None:  # fmt: skip
    good = run_locally(CHAIN)
    bad = run_locally(CHAIN, scripts={"Prepare": FAILING})
    place = ["--workspace", str(tmp_path / "workspace")]
    listed = cursus("history", *place)
    lines = listed.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["run", bad.run_id, good.run_id]
    assert lines[1].split()[-6:-2] == ["failed", "1", "1", "1"]
    told = cursus("compare", good.run_id, bad.run_id, *place)
    assert told.returncode == 1
    assert "Prepare: passed before, failed now: ValueError: no rows left" in told.stdout
    assert "Learn: passed before, skipped now: Prepare failed" in told.stdout
    assert "2 things got worse" in told.stdout
    back = cursus("compare", bad.folder, good.folder)
    assert (back.returncode, back.stdout.splitlines()[-1]) == (0, "nothing got worse")


def test_the_commands_give_json_and_end_with_two_for_what_cannot_be_read(
    cursus: Cursus, workspace: Path  # noqa: F811 - a fixture
) -> None:  # fmt: skip
    (workspace / "runs" / "junk").mkdir()
    place = ["--workspace", str(workspace)]
    data = json.loads(cursus("history", "--format", "json", *place).stdout)
    assert [run["status"] for run in data["runs"]] == ["running", "failed", "passed"]
    assert [problem["code"] for problem in data["unreadable"]] == ["CUR0711"]
    first, last = data["runs"][2]["run_id"], data["runs"][0]["run_id"]
    found = json.loads(cursus("compare", first, last, "--format", "json", *place).stdout)
    assert [worse["kind"] for worse in found["worse"]] == ["status"]
    told = cursus("compare", "junk", "nothing", *place)
    assert told.returncode == 2
    assert {"CUR0711", "CUR0713"} <= set(told.stderr.split())
