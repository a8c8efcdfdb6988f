"""Python files: finding them, and reading and writing them in their own encoding."""

from __future__ import annotations

import codecs
import io
import os
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cursus.errors import InvalidInputError, Place, Problem
from cursus.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A Python file's text with its own line ends, and how its bytes are made of it."""

    path: Path
    text: str
    encoding: str
    bom: bytes = b""

    def write(self, text: str) -> None:
        """Write other text in the file's own encoding, whole or not at all."""
        write_bytes(self.path, self.bom + text.encode(self.encoding))


def python_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Give files as they are and the `.py` files below folders, in order, each once.

    Hidden folders and those of installed packages are left out.
    """
    seen: set[str] = set()
    for path in paths:
        for file in _below(path) if path.is_dir() else [path]:
            key = os.path.realpath(file)
            if key not in seen:
                seen.add(key)
                yield file


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_skipped(parent, name))
        for name in sorted(files):
            if name.endswith(".py"):
                yield Path(parent) / name


def _is_skipped(parent: str, name: str) -> bool:
    is_environment = (Path(parent) / name / "pyvenv.cfg").exists()
    return name.startswith(".") or name in SKIPPED_FOLDERS or is_environment


def read_source(path: Path) -> SourceFile:
    """Read a Python file by its byte-order mark or coding line; InvalidInputError says why not."""
    try:
        content = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        bom = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = content[len(bom) :].decode(encoding)
    except (OSError, SyntaxError, UnicodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        fix = "give a Python file in UTF-8, or in the encoding of its coding line"
        raise InvalidInputError(
            [_problem("CUR0921", path, f"cannot be read: {reason}", fix)]
        ) from exc
    return SourceFile(path=path, text=text, encoding=encoding, bom=bom)


def lines_of(text: str) -> list[str]:
    """Split a text into lines as Python's parser does: a form feed ends none."""
    return list(io.StringIO(text, newline=""))


def not_python(path: Path, exc: SyntaxError | ValueError | RecursionError) -> Problem:
    """Describe a file that the parser refused."""
    line = exc.lineno if isinstance(exc, SyntaxError) else None
    message = exc.msg if isinstance(exc, SyntaxError) else str(exc)
    return _problem(
        "CUR0922", path, f"is not Python: {message}", "mend the file and check it again", line
    )


def _problem(code: str, path: Path, message: str, fix: str, line: int | None = None) -> Problem:
    place = Place(file=path, line=line)
    return Problem(code=code, message=f"{path} {message}", fix=fix, place=place)
