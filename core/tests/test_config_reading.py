from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from cursus.config import BasePipelineConfig, ProcessingStepConfigBase, read_config_text
from cursus.config.step_config import STEP_CONFIG
from cursus.errors import ConfigError
from pydantic import AliasChoices, BaseModel, Field, field_validator

if TYPE_CHECKING:
    from cursus.config import ConfigEntry, ConfigFile
    from cursus.errors import Problem


class Sheet(BaseModel):
    model_config = STEP_CONFIG
    sheet_name: str
    columns: tuple[str, ...] = ()

    @property
    def derived_width(self) -> int:
        return len(self.columns)


class Layout(BaseModel):
    model_config = STEP_CONFIG
    sheets: tuple[Sheet, ...]
    by_name: dict[str, Sheet] = {}
    cover: Sheet | None = None


class Tuning(BaseModel):
    model_config = {"extra": "allow", "frozen": True}
    depth: int = 3


class ScoringConfig(ProcessingStepConfigBase):
    job_type: str | None = None
    layout: Layout | None = None
    tuning: Tuning | None = None
    settings: dict[str, Any] | None = None
    rates: Sheet | dict[str, float] | None = None
    owner: str | None = Field(default=None, validation_alias=AliasChoices("owner", "team"))
    style: Literal["plain", "wide"] = "plain"
    moment: datetime | None = None


class FailingConfig(BasePipelineConfig):
    @field_validator("author")
    @classmethod
    def _fail(cls, _value: str) -> str:
        raise KeyError("no such thing")


CLASSES: dict[str, type[BaseModel]] = {
    "ScoringConfig": ScoringConfig,
    "OldScoring": ScoringConfig,
    "FailingConfig": FailingConfig,
}
SHARED = {
    "author": "ada",
    "bucket": "b",
    "role": "r",
    "region": "na",
    "service_name": "s",
    "pipeline_version": "1",
}


def file_of(specific: dict[str, Any], **changes: Any) -> dict[str, Any]:
    types = {key: fields.pop("__class", "ScoringConfig") for key, fields in specific.items()}
    return {
        "configuration": {"shared": dict(SHARED), "specific": specific},
        "metadata": {"config_types": types, **changes},
    }


def read(data: dict[str, Any]) -> ConfigFile:
    return read_config_text(json.dumps(data, indent=2), CLASSES, file=Path("config.json"))


def entry_of(**fields: Any) -> ConfigEntry:
    return read(file_of({"Scoring": fields})).entries["Scoring"]


def config_of(**fields: Any) -> Any:
    entry = entry_of(**fields)
    assert entry.problems == ()
    return entry.config


def problem_of(**fields: Any) -> Problem:
    (problem,) = entry_of(**fields).problems
    return problem


def test_shared_fields_reach_every_entry_and_specific_ones_win() -> None:
    file = read(file_of({"A": {}, "B": {"author": "bob"}}))
    authors = [entry.config.author for entry in file.entries.values()]  # type: ignore[union-attr]
    assert authors == ["ada", "bob"]


def test_a_file_without_the_outer_configuration_is_read() -> None:
    data = file_of({"Scoring": {}})
    file = read({**data["configuration"], "metadata": data["metadata"]})
    assert file.entries["Scoring"].config is not None


def test_the_base_entries_are_no_steps() -> None:
    file = read(
        file_of(
            {
                "Base": {"__class": "BasePipelineConfig"},
                "Processing": {"__class": "ProcessingStepConfigBase"},
                "Scoring": {},
            }
        )
    )
    assert list(file.entries) == ["Scoring"]


def test_an_alias_of_a_class_is_read_as_the_class() -> None:
    entry = read(file_of({"Scoring": {"__class": "OldScoring", "__model_type__": "ScoringConfig"}}))
    assert isinstance(entry.entries["Scoring"].config, ScoringConfig)
    assert entry.all_problems() == []


def test_a_class_that_nobody_knows_leaves_the_raw_fields() -> None:
    entry = read(
        file_of({"X": {"__class": "AlienConfig", "a": {"__type_info__": "list", "value": [1]}}})
    )
    found = entry.entries["X"]
    assert (found.config, found.fields["a"], found.problems) == (None, [1], ())


def test_an_unknown_field_is_kept_aside() -> None:
    entry = entry_of(colour_of_the_year="blue", script_path="x.py")
    assert entry.unknown == {"colour_of_the_year": "blue", "script_path": "x.py"}
    assert entry.fields["colour_of_the_year"] == "blue"
    assert entry.config is not None


def test_an_unknown_field_of_a_nested_model_is_kept_aside_by_its_path() -> None:
    entry = entry_of(layout={"sheets": [{"sheet_name": "a", "shade": 3, "derived_width": 9}]})
    assert entry.unknown == {"layout.sheets[0].shade": 3, "layout.sheets[0].derived_width": 9}
    assert entry.problems == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"EUR": 0.9, "JPY": 150.0}, {"EUR": 0.9, "JPY": 150.0}),
        ({"sheet_name": "a", "EUR": 0.9}, Sheet(sheet_name="a")),
        ({"__model_type__": "Sheet", "sheet_name": "a"}, Sheet(sheet_name="a")),
    ],
)
def test_an_object_of_any_names_stays_whole_where_a_model_could_stand_too(
    given: dict[str, Any], expected: Any
) -> None:
    assert config_of(rates=given).rates == expected


