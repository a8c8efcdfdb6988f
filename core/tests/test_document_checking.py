"""Documents checked, merged, compared, read and written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.document import diff_documents, merge_documents, validate_document
from cursus.document.contents import doubts
from cursus.document.document_file import document_text, read_document, write_document
from cursus.errors import ExecutionDocumentGenerationError, Place
from cursus.kernel.plan import Plan, PlannedStep
from cursus.kernel.step_type import Job, StepType
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

CASES = Path(__file__).parents[3] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
LOAD = {"STEP_CONFIG": {"a": 1}, "STEP_TYPE": ["WORKFLOW_INPUT", "LoadStep"]}
FIT = {"STEP_CONFIG": {}, "STEP_TYPE": "TRAINING_STEP"}


def document_of(**steps: Any) -> dict[str, Any]:
    return {"PIPELINE_STEP_CONFIGS": steps, "PIPELINE_ADDITIONAL_PARAMS": {}}


def test_a_filled_document_has_no_problem() -> None:
    assert validate_document(document_of(Load=LOAD, Fit=FIT)) == []


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "$"),
        ({}, "$.PIPELINE_STEP_CONFIGS"),
        ({"PIPELINE_STEP_CONFIGS": {}}, "$.PIPELINE_ADDITIONAL_PARAMS"),
        ({**document_of(A=7)}, "$.PIPELINE_STEP_CONFIGS.A"),
        (document_of(A={"STEP_TYPE": "X"}), "$.PIPELINE_STEP_CONFIGS.A.STEP_CONFIG"),
        (document_of(A={"STEP_CONFIG": {"a": 1}}), "$.PIPELINE_STEP_CONFIGS.A.STEP_TYPE"),
        (document_of(A={**LOAD, "STEP_TYPE": ["X"]}), "$.PIPELINE_STEP_CONFIGS.A.STEP_TYPE"),
        (document_of(A={**LOAD, "STEP_TYPE": " "}), "$.PIPELINE_STEP_CONFIGS.A.STEP_TYPE"),
        (document_of(A={**LOAD, "STEP_CONFIG": None}), "$.PIPELINE_STEP_CONFIGS.A.STEP_CONFIG"),
    ],
)
def test_another_layout_is_found_with_its_place(document: Any, path: str) -> None:
    problems = validate_document(document)
    assert ("CUR0502", path) in [(problem.code, problem.place.path) for problem in problems]


@pytest.mark.parametrize(
    "step_type",
    [
        ["TRAINING_STEP", "XGBoostTraining"],
        ["TRAINING_STEP", "SomeTraining"],
        ["PROCESSING_STEP", "PyTorchTraining"],
        "XGBoostTraining",
    ],
)
def test_a_training_step_is_one_in_any_form_of_its_step_type(step_type: Any) -> None:
    assert validate_document(document_of(Fit={**FIT, "STEP_TYPE": step_type})) == []
    filled = {"STEP_CONFIG": {"a": 1}, "STEP_TYPE": step_type}
    assert [p.code for p in validate_document(document_of(Fit=filled))] == ["CUR0509"]


def test_a_dummy_training_is_no_training_step() -> None:
    dummy = {**FIT, "STEP_TYPE": ["PROCESSING_STEP", "DummyTraining"]}
    assert [p.code for p in validate_document(document_of(Fit=dummy))] == ["CUR0508"]


class NotesConfig(BaseModel):
    """The config of a step type whose class checks nothing."""

    job_type: None = None
    lines: tuple[str, ...]


def test_a_help_text_in_a_config_is_an_error_with_its_place() -> None:
    notes = StepType(
        name="Notes", summary="Take notes.", config=NotesConfig, example={}, job=Job(kind="service")
    )
    place = Place(path="$.specific.Notes")
    config = NotesConfig(lines=("a", "Provide a list of lines"))
    step = PlannedStep(
        node="N", name="N", step_type=notes, plugin="p", config=config, config_key="Notes", place=place
    )  # fmt: skip
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        doubts(step, Plan(dag=PipelineDAG(["N"]), steps={"N": step}))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.path) == ("CUR0507", "$.specific.Notes.lines[1]")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (document_of(), "CUR0508"),
        (document_of(A={**LOAD, "STEP_CONFIG": {}}), "CUR0508"),
        (document_of(A={**FIT, "STEP_CONFIG": {"a": 1}}), "CUR0509"),
        (document_of(A={**LOAD, "STEP_CONFIG": {"a": "MDS_REGION/NA/EU/FE"}}), "CUR0507"),
    ],
)
def test_what_nobody_filled_is_found(document: Any, code: str) -> None:
    assert [problem.code for problem in validate_document(document)] == [code]


@needs_cases
def test_every_help_text_of_the_platforms_template_is_found() -> None:
    folder = CASES / "xgboost_complete_e2e_2025_09"
    problems = validate_document(read_document(folder / "template_platform.json"))
    places = [problem.place.path for problem in problems if problem.code == "CUR0507"]
    steps = [path.partition(".STEP_CONFIG.")[0].rpartition(".")[2] for path in places]
    assert {step: steps.count(step) for step in steps} == {
        "CradleDataLoading-Training": 5,
        "CradleDataLoading-Calibration": 5,
        "Registration-NA": 12,
    }


def test_sql_that_mentions_a_token_is_no_help_text() -> None:
    sql = {"STEP_CONFIG": {"sql": "select OUTPUT_FIELD_NAME from x"}, "STEP_TYPE": ["A", "B"]}
    assert validate_document(document_of(Load=sql)) == []


def test_merging_keeps_everything_in_order_and_changes_nothing() -> None:
    one = {**document_of(Load={"STEP_TYPE": ["A", "B"]}), "X": 1}
    other = document_of(Load={"STEP_CONFIG": {"a": [1]}}, Fit=FIT)
    before = copy.deepcopy((one, other))
    merged = merge_documents(one, other)
    merged["PIPELINE_STEP_CONFIGS"]["Load"]["STEP_CONFIG"]["a"].append(2)
    assert list(merged["PIPELINE_STEP_CONFIGS"]) == ["Load", "Fit"]
    assert merged["X"] == 1
    assert (one, other) == before


def test_every_conflict_is_named_by_its_path() -> None:
    one, other = (
        document_of(A=LOAD, B=FIT),
        document_of(A={**LOAD, "STEP_CONFIG": {"a": True}}, B=FIT),
    )
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        merge_documents(one, other, document_of(A={"STEP_TYPE": "X"}))
    assert [problem.place.path for problem in caught.value.problems] == [
        "$.PIPELINE_STEP_CONFIGS.A.STEP_CONFIG.a",
        "$.PIPELINE_STEP_CONFIGS.A.STEP_TYPE",
    ]


def test_a_conflict_in_a_list_names_the_member() -> None:
    one = document_of(A={"STEP_CONFIG": {"columns": [{"n": k} for k in range(50)]}})
    other = document_of(A={"STEP_CONFIG": {"columns": [{"n": k + k // 49} for k in range(50)]}})
    longer = document_of(A={"STEP_CONFIG": {"columns": [{"n": k} for k in range(51)]}})
    with pytest.raises(ExecutionDocumentGenerationError, match=r"columns\[49\]\.n: 49 and 50"):
        merge_documents(one, other)
    with pytest.raises(
        ExecutionDocumentGenerationError, match=r"columns\[50\]: only a later one has"
    ):
        merge_documents(one, longer)


def test_a_long_value_of_a_difference_is_shown_as_cut() -> None:
    (found,) = diff_documents({"sql": "a" * 500}, {"sql": "b"})
    assert str(found).endswith("... -> 'b'")


def test_a_conflict_names_the_documents_that_disagree() -> None:
    one, other = document_of(A=LOAD), document_of(A={**LOAD, "STEP_TYPE": "X"})
    longer = document_of(A={**LOAD, "STEP_CONFIG": {"a": 1, "b": [1]}})
    shorter = document_of(A={"STEP_CONFIG": {"b": []}})
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        merge_documents(one, longer, other, shorter, names=["1.json", "2.json", "3.json", "4.json"])
    who, what = caught.value.problems
    assert "1.json and 3.json disagree on $.PIPELINE_STEP_CONFIGS.A.STEP_TYPE" in who.message
    assert "2.json and 4.json disagree on" in what.message
    assert what.message.endswith("STEP_CONFIG.b[0]: only 2.json has 1")
    assert [problem.place.file for problem in (who, what)] == [Path("3.json"), Path("4.json")]


def test_another_layout_is_found_in_the_document_that_has_it() -> None:
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        merge_documents(document_of(), {}, names=["good.json", "bad.json"])
    assert [problem.place.file for problem in caught.value.problems] == [Path("bad.json")]


@pytest.mark.parametrize("document", [7, {"PIPELINE_STEP_CONFIGS": []}, {}])
def test_what_is_no_document_is_not_merged(document: Any) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0502"):
        merge_documents(document_of(), document)


def test_differences_are_listed_by_path() -> None:
    before, after = {"a": 1, "b": [1, 2], "c": {"d": 0}}, {"c": {"d": False}, "b": [1], "e": None}
    found = [str(difference) for difference in diff_documents(before, after)]
    assert found == [
        "removed  $.a: 1",
        "removed  $.b[1]: 2",
        "changed  $.c.d: 0 -> False",
        "added    $.e: None",
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert diff_documents(value, copy.deepcopy(value)) == []


@given(config=st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_both_formats_give_the_same_data_back(config: dict[str, Any]) -> None:
    document = document_of(A={"STEP_CONFIG": config, "STEP_TYPE": ["x", "2025-01-01T00:00:00"]})
    for kind, read in (("json", json.loads), ("yaml", yaml_of)):
        assert json.dumps(read(document_text(document, kind))) == json.dumps(document)  # type: ignore[arg-type]


def yaml_of(text: str) -> Any:
    from cursus.document.document_file import _from_yaml

    return _from_yaml(text, Path("text.yaml"))


def test_times_in_yaml_stay_texts(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text("start: 2025-01-01T00:00:00\nday: 2025-01-01\n", "utf-8")
    assert read_document(file) == {"start": "2025-01-01T00:00:00", "day": "2025-01-01"}


@pytest.mark.parametrize("name", ["d.yaml", "d.json"])
def test_a_key_that_stands_twice_is_an_error(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text('{"a": 1,\n "a": 2}', "utf-8")
    with pytest.raises(ExecutionDocumentGenerationError, match="stands there twice"):
        read_document(file)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken.json", "{"),
        ("deep.json", "[" * 900 + "]" * 900),
        ("broken.yml", "a: ["),
        ("empty.yaml", ""),
        ("null.json", "null"),
        ("deep.yaml", "[" * 900 + "]" * 900),
        ("none.json", None),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(
    tmp_path: Path, name: str, text: str | None
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ExecutionDocumentGenerationError, match=f"CUR05(01|25)(.|\n)*{name}"):
        read_document(tmp_path / name)


def test_the_name_of_the_file_chooses_the_format(tmp_path: Path) -> None:
    for name in ("d.json", "d.yaml"):
        write_document(document_of(Fit=FIT), tmp_path / name)
        assert read_document(tmp_path / name) == document_of(Fit=FIT)
    assert (tmp_path / "d.yaml").read_text("utf-8").startswith("PIPELINE_STEP_CONFIGS:")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.json", "d.yaml"]
