"""Whole pipelines on this machine: real scripts, data really handed over, a result on disk."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cursus.isolation import Limits
from cursus.runtime import RunResult, read_result
from cursus.runtime.report import write_report

Run = Callable[..., RunResult]
CHAIN = [("Load", "Prepare"), ("Prepare", "Learn"), ("Learn", "Judge"), ("Learn", "Enrol")]
FAILING = "def main(i, o, e, a): raise ValueError('no rows left')"


def statuses(result: RunResult) -> dict[str, str]:
    return {step.node: step.status for step in result.steps}


@pytest.mark.usefixtures("flights_data")
def test_a_chain_of_real_scripts_passes_from_data_to_registration(run_locally: Run) -> None:
    result = run_locally(CHAIN)
    assert [step.error for step in result.steps] == [""] * 5
    assert set(statuses(result).values()) == {"passed"}
    assert result.status == "passed"
    assert "'all' 'late'" not in result.step("Prepare").stdout
    assert result.step("Prepare").stdout == "all late 6 rows ['DATA']\n"


@pytest.mark.usefixtures("flights_data")
def test_training_hands_over_as_sagemaker_does(run_locally: Run) -> None:
    result = run_locally(CHAIN)
    told = result.step("Judge").stdout
    assert told == "['model.tar.gz'] Learn ['val/metrics.json', 'val/predictions.csv']\n"
    prefix = Path(result.folder) / "outputs" / "learn" / "Learn" / "output"
    assert sorted(path.name for path in prefix.iterdir()) == ["model.tar.gz", "output.tar.gz"]
    with tarfile.open(prefix / "model.tar.gz") as archive:
        assert archive.getnames() == ["model.json"]


@pytest.mark.usefixtures("flights_data")
def test_rows_are_counted_along_the_way(run_locally: Run) -> None:
    result = run_locally(CHAIN[:2])
    assert result.step("Load").outputs[0].rows == 6
    assert result.step("Prepare").inputs[0].rows == 6
    processed = result.step("Prepare").outputs[0]
    assert (processed.rows, processed.splits) == (6, {"train": 3, "val": 3})
    assert processed.columns == ("late", "distance")
    assert processed.path == "outputs/prepare/processed"
    assert result.step("Learn").inputs[0].splits == {"train": 3, "val": 3}


@pytest.mark.usefixtures("flights_data")
def test_metrics_and_plots_are_gathered(run_locally: Run) -> None:
    result = run_locally(CHAIN)
    judged = result.step("Judge")
    assert judged.metrics == {"rate": pytest.approx(2 / 3), "before.ece": 0.2}
    assert judged.plots == ("outputs/judge/metrics/roc.svg",)
    assert result.step("Learn").metrics == {"val/auc_roc": 0.5}


@pytest.mark.usefixtures("flights_data")
def test_a_sink_records_what_would_be_registered(run_locally: Run) -> None:
    result = run_locally(CHAIN)
    record = json.loads((Path(result.folder) / result.step("Enrol").outputs[0].path).read_text())
    assert record["STEP_CONFIG"] == {"model_owner": "team-7"}
    assert record["inputs"] == {"model": ["steps/Enrol/inputs/model/model.tar.gz"]}


@pytest.mark.usefixtures("flights_data")
def test_inputs_say_where_they_come_from_and_why(run_locally: Run) -> None:
    given = {item.name: item for item in run_locally(CHAIN[:1]).step("Prepare").inputs}
    assert given["DATA"].source == "Load:DATA"
    assert given["DATA"].reason == "the one output of its kind"
    assert given["SIGNATURE"].path == ""
    assert given["SIGNATURE"].reason == "not given: the local data of Load has no SIGNATURE"


def test_descendants_of_a_failed_step_are_skipped_and_other_branches_go_on(
    run_locally: Run,
) -> None:
    edges = [("Plain_a", "Plain_b"), ("Plain_b", "Plain_c"), ("Plain_x", "Plain_y")]
    result = run_locally(edges, scripts={"Plain_a": FAILING})
    assert statuses(result) == {
        "Plain_a": "failed", "Plain_b": "skipped", "Plain_c": "skipped",
        "Plain_x": "passed", "Plain_y": "passed",
    }  # fmt: skip
    assert result.status == "failed"
    assert result.step("Plain_c").reason == "Plain_a failed"
    assert result.step("Plain_a").error == "ValueError: no rows left (Plain_a.py:1 in main)"


def test_what_a_failed_step_wrote_is_not_among_the_outputs(run_locally: Run) -> None:
    script = "def main(i, o, e, a):\n    open(o['thing'] + '/x', 'w').write('1')\n    raise OSError"
    result = run_locally([], nodes=["Plain"], scripts={"Plain": script})
    assert not (Path(result.folder) / "outputs").exists()
    assert (Path(result.folder) / "steps" / "Plain" / "staging" / "thing" / "x").exists()


@pytest.mark.parametrize(("jobs", "together"), [(2, True), (1, False)])
def test_steps_that_are_ready_run_together_as_far_as_jobs_allow(
    run_locally: Run, jobs: int, *, together: bool
) -> None:
    text = "import time\ndef main(i, o, e, a):\n    time.sleep(0.5); open(o['thing'] + '/x', 'w').write('1')"
    nodes = ["Plain_a", "Plain_b"]
    result = run_locally([], nodes=nodes, scripts=dict.fromkeys(nodes, text), run={"jobs": jobs})
    a, b = result.step("Plain_a"), result.step("Plain_b")
    assert a.started is not None
    assert b.started is not None
    assert a.ended is not None
    assert b.ended is not None
    assert (a.started < b.ended and b.started < a.ended) == together


def test_a_script_over_the_time_limit_is_a_timeout(run_locally: Run) -> None:
    text = "import time\ndef main(i, o, e, a): time.sleep(60)"
    run = {"limits": Limits(seconds=0.5)}
    result = run_locally(
        [("Plain_a", "Plain_b")], scripts=dict.fromkeys(["Plain_a"], text), run=run
    )
    assert statuses(result) == {"Plain_a": "timeout", "Plain_b": "skipped"}
    assert result.step("Plain_b").reason == "Plain_a ran into the time limit"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("pass", "output thing (thing): thing holds no file"),
        ("open(o['thing'] + '/x', 'w')", "output thing (thing): all files have no bytes: x"),
        (
            "open(o['thing'] + '/x.json', 'w').write('{')",
            "output thing (thing): x.json is not JSON: Expecting property name",
        ),
    ],
)
def test_a_pass_needs_every_output_to_be_there_and_readable(
    run_locally: Run, body: str, error: str
) -> None:
    scripts = {"Plain": f"def main(i, o, e, a): {body}"}
    result = run_locally([], nodes=["Plain"], scripts=scripts)
    assert result.step("Plain").status == "failed"
    assert result.step("Plain").error.startswith(error)


@pytest.mark.usefixtures("flights_data")
def test_a_model_step_is_skipped_with_its_reason_and_never_passed(run_locally: Run) -> None:
    result = run_locally([*CHAIN[:2], ("Learn", "Serve"), ("Serve", "Score"), ("Serve", "Plain")])
    assert result.step("Serve").status == "skipped"
    assert "not run on this machine yet" in result.step("Serve").reason
    assert result.step("Score").status == "skipped"
    assert result.step("Plain").status == "passed"
    assert result.status == "passed"


def test_a_program_finds_its_folders_where_the_container_has_them(
    run_locally: Run, flights_data: Path
) -> None:
    program = """
