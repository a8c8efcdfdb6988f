"""A compiled definition is read back, for its own account or another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.errors import DeployError
from cursus.pipeline import Definition, ReadOptions, deploy, read_definition
from cursus.pipeline.bundles import Bundle, archived, write_bundle

ROLE = "arn:aws:iam::999999999999:role/Other"
OTHER = "s3://other-bucket/code"


@pytest.fixture
def written(definition: Definition, tmp_path: Path) -> Path:
    """Write the definition and its bundles; give the definition's file."""
    definition.write(tmp_path / "pipeline.json", tmp_path / "bundles")
    return tmp_path / "pipeline.json"


def test_what_was_written_is_read_back(definition: Definition, written: Path) -> None:
    found = read_definition(written, definition.name)
    assert found.data == definition.data
    assert found.role == definition.role
    assert list(found.bundles) == list(definition.bundles)
    for uri, bundle in found.bundles.items():
        assert list(bundle.files) == list(definition.bundles[uri].files)


@pytest.mark.usefixtures("account")
def test_a_definition_from_a_file_is_the_same_pipeline(
    definition: Definition, written: Path
) -> None:
    deploy(definition)
    again = deploy(read_definition(written, definition.name))
    assert (again.action, again.uploaded) == ("unchanged", ())


def test_another_account_gets_its_role_and_its_code(
    account: Any, definition: Definition, written: Path
) -> None:
    account.s3.create_bucket(Bucket="other-bucket")
    options = ReadOptions(role=ROLE, code_location=f"{OTHER}/")
    moved = read_definition(written, "moved", options)
    done = deploy(moved)
    assert {uri.rpartition("/")[0].rpartition("/")[0] for uri in done.uploaded} == {OTHER}
    text = json.dumps(moved.data)
    assert "s3://team-bucket" not in text
    assert definition.role not in text
    assert text.count(ROLE) == 2
    assert account.objects() == []


def test_a_location_inside_json_text_moves_too(written: Path, definition: Definition) -> None:
    bundle = archived(Bundle(sha256="b" * 64, entry_point="", files={"run.py": b"1"}))
    whole = Bundle(sha256=name_of_files({"run.py": b"1"}), entry_point="", files={"run.py": b"1"})
    bundle = archived(whole)
    write_bundle(bundle, written.parent / "bundles")
    data = definition.to_dict()
    archive = f"s3://team-bucket/elsewhere/{bundle.sha256}/sourcedir.tar.gz"
    data["Steps"][0]["Arguments"]["Environment"] = {"SUBMIT": json.dumps(archive)}
    written.write_text(json.dumps(data), "utf-8")
    moved = read_definition(written, "moved", ReadOptions(code_location=OTHER))
    value = moved.data["Steps"][0]["Arguments"]["Environment"]["SUBMIT"]
    assert value == f'"{OTHER}/{bundle.sha256}/sourcedir.tar.gz"'
    assert f"{OTHER}/{bundle.sha256}" in moved.bundles


def name_of_files(files: dict[str, bytes]) -> str:
    from hashlib import sha256

    from cursus.pipeline.bundles import name_of

    return name_of({name: sha256(content).hexdigest() for name, content in files.items()})


def test_data_under_a_hash_is_no_bundle(written: Path, definition: Definition) -> None:
    data = definition.to_dict()
    lake = f"s3://lake/{'c' * 64}/part.csv"
    data["Steps"][0]["Arguments"]["Environment"] = {"LAKE": lake}
    written.write_text(json.dumps(data), "utf-8")
    moved = read_definition(written, "moved", ReadOptions(code_location=OTHER))
    assert moved.data["Steps"][0]["Arguments"]["Environment"]["LAKE"] == lake
    assert len(moved.bundles) == len(definition.bundles)


def test_a_missing_and_a_changed_bundle_are_both_named(written: Path) -> None:
    first, second = sorted((written.parent / "bundles").iterdir())
    for file in sorted(first.iterdir()):
        file.write_text("changed", "utf-8")
    for file in second.iterdir():
        file.unlink()
    second.rmdir()
    with pytest.raises(DeployError) as caught:
        read_definition(written, "name")
    assert [p.code for p in caught.value.problems] == ["CUR0813", "CUR0813"]
    assert f"{first} has other content" in str(caught.value)
    assert f"{second} is not there" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "CUR0814 error: .* is not JSON"),
        ("[]", "CUR0814 error: .* has no Version, Parameters, Steps"),
        ('{"Version": "1", "Parameters": [], "Steps": [{}]}', "CUR0814 .* a step without Name"),
        ('{"Version": "1", "Version": "1", "Parameters": [], "Steps": []}', "Version stands there"),
    ],
)
def test_a_file_that_is_no_definition_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(text, "utf-8")
    with pytest.raises(DeployError, match=message):
        read_definition(file, "name")


def test_what_the_service_would_refuse_is_named(written: Path) -> None:
    with pytest.raises(DeployError) as caught:
        read_definition(written, "no name", ReadOptions(role="role"))
    assert sorted({problem.code for problem in caught.value.problems}) == [
        "CUR0631",
        "CUR0632",
    ]
