"""The end of a step's logs, which is where the reason of a failure stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cursus.runtime.report.facts import Step

LONGEST_PATH = 300
# Colours and cursor movements of a terminal.
TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# The same, and what HTML does not allow in a text.
UNPRINTABLE = re.compile(TERMINAL.pattern + r"|[\x00-\x08\x0b-\x1f\x7f]")


def read_tails(step: Step, folder: Path, limit: int) -> dict[str, str]:
    """Give the last characters, in whole lines, of each log that has any."""
    logs = {"stderr": step.stderr, "stdout": step.stdout}
    tails = {name: tail(_text(log, folder), limit) for name, log in logs.items()}
    return {name: text for name, text in tails.items() if text.strip()}


def tail(text: str, limit: int) -> str:
    """Cut a text to its last lines; the first line says how much is left out."""
    text = UNPRINTABLE.sub("", text).rstrip()
    if len(text) <= limit:
        return text
    kept = text[len(text) - limit :].partition("\n")[2] or text[len(text) - limit :]
    left_out = len(text) - len(kept)
    return f"[{left_out:,} characters before this are left out]\n{kept}"


def _text(log: str, folder: Path) -> str:
    """Take a log as it is, or read it where the result names a file of the run's folder."""
    if not log or "\n" in log or len(log) > LONGEST_PATH:
        return log
    try:
        file = (folder / log).resolve()
        if file.is_relative_to(folder.resolve()) and file.is_file():
            return file.read_text("utf-8", errors="replace")
    except (OSError, ValueError):
        # A line that is no path, such as one with a null byte, is the log itself.
        return log
    return log