def test_unknown_keys_stay_in_a_model_that_allows_them() -> None:
    config = config_of(tuning={"__model_type__": "T", "depth": 5, "dept": 1})
    assert config.tuning.model_dump() == {"depth": 5, "dept": 1}


def test_a_misspelt_field_is_an_error_that_names_the_right_one() -> None:
    problem = problem_of(processing_instance_cuont=3)
    assert (problem.code, problem.place.path) == (
        "CUR0208",
        "$.configuration.specific.Scoring.processing_instance_cuont",
    )
    assert 'rename it to "processing_instance_count"' in problem.fix


def test_a_misspelt_nested_field_is_not_reported_as_missing_as_well() -> None:
    problem = problem_of(layout={"sheets": [{"sheet_nam": "a"}]})
    assert problem.code == "CUR0208"
    assert problem.place.path == "$.configuration.specific.Scoring.layout.sheets[0].sheet_nam"


@pytest.mark.parametrize("name", ["script_path", "effective_source_dir", "zebra"])
def test_legacy_derived_and_distant_names_are_no_misspellings(name: str) -> None:
    assert entry_of(**{name: "x"}).problems == ()


def test_a_field_that_is_there_is_not_meant_by_a_similar_one() -> None:
    assert entry_of(authors="x").problems == ()


def test_an_older_name_gives_the_field_and_a_second_name_is_kept_aside() -> None:
    assert config_of(team="t").owner == "t"
    entry = entry_of(team="t", owner="o")
    assert (entry.config.owner, entry.unknown) == ("o", {"team": "t"})  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("list", [1, 2], [1, 2]),
        ("tuple", [1, 2], (1, 2)),
        ("set", [1, 2], [1, 2]),
        ("dict", {"a": 1}, {"a": 1}),
        ("path", "a/b", "a/b"),
        ("enum", "RED", "RED"),
        ("datetime", "2025-01-02T03:04:05", datetime(2025, 1, 2, 3, 4, 5)),  # noqa: DTZ001 - as the file has it
    ],
)
def test_typed_containers_are_resolved(kind: str, value: Any, expected: Any) -> None:
    assert (
        config_of(settings={"x": {"__type_info__": kind, "value": value}}).settings["x"] == expected
    )


def test_models_inside_typed_containers_and_objects_are_cleaned() -> None:
    sheet = {"__model_type__": "Sheet", "__model_module__": "old", "sheet_name": "a"}
    config = config_of(
        layout={"sheets": {"__type_info__": "list", "value": [sheet]}, "by_name": {"a": sheet}}
    )
    assert config.layout.by_name["a"] == config.layout.sheets[0] == Sheet(sheet_name="a")


def test_a_damaged_container_is_an_error_with_its_place() -> None:
    problem = problem_of(settings={"x": [{"__type_info__": "list", "value": "abc"}]})
    assert (problem.code, problem.place.path) == (
        "CUR0205",
        "$.configuration.specific.Scoring.settings.x[0]",
    )


@pytest.mark.parametrize("marker", ["_circular_ref", "_error", "_serialization_error"])
def test_a_file_that_was_saved_broken_is_an_error_with_its_place(marker: str) -> None:
    problem = problem_of(settings={"x": {marker: "could not"}})
    assert (problem.code, problem.place.path) == (
        "CUR0204",
        f"$.configuration.specific.Scoring.settings.x.{marker}",
    )
    assert problem.message.startswith(
        "$.configuration.specific.Scoring.settings.x was saved broken"
    )


def test_a_wrong_value_is_an_error_with_path_line_and_rule() -> None:
    entry = entry_of(processing_instance_count=99, style="round")
    count, style = entry.problems
    assert count.message == "processing_instance_count is 99; it should be less than or equal to 10"
    assert style.fix == "write 'plain' or 'wide'"
    assert style.place.path == "$.configuration.specific.Scoring.style"
    assert style.place.line == 14
    assert entry.config is None


def test_the_path_of_a_wrong_value_goes_through_typed_containers() -> None:
    sheets = {"__type_info__": "list", "value": [{"sheet_name": 7}]}
    problem = problem_of(layout={"sheets": sheets})
    assert (
        problem.place.path == "$.configuration.specific.Scoring.layout.sheets.value[0].sheet_name"
    )


def test_a_rule_of_the_model_is_reported_in_its_own_words() -> None:
    problem = problem_of(processing_entry_point="/abs/x.py")
    assert problem.message.startswith(
        "processing_entry_point: must be relative to the source folder"
    )


def test_a_wrong_shared_value_is_reported_once() -> None:
    data = file_of({"A": {}, "B": {}})
    data["configuration"]["shared"]["region"] = "MARS"
    (problem,) = read(data).all_problems()
    assert problem.place.path == "$.configuration.shared.region"


