"""What a script can write: its own folders, and nothing else of this machine."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cursus import isolation
from cursus.isolation import ScriptResult, ScriptRun, run_script

CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000


def _can_protect() -> bool:
    """Ask the kernel in a child, as run_script does."""
    flags = CLONE_NEWNS if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNS
    child = os.fork()
    if child == 0:
        os._exit(0 if ctypes.CDLL(None).unshare(flags) == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


protected = pytest.mark.skipif(
    sys.platform != "linux" or not _can_protect(), reason="no mount namespaces are allowed here"
)


def run(text: str, folder: Path, **fields: object) -> ScriptResult:
    script = folder / "code" / "script.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text)
    return run_script(ScriptRun(script=script, folder=folder / "work", **fields))  # type: ignore[arg-type]


@protected
def test_a_container_path_of_the_host_cannot_be_written(tmp_path: Path) -> None:
    result = run("import os\ndef main(i, o, e, a): os.makedirs('/opt/ml/model')", tmp_path)
    assert (result.status, result.not_enforced) == ("failed", ())
    assert "is a path of the container" in result.hint
    assert not Path("/opt/ml/model").exists()


@protected
@pytest.mark.parametrize("write", ["os.makedirs('/opt/ml/model')", "open('/opt/ml/x', 'w')"])
def test_a_write_to_the_container_that_the_script_passes_over_is_a_failure(
    tmp_path: Path, write: str
) -> None:
    text = f"import os\ndef main(i, o, e, a):\n    try: {write}\n    except OSError: pass"
    result = run(text, tmp_path)
    assert result.status == "failed"
    assert result.error.startswith("it tried to write to /opt/ml")
    assert result.hint == "write to the folders in output_paths"


@protected
def test_looking_for_the_container_is_no_failure(tmp_path: Path) -> None:
    text = """
import os
def main(i, o, e, a):
    try:
        print(os.path.exists('/opt/ml'), open('/opt/ml/x').read())
    except OSError:
        pass
"""
    assert run(text, tmp_path).error == ""


@protected
def test_neither_inputs_nor_the_code_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = """
def main(i, o, e, a):
    for path in (i["DATA"] + "/x", __file__):
        try:
            open(path, "w")
        except OSError as exc:
            print(exc.strerror)
"""
    result = run(text, tmp_path, input_paths={"DATA": tmp_path / "data"})
    assert result.stdout == "Read-only file system\n" * 2


@protected
def test_the_protection_cannot_be_undone_from_inside(tmp_path: Path) -> None:
    text = """
import ctypes, os
def main(i, o, e, a):
    libc, code = ctypes.CDLL(None), os.path.dirname(__file__).encode()
    def undo():
        print(libc.mount(b"none", code, None, 32 | 4096, None), libc.umount2(b"/tmp", 2))
    undo()
    print(libc.unshare(0x00020000), libc.unshare(0x10020000) in (0, -1))
    undo()
    open(__file__, "a").write("undone")
"""
    result = run(text, tmp_path)
    assert result.stdout.splitlines() == ["-1 -1", "-1 True", "-1 -1"]
    assert result.error.startswith("OSError: [Errno 30] Read-only file system")
    assert (tmp_path / "code" / "script.py").read_text() == text
    assert result.not_enforced == ()


@protected
def test_rights_over_the_machine_are_given_up(tmp_path: Path) -> None:
    text = "def main(i, o, e, a): print(open('/proc/self/status').read())"
    told = dict(
        line.split(":\t") for line in run(text, tmp_path).stdout.splitlines() if ":\t" in line
    )
    assert told["NoNewPrivs"] == "1"
    for held in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(told[held], 16) & ~0b100_1111_1011 == 0


@protected
def test_a_temporary_file_stays_the_runs_own(tmp_path: Path) -> None:
    text = """
import tempfile
def main(i, o, e, a):
    path = tempfile.gettempdir() + "/of-cursus-test"
    open(path, "w").write("x")
    print(tempfile.gettempdir(), open(path).read())
"""
    assert run(text, tmp_path).stdout.split() == [tempfile.gettempdir(), "x"]
    assert not Path(tempfile.gettempdir(), "of-cursus-test").exists()


@protected
def test_outputs_and_the_working_folder_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    more = tmp_path / "more"
    text = f"""