import os, shutil
for split in ("train", "val"):
    folder = "/opt/ml/processing/output/" + split
    os.makedirs(folder)
    shutil.copy("/opt/ml/processing/input/data/part-0.csv", folder + "/x.csv")
print(os.listdir("/opt/ml/processing/input/code"))
"""
    result = run_locally(CHAIN[:1], scripts={"Prepare": program})
    prepare = result.step("Prepare")
    if prepare.not_enforced:
        pytest.skip("no mount namespaces are allowed here")
    assert (prepare.status, prepare.stdout) == ("passed", "['Prepare.py']\n")
    assert prepare.outputs[0].splits == {"train": 3, "val": 3}
    assert sorted(path.name for path in flights_data.iterdir()) == ["part-0.csv", "part-1.csv"]


RUNNER = """
from cursus import hookimpl
from cursus.isolation import ScriptResult

@hookimpl
def cursus_test_script(step, run):
    if step.node != "Plain_remote":
        return None
    (run.output_paths["thing"] / "x").write_text("made elsewhere")
    return ScriptResult(
        status="passed", exit_code=0, wall_seconds=1, cpu_seconds=7.5, peak_memory_mb=9, stdout="far away"
    )
"""


def test_a_plugin_can_run_scripts_of_steps_that_it_does_not_own(
    install: Callable[..., Path], run_locally: Run
) -> None:
    install("remote-runner", RUNNER)
    result = run_locally([("Plain_remote", "Plain_here")])
    remote, here = result.step("Plain_remote"), result.step("Plain_here")
    assert (remote.status, remote.stdout, remote.cpu_seconds) == ("passed", "far away", 7.5)
    assert (here.status, here.stdout) == ("passed", "")


def test_a_plugin_that_fails_to_run_a_script_is_named(
    install: Callable[..., Path], run_locally: Run
) -> None:
    install("failing-runner", RUNNER.replace("return None", "raise OSError('no host')"))
    result = run_locally([], nodes=["Plain"])
    assert result.step("Plain").status == "error"
    assert "plugin failing-runner failed in cursus_test_script" in result.step("Plain").error


def test_the_result_on_disk_is_the_result(run_locally: Run) -> None:
    result = run_locally([("Plain_a", "Plain_b")])
    assert read_result(Path(result.folder) / "result.json") == result


def test_the_result_is_on_disk_while_the_run_goes_on(run_locally: Run) -> None:
    seen: list[str] = []

    def watch(result: RunResult) -> None:
        saved = read_result(Path(result.folder) / "result.json")
        seen.append(saved.step("Plain").status)

    run_locally([], nodes=["Plain"], run={"watch": watch})
    assert seen == ["waiting", "running", "passed", "passed"]


def test_an_interrupted_run_ends_its_scripts_and_says_so(run_locally: Run, tmp_path: Path) -> None:
    text = "import time\ndef main(i, o, e, a): time.sleep(60)"
    nodes = ["Plain_a", "Plain_b"]

    presses = [KeyboardInterrupt()]

    def watch(result: RunResult) -> None:
        if result.step("Plain_b").status == "running" and presses:
            raise presses.pop()

    with pytest.raises(KeyboardInterrupt):
        run_locally(
            [("Plain_a", "Plain_c")], nodes=nodes, scripts=dict.fromkeys(nodes, text),
            run={"watch": watch, "jobs": 2},
        )  # fmt: skip
    (saved,) = (tmp_path / "workspace" / "runs").glob("*/result.json")
    result = read_result(saved)
    assert (result.status, result.error) == ("failed", "the run was cancelled")
    assert result.step("Plain_a").status == "error"
    assert result.step("Plain_c").reason == "the run was cancelled"


def test_a_bad_shard_fails_its_step_and_other_branches_go_on(
    run_locally: Run, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    packed = gzip.compress(b'{"late": 1}\n' * 200)
    (tmp_path / "data" / "x.json.gz").write_bytes(packed[:-12])
    result = run_locally([("Load", "Prepare")], nodes=["Plain"])
    assert statuses(result) == {"Load": "failed", "Prepare": "skipped", "Plain": "passed"}
    assert "x.json.gz is no readable table" in result.step("Load").error


def test_a_run_that_breaks_off_says_why_and_leaves_no_step_running(
    run_locally: Run, tmp_path: Path
) -> None:
    faults = [ValueError("the screen is gone")]

    def watch(result: RunResult) -> None:
        if result.step("Plain").status == "running" and faults:
            raise faults.pop()

    with pytest.raises(ValueError, match="the screen is gone"):
        run_locally([("Plain", "Plain_b")], run={"watch": watch})
    (saved,) = (tmp_path / "workspace" / "runs").glob("*/result.json")
    result = read_result(saved)
    assert "ValueError: the screen is gone" in result.error
    assert statuses(result) == {"Plain": "error", "Plain_b": "skipped"}


def test_text_that_no_file_can_hold_is_escaped_in_the_result(
    run_locally: Run, tmp_path: Path
) -> None:
    raising = "def main(i, o, e, a): raise ValueError('bad \\udce9 name')"
    odd = "import os\ndef main(i, o, e, a): open(os.fsencode(o['thing']) + b'/\\xe9.svg', 'w').write('<svg/>')"
    result = run_locally(
        [], nodes=["Plain_a", "Plain_b"], scripts={"Plain_a": raising, "Plain_b": odd}
    )
    assert "bad \\udce9 name" in result.step("Plain_a").error
    assert result.step("Plain_b").plots == ("outputs/plain/b/thing/\\udce9.svg",)
    assert read_result(Path(result.folder) / "result.json") == result
    write_report(result, Path(result.folder), tmp_path / "r.html")
    assert "\\udce9.svg" in (tmp_path / "r.html").read_text("utf-8")