def test_a_common_field_that_no_entry_gives_belongs_in_shared() -> None:
    data = file_of({"A": {}, "B": {}})
    del data["configuration"]["shared"]["author"]
    (problem,) = read(data).all_problems()
    assert (problem.code, problem.place.path) == ("CUR0207", "$.configuration.shared.author")


def test_every_problem_of_a_file_is_reported_at_once() -> None:
    data = file_of({"A": {"style": "x"}, "B": {"styl": "plain"}, "C": {"layout": {"sheets": [{}]}}})
    codes = [problem.code for problem in read(data).all_problems()]
    assert codes == ["CUR0206", "CUR0208", "CUR0207"]


def test_an_exception_in_a_config_class_is_the_plugins_fault() -> None:
    file = read(file_of({"F": {"__class": "FailingConfig"}}))
    (problem,) = file.entries["F"].problems
    assert problem.code == "CUR0217"
    assert "FailingConfig failed: KeyError" in problem.message


def test_a_repeated_member_is_an_error_with_its_line() -> None:
    text = json.dumps(file_of({"Scoring": {"style": "plain"}}), indent=1)
    text = text.replace('"style": "plain"', '"style": "plain",\n"style": "wide"')
    (problem,) = read_config_text(text, CLASSES, file=Path("config.json")).problems
    assert (problem.code, problem.place.path) == (
        "CUR0202",
        "$.configuration.specific.Scoring.style",
    )
    assert text.splitlines()[(problem.place.line or 0) - 1].startswith('"style": "wide"')


def test_a_member_that_stands_once_in_each_of_two_copies_is_not_repeated_itself() -> None:
    text = json.dumps(file_of({"Scoring": {}}))
    text = text.replace(
        '"Scoring": {}', '"Scoring": {"style": "plain"}, "Scoring": {"style": "wide"}'
    )
    (problem,) = read_config_text(text, CLASSES).problems
    assert problem.place.path == "$.configuration.specific.Scoring"


@pytest.mark.parametrize(
    "fields", [{"owner": "\ud800"}, {"\udfff": 1}, {"settings": {"x": ["\ud800"]}}]
)
def test_half_of_a_character_is_an_error_with_its_place(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"CUR0201 error: .* holds half of a character") as caught:
        entry_of(**fields)
    (problem,) = caught.value.problems
    assert problem.place.path.startswith("$.configuration.specific.Scoring")
    assert problem.place.line is not None


def deep(levels: int) -> str:
    nested = "[" * levels + "]" * levels
    return json.dumps(file_of({"Scoring": {}})).replace(
        '"author"', f'"settings": {nested}, "author"'
    )


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, deep(900), '{"a": 1' + "0" * 5000 + "}"])
def test_text_that_is_not_json_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match="CUR0201"):
        read_config_text(text, CLASSES)


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {"configuration": 3},
        {"configuration": {"shared": {}, "specific": {}}, "metadata": {}},
        {"configuration": {"shared": {}, "specific": {}}, "metadata": {"config_types": {}}},
        {"configuration": {"shared": [], "specific": {}}, "metadata": {"config_types": {"A": "B"}}},
        {"shared": {}, "specific": {"A": 7}, "metadata": {"config_types": {"A": "B"}}},
        {"shared": {}, "specific": {}, "metadata": {"config_types": {"A": 1}}},
    ],
)
def test_a_file_of_another_layout_is_an_error(data: Any) -> None:
    with pytest.raises(ConfigError, match="CUR0203"):
        read_config_text(json.dumps(data), CLASSES)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    from cursus.config import read_config_file

    with pytest.raises(ConfigError, match=r"nowhere\.json cannot be read"):
        read_config_file(tmp_path / "nowhere.json", CLASSES)


def test_an_entry_that_no_class_is_given_for_is_a_warning() -> None:
    data = file_of({"Scoring": {}})
    data["configuration"]["specific"]["Lost"] = {}
    (problem,) = read(data).problems
    assert (problem.code, problem.severity) == ("CUR0213", "warning")


def test_two_classes_for_one_entry_are_an_error() -> None:
    assert problem_of(__model_type__="FailingConfig").code == "CUR0216"


def test_a_key_with_another_job_type_than_its_values_is_a_warning() -> None:
    file = read(file_of({"Scoring_training": {"job_type": "testing"}}))
    (problem,) = file.all_problems()
    assert (problem.code, problem.severity) == ("CUR0212", "warning")
    assert file.entries["Scoring_training"].config is not None


def test_bindings_of_an_entry_stand_apart_from_its_fields() -> None:
    bindings = {"data": "A:out", "model": {"parameter": "MODEL"}, "rest": "s3://b/x"}
    entry = entry_of(bindings=bindings)
    assert entry.bindings == bindings
    assert "bindings" not in entry.fields
    assert entry.problems == ()


@pytest.mark.parametrize("bindings", [7, {"data": 7}, {"data": {"parameter": 1}}, {"data": " "}])
def test_bindings_of_another_form_are_an_error(bindings: Any) -> None:
    assert problem_of(bindings=bindings).code == "CUR0215"


def test_node_configs_of_the_file_are_read() -> None:
    assert read(file_of({"A": {}}, node_configs={"N": "A"})).node_configs == {"N": "A"}
