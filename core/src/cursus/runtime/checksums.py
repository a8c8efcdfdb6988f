"""What an output holds, as one number: equal where the names and the bytes of its files are."""

from __future__ import annotations

from hashlib import file_digest, sha256
from typing import TYPE_CHECKING

from cursus.runtime.kinds import files_below

if TYPE_CHECKING:
    from pathlib import Path


def content_sha256(folder: Path) -> str:
    """Give the SHA-256 over the files of a folder, or over one file; neither place nor times count."""
    digest = sha256()
    for path in files_below(folder):
        name = path.name if path == folder else path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            content = file_digest(file, "sha256").hexdigest()
        digest.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
