"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import TYPE_CHECKING

from cursus.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The usual name and text by which tools know a folder of files that can be made again (bford.info/cachedir).
GENERATED_MARKER = "CACHEDIR.TAG"
MARKER_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# Made by Cursus; bundles leave it out.\n"
)


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file in UTF-8 with the text's own line ends, as `write_bytes` does."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file through a temporary one beside it, so that no reader sees half of it.

    A link stays a link to what is written; a device or a pipe takes the content itself. OutputError says why not.
    """
    target = Path(path)
    with writing(target):
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(target)), content)
    return target


def check_writable(path: Path) -> None:
    """Raise OutputError now where a file could not be written when its content is there."""
    with writing(path):
        if path.exists() and not path.is_file():
            return
        try_folder(Path(os.path.realpath(path)).parent)


def try_folder(folder: Path) -> None:
    """Make a folder, and a file in it that goes at once; an OSError says why that cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass


@contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder with a name of its own in `parent`; it goes with all that it holds, also after a failure.

    All temporary folders are made here, and beside what is written: the system's own folder for them may be missing,
    read-only or on another disk.
    """
    from shutil import rmtree
    from tempfile import mkdtemp

    folder = Path(mkdtemp(prefix=prefix, dir=parent)).resolve()
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def mark_generated(folder: Path) -> None:
    """Mark a folder that can be made again, so that no code bundle holds it."""
    write_text(folder / GENERATED_MARKER, MARKER_TEXT)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses while a path is written into an OutputError that names both."""
    try:
        yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        other = exc.filename not in (None, str(path))
        where = f" ({exc.filename})" if other else ""
        raise OutputError(f"{path} cannot be written: {reason}{where}") from exc


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as draft:
        try:
            draft.write(content)
            draft.close()
            Path(draft.name).chmod(_mode(target))
            Path(draft.name).replace(target)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def _mode(target: Path) -> int:
    """Keep the mode of a file that is there; a new one gets what open() would give it."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
