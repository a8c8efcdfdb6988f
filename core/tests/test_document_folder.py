"""Documents of a whole folder: every case by itself, and what became of each is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog.document_cases import DagChoice, find_cases
from cursus.catalog.document_folder import CaseResult, DocumentFolder, FolderOptions
from cursus.dag import PipelineDAG
from cursus.demo.project import write_project
from cursus.document import DocumentOptions, make_template, validate_document
from cursus.document.generator import ExecutionDocumentGenerator
from cursus.errors import ExecutionDocumentGenerationError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make three cases of the demonstration: in a folder of its own, by name, and one that is cut off."""
    configs = tmp_path / "configs"
    write_project(configs / "team" / "late")
    shutil.copy(configs / "team/late/config.json", configs / "second.config.json")
    shutil.copy(configs / "team/late/dag.json", configs / "second.dag.json")
    whole = (configs / "second.config.json").read_text("utf-8")
    (configs / "third_config.json").write_text(whole[: len(whole) // 2], "utf-8")
    (configs / "notes.json").write_text('{"nothing": "of ours"}', "utf-8")
    return configs


def results(folder: Path, **options: Any) -> dict[str, CaseResult]:
    cases = DocumentFolder(folder, folder.parent / "out", FolderOptions(**options))
    return {result.name: result for result in cases.make_documents()}


def generate(folder: Path, *args: object) -> subprocess.CompletedProcess[str]:
    words = ["exec-doc", "generate", "--all", folder, "-o", folder.parent / "out", *args]
    command = [sys.executable, "-c", "from cursus.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_case_is_called_by_its_place_and_other_json_files_are_told_apart(folder: Path) -> None:
    found = find_cases(folder, left_out=folder / "out")
    assert [case.name for case in found.cases] == ["second", "team/late", "third"]
    names = [path.relative_to(folder).as_posix() for path in found.others]
    assert names == ["notes.json", "second.dag.json", "team/late/dag.json"]


def test_a_bad_case_stops_no_other_and_writes_nothing(folder: Path) -> None:
    made = results(folder)
    assert {name: result.status for name, result in made.items()} == {
        "second": "made",
        "team/late": "made",
        "third": "failed",
    }
    assert {problem.code for problem in made["third"].problems} == {"CUR0201", "CUR0514"}
    assert not made["third"].document.exists()


def test_each_document_is_the_one_that_its_case_alone_would_give(folder: Path) -> None:
    made = results(folder)
    alone = subprocess.run(
        [sys.executable, "-c", "from cursus.cli import main; main()", "exec-doc", "generate",
         "-d", folder / "second.dag.json", "-c", folder / "second.config.json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made["second"].document.read_text("utf-8") == alone.stdout
    assert validate_document(json.loads(alone.stdout)) == []


def test_a_template_of_a_cases_own_folder_is_filled(folder: Path) -> None:
    own = ExecutionDocumentGenerator(folder / "team/late/config.json")
    dag = PipelineDAG.from_file(folder / "team/late/dag.json")
    template = make_template(own.plan(dag), own.plugins)
    template["PIPELINE_ADDITIONAL_PARAMS"] = {"owner": "the team"}
    (folder / "team/late/template.json").write_text(json.dumps(template), "utf-8")
    made = results(folder, template="template.json")
    assert made["second"].template is None
    document = json.loads(made["team/late"].document.read_text("utf-8"))
    assert document["PIPELINE_ADDITIONAL_PARAMS"] == {"owner": "the team"}


def test_the_prefix_of_each_case_holds_its_name(folder: Path) -> None:
    made = results(folder, document=DocumentOptions(prefix="s3://bucket/run/{case}"))
    steps = json.loads(made["team/late"].document.read_text("utf-8"))["PIPELINE_STEP_CONFIGS"]
    path = steps["CradleDataLoading-Training"]["STEP_CONFIG"]["outputSpecification"]["outputPath"]
    assert path == "s3://bucket/run/team/late/data-load/training"


def test_one_prefix_for_all_cases_is_an_error(folder: Path) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="all would write to one place"):
        results(folder, document=DocumentOptions(prefix="s3://bucket/run"))


def test_a_config_without_a_dag_is_that_of_the_catalog_pipeline_of_its_name(tmp_path: Path) -> None:
    write_project(tmp_path / "configs" / "xgboost_complete_e2e")
    (tmp_path / "configs/xgboost_complete_e2e/dag.json").unlink()
    made = results(tmp_path / "configs")
    assert made["xgboost_complete_e2e"].status == "made"


def test_one_pipeline_or_one_dag_file_can_stand_for_all(folder: Path) -> None:
    by_name = results(folder, dags=DagChoice(pipeline="xgboost_complete_e2e"))
    by_file = results(folder, dags=DagChoice(file=folder / "second.dag.json"))
    assert by_name["team/late"].status == by_file["team/late"].status == "made"


def test_two_dags_of_one_name_are_an_error_that_lists_both(folder: Path) -> None:
    shutil.copy(folder / "second.dag.json", folder / "second_dag.json")
    (problem,) = results(folder)["second"].problems
    assert problem.code == "CUR0514"
    assert "second.dag.json or second_dag.json" in problem.message


def test_two_configs_of_one_name_write_nothing(folder: Path) -> None:
    shutil.copy(folder / "second.config.json", folder / "second.json")
    cases = DocumentFolder(folder, folder.parent / "out")
    made = [result for result in cases.make_documents() if result.name == "second"]
    assert [result.problems[0].code for result in made] == ["CUR0515", "CUR0515"]
    assert not (folder.parent / "out" / "second.json").exists()


def test_a_document_that_cannot_be_written_fails_its_case_alone(folder: Path) -> None:
    (folder.parent / "out" / "second.json").mkdir(parents=True)
    made = results(folder)
    assert [problem.code for problem in made["second"].problems] == ["CUR0517"]
    assert made["team/late"].status == "made"


def test_a_folder_without_configs_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExecutionDocumentGenerationError, match="holds no config file"):
        DocumentFolder(tmp_path / "empty", tmp_path / "out")


def test_the_command_shows_progress_and_a_summary_and_fails_when_a_case_did(folder: Path) -> None:
    done = generate(folder)
    assert done.returncode == 1
    assert "[2/3] made   team/late" in done.stderr
    assert "[3/3] FAILED third" in done.stderr
    assert done.stdout.splitlines()[-1] == "2 documents made, 1 failed"


def test_the_command_is_fine_when_every_case_is(folder: Path) -> None:
    (folder / "third_config.json").unlink()
    done = generate(folder, "--format", "yaml")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 documents made, 0 failed")
    assert (folder.parent / "out" / "second.yaml").is_file()


def test_a_document_of_an_earlier_run_stays_and_is_told(folder: Path) -> None:
    out = folder.parent / "out"
    out.mkdir()
    (out / "third.json").write_text("{}", "utf-8")
    assert "not made; an older one stands there" in generate(folder).stdout
    assert (out / "third.json").read_text("utf-8") == "{}"


def test_the_report_holds_every_case_and_problem(folder: Path) -> None:
    report_file = folder.parent / "report.json"
    generate(folder, "--report", report_file)
    report = json.loads(report_file.read_text("utf-8"))
    assert (report["made"], report["failed"]) == (2, 1)
    third = report["cases"][2]
    assert (third["case"], third["status"], third["document"]) == ("third", "failed", None)
    assert third["problems"][0]["code"] == "CUR0514"
    assert report["no_configs"][0].endswith("notes.json")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("-c", "second.config.json"), "leave out -c"),
        (("--template", "a/b.json"), "looked up in each case's folder"),
        (("-d", "second.dag.json", "--pipeline", "xgboost_simple"), "both name the DAG"),
    ],
)
def test_wrong_usage_says_what_to_give(folder: Path, args: tuple[str, ...], message: str) -> None:
    words = [str(folder / word) if word.startswith("second") else word for word in args]
    done = generate(folder, *words)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_catalog_pipeline_gives_a_single_document_without_any_file(tmp_path: Path) -> None:
    command = ["exec-doc", "generate", "--pipeline", "xgboost_simple", "-o", tmp_path / "d.json"]
    words = [sys.executable, "-c", "from cursus.cli import main; main()", *map(str, command)]
    subprocess.run(words, check=True, capture_output=True)
    assert validate_document(json.loads((tmp_path / "d.json").read_text("utf-8"))) == []


