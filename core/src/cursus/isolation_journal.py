"""What happens to a script, told to the starting process: imported by `isolation_child` alone, Python 3.8."""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False  # typing costs 5 ms to import
if TYPE_CHECKING:
    from typing import Any

MOST_NOTES = 2**20
CONTAINER = "/opt/ml"
CHANGES = (
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.rename",
    "os.truncate",
)  # audit events; the path comes first
OPENED_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Journal:
    """Events as JSON lines in a file, which is opened before files are protected."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def write(self, event: str, **facts: Any) -> None:
        """Append one event."""
        self.append(line(event, facts))

    def append(self, lines: bytes) -> None:
        """Append events that are lines already."""
        os.write(self._file, lines)

    def close(self) -> None:
        """Leave the file, in a process that must not reach it."""
        os.close(self._file)


class Notes:
    """Events of the script's own process, in memory shared with its supervisor: a script may close any file."""

    def __init__(self) -> None:
        import mmap

        self._memory = mmap.mmap(-1, MOST_NOTES)
        self._writer = 0

    def write(self, event: str, **facts: Any) -> None:
        """Append one event; that of a process which the script forked is not the script's."""
        self._writer = self._writer or os.getpid()
        if self._writer == os.getpid():
            self._memory.write(line(event, facts))

    def read(self) -> bytes:
        """Give all events so far."""
        return self._memory[: self._memory.find(b"\0")]


def note_container_writes(notes: Any) -> None:
    """Note the first attempt to write to a container's path, which the script may well pass over in silence."""
    noted: list[str] = []

    def see(event: str, args: tuple[Any, ...]) -> None:
        is_write = event in CHANGES or (event == "open" and (args[2] or 0) & OPENED_TO_WRITE)
        if is_write and not noted and isinstance(args[0], (str, bytes)):
            path = os.fsdecode(args[0])
            if path == CONTAINER or path.startswith(CONTAINER + "/"):
                noted.append(path)
                notes.write("container attempt", path=path[:2000])

    sys.addaudithook(see)


def line(event: str, facts: dict[str, Any]) -> bytes:
    """Write one event as a line, ASCII alone."""
    return (json.dumps(dict(facts, event=event)) + "\n").encode("ascii")
