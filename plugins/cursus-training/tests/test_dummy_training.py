"""A pretrained model is checked, joined with its hyperparameters and passed on; a bad archive is not."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xgboost as xgb

if TYPE_CHECKING:
    import subprocess
    from types import ModuleType

Pass = Callable[..., Path]
Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture(scope="session")
def script(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("dummy_training")


@pytest.fixture
def pass_on(script: ModuleType, tmp_path: Path) -> Pass:
    """Run main on a model and hyperparameters; give the archive that it writes."""

    def run(model: Path, hyperparameters: Mapping[str, Any] | None = None) -> Path:
        inputs = {"model_artifacts_input": str(model)}
        if hyperparameters is not None:
            (tmp_path / "hyperparameters.json").write_text(json.dumps(hyperparameters))
            inputs["hyperparameters_s3_uri"] = str(tmp_path)
        script.main(inputs, {"model_output": str(tmp_path / "out")}, {}, argparse.Namespace())
        return tmp_path / "out" / "model.tar.gz"

    return run


@pytest.fixture
def pretrained(trained: Any, tmp_path: Path) -> Path:
    """Pack the XGBoost model that training made of real flights, as a training job leaves it."""
    archive = tmp_path / "job" / "output" / "model.tar.gz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(trained.model, ".")
    return archive


def contents(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as packed:
        files = {member.name: packed.extractfile(member) for member in packed.getmembers()}
        return {name: content.read() for name, content in files.items() if content}


def file(name: str, content: bytes = b"x") -> Member:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Member:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def pack(folder: Path, *members: Member) -> Path:
    archive = folder / "given.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for member, content in members:
            packed.addfile(member, io.BytesIO(content))
    return archive


def test_every_file_of_the_model_is_passed_on_as_it_is(
    pass_on: Pass, pretrained: Path, trained: Any
) -> None:
    passed = contents(pass_on(pretrained))

    originals = {path.name: path.read_bytes() for path in trained.model.iterdir()}
    assert passed == originals
    booster = xgb.Booster()
    booster.load_model(bytearray(passed["xgboost_model.json"]))
    assert (
        booster.num_boosted_rounds() == trained.read_json("hyperparameters.json")["boosted_rounds"]
    )


@pytest.mark.parametrize("place", [".", "..", "../..", "model.tar.gz"])
def test_the_archive_is_found_by_its_path_and_below_a_folder(
    pass_on: Pass, pretrained: Path, place: str
) -> None:
    assert "xgboost_model.json" in contents(pass_on(pretrained.parent / place))


def test_two_runs_write_the_same_bytes_without_times_and_owners(
    pass_on: Pass, pretrained: Path
) -> None:
    first = pass_on(pretrained).read_bytes()

    archive = pass_on(pretrained)

    assert archive.read_bytes() == first
    with tarfile.open(archive) as packed:
        assert {(member.mtime, member.uid, member.uname) for member in packed} == {(0, 0, "")}


def test_given_hyperparameters_win_and_those_that_training_noted_stay(
    pass_on: Pass, pretrained: Path, trained: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = pass_on(pretrained, {"eta": 0.9, "team": "flights"})

    joined = json.loads(contents(archive)["hyperparameters.json"])
    own = trained.read_json("hyperparameters.json")
    assert joined == {**own, "eta": 0.9, "team": "flights"}
    assert "given instead of the model's own: eta\n" in capsys.readouterr().out


def test_hyperparameters_are_added_to_a_model_that_has_none(pass_on: Pass, tmp_path: Path) -> None:
    archive = pack(tmp_path, file("./model.pth"))

    passed = contents(pass_on(archive, {"label_name": "late"}))

    assert sorted(passed) == ["hyperparameters.json", "model.pth"]
    assert json.loads(passed["hyperparameters.json"]) == {"label_name": "late"}


def test_a_model_without_any_hyperparameters_is_passed_on_with_a_warning(
    pass_on: Pass, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contents(pass_on(pack(tmp_path, file("model.pth")))) == {"model.pth": b"x"}
    assert "warning: there is no hyperparameters.json" in capsys.readouterr().out


def test_a_link_to_a_file_of_the_archive_becomes_that_file(pass_on: Pass, tmp_path: Path) -> None:
    archive = pack(
        tmp_path,
        file("blobs/a", b"weights"),
        link("model.pth", "blobs/a"),
        link("deep/model.pth", "../blobs/a"),
        link("hard.pth", "blobs/a", tarfile.LNKTYPE),
    )

    passed = contents(pass_on(archive))

    assert passed == dict.fromkeys(
        ["blobs/a", "model.pth", "deep/model.pth", "hard.pth"], b"weights"
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([file("../outside")], r"'\.\./outside' leads out of the folder"),
        ([file("a/../../outside")], "leads out of the folder"),
        ([file("/etc/cron.d/job")], "'/etc/cron.d/job' leads out of the folder"),
        ([file("a\\..\\outside")], "leads out of the folder"),
        ([link("model.pth", "/etc/passwd")], r"a link leads out of the archive.*etc/passwd"),
        ([link("model.pth", "../../etc/passwd")], "a link leads out of the archive"),
        ([link("model.pth", "/etc/passwd", tarfile.LNKTYPE)], "a link leads out of the archive"),
        ([link("a", "b"), link("b", "a")], "its links lead in a circle"),
        ([link("pipe", "", tarfile.FIFOTYPE)], "'pipe' is neither a file nor a folder"),
        ([link("disk", "", tarfile.BLKTYPE)], "'disk' is neither a file nor a folder"),
        ([file("a"), file("./a")], "'./a' is there twice"),
        ([file("a"), file("a/b")], "'a/b' is there twice, or as file and folder"),
        ([file("a/b"), file("a")], "'a' is there twice, or as file and folder"),
        ([file("hyperparameters.json", b"{}")], "holds no file of a model"),
        ([], "holds no file of a model"),
        ([file("m"), file("hyperparameters.json", b"{")], "hyperparameters.json of .* is no JSON"),
        ([file("m"), file("hyperparameters.json", b"[1]")], "must be a JSON object"),
    ],
)
def test_an_archive_that_nobody_should_unpack_is_refused_and_nothing_is_left(
    pass_on: Pass, tmp_path: Path, members: list[Member], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pass_on(pack(tmp_path, *members))

    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("cut", "Compressed file ended"),
        ("flipped", "CRC check failed"),
        ("header", "it breaks off after 1 members"),
        ("text", "it is no tar archive"),
    ],
)
def test_a_damaged_archive_is_refused_and_nothing_is_left(
    pass_on: Pass, tmp_path: Path, damage: str, message: str
) -> None:
    archive = pack(tmp_path, file("a", bytes(2000)), file("b", bytes(range(256)) * 20))
    content = bytearray(archive.read_bytes())
    if damage == "header":
        content = bytearray(gzip.decompress(content))
        content[2560 + 148] ^= 0xFF  # the checksum in the header of b
    elif damage == "flipped":
        content[-6] ^= 0xFF  # the checksum of gzip
    archive.write_bytes({"cut": content[:-30], "text": b"no archive"}.get(damage, content))

    with pytest.raises(ValueError, match=rf"given\.tar\.gz cannot be passed on: {message}"):
        pass_on(archive)

    assert list((tmp_path / "out").iterdir()) == []


def test_what_was_there_before_stays_where_a_new_archive_is_refused(
    pass_on: Pass, pretrained: Path, tmp_path: Path
) -> None:
    before = pass_on(pretrained).read_bytes()

    with pytest.raises(ValueError, match="leads out"):
        pass_on(pack(tmp_path, file("a"), file("../b")))

    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        "model.tar.gz": before
    }


def test_a_folder_must_hold_one_archive(pass_on: Pass, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.pth").touch()
    with pytest.raises(FileNotFoundError, match=r"one model\.tar\.gz; it holds model\.pth"):
        pass_on(tmp_path / "model")
    for job in ("a", "b"):
        (tmp_path / "model" / job).mkdir()
        (tmp_path / "model" / job / "model.tar.gz").touch()
    with pytest.raises(FileNotFoundError, match=r"it holds a/model\.tar\.gz, b/model\.tar\.gz"):
        pass_on(tmp_path / "model")


def test_a_model_that_is_not_there_is_named(pass_on: Pass, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone does not exist; mend pretrained_model_path"):
        pass_on(tmp_path / "gone")


def test_without_a_model_the_remedy_is_said(script: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not bound; set pretrained_model_path, or add an edge"):
        script.main({}, {"model_output": str(tmp_path)}, {}, argparse.Namespace())


def test_given_hyperparameters_that_are_not_there_are_named(
    script: ModuleType, pretrained: Path, tmp_path: Path
) -> None:
    inputs = {"model_artifacts_input": str(pretrained), "hyperparameters_s3_uri": str(tmp_path)}
    with pytest.raises(FileNotFoundError, match=r"hyperparameters\.json does not exist"):
        script.main(inputs, {"model_output": str(tmp_path / "out")}, {}, argparse.Namespace())


@pytest.mark.parametrize("folder", ["code/hyperparams", "hyperparameters_s3_uri"])
def test_it_runs_as_a_program_in_the_container(
    run_program: Callable[..., subprocess.CompletedProcess[str]],
    pretrained: Path,
    tmp_path: Path,
    folder: str,
) -> None:
    inputs = tmp_path / "ml" / "processing" / "input"
    (inputs / "model_artifacts_input").mkdir(parents=True)
    pretrained.rename(inputs / "model_artifacts_input" / "model.tar.gz")
    (inputs / folder).mkdir(parents=True)
    (inputs / folder / "hyperparameters.json").write_text('{"team": "flights"}')

    done = run_program("dummy_training")

    assert done.returncode == 0, done.stderr
    archive = tmp_path / "ml" / "processing" / "output" / "model" / "model.tar.gz"
    assert json.loads(contents(archive)["hyperparameters.json"])["team"] == "flights"
    assert "passed on 6 files of model.tar.gz" in done.stdout
