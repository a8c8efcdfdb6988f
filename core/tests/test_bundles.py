"""A step's code becomes one bundle that is named by its content."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from cursus.config import ProcessingStepConfigBase
from cursus.dag import PipelineDAG
from cursus.errors import DefinitionError, OutputError, PluginError
from cursus.files import mark_generated
from cursus.kernel.plan import Plan, PlannedStep
from cursus.kernel.step_type import Image, Job, Script, StepType
from cursus.paths import SourceFolder
from cursus.pipeline.bundles import (
    archived,
    make_bundle,
    make_folder_bundle,
    split_environment,
    write_bundle,
)

if TYPE_CHECKING:
    from pathlib import Path

SHARED = {
    "author": "ada",
    "bucket": "team-bucket",
    "role": "arn:aws:iam::123456789012:role/Pipeline",
    "region": "NA",
    "service_name": "Flights",
    "pipeline_version": "1.0.0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A plugin that ships clean.py, and a user's project with a config file."""

    root: Path
    script: Script

    def step(
        self, *, files: Any = None, script: Script | None = None, **fields: Any
    ) -> PlannedStep:
        job: Job[ProcessingStepConfigBase] = Job.processing(
            Image(framework="sklearn", version="processing_framework_version"),
            overflow=frozenset({"TABLE"}),
            **({} if files is None else {"files": files}),
        )
        step_type = StepType(
            name="Clean",
            summary="Clean a table",
            config=ProcessingStepConfigBase,
            example=SHARED,
            job=job,
            script=script or self.script,
        )
        return PlannedStep(
            node="Clean",
            name="Clean",
            step_type=step_type,
            plugin="cursus-clean",
            config=ProcessingStepConfigBase(**SHARED, **fields),
            config_key="Clean",
        )

    def plan(self, step: PlannedStep) -> Plan:
        return Plan(
            dag=PipelineDAG(["Clean"]),
            steps={"Clean": step},
            config_file=self.root / "configs" / "na" / "config.json",
        )

    def bundle(self, **fields: Any) -> Any:
        step = self.step(**fields)
        return make_bundle(step, self.plan(step))

    def write(self, name: str, text: str = "print(1)\n") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    package = tmp_path / "site" / "cursus_clean"
    (package / "scripts").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "scripts" / "clean.py").write_text("print('shipped')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    (tmp_path / "project" / "configs" / "na").mkdir(parents=True)
    script = Script(package="cursus_clean", file="clean.py", older_names=("tidy.py",))
    return Project(root=tmp_path / "project", script=script)


def test_a_step_without_entry_point_runs_the_shipped_script(project: Project) -> None:
    bundle = project.bundle()
    assert bundle.entry_point == "clean.py"
    assert list(bundle.files) == ["clean.py"]
    assert bundle.warnings == ()


def test_a_relative_source_folder_is_found_in_a_parent_of_the_config_file(project: Project) -> None:
    project.write("src/steps/mine.py")
    bundle = project.bundle(processing_source_dir="src", processing_entry_point="steps/mine.py")
    assert bundle.entry_point == "steps/mine.py"
    assert list(bundle.files) == ["steps/mine.py"]


def test_the_current_folder_is_never_searched(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere" / "src").mkdir(parents=True)
    (tmp_path / "elsewhere" / "src" / "mine.py").touch()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(DefinitionError, match="CUR0602"):
        project.bundle(processing_source_dir="src", processing_entry_point="mine.py")


def test_the_source_root_counts_alone_where_it_is_given(project: Project, tmp_path: Path) -> None:
    project.write("src/mine.py")
    step = project.step(processing_source_dir="src", processing_entry_point="mine.py")
    plan = replace(project.plan(step), source_root=tmp_path)
    with pytest.raises(DefinitionError, match="looked in"):
        make_bundle(step, plan)
    assert make_bundle(step, replace(plan, source_root=project.root)).entry_point == "mine.py"


@pytest.mark.parametrize("name", ["clean.py", "tidy.py", "scripts/tidy.py"])
def test_a_missing_folder_and_a_known_name_give_the_shipped_script_with_a_warning(
    project: Project, name: str
) -> None:
    bundle = project.bundle(processing_source_dir="/gone/src", processing_entry_point=name)
    assert bundle.entry_point == "clean.py"
    assert [problem.code for problem in bundle.warnings] == ["CUR0601"]
    assert bundle.warnings[0].severity == "warning"


def test_a_folder_without_the_default_entry_point_gives_the_shipped_script(
    project: Project,
) -> None:
    project.write("src/train.py")
    bundle = project.bundle(processing_source_dir="src", processing_entry_point="clean.py")
    assert list(bundle.files) == ["clean.py"]
    assert "has no clean.py" in bundle.warnings[0].message


def test_an_entry_point_without_a_source_folder_needs_a_shipped_script(project: Project) -> None:
    step = project.step(processing_entry_point="mine.py")
    unshipped = replace(step, step_type=replace(step.step_type, script=None))
    with pytest.raises(DefinitionError, match=r"CUR0603(.|\n)*the config names no source folder"):
        make_bundle(unshipped, project.plan(unshipped))
    with pytest.raises(DefinitionError, match=r"CUR0602(.|\n)*the config names no source folder"):
        make_bundle(step, project.plan(step))
    assert project.bundle(processing_entry_point="tidy.py").entry_point == "clean.py"


def test_an_unknown_entry_point_is_an_error_that_names_where_it_looked(project: Project) -> None:
    with pytest.raises(DefinitionError) as caught:
        project.bundle(processing_source_dir="/gone/src", processing_entry_point="mine.py")
    problem = caught.value.problems[0]
    assert problem.code == "CUR0602"
    assert "/gone/src" in problem.message
    assert problem.place.path == "$.configuration.specific.Clean.processing_entry_point"


def test_an_entry_point_cannot_leave_its_folder(project: Project) -> None:
    project.write("src/keep.py")
    project.write("secret.py")
    with pytest.raises(DefinitionError, match="CUR0602"):
        project.bundle(processing_source_dir="src", processing_entry_point="../secret.py")


@pytest.mark.parametrize("name", ["../src/clean.py", "steps/../../clean.py", "/opt/clean.py"])
def test_the_shipped_script_never_stands_in_for_a_path_outside(project: Project, name: str) -> None:
    project.write("src/clean.py")
    step = project.step(processing_source_dir="src")
    config = step.config.model_copy(update={"processing_entry_point": name})
    with pytest.raises(DefinitionError, match=f"CUR0602.*{name} is no path below the source"):
        make_bundle(replace(step, config=config), project.plan(step))


def test_a_source_folder_on_s3_is_an_error(project: Project) -> None:
    with pytest.raises(DefinitionError, match=r"CUR0602.*source folder s3://bkt/code/ is on S3"):
        project.bundle(processing_source_dir="s3://bkt/code/", processing_entry_point="clean.py")
    step = project.step()
    scripts = SourceFolder(folder="s3://bkt/code", fallback=project.script)
    with pytest.raises(DefinitionError, match=r"CUR0602.*s3://bkt/code is on S3"):
        make_folder_bundle(step, scripts, project.plan(step))


def test_a_file_whose_name_is_not_utf8_is_named(project: Project) -> None:
    project.write("src/mine.py")
    project.write(os.fsdecode(b"src/d\xe9/bad\xff.py"))
    with pytest.raises(DefinitionError) as caught:
        project.bundle(processing_source_dir="src", processing_entry_point="mine.py")
    (problem,) = caught.value.problems
    assert problem.code == "CUR0604"
    assert r"the name of d\xe9/bad\xff.py in its source folder is not UTF-8" in problem.message


def test_a_script_that_the_plugin_does_not_hold_is_an_error(project: Project) -> None:
    with pytest.raises(DefinitionError, match=r"does not hold scripts/absent\.py"):
        project.bundle(script=Script(package="cursus_clean", file="absent.py"))


def test_caches_and_version_control_are_left_out(project: Project) -> None:
    for name in ("mine.py", "__pycache__/mine.pyc", ".git/HEAD", "data/a.txt", "old.pyc"):
        project.write(f"src/{name}")
    bundle = project.bundle(processing_source_dir="src", processing_entry_point="mine.py")
    assert list(bundle.files) == ["data/a.txt", "mine.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".venv/lib/a.py",
        ".cache/a.txt",
        "env/pyvenv.cfg",
        "web/node_modules/a.js",
        f"bundles/{'0f' * 32}/a.py",
    ],
)
def test_what_tools_make_is_left_out(project: Project, name: str) -> None:
    project.write("src/mine.py")
    project.write(f"src/{name}")
    bundle = project.bundle(processing_source_dir="src", processing_entry_point="mine.py")
    assert list(bundle.files) == ["mine.py"]


def test_a_folder_marked_as_generated_is_left_out_unless_it_is_the_source(project: Project) -> None:
    project.write("src/mine.py")
    project.write("src/pipeline_testing/runs/1/result.json")
    mark_generated(project.root / "src" / "pipeline_testing")
    fields = {"processing_source_dir": "src", "processing_entry_point": "mine.py"}
    assert list(project.bundle(**fields).files) == ["mine.py"]
    mark_generated(project.root / "src")
    assert "mine.py" in project.bundle(**fields).files


def test_a_file_of_the_project_is_not_lost_to_long_values(project: Project) -> None:
    project.write("src/mine.py")
    project.write("src/environment.json", "{}")
    fields: dict[str, Any] = {"processing_source_dir": "src", "processing_entry_point": "mine.py"}
    step = replace(project.step(**fields), environment={"TABLE": "x" * 257})
    with pytest.raises(DefinitionError, match=r"a file environment\.json already.*TABLE"):
        make_bundle(step, project.plan(step))


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a.json": "{}"}, r"TypeError: a\.json is str, not bytes"),
        ({"../../esc": b""}, r"ValueError: '\.\./\.\./esc' is no plain relative path"),
        ({"/etc/esc": b""}, "no plain relative path"),
        ({"": b""}, "no plain relative path"),
        (["a.json"], "AttributeError"),
    ],
)
def test_files_that_no_bundle_can_hold_are_the_plugins_fault(
    project: Project, files: Any, fault: str
) -> None:
    with pytest.raises(PluginError, match=f"cursus-clean failed in Job.files of Clean: .*{fault}"):
        project.bundle(files=lambda _config, _source: files)


