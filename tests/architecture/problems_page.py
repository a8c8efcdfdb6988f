"""Print the reference page of problem codes: `uv run python tests/architecture/problems_page.py`."""

from __future__ import annotations

import textwrap

from cursus.codes import CODES

HEAD = """# The codes of problems

Every problem of a user's input has a stable code. `cursus explain CODE` prints what stands here.
"""


def page() -> str:
    """Give the page as Markdown."""
    entries = [
        f"## {code}\n\n**{CODES[code].title}.** " + CODES[code].meaning for code in sorted(CODES)
    ]
    wrapped = ["\n".join(_wrap(line) for line in entry.split("\n")) for entry in entries]
    return HEAD + "\n" + "\n\n".join(wrapped) + "\n"


def _wrap(line: str) -> str:
    return textwrap.fill(line, 118, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the page is this program's output