def in_folder(folder: Path, *args: object) -> subprocess.CompletedProcess[str]:
    words = ["-c", "from cursus.cli import main; main()", "exec-doc", "generate", *map(str, args)]
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("target", ["configs", "link", "configs/../configs"])
def test_no_document_is_written_over_a_config_by_any_path(folder: Path, target: str) -> None:
    shutil.copy(folder / "second.config.json", folder / "flights.json")
    (folder.parent / "link").symlink_to(folder)
    before = contents(folder)
    done = in_folder(folder.parent, "--all", "configs", "-o", target)
    assert done.returncode == 2
    assert "CUR0515 error: the document of case flights would overwrite configs/flights.json" in (
        done.stderr
    )
    assert contents(folder) == before


def test_no_document_is_written_over_a_dag_or_a_template(folder: Path) -> None:
    for name in ("dag", "form"):
        shutil.copytree(folder / "team/late", folder / name)
    (folder / "form.json").write_text("{}", "utf-8")
    shutil.copy(folder / "second.dag.json", folder / "dag.json")
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        DocumentFolder(folder, folder, FolderOptions(template="form.json"))
    assert [problem.message.partition(" would ")[0] for problem in caught.value.problems] == [
        "the document of case dag",
        "the document of case form",
    ]


@pytest.mark.parametrize("report", ["configs/second.config.json", "d.json", "out/team/late.json"])
def test_no_report_is_written_over_what_is_read_or_made(folder: Path, report: str) -> None:
    shutil.copy(folder / "second.dag.json", folder.parent / "d.json")
    before = contents(folder.parent)
    done = in_folder(
        folder.parent, "--all", "configs", "-d", "d.json", "-o", "out", "--report", report
    )
    assert done.returncode == 2
    assert f"{report} is given twice, or read by this command" in done.stderr
    assert contents(folder.parent) == before


@pytest.mark.parametrize("target", [".", "configs"])
def test_documents_may_go_beside_or_above_their_configs(folder: Path, target: str) -> None:
    (folder / "third_config.json").unlink()
    done = in_folder(folder.parent, "--all", "configs", "-o", target)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 documents made, 0 failed")


def test_configs_in_the_folder_of_the_documents_are_said_to_be_left_out(folder: Path) -> None:
    match = r"holds no config file outside .*configs, where the documents go"
    with pytest.raises(ExecutionDocumentGenerationError, match=match):
        DocumentFolder(folder.parent, folder)


@pytest.mark.parametrize("prefix", ["s3://b/{case}/${RUN}", "s3://b/{case}/{cas}"])
def test_a_prefix_with_more_braces_than_those_of_the_case_is_refused(
    folder: Path, prefix: str
) -> None:
    with pytest.raises(
        ExecutionDocumentGenerationError, match=r"CUR0510 .* which nothing fills in"
    ):
        DocumentFolder(
            folder, folder.parent / "out", FolderOptions(document=DocumentOptions(prefix=prefix))
        )