def test_a_link_that_leads_back_to_its_folder_is_followed_once(project: Project) -> None:
    project.write("src/mine.py")
    (project.root / "src" / "again").symlink_to(project.root / "src")
    bundle = project.bundle(processing_source_dir="src", processing_entry_point="mine.py")
    assert list(bundle.files) == ["mine.py"]


def test_the_name_of_a_bundle_depends_on_content_alone(project: Project, tmp_path: Path) -> None:
    project.write("src/mine.py")
    fields = {"processing_source_dir": "src", "processing_entry_point": "mine.py"}
    first = project.bundle(**fields)
    os.utime(project.root / "src" / "mine.py", (1, 1))
    copied = shutil.copytree(project.root / "src", tmp_path / "copy")
    moved = project.bundle(**{**fields, "processing_source_dir": str(copied)})
    project.write("src/mine.py", "print(2)\n")
    assert project.bundle(**fields).sha256 != first.sha256 == moved.sha256


def test_generated_files_are_part_of_the_bundle(project: Project) -> None:
    def hyperparameters(config: Any, source: Path | None) -> dict[str, bytes]:
        return {"hyperparams/hyperparameters.json": json.dumps([config.author, source]).encode()}

    bundle = project.bundle(files=hyperparameters)
    assert bundle.files["hyperparams/hyperparameters.json"] == b'["ada", null]'


