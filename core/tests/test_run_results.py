"""The published schema of result.json: real results fit it, others do not, and the records are what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.errors import InvalidInputError
from cursus.runtime import RunResult, read_result
from cursus.runtime.checksums import content_sha256
from cursus.runtime.result import SCHEMA_VERSION
from cursus.runtime.result_schema import make_schema, published_schema
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

Run = Callable[..., RunResult]
CHAIN = [("Load", "Prepare"), ("Prepare", "Learn"), ("Learn", "Judge"), ("Learn", "Enrol")]
CRASH = "import os\ndef main(i, o, e, a): os.kill(os.getpid(), 11)"
FAILING = "def main(i, o, e, a): raise ValueError('no rows left')"


def faults(data: object) -> list[str]:
    """Give what is wrong with the data of a result, by the published schema."""
    validator = Draft202012Validator(
        published_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(data)]


def written(result: RunResult) -> Any:
    return json.loads((Path(result.folder) / "result.json").read_text("utf-8"))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Give every object of named fields that a schema describes."""
    for record in (schema, *schema["$defs"].values()):
        if "properties" in record:
            yield record


@pytest.mark.usefixtures("flights_data")
@pytest.mark.parametrize(
    ("script", "status"), [(None, "passed"), (FAILING, "failed"), (CRASH, "failed")]
)
def test_what_a_run_writes_fits_the_published_schema(
    run_locally: Run, script: str | None, status: str
) -> None:
    scripts = {} if script is None else {"Prepare": script}
    result = run_locally(CHAIN, scripts=scripts)
    data = written(result)
    assert faults(data) == []
    assert [step["status"] for step in data["steps"]][1] == status
    skipped = {step["status"] for step in data["steps"][2:]}
    assert skipped == ({"passed"} if status == "passed" else {"skipped"})


@pytest.mark.usefixtures("flights_data")
def test_what_stands_on_disk_at_any_moment_fits_the_schema(run_locally: Run) -> None:
    seen: list[Any] = []
    result = run_locally(CHAIN, run={"watch": lambda now: seen.append(written(now))})
    assert len(seen) > 2 * len(result.steps)
    assert {moment["status"] for moment in seen} == {"running", "passed"}
    assert [fault for moment in seen for fault in faults(moment)] == []


def test_the_published_schema_is_a_schema_and_that_of_the_records() -> None:
    Draft202012Validator.check_schema(published_schema())
    assert published_schema() == make_schema(), (
        "run: uv run python tests/architecture/run_result_page.py schema "
        "> core/src/cursus/runtime/result_schema.json"
    )


def test_the_schema_is_strict_and_describes_every_field() -> None:
    for record in objects(published_schema()):
        assert record["additionalProperties"] is False
        assert record["required"] == list(record["properties"])
        assert all(field.get("description") for field in record["properties"].values())


@pytest.mark.usefixtures("flights_data")
@pytest.mark.parametrize("place", ["run", "step", "output", "environment"])
def test_a_field_too_many_or_too_few_is_found_by_the_schema(run_locally: Run, place: str) -> None:
    data = written(run_locally(CHAIN[:1]))
    step = data["steps"][1]
    part = {"run": data, "step": step, "output": step["outputs"][0]}.get(place, data["environment"])
    part["surprise"] = 1
    assert any("'surprise' was unexpected" in fault for fault in faults(data))
    del part["surprise"]
    name = next(iter(part))
    del part[name]
    assert any(f"{name!r} is a required property" in fault for fault in faults(data))


@pytest.mark.usefixtures("flights_data")
def test_a_result_of_another_major_version_is_refused_and_a_newer_minor_one_is_read(
    run_locally: Run,
) -> None:
    result = run_locally(CHAIN[:1])
    file = Path(result.folder) / "result.json"
    major, minor = map(int, SCHEMA_VERSION.split("."))
    newer = {**written(result), "schema_version": f"{major}.{minor + 1}", "new_field": 1}
    file.write_text(json.dumps(newer))
    assert read_result(file).steps == result.steps
    other = {**written(result), "schema_version": f"{major + 1}.0"}
    file.write_text(json.dumps(other))
    with pytest.raises(InvalidInputError, match=f"has version {major + 1}.0, this Cursus reads"):
        read_result(file)
    assert any("schema_version" in fault for fault in faults(other))


@pytest.mark.usefixtures("flights_data")
def test_outputs_have_a_checksum_that_is_that_of_their_content(run_locally: Run) -> None:
    one, two = run_locally(CHAIN), run_locally(CHAIN)
    sums = {out.name: out.sha256 for step in one.steps for out in step.outputs}
    assert sums == {out.name: out.sha256 for step in two.steps for out in step.outputs}
    assert all(len(value) == 64 for value in sums.values())
    processed = one.step("Prepare").outputs[0]
    assert content_sha256(Path(one.folder) / processed.path) == processed.sha256


def test_a_checksum_changes_with_a_name_and_with_a_byte_and_not_with_the_place(
    tmp_path: Path,
) -> None:
    sums = set()
    for folder, name, text in (("a", "x", "1"), ("b", "y", "1"), ("c", "x", "2"), ("d", "x", "1")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
        sums.add(content_sha256(tmp_path / folder))
    assert len(sums) == 3
    assert content_sha256(tmp_path / "a") == content_sha256(tmp_path / "d")


@pytest.mark.usefixtures("flights_data")
def test_a_result_is_shown_as_html_that_needs_and_changes_nothing(run_locally: Run) -> None:
    failing = "def main(i, o, e, a): raise ValueError('<script>alert(1)</script>')"
    shown = run_locally(CHAIN, scripts={"Learn": failing})._repr_html_()
    assert "Failed: 2 of 5 steps passed, 1 failed, 2 skipped" in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert 'src="data:image/svg+xml;base64,' in shown
    for forbidden in ("<script", "<style", "<link", "http"):
        assert forbidden not in shown
