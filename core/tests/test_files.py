"""What is written where: files whole, links kept, pipes fed, refusals named."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from cursus.cli import main
from cursus.errors import OutputError
from cursus.files import write_text


def test_a_link_stays_and_its_target_gets_the_text(tmp_path: Path) -> None:
    real = tmp_path / "real" / "p.json"
    real.parent.mkdir()
    real.write_text("old", "utf-8")
    (tmp_path / "p.json").symlink_to(real)
    write_text(tmp_path / "p.json", "new")
    assert (tmp_path / "p.json").is_symlink()
    assert real.read_text("utf-8") == "new"


def test_a_link_to_nothing_gets_its_target(tmp_path: Path) -> None:
    (tmp_path / "p.json").symlink_to(tmp_path / "later.json")
    write_text(tmp_path / "p.json", "new")
    assert (tmp_path / "later.json").read_text("utf-8") == "new"


def test_a_pipe_takes_the_text_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[str] = []
    reader = Thread(target=lambda: found.append(pipe.read_text("utf-8")), daemon=True)
    reader.start()
    write_text(pipe, "new")
    reader.join(5)
    assert found == ["new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_the_system_refuses_names_path_and_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/p\.json cannot be written: .*exists"):
        write_text(tmp_path / "file" / "p.json", "new")
    with pytest.raises(OutputError, match=f"{tmp_path} cannot be written: Is a directory"):
        write_text(tmp_path, "new")


def test_a_path_that_cannot_be_written_is_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["catalog", "export", "xgboost_simple", "--dag", "/proc/a"])
    assert caught.value.code == 2
    assert "/proc/a cannot be written: " in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a stream that is always full")
def test_a_full_output_is_said_in_one_line() -> None:
    code = "from cursus.cli import main; main(['catalog', 'list'])"
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.decode() == "the output cannot be written: No space left on device\n"


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    code = "from cursus.cli import main; main(['catalog', 'list'])"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")