def test_a_plugin_that_fails_to_make_its_files_is_named(project: Project) -> None:
    def broken(_config: Any, _source: Path | None) -> dict[str, bytes]:
        raise ValueError("no field list")

    with pytest.raises(PluginError, match=r"cursus-clean failed in Job\.files of Clean.*no field"):
        project.bundle(files=broken)


def test_a_long_value_of_an_overflow_name_travels_beside_the_script(project: Project) -> None:
    project.write("src/steps/mine.py")
    step = replace(
        project.step(processing_source_dir="src", processing_entry_point="steps/mine.py"),
        environment={"TABLE": "x" * 257, "OTHER": "y" * 300},
    )
    bundle = make_bundle(step, project.plan(step))
    assert json.loads(bytes(bundle.files["steps/environment.json"])) == {"TABLE": "x" * 257}
    assert split_environment(step)[0] == {"OTHER": "y" * 300}


def test_a_short_value_of_an_overflow_name_stays_in_the_environment(project: Project) -> None:
    step = replace(project.step(), environment={"TABLE": "x" * 256})
    assert split_environment(step) == ({"TABLE": "x" * 256}, {})
    assert list(make_bundle(step, project.plan(step)).files) == ["clean.py"]


def test_a_folder_of_inference_scripts_becomes_a_bundle(project: Project) -> None:
    project.write("serving/inference.py")
    step = project.step()
    bundle = make_folder_bundle(step, SourceFolder(folder="serving"), project.plan(step))
    assert (bundle.entry_point, list(bundle.files)) == ("", ["inference.py"])


def test_a_missing_folder_of_scripts_falls_back_to_the_shipped_one(project: Project) -> None:
    step = project.step()
    gone = SourceFolder(folder="/gone", fallback=project.script)
    bundle = make_folder_bundle(step, gone, project.plan(step))
    assert list(bundle.files) == ["clean.py"]
    assert [problem.code for problem in bundle.warnings] == ["CUR0601"]
    with pytest.raises(DefinitionError, match="looked in /gone"):
        make_folder_bundle(step, SourceFolder(folder="/gone"), project.plan(step))


def test_an_archive_has_the_same_bytes_each_time_and_a_name_of_its_own(project: Project) -> None:
    bundle = project.bundle()
    packed = archived(bundle)
    data = bytes(packed.files["sourcedir.tar.gz"])
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as archive:
        members = [(member.name, member.mtime, member.uname) for member in archive]
    assert members == [("clean.py", 0, "")]
    assert archived(project.bundle()) == packed
    assert packed.sha256 != bundle.sha256


def test_a_written_bundle_is_complete_and_not_written_twice(
    project: Project, tmp_path: Path
) -> None:
    bundle = project.bundle()
    target = write_bundle(bundle, tmp_path / "bundles")
    before = (target / "clean.py").stat().st_mtime_ns
    assert write_bundle(bundle, tmp_path / "bundles") == target
    assert (target / "clean.py").read_text(encoding="utf-8") == "print('shipped')\n"
    assert (target / "clean.py").stat().st_mtime_ns == before
    assert [path.name for path in (tmp_path / "bundles").iterdir()] == [bundle.sha256]


def test_a_failed_write_leaves_nothing_behind(project: Project, tmp_path: Path) -> None:
    bundle = replace(project.bundle(), files={"clean.py": tmp_path / "vanished.py"})
    with pytest.raises(OutputError, match=r"No such file or directory \(.*vanished\.py\)"):
        write_bundle(bundle, tmp_path / "bundles")
    assert list((tmp_path / "bundles").iterdir()) == []
