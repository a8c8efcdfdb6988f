"""The packaging script on a real model, and on inputs from which no endpoint could serve."""

from __future__ import annotations

import argparse
import io
import json
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Run = Callable[..., dict[str, bytes]]

MODEL_FILES = {
    "feature_columns.txt",
    "hyperparameters.json",
    "impute_dict.json",
    "risk_table_map.json",
    "xgboost_model.json",
}


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("package")


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    (folder / "lib" / "__pycache__").mkdir(parents=True)
    (folder / "inference.py").write_text("import lib.features\n")
    (folder / "lib" / "features.py").write_text("NAMES = []\n")
    (folder / "lib" / "__pycache__" / "features.pyc").write_bytes(b"\x00")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("")
    return folder


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    folder = tmp_path / "calibration"
    folder.mkdir()
    (folder / "calibration_model.json").write_text('{"curves": []}')
    return folder


@pytest.fixture
def run(script: ModuleType, tmp_path: Path) -> Run:
    """Run main on ports; give the members of the archive that it wrote."""

    def run_main(**ports: Path) -> dict[str, bytes]:
        inputs = {port: str(path) for port, path in ports.items()}
        outputs = {"packaged_model": str(tmp_path / "out")}
        assert script.main(inputs, outputs, {}, argparse.Namespace()) is None
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["model.tar.gz"]
        return members(tmp_path / "out" / "model.tar.gz")

    return run_main


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        files = {member.name: tar.extractfile(member) for member in tar}
        return {name: file.read() for name, file in files.items() if file is not None}


def pack(archive: Path, files: dict[str, bytes]) -> Path:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return archive


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_model_at_the_root_code_and_calibration_below(
    run: Run, binary_model: Path, scripts: Path, calibration: Path
) -> None:
    packed = run(
        model_input=binary_model, inference_scripts_input=scripts, calibration_model=calibration
    )

    code = {"code/inference.py", "code/lib/features.py"}
    assert set(packed) == MODEL_FILES | code | {"calibration/calibration_model.json"}
    assert packed["xgboost_model.json"] == (binary_model / "xgboost_model.json").read_bytes()


@pytest.mark.parametrize(
    "place",
    [
        ("model/model.tar.gz", "model"),
        ("model/model.tar.gz", "model/model.tar.gz"),
        ("model/job-1/output/model.tar.gz", "model"),
    ],
)
def test_the_model_may_be_an_archive_wherever_training_leaves_it(
    run: Run, binary_model: Path, scripts: Path, tmp_path: Path, place: tuple[str, str]
) -> None:
    archive, given = place
    files = {f"./{name}": content for name, content in files_of(binary_model).items()}
    pack(tmp_path / archive, files)
    pack((tmp_path / archive).with_name("output.tar.gz"), {"val/predictions.csv": b"id\n"})

    packed = run(model_input=tmp_path / given, inference_scripts_input=scripts)

    assert {name for name in packed if "/" not in name} == MODEL_FILES
    assert packed["hyperparameters.json"] == (binary_model / "hyperparameters.json").read_bytes()


def test_a_single_file_may_be_given_as_script_and_as_calibration(
    run: Run, binary_model: Path, scripts: Path, calibration: Path
) -> None:
    packed = run(
        model_input=binary_model,
        inference_scripts_input=scripts / "inference.py",
        calibration_model=calibration / "calibration_model.json",
    )

    added = set(packed) - MODEL_FILES
    assert added == {"code/inference.py", "calibration/calibration_model.json"}


def test_code_and_calibration_of_an_earlier_package_are_replaced(
    run: Run, scripts: Path, calibration: Path, tmp_path: Path
) -> None:
    earlier = {"model.pth": b"1", "code/old.py": b"2", "calibration/old.json": b"3"}
    pack(tmp_path / "model" / "model.tar.gz", earlier)

    packed = run(
        model_input=tmp_path / "model",
        inference_scripts_input=scripts / "inference.py",
        calibration_model=calibration,
    )

    assert set(packed) == {"model.pth", "code/inference.py", "calibration/calibration_model.json"}


