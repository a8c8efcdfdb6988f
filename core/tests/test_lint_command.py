"""`cursus lint`: what it prints, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from cursus.cli import cli

BUILDER = "def f(execution_prefix):\n    é = 1; return f'{execution_prefix}/a'\n"
# The members of the public SARIF 2.1.0 schema that a log of ours must have, with their types.
SARIF: dict[str, object] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "format": "uri"},
        "runs": {"type": "array", "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "properties": {
                "tool": {"required": ["driver"], "properties": {"driver": {"$ref": "#/$defs/driver"}}},
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "driver": {
            "required": ["name"],
            "properties": {"rules": {"type": "array", "uniqueItems": True, "items": {"required": ["id"]}}},
        },
        "result": {
            "required": ["message", "ruleId", "locations"],
            "properties": {
                "level": {"enum": ["none", "note", "warning", "error"]},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "message": {"required": ["text"]},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
            },
        },
        "location": {
            "required": ["physicalLocation"],
            "properties": {
                "physicalLocation": {
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {"properties": {"uri": {"format": "uri-reference"}}},
                        "region": {
                            "required": ["startLine"],
                            "additionalProperties": {"type": "integer", "minimum": 1},
                        },
                    },
                }
            },
        },
    },
}  # fmt: skip


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["lint", *map(str, args)], standalone_mode=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my builders"
    folder.mkdir()
    (folder / "one.py").write_text(BUILDER, "utf-8")
    (folder / "two.py").write_text("x = 1\n", "utf-8")
    return folder


def test_a_finding_has_place_code_value_reason_and_fix(project: Path) -> None:
    result = run(project.name)
    assert result.return_value == 1
    assert result.output.startswith(
        "my builders/one.py:2:19: CUR0901 an f-string makes text of execution_prefix, which can be a pipeline "
        "parameter (a portable pipeline gets execution_prefix when it starts)\n    fix pass the pieces to Join"
    )
    assert "1 finding in 2 files; more on each: cursus explain CUR0901" in result.output


def test_no_findings_exit_with_0(project: Path) -> None:
    result = run(project / "two.py")
    assert (result.return_value, result.output) == (0, "no findings in 1 file\n")


def test_fix_rewrites_and_a_second_run_has_nothing_to_do(project: Path) -> None:
    first = run("--fix", project)
    assert (first.return_value, first.output) == (0, "no findings, 1 fixed in 2 files\n")
    text = (project / "one.py").read_text("utf-8")
    assert 'return Join(on="/", values=[execution_prefix, "a"])' in text
    assert run("--fix", project).output == "no findings in 2 files\n"
    assert (project / "one.py").read_text("utf-8") == text


def test_diff_shows_the_change_and_writes_nothing(project: Path) -> None:
    result = run("--diff", project.name)
    assert result.return_value == 1
    assert "--- my builders/one.py\n" in result.stdout
    assert "+from sagemaker.workflow.functions import Join\n" in result.stdout
    assert "no findings, 1 to be fixed in 2 files" in result.stderr
    assert (project / "one.py").read_text("utf-8") == BUILDER


def test_files_that_cannot_be_checked_are_all_named_and_the_others_checked(project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n", "utf-8")
    (project / "latin.py").write_bytes(b"x = '\xe9'\n")
    (project / "null.py").write_bytes(b"x = 1\x00\n")
    result = run("--fix", project, project / "missing.py")
    assert result.return_value == 2
    assert result.stdout == "no findings, 1 fixed in 2 files\n"
    for name in ("broken.py", "latin.py", "null.py", "missing.py"):
        assert name in result.stderr
    assert "broken.py is not Python: invalid syntax" in result.stderr
    assert (project / "broken.py").read_text("utf-8") == "def f(:\n"


def test_json_has_every_finding_for_programs(project: Path) -> None:
    data = json.loads(run("--format", "json", project.name).output)
    (finding,) = data["findings"]
    assert (data["checked"], data["fixed"], data["unchecked"]) == (2, 0, [])
    assert (finding["line"], finding["column"], finding["end_column"]) == (2, 19, 42)


def test_sarif_has_the_required_shape_with_relative_uris(project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n", "utf-8")
    log = json.loads(run("--format", "sarif", project.resolve()).stdout)
    jsonschema.validate(log, SARIF, format_checker=jsonschema.FormatChecker())
    results = log["runs"][0]["results"]
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results]
    assert uris == ["my%20builders/one.py", "my%20builders/broken.py"]
    region = results[0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 19, "endLine": 2, "endColumn": 42}


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--select", "CUR0901"], 1),
        (["--select", "CUR091"], 0),
        (["--ignore", "cur0901,CUR0902"], 0),
        (["--ignore", "CUR0902"], 1),
    ],
)
def test_codes_are_chosen_by_their_beginnings(
    project: Path, options: list[str], count: int
) -> None:
    result = run(project, *options, "--format", "json")
    assert len(json.loads(result.output)["findings"]) == count


def test_an_unknown_code_is_a_usage_error(project: Path) -> None:
    result = CliRunner().invoke(cli, ["lint", str(project), "--select", "E501"])
    assert result.exit_code == 2
    assert "no such code: E501" in result.output


def test_hidden_and_installed_folders_are_left_out_and_files_are_checked_once(
    project: Path,
) -> None:
    for name in (".hidden", "env", "__pycache__"):
        (project / name).mkdir()
        (project / name / "builder.py").write_text(BUILDER, "utf-8")
    (project / "env" / "pyvenv.cfg").write_text("")
    (project / "again").symlink_to(project)
    assert "1 finding in 2 files" in run(project, project / "one.py", project).output


@pytest.mark.parametrize("args", [["lint", "--help"], ["lint", "two.py"]], ids=" ".join)
def test_the_linter_loads_neither_libcst_nor_sagemaker_where_it_fixes_nothing(
    project: Path, args: list[str]
) -> None:
    code = (
        "import sys\nfrom cursus.cli import main\n"
        f"try:\n    main({args!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'libcst', 'sagemaker', 'pydantic', 'pandas'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
