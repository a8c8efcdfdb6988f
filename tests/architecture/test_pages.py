"""Pages that run as a whole: every command and program on them prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_runs import DOCS, example_folder, run_page

RUN = [page for page in sorted(DOCS.rglob("*.md")) if example_folder(page) is not None]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_print_what_it_says(page: Path, tmp_path: Path) -> None:
    failures = run_page(page, tmp_path)
    assert not failures, "\n\n".join(failures)


def test_a_page_that_lies_is_found_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    lies = "```console\n$ echo one; false\ntwo\n$ echo $?\n0\n```\n\n```python\nprint(3)\n```\n\n```text\n4\n```\n"
    page.write_text("<!-- blocks run in examples/execution-document -->\n" + lies, "utf-8")
    assert [failure.split("\n")[0] for failure in run_page(page, tmp_path)] == [
        "echo one; false",
        "echo $?",
        "print(3)",
    ]
