"""Real scripts in processes of their own: the contract, programs, and every way to fail."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from cursus.isolation import ScriptResult, ScriptRun, run_script

if TYPE_CHECKING:
    from collections.abc import Mapping


class Start(Protocol):
    def __call__(self, text: str, **fields: Any) -> ScriptResult: ...


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Write a script into a folder `code` and run it."""

    def run(text: str, *, files: Mapping[str, str] | None = None, **fields: Any) -> ScriptResult:
        code = tmp_path / "code"
        for name, content in {"script.py": text, **(files or {})}.items():
            path = code / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        name = fields.pop("name", "script.py")
        return run_script(ScriptRun(script=code / name, folder=tmp_path / "work", **fields))

    return run


def test_main_gets_paths_environment_and_typed_arguments(start: Start, tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    source.write_text("a\n1\n")
    target = tmp_path / "out"
    target.mkdir()
    text = """
def main(input_paths, output_paths, environ_vars, job_args):
    rows = open(input_paths["DATA"]).read()
    open(output_paths["out"] + "/copy.txt", "w").write(rows + environ_vars["LABEL"])
    print(job_args)
"""
    result = start(
        text,
        input_paths={"DATA": source},
        output_paths={"out": target},
        environment={"LABEL": "late"},
        arguments=("--job_type", "training", "--rows=3", "--id", "007", "--rate", "0.5", "--dry"),
    )
    assert (result.status, result.exit_code, result.error) == ("passed", 0, "")
    assert (target / "copy.txt").read_text() == "a\n1\nlate"
    expected = "Namespace(job_type='training', rows=3, id='007', rate=0.5, dry=True)\n"
    assert result.stdout == expected


def test_the_environment_is_also_in_os_environ_and_holds_nothing_of_the_host(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not for scripts")
    text = (
        "import os\ndef main(i, o, e, a):\n"
        "    print(os.environ['LABEL'] == e['LABEL'], 'AWS_SECRET_ACCESS_KEY' in os.environ)"
    )
    assert start(text, environment={"LABEL": "x"}).stdout == "True False\n"


def test_modules_beside_the_script_are_imported_by_name_and_relatively(start: Start) -> None:
    files = {"tables.py": "NAME = 'tables'"}
    text = "import tables\nfrom .tables import NAME\ndef main(i, o, e, a): print(NAME)"
    assert start(text, files=files).stdout == "tables\n"


def test_a_package_around_the_script_can_be_imported_from(start: Start) -> None:
    files = {
        "project/__init__.py": "",
        "project/limits.py": "MOST = 7",
        "project/steps/__init__.py": "",
        "project/steps/run.py": "from ..limits import MOST\nimport project.limits\n"
        "def main(i, o, e, a): print(MOST, project.limits.MOST)",
    }
    assert start("", files=files, name="project/steps/run.py").stdout == "7 7\n"


def test_modules_of_cursus_do_not_stand_in_for_the_scripts_imports(start: Start) -> None:
    result = start("import dag\ndef main(i, o, e, a): pass")
    assert result.error == "ModuleNotFoundError: No module named 'dag' (script.py:1 in the module)"
    assert "-m pip install dag" in result.hint


def test_a_script_without_main_runs_as_a_program(start: Start) -> None:
    text = "import sys\nif __name__ == '__main__':\n    print(sys.argv[1:])"
    result = start(text, arguments=("--epochs", "2"))
    assert (result.status, result.stdout) == ("passed", "['--epochs', '2']\n")


def test_a_main_without_the_four_arguments_belongs_to_a_program(start: Start) -> None:
    text = "def main():\n    print('ran')\nif __name__ == '__main__':\n    main()"
    assert start(text).stdout == "ran\n"


def test_worker_processes_can_be_spawned(start: Start) -> None:
    text = """
import multiprocessing
def double(number):
    return 2 * number
def main(i, o, e, a):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
"""
    assert start(text).stdout == "[2, 4]\n"


@pytest.mark.parametrize("value", ["2", "True", "False", "'done'", "{}"])
def test_an_odd_return_value_is_a_failure(start: Start, value: str) -> None:
    result = start(f"def main(i, o, e, a): return {value}")
    assert result.status == "failed"
    assert result.error == f"main returned {value}, which is neither None nor 0"


@pytest.mark.parametrize("value", ["None", "0"])
def test_nothing_and_zero_are_success(start: Start, value: str) -> None:
    assert start(f"def main(i, o, e, a): return {value}").status == "passed"


def test_a_raised_exception_is_told_with_its_place_and_traceback(start: Start) -> None:
    result = start("def load():\n    raise ValueError('no rows')\ndef main(i, o, e, a): load()")
    assert (result.status, result.exit_code) == ("failed", 1)
    assert result.error == "ValueError: no rows (script.py:2 in load)"
    assert result.stderr.startswith("Traceback")
    assert "isolation_child" not in result.stderr


@pytest.mark.parametrize(
    ("argument", "status", "code"), [("0", "passed", 0), ("", "passed", 0), ("3", "failed", 3)]
)
def test_a_system_exit_counts_by_its_code(
    start: Start, argument: str, status: str, code: int
) -> None:
    result = start(f"import sys\ndef main(i, o, e, a): sys.exit({argument})")
    assert (result.status, result.exit_code) == (status, code)


def test_a_system_exit_with_a_text_is_an_error_message(start: Start) -> None:
    result = start("def main(i, o, e, a): raise SystemExit('no data')")
    assert result.error == "it ended itself with exit code 1: no data"


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGTERM"])
def test_death_by_a_signal_is_a_failure_that_names_it(start: Start, name: str) -> None:
    text = f"import os, signal\ndef main(i, o, e, a): os.kill(os.getpid(), signal.{name})"
    result = start(text)
    assert (result.status, result.exit_code) == ("failed", -getattr(signal, name))
    assert name in result.error


def test_leaving_before_main_returns_is_a_failure(start: Start) -> None:
    result = start("import os\ndef main(i, o, e, a): os._exit(0)")
    assert (result.status, result.error) == ("failed", "the process ended before main returned")


def test_a_script_that_closes_every_open_file_passes(start: Start) -> None:
    assert start("import os\ndef main(i, o, e, a): os.closerange(3, 4096)").error == ""


def test_what_a_script_writes_to_unknown_files_does_not_hide_its_error(start: Start) -> None:
    text = """
import os
def main(i, o, e, a):
    for number in range(3, 20):
        try:
            os.write(number, b"x")
        except OSError:
            pass
    raise ValueError("no rows")
"""
    assert start(text).error == "ValueError: no rows (script.py:9 in main)"


def test_the_end_of_a_fork_is_not_the_scripts(start: Start) -> None:
    text = """
import os
def main(i, o, e, a):
    if os.fork() == 0:
        raise ValueError("of the fork")
    os.wait()
"""
    assert start(text).error == ""


def test_a_syntax_error_names_its_line(start: Start) -> None:
    result = start("def main(i, o, e, a):\n    return (")
    assert result.error.startswith("SyntaxError")
    assert "mend line 2 of" in result.hint


def test_a_hint_names_the_users_own_file_and_not_its_copy(start: Start, tmp_path: Path) -> None:
    own = tmp_path / "project" / "steps" / "run.py"
    result = start(
        "", files={"steps/run.py": "def main(i, o, e, a):\n  ("}, name="steps/run.py", source=own
    )
    assert f"mend line 2 of {own};" in result.hint
    assert str(tmp_path / "code") not in result.hint


def test_a_missing_interpreter_is_an_error(start: Start) -> None:
    result = start("def main(i, o, e, a): pass", python=Path("/nowhere/python"))
    assert (result.status, result.exit_code) == ("error", None)
    assert "/nowhere/python could not be started" in result.error


def test_a_long_log_is_cut_in_its_middle_and_kept_whole_on_disk(
    start: Start, tmp_path: Path
) -> None:
    result = start("def main(i, o, e, a):\n    for n in range(100000): print('line', n)")
    assert result.stdout.startswith("line 0\n")
    assert result.stdout.endswith("line 99999\n")
    assert "bytes left out" in result.stdout
    assert len(result.stdout) < 70_000
    assert len((tmp_path / "work" / "stdout.log").read_text().splitlines()) == 100_000


def test_an_unknown_path_key_is_answered_with_the_known_ones(start: Start, tmp_path: Path) -> None:
    paths = {"DATA": tmp_path, "SIGNATURE": tmp_path}
    result = start("def main(i, o, e, a): i['data']", input_paths=paths)
    assert result.error == "KeyError: 'data' (script.py:1 in main)"
    assert result.hint == "input_paths has DATA, SIGNATURE; did you mean DATA?"


def test_an_unset_variable_is_answered_with_the_set_ones(start: Start) -> None:
    text = "import os\ndef main(i, o, e, a): os.environ['LABEL']"
    assert start(text, environment={"LABEL_FIELD": "x"}).hint.startswith(
        "the step sets LABEL_FIELD"
    )


def test_a_missing_file_is_answered_with_what_the_folder_holds(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "data" / "train").mkdir(parents=True)
    text = "def main(i, o, e, a): open(i['data'] + '/training/x.csv')"
    result = start(text, input_paths={"data": tmp_path / "data"})
    assert result.hint == f"{tmp_path / 'data'} holds train; did you mean train?"