def test_code_that_the_model_brings_along_is_enough(run: Run, tmp_path: Path) -> None:
    pack(tmp_path / "model.tar.gz", {"model.pth": b"1", "code/inference.py": b"2"})

    packed = run(model_input=tmp_path / "model.tar.gz")

    assert set(packed) == {"model.pth", "code/inference.py"}


def test_the_same_files_give_the_same_bytes_whatever_their_times(
    script: ModuleType, binary_model: Path, scripts: Path, tmp_path: Path
) -> None:
    inputs = {"model_input": str(binary_model), "inference_scripts_input": str(scripts)}

    archives = []
    for seconds in (1, 2_000_000_000):
        os.utime(scripts / "inference.py", (seconds, seconds))
        out = tmp_path / str(seconds)
        script.main(inputs, {"packaged_model": str(out)}, {}, argparse.Namespace())
        archives.append((out / "model.tar.gz").read_bytes())

    assert archives[0] == archives[1]


def test_two_models_below_a_folder_are_ambiguous(run: Run, scripts: Path, tmp_path: Path) -> None:
    for job in ("job-1", "job-2"):
        pack(tmp_path / "model" / job / "output" / "model.tar.gz", {"model.pth": b"1"})

    with pytest.raises(
        ValueError, match=r"more than one model: job-1/output/model\.tar\.gz, job-2"
    ):
        run(model_input=tmp_path / "model", inference_scripts_input=scripts)


@pytest.mark.parametrize("python", ["with the filter", "without it"])
@pytest.mark.parametrize("member", ["../outside.txt", "link"])
def test_an_archive_that_would_leave_its_folder_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str, member: str
) -> None:
    if python == "without it":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    info = tarfile.TarInfo(member)
    if member == "link":
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.addfile(info)

    with pytest.raises(ValueError, match=r"model\.tar\.gz cannot be unpacked: .*(outside|link)"):
        run(model_input=tmp_path / "model.tar.gz")


def test_an_old_python_without_the_filter_unpacks_what_is_safe(
    run: Run, binary_model: Path, scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    archive = pack(tmp_path / "model.tar.gz", files_of(binary_model))

    packed = run(model_input=archive, inference_scripts_input=scripts)

    assert set(packed) > MODEL_FILES


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\x00cut"])
def test_an_archive_that_cannot_be_read_is_named(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.tar.gz").write_bytes(content)

    with pytest.raises(ValueError, match=r"model\.tar\.gz cannot be unpacked: \S"):
        run(model_input=tmp_path / "model.tar.gz")


@pytest.mark.parametrize("port", ["model_input", "inference_scripts_input", "calibration_model"])
def test_an_input_without_files_is_an_error(
    run: Run, binary_model: Path, scripts: Path, tmp_path: Path, port: str
) -> None:
    (tmp_path / "empty").mkdir()
    ports = {"model_input": binary_model, "inference_scripts_input": scripts}

    with pytest.raises(FileNotFoundError, match="empty holds no files"):
        run(**{**ports, port: tmp_path / "empty"})
    with pytest.raises(FileNotFoundError, match="absent does not exist"):
        run(**{**ports, port: tmp_path / "absent"})


def test_a_package_needs_a_python_file_for_code(
    run: Run, binary_model: Path, calibration: Path
) -> None:
    with pytest.raises(ValueError, match=r"no Python file for code/: set inference_scripts_dir"):
        run(model_input=binary_model, inference_scripts_input=calibration)


def test_a_model_of_code_only_is_an_error(run: Run, tmp_path: Path) -> None:
    archive = pack(tmp_path / "model.tar.gz", {"code/inference.py": b"1"})

    with pytest.raises(ValueError, match="no file of its own"):
        run(model_input=archive)


def test_it_runs_as_a_program(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    binary_model: Path,
    scripts: Path,
    tmp_path: Path,
) -> None:
    container = tmp_path / "ml/processing/input"
    pack(container / "model/model.tar.gz", files_of(binary_model))
    scripts.rename(container / "script")

    done = run_program("package", PIPELINE_NAME="flights")

    assert (done.returncode, done.stderr) == (0, "")
    assert "packed 7 files" in done.stdout
    assert "for flights:" in done.stdout
    packed = members(tmp_path / "ml/processing/output/model.tar.gz")
    assert json.loads(packed["hyperparameters.json"])["label_name"] == "late"
