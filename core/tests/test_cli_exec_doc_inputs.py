"""What `cursus exec-doc` reads and where it writes: `-`, files that must stay, plugins that are missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cursus.demo.project import write_project


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a case of the demonstration, with its document."""
    folder = tmp_path_factory.mktemp("case")
    write_project(folder)
    made = run(folder, "generate", "-d", "dag.json", "-c", "config.json", "-o", "document.json")
    assert made.returncode == 0
    return folder


def run(
    folder: Path, *args: str, stdin: bytes = b"", without: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cursus.cli import main; main()", "exec-doc", *args]
    environment = {**os.environ, "CURSUS_DISABLE_PLUGINS": without}
    return subprocess.run(
        command, cwd=folder, input=stdin.decode("utf-8"), env=environment,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("template", "-d", "dag.json"), "dag.json"),
        (("template", "-d", "dag.json", "-c", "config.json"), "config.json"),
        (("merge", "document.json", "document.json"), "document.json"),
        (("merge", "-", "document.json"), "./document.json"),
    ],
)
def test_no_command_writes_over_what_it_reads(
    case: Path, command: tuple[str, ...], name: str
) -> None:
    before = (case / name).read_bytes()
    done = run(case, *command, "-o", name, stdin=(case / "document.json").read_bytes())
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing is overwritten" in done.stderr
    assert (case / name).read_bytes() == before


@pytest.mark.parametrize("option", ["-d", "-c"])
def test_a_dag_or_a_config_may_come_from_stdin(case: Path, option: str) -> None:
    files = {"-d": "dag.json", "-c": "config.json"}
    words = [word for pair in {**files, option: "-"}.items() for word in pair]
    content = (case / files[option]).read_bytes()
    document = run(case, "generate", *words, stdin=content)
    template = run(case, "template", *words, stdin=content)
    assert document.stdout == (case / "document.json").read_text("utf-8")
    assert template.stdout == run(case, "template", "-d", "dag.json", "-c", "config.json").stdout


def test_a_config_from_stdin_serves_a_pipeline_of_the_catalog(case: Path) -> None:
    named = ("generate", "--pipeline", "xgboost_complete_e2e", "-c")
    piped = run(case, *named, "-", stdin=(case / "config.json").read_bytes())
    assert piped.returncode == 0
    assert piped.stdout == run(case, *named, "config.json").stdout


def test_what_is_wrong_with_stdin_is_reported_with_all_else(case: Path) -> None:
    done = run(case, "generate", "-d", "-", "-c", "document.json", stdin=b"{")
    assert done.returncode == 2
    assert "CUR0101 error: - is not JSON" in done.stderr
    assert "CUR0203 error" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("merge", "-", "-"),
        ("diff", "-", "-"),
        ("generate", "-d", "-", "-c", "-"),
        ("generate", "-d", "dag.json", "-c", "-", "--template", "-"),
        ("template", "-d", "-", "-c", "-"),
    ],
)
def test_stdin_is_read_by_one_argument_alone(case: Path, command: tuple[str, ...]) -> None:
    done = run(case, *command, stdin=b"{}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: - is given twice; stdin can be read only once" in done.stderr


def test_a_folder_of_cases_takes_no_dag_from_stdin(case: Path) -> None:
    done = run(case, "generate", "--all", ".", "-d", "-", "-o", "out")
    assert done.returncode == 2
    assert "give a file with -d" in done.stderr


@pytest.mark.parametrize("prefix", ["s3://b/{case}", "s3://b/${RUN}/x", "s3://b/x}"])
def test_a_prefix_with_braces_is_refused(case: Path, prefix: str) -> None:
    done = run(case, "generate", "-d", "dag.json", "-c", "config.json", "--prefix", prefix)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CUR0510 error" in done.stderr
    assert "which nothing fills in" in done.stderr


def test_a_template_without_a_plugin_that_it_needs_says_so(case: Path) -> None:
    done = run(case, "template", "-d", "dag.json", without="cursus-cradle")
    assert done.returncode == 0
    assert done.stderr.count("CUR0511 warning: step CradleDataLoading_") == 2
    assert "cursus-cradle is disabled: switched off by CURSUS_DISABLE_PLUGINS" in done.stderr
    assert run(case, "template", "-d", "dag.json").stderr == ""


def test_a_template_of_a_catalog_pipeline_is_that_of_its_dag_and_config(case: Path) -> None:
    made = run(case, "template", "--pipeline", "xgboost_complete_e2e", "-c", "config.json")
    by_files = run(case, "template", "-d", "dag.json", "-c", "config.json")
    assert made.returncode == 0
    assert json.loads(made.stdout) == json.loads(by_files.stdout)


def test_a_template_takes_the_config_that_the_user_chooses_for_a_node(
    case: Path, tmp_path: Path
) -> None:
    text = (case / "dag.json").read_text("utf-8").replace('"Registration"', '"Enrol"')
    (tmp_path / "dag.json").write_text(text, "utf-8")
    files = ("template", "-d", str(tmp_path / "dag.json"), "-c", "config.json")
    done = run(case, *files, "--bind-config", "Enrol=Registration")
    assert "Registration-NA" in json.loads(done.stdout)["PIPELINE_STEP_CONFIGS"]
    assert "Registration-NA" not in run(case, *files).stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "give a DAG (-d FILE), or --pipeline ID"),
        (("-d", "dag.json", "--pipeline", "xgboost_simple"), "both name the DAG"),
        (("-d", "dag.json", "--bind-config", "A=B"), "give it with -c FILE"),
    ],
)
def test_wrong_usage_of_template_says_what_to_give(
    case: Path, options: tuple[str, ...], message: str
) -> None:
    done = run(case, "template", *options)
    assert done.returncode == 2
    assert message in done.stderr


def test_merge_names_the_files_that_are_wrong_or_disagree(case: Path) -> None:
    text = (case / "document.json").read_text("utf-8")
    (case / "other.json").write_text(text.replace("TRAINING_STEP", "OTHER_STEP"), "utf-8")
    (case / "no.json").write_text("{}", "utf-8")
    conflict = run(case, "merge", "document.json", "other.json")
    layout = run(case, "merge", "document.json", "no.json")
    assert "CUR0512 error: document.json and other.json disagree on" in conflict.stderr
    assert "at  other.json $.PIPELINE_STEP_CONFIGS" in conflict.stderr
    assert "at  no.json $.PIPELINE_STEP_CONFIGS" in layout.stderr


def test_validate_names_the_steps_that_no_plugin_checks(case: Path) -> None:
    whole = run(case, "validate", "document.json")
    without = run(case, "validate", "document.json", without="cursus-registration")
    assert (whole.returncode, whole.stderr) == (0, "document.json: no problems\n")
    assert (without.returncode, without.stderr.splitlines()) == (
        0,
        [
            "document.json: no plugin checks the content of Registration-NA",
            "document.json: no problems",
        ],
    )


def test_validate_counts_one_problem_as_one(case: Path) -> None:
    empty = b'{"PIPELINE_STEP_CONFIGS": {}, "PIPELINE_ADDITIONAL_PARAMS": {}}'
    done = run(case, "validate", "-", stdin=empty)
    assert (done.returncode, done.stderr) == (1, "-: 1 problem\n")
