"""Scripts against what builders, contracts and step types say of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cursus.kernel.plugins import load_plugins
from cursus.lint import lint_paths
from cursus.lint.contracts import step_type_mismatches

BUILDER = """
def build(processor, prefix, job_type):
    outputs = [ProcessingOutput(source="/opt/ml/processing/output/data", destination=prefix)]
    return processor.run(
        code=os.path.join("scripts", "prepare.py"),
        inputs=[ProcessingInput(source=prefix, destination="/opt/ml/processing/input/raw")],
        outputs=outputs,
        arguments=["--job-type", job_type],
    )
"""
SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--job-type", "-j", required=True)
args = parser.parse_args()
raw = "/opt/ml/processing/input/raw/part.csv"
out = "/opt/ml/processing/output/data/"
"""
CONTRACT = """
PREPARE = ScriptContract(
    entry_point="prepare.py",
    expected_input_paths={"DATA": "/opt/ml/processing/input/data"},
    expected_output_paths={"processed": "/opt/ml/processing/output"},
    expected_arguments={"job-type": "training"},
    required_env_vars=["LABEL"],
    optional_env_vars={"RATIO": "0.7"},
)
"""
MAIN = """
import os
def main(input_paths, output_paths, environ_vars, job_args):
    return input_paths["DATA"], output_paths["processed"], environ_vars["LABEL"], os.environ.get("HOME")
"""


def found(folder: Path, **texts: str) -> list[str]:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return [f"{f.file.name}:{f.line} {f.code} {f.message}" for f in lint_paths([folder]).findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    return tmp_path


def check(folder: Path, builder: str, script: str) -> list[str]:
    (folder / "scripts" / "prepare.py").write_text(script)
    return found(folder, builder=builder)


def test_a_builder_and_its_script_that_agree_give_nothing(folder: Path) -> None:
    assert check(folder, BUILDER, SCRIPT) == []


def test_a_container_path_that_is_not_mounted_is_found(folder: Path) -> None:
    (line,) = check(folder, BUILDER, SCRIPT.replace("input/raw/part", "input/raw2/part"))
    assert line.startswith(
        "prepare.py:6 CUR0914 /opt/ml/processing/input/raw2/part.csv is not mounted"
    )
    assert (
        "builder.py:4 declares /opt/ml/processing/input/raw, /opt/ml/processing/output/data" in line
    )


def test_a_path_of_a_docstring_is_no_use_of_it(folder: Path) -> None:
    assert check(folder, BUILDER, '"""/opt/ml/processing/other"""\n' + SCRIPT) == []


def test_an_argument_that_the_script_does_not_take_is_found_in_the_builder(folder: Path) -> None:
    lines = check(folder, BUILDER.replace("--job-type", "--job_type"), SCRIPT)
    assert [line.partition(" is")[0] for line in lines] == [
        "builder.py:4 CUR0913 argument --job_type",
        "prepare.py:4 CUR0913 argument --job-type",
    ]


def test_a_script_that_ignores_unknown_arguments_takes_any(folder: Path) -> None:
    script = SCRIPT.replace("parse_args", "parse_known_args").replace(", required=True", "")
    assert check(folder, BUILDER.replace("--job-type", "--other"), script) == []


def test_ports_that_are_computed_are_not_compared(folder: Path) -> None:
    builder = BUILDER.replace('"/opt/ml/processing/input/raw"', "self.path")
    assert check(folder, builder, SCRIPT.replace("raw/part", "elsewhere/part")) == []


def test_two_scripts_of_one_name_are_not_guessed_between(folder: Path) -> None:
    (folder / "other").mkdir()
    for name in ("scripts", "other"):
        (folder / name / "prepare.py").write_text(MAIN.replace('"DATA"', '"WRONG"'))
    assert found(folder, contract=CONTRACT) == []


def test_a_contract_and_its_script_that_agree_give_nothing(folder: Path) -> None:
    assert found(folder, contract=CONTRACT, prepare=MAIN) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('input_paths["DATA"]', 'input_paths["RAW"]', "CUR0911"),
        ('output_paths["processed"]', 'output_paths.get("scores")', "CUR0911"),
        ('environ_vars["LABEL"]', 'environ_vars["TARGET"]', "CUR0912"),
        ('os.environ.get("HOME")', 'os.environ["TARGET"]', "CUR0912"),
    ],
)
def test_a_name_that_a_contract_does_not_have_is_found(
    folder: Path, old: str, new: str, code: str
) -> None:
    (line,) = found(folder, contract=CONTRACT, prepare=MAIN.replace(old, new))
    assert line.startswith(f"prepare.py:4 {code} ")
    assert "contract.py:2" in line


def test_a_silenced_line_of_a_script_is_not_reported(folder: Path) -> None:
    script = (
        MAIN.replace('input_paths["DATA"]', 'input_paths["RAW"]').rstrip() + "  # noqa: CUR0911\n"
    )
    assert found(folder, contract=CONTRACT, prepare=script) == []


def test_an_installed_step_types_script_is_compared_with_its_declaration() -> None:
    (owned,) = load_plugins().owners["TabularPreprocessing"]
    path = owned.step_type.script and owned.step_type.script.path()
    assert path
    text = (
        path.read_text("utf-8").replace('"LABEL_FIELD"', '"LABEL"').replace('["DATA"]', '["DATEN"]')
    )
    codes = {finding.code for finding in step_type_mismatches(owned.step_type, path, text)}
    assert codes == {"CUR0911", "CUR0912"}
    assert lint_paths([path]).findings == ()


def test_columns_of_contract_findings_count_characters(folder: Path) -> None:
    script = 'x = ("é€", input_paths["nope"]); y = 1\n'
    (folder / "prepare.py").write_text(script, "utf-8")
    (folder / "contract.py").write_text(CONTRACT, "utf-8")
    (finding,) = lint_paths([folder]).findings
    assert finding.code == "CUR0911"
    assert script[finding.column - 1 :].startswith('"nope"')
    assert finding.end_column - finding.column == len("nope")
