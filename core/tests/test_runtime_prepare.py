"""What a run lacks is reported at once, before anything runs; data is chosen by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cursus.errors import InvalidInputError, OutputError, RunError
from cursus.kernel.plan import Plan, PlannedStep
from cursus.kernel.planner import PlanOptions
from cursus.kernel.step_type import Job, Script, StepType
from cursus.runtime import RunResult
from cursus.runtime.prepare import PreparationError, prepare
from cursus.runtime.requirements import requirement_problems
from pydantic import BaseModel

Run = Callable[..., RunResult]
Planner = Callable[..., Plan]
TWO_LOADS = [("Load_a", "Prepare_a"), ("Load_b", "Prepare_b")]
SHARD = "late,distance\n1,200\n0,900\n"


def write_data(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text(SHARD)


def codes_of(error: InvalidInputError) -> list[str]:
    return [problem.code for problem in error.problems]


def test_everything_that_is_missing_is_reported_together(
    plan_locally: Planner, tmp_path: Path
) -> None:
    plan = plan_locally(
        [*TWO_LOADS, ("Prepare_a", "Learn")],
        fields={
            "Prepare_a": {"prior": "s3://bucket/prior"},
            "Prepare_b": {"prior": "nowhere/prior.json"},
            "Learn": {"training_entry_point": "gone.py"},
        },
    )
    with pytest.raises(PreparationError) as error:
        prepare(plan, None, tmp_path / "bundles")
    assert codes_of(error.value) == ["CUR0702", "CUR0702", "CUR0705", "CUR0706", "CUR0603"]
    assert isinstance(error.value, RunError)


def test_nothing_runs_when_something_is_missing(run_locally: Run, tmp_path: Path) -> None:
    with pytest.raises(PreparationError):
        run_locally([("Load", "Prepare")], nodes=["Plain"])
    assert not (tmp_path / "workspace" / "runs").exists()


@pytest.mark.parametrize("names", [("Load_a", "Load_b"), ("Load-A", "Load-B"), ("a", "b")])
def test_data_is_found_by_node_step_name_or_job_type(
    run_locally: Run, tmp_path: Path, names: tuple[str, str]
) -> None:
    write_data(*(tmp_path / "data" / name for name in names))
    result = run_locally(TWO_LOADS)
    assert result.status == "passed"
    assert [result.step(node).outputs[0].path for node in ("Load_a", "Load_b")] == [
        str(tmp_path / "data" / name) for name in names
    ]


def test_one_folder_is_not_split_among_two_loads(plan_locally: Planner, tmp_path: Path) -> None:
    write_data(tmp_path / "data")
    with pytest.raises(PreparationError, match="none of the sub-folders Load_a, Load-A, a"):
        prepare(plan_locally(TWO_LOADS), tmp_path / "data", tmp_path / "bundles")


def test_two_folders_that_both_fit_are_ambiguous(plan_locally: Planner, tmp_path: Path) -> None:
    write_data(*(tmp_path / "data" / name for name in ("Load_a", "Load-A", "b")))
    with pytest.raises(PreparationError, match=r"could take .*Load_a and .*Load-A") as error:
        prepare(plan_locally(TWO_LOADS), tmp_path / "data", tmp_path / "bundles")
    assert codes_of(error.value) == ["CUR0703"]


def test_sub_folders_named_as_outputs_give_those_outputs(run_locally: Run, tmp_path: Path) -> None:
    write_data(tmp_path / "data" / "DATA")
    (tmp_path / "data" / "SIGNATURE").mkdir()
    (tmp_path / "data" / "SIGNATURE" / "signature").write_text("late,distance\n")
    result = run_locally([("Load", "Prepare")])
    assert [output.name for output in result.step("Load").outputs] == ["DATA", "SIGNATURE"]
    assert result.step("Prepare").stdout == "all late 2 rows ['DATA', 'SIGNATURE']\n"


def test_data_that_cannot_be_read_fails_the_loading_step(run_locally: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.parquet").write_text("no parquet")
    result = run_locally([("Load", "Prepare")])
    assert result.step("Load").status == "failed"
    assert "x.parquet is no readable table" in result.step("Load").error
    assert str(tmp_path / "data") in result.step("Load").hint
    assert "script" not in result.step("Load").hint
    assert result.step("Prepare").reason == "Load failed"


def test_a_local_path_is_used_as_it_is(run_locally: Run, tmp_path: Path) -> None:
    write_data(tmp_path / "data")
    (tmp_path / "prior.json").write_text("{}")
    result = run_locally([("Load", "Prepare")], fields={"Prepare": {"prior": "prior.json"}})
    given = {item.name: item.path for item in result.step("Prepare").inputs}
    assert given["prior"] == str(tmp_path / "prior.json")


def test_a_local_copy_takes_the_place_of_an_s3_location(run_locally: Run, tmp_path: Path) -> None:
    write_data(tmp_path / "data" / "Load", tmp_path / "data" / "Prepare" / "prior")
    result = run_locally([("Load", "Prepare")], fields={"Prepare": {"prior": "s3://b/prior"}})
    given = {item.name: item.path for item in result.step("Prepare").inputs}
    assert given["prior"] == str(tmp_path / "data" / "Prepare" / "prior")


def test_a_parameter_without_local_data_is_an_error_that_names_it(
    plan_locally: Planner, tmp_path: Path
) -> None:
    write_data(tmp_path / "data")
    options = PlanOptions(bindings={"Prepare.prior": {"parameter": "PRIOR"}})
    plan = plan_locally([("Load", "Prepare")], options=options)
    with pytest.raises(PreparationError, match="prior is pipeline parameter PRIOR"):
        prepare(plan, tmp_path / "data", tmp_path / "bundles")


def test_packages_that_scripts_need_are_compared_with_what_is_installed(
    install: Callable[..., Path],
) -> None:
    install("here-dist", "", version="1.4")
    needs = ("here-dist>=1", "here-dist>=2", "no-such-dist", "other; python_version < '3'")
    assert [problem.message for problem in requirement_problems([needy(*needs)])] == [
        "here-dist 1.4 is installed, not >=2; needed by Needy",
        "no-such-dist is not installed; needed by Needy",
    ]


def test_a_package_of_that_name_in_another_distribution_counts(
    install: Callable[..., Path],
) -> None:
    site = install("boost-cpu", "", version="3.2")
    (site / "boost_cpu-3.2.dist-info" / "top_level.txt").write_text("boost\n")
    assert requirement_problems([needy("boost>=3")]) == []


def needy(*requirements: str) -> PlannedStep:
    """Make a step whose shipped script has requirements."""
    step_type = StepType(
        name="Needy",
        summary="",
        config=NeedyConfig,
        example={},
        job=Job(kind="processing"),
        script=Script(package="needy", file="x.py", requirements=requirements),
    )
    return PlannedStep(
        node="Needy",
        name="Needy",
        step_type=step_type,
        plugin="needy",
        config=NeedyConfig(),
        config_key="Needy",
    )


class NeedyConfig(BaseModel):
    pass


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"processing_source_dir": "gone"}, "source folder gone is not there"),
        (
            {"processing_source_dir": "src", "processing_entry_point": None},
            "Plain.py in src is not used, since no entry point is named",
        ),
    ],
)
def test_a_script_that_stands_in_is_in_the_warnings(
    plan_locally: Planner, tmp_path: Path, fields: dict[str, str | None], message: str
) -> None:
    package = tmp_path / "site" / "shipped_here"
    (package / "scripts").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "scripts" / "Plain.py").write_text("def main(i, o, e, a): pass")
    plan = plan_locally([], nodes=["Plain"], fields={"Plain": fields})
    step = plan.steps["Plain"]
    script = Script(package="shipped_here", file="Plain.py")
    shipping = replace(step, step_type=replace(step.step_type, script=script))
    (warning,) = prepare(
        replace(plan, steps={"Plain": shipping}), None, tmp_path / "bundles"
    ).warnings
    assert (warning.code, warning.severity) == ("CUR0601", "warning")
    assert message in warning.message


@pytest.mark.parametrize("name", ["data", "data/deep/workspace", "file/workspace"])
def test_a_workspace_that_would_spoil_the_data_or_cannot_be_written_is_refused(
    run_locally: Run, tmp_path: Path, name: str
) -> None:
    write_data(tmp_path / "data")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"the workspace .* choose another with --workspace"):
        run_locally([("Load", "Prepare")], run={"workspace": tmp_path / name})
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["x.csv"]


def test_paths_of_a_result_do_not_depend_on_the_current_folder(
    run_locally: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_data(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    result = run_locally([("Load", "Prepare")], run={"data": Path("data")})
    assert (result.data, result.step("Load").outputs[0].path) == (str(tmp_path / "data"),) * 2


def test_a_training_step_must_leave_all_three_splits(run_locally: Run, tmp_path: Path) -> None:
    write_data(tmp_path / "data")
    result = run_locally([("Load", "Prepare_training")])
    assert result.step("Prepare_training").status == "failed"
    assert (
        "lacks split train: train/train_processed_data.csv" in result.step("Prepare_training").error
    )


def test_a_column_without_any_value_is_warned_of(run_locally: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("late,distance\n1,\n0,\n")
    warnings = run_locally([("Load", "Prepare_a")]).warnings
    assert "step Load: output DATA: column distance has no value in any row" in warnings
    assert "step Prepare_a: output processed: column a/distance has no value in any row" in warnings