def main(i, o, e, a):
    open("here", "w"); open(o["out"] + "/there", "w"); open({str(more / "x")!r}, "w")
"""
    result = run(text, tmp_path, output_paths={"out": tmp_path / "out"}, writable=(more,))
    assert result.error == ""
    assert (tmp_path / "work" / "here").exists()
    assert (tmp_path / "out" / "there").exists()
    assert (more / "x").exists()


@protected
@pytest.mark.skipif(not Path("/opt").is_dir(), reason="container paths need a folder /opt")
def test_a_program_finds_its_folders_under_the_containers_paths(tmp_path: Path) -> None:
    source, target = tmp_path / "data", tmp_path / "out"
    source.mkdir()
    target.mkdir()
    (source / "x.csv").write_text("rows")
    text = "open('/opt/ml/model/m', 'w').write(open('/opt/ml/input/data/x.csv').read())"
    mounts = {"/opt/ml/input/data": source, "/opt/ml/model": target}
    before = sorted(Path("/opt").iterdir())
    result = run(text, tmp_path, mounts=mounts, output_paths={"model": target})
    assert result.error == ""
    assert (target / "m").read_text() == "rows"
    assert sorted(Path("/opt").iterdir()) == before


@protected
@pytest.mark.skipif(not Path("/opt").is_dir(), reason="container paths need a folder /opt")
def test_a_script_with_main_does_not_get_the_containers_paths(tmp_path: Path) -> None:
    mounts = {"/opt/ml/input/data": tmp_path}
    text = "import os\ndef main(i, o, e, a): print(os.path.exists('/opt/ml/input/data'))"
    assert run(text, tmp_path, mounts=mounts).stdout == "False\n"


@protected
def test_processes_of_the_host_are_out_of_sight(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gets a process namespace")
    text = "import os\ndef main(i, o, e, a): print(sorted(n for n in os.listdir('/proc') if n.isdigit()))"
    assert run(text, tmp_path).stdout == "['1', '2']\n"


def test_without_protection_that_is_said_and_container_writes_are_found_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = tmp_path / "container"
    (container / "model").mkdir(parents=True)
    (container / "model" / "old").write_text("")
    monkeypatch.setattr(isolation, "CONTAINER", container)
    (tmp_path / "ctypes.py").write_text("raise ImportError('no ctypes')")
    text = f"def main(i, o, e, a): open({str(container / 'model' / 'new')!r}, 'w')"
    result = run(text, tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert result.status == "failed"
    assert str(container / "model" / "new") in result.error
    assert "old" not in result.error
    assert result.not_enforced == ("writes outside the run's folders (no ctypes)",)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root to leave it")
def test_a_user_without_rights_is_protected_through_a_user_namespace() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o777)
        package = folder / "cursus"
        package.mkdir()
        for name in (
            "errors",
            "files",
            "isolation",
            "isolation_child",
            "isolation_journal",
            "isolation_mounts",
            "hints",
            "process_tree",
        ):
            shutil.copy(Path(isolation.__file__).with_name(f"{name}.py"), package)
        (package / "__init__.py").write_text("")
        text = "import os\ndef main(i, o, e, a): print(os.getuid()); os.makedirs('/var/tmp/../x')"
        (folder / "script.py").write_text(text)
        order = (
            "from pathlib import Path; from cursus.isolation import *; from cursus.isolation import run_script;"
            f"r = run_script(ScriptRun(script=Path('script.py'), folder=Path({str(folder)!r}, 'w')));"
            "print(r.stdout.strip(), r.error, r.not_enforced)"
        )
        python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
        if python is None:
            pytest.skip("no Python that another user could start")
        told = subprocess.run(
            [python, "-c", order], cwd=folder, user=65534, group=65534, capture_output=True, text=True, check=False
        )  # fmt: skip
    finally:
        shutil.rmtree(folder)
    assert told.stderr == ""
    assert (
        told.stdout.startswith("65534 OSError: [Errno 30]") or "no mount namespace" in told.stdout
    )
