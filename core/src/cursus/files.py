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
    """Write a text file through a temporary one beside it, so that no reader sees half of it.

    A link stays a link to what is written; a device or a pipe takes the text itself. OutputError says why not.
    """
    target = Path(path)
    with writing(target):
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        else:
            _replace(Path(os.path.realpath(target)), text)
    return target


def check_writable(path: Path) -> None:
    """Raise OutputError now where a file could not be written when its content is there."""
    with writing(path):
        if path.exists() and not path.is_file():
            return
        folder = Path(os.path.realpath(path)).parent
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass


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


def _replace(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=target.parent, prefix=".", delete=False
    ) as draft:
        try:
            draft.write(text)
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
