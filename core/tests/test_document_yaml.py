"""Documents in YAML: JSON data and nothing else, whatever YAML could make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cursus.dag import PipelineDAG
from cursus.document import fill_document, validate_document
from cursus.document.document_file import document_text, read_document
from cursus.errors import ExecutionDocumentGenerationError
from cursus.kernel.plan import Plan
from cursus.kernel.plugins import load_plugins


def read(folder: Path, text: str) -> Any:
    (folder / "d.yaml").write_text(text, "utf-8")
    return read_document(folder / "d.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("True", True),
        ("-7", -7),
        ("0x1F", 31),
        (".5", 0.5),
        ("1e5", 1e5),
        ("2025-01-01", "2025-01-01"),
        ("NA", "NA"),
        ("1.7-1", "1.7-1"),
        ("'010'", "010"),
        ("!!str 010", "010"),
        ("! 7", "7"),
        ("!!float 1.5", 1.5),
    ],
)
def test_a_plain_value_is_what_json_would_say(tmp_path: Path, text: str, value: object) -> None:
    found = read(tmp_path, f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text", ["yes", "NO", "on", "Off", "010", "08", "0o17", "0b1", "1_000", "1:30", "-.inf", ".nan", "=",
             "!!int x", "!!bool 1", "!!binary aGk=", "!!set {x}", "!!timestamp 2025-01-01", "!!python/none x"],
)  # fmt: skip
def test_what_versions_of_yaml_read_differently_is_refused_with_its_line(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0501") as caught:
        read(tmp_path, f"b: 1\na: {text}")
    assert caught.value.problems[0].place.line == 2


@pytest.mark.parametrize("key", ["1", "true", "~", "1.5", "yes", "[a]", "{b: c}"])
def test_a_key_must_be_text(tmp_path: Path, key: str) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0501"):
        read(tmp_path, f"? {key}\n: 1")


def test_aliases_are_copies_and_merged_objects_give_way(tmp_path: Path) -> None:
    text = "x: &x {k: 1, l: [1]}\ny: *x\nz: {<<: *x, k: 2}\nw: {<<: [{k: 3}, *x]}\n'<<': 4"
    found = read(tmp_path, text)
    assert found["z"] == {"k": 2, "l": [1]}
    assert found["w"] == {"k": 3, "l": [1]}
    assert found["<<"] == 4
    assert found["x"] == found["y"]
    assert found["x"]["l"] is not found["y"]["l"]


def test_a_file_whose_aliases_stand_for_billions_is_refused_at_once(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ExecutionDocumentGenerationError, match="more than a million"):
        read(tmp_path, "\n".join(["a0: &a0 lol", *levels]))


@pytest.mark.parametrize("text", ["a: &a\n  b: *a", "a: *b", "a: &a [*a]"])
def test_an_alias_of_what_is_not_complete_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="nothing that is complete"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text", ["yes", "08", "0o7", "1e5", "1:30", "2025-01-01", "<<", "", "\x85", "\ufeff"]
)
def test_text_that_looks_like_a_value_is_written_in_quotes(text: str) -> None:
    written = document_text({text: text}, "yaml")
    assert yaml.safe_load(written) == {text: text}
    assert json.dumps(json.loads(document_text({text: text}, "json"))) == json.dumps({text: text})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "is nan"),
        (float("-inf"), "is -inf"),
        (1 << 20_000, "4,200 digits"),
        ("\ud800", "half of a character"),
        ({1: 2}, "the key 1, which is not text"),
        ({"\udfff": 2}, "half of a character"),
        ({1, 2}, "is set"),
        (b"x", "is bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_what_json_cannot_hold_is_named_by_its_path(value: object, message: str) -> None:
    template = {"PIPELINE_STEP_CONFIGS": {}, "PIPELINE_ADDITIONAL_PARAMS": {"a": [value]}}
    problems = validate_document(template)
    assert [problem.code for problem in problems] == ["CUR0525"]
    assert problems[0].place.path.startswith("$.PIPELINE_ADDITIONAL_PARAMS.a[0]")
    assert message in problems[0].message
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0525"):
        document_text(template, "yaml")


def test_a_template_that_holds_itself_is_refused() -> None:
    template: dict[str, Any] = {"PIPELINE_STEP_CONFIGS": {}, "PIPELINE_ADDITIONAL_PARAMS": {}}
    template["PIPELINE_ADDITIONAL_PARAMS"]["self"] = template
    plan = Plan(dag=PipelineDAG(["A"]), steps={})
    with pytest.raises(ExecutionDocumentGenerationError, match="more than 100 levels"):
        fill_document(plan, load_plugins(), template)
