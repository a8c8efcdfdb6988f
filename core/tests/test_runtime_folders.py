"""A run's folders: new for each run, and no part of anybody's source code."""

from __future__ import annotations

from pathlib import Path

import pytest
from cursus.errors import OutputError
from cursus.files import GENERATED_MARKER
from cursus.runtime.folders import file_name, new_run_folder


def test_each_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    one, other = new_run_folder(tmp_path), new_run_folder(tmp_path)
    assert one.root != other.root
    assert one.root.is_dir()


def test_runs_are_marked_as_generated_so_that_no_bundle_holds_them(tmp_path: Path) -> None:
    folder = new_run_folder(tmp_path)
    assert (folder.root.parent / GENERATED_MARKER).is_file()


def test_a_workspace_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OutputError, match="choose another with --workspace"):
        new_run_folder(tmp_path / "file")


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "white space"])
def test_a_name_that_no_file_should_have_is_changed_and_told_apart(name: str) -> None:
    assert "/" not in file_name(name)
    assert not file_name(name).startswith(".")
    assert file_name(name) != file_name(f"{name}x")
