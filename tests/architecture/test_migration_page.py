"""Every import that the migration page names works, and brings the name that stands on its left."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from page_runs import DOCS

PAGE = (DOCS / "how-to" / "migrate-from-the-existing-system.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| `from ([\w.]+) import (\w+)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("name", "module", "imported"), ROWS)
def test_an_import_of_the_migration_page_works(name: str, module: str, imported: str) -> None:
    assert imported == name
    assert getattr(import_module(module), name).__name__ == name


def test_the_table_has_the_names_that_users_know() -> None:
    names = {name for name, _, _ in ROWS}
    assert {"ExecutionDocumentGenerator", "PipelineDAG", "PipelineDAGCompiler"} <= names
