"""The page of result.json is that of the schema, which is that of the code."""

from __future__ import annotations

import re

from cursus.runtime.result_schema import SCHEMA_FILE, published_schema
from page_runs import DOCS
from run_result_page import SECTIONS, page, schema_text

WRITTEN = DOCS / "reference" / "run-result.md"


def test_the_page_is_that_of_the_code() -> None:
    assert WRITTEN.read_text("utf-8") == page(), (
        "run: uv run python tests/architecture/run_result_page.py > docs/reference/run-result.md"
    )


def test_the_published_schema_is_written_as_the_page_says() -> None:
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()


def test_the_page_has_the_fields_of_the_schema_record_by_record() -> None:
    schema = published_schema()
    records = {"RunResult": schema, **schema["$defs"]}
    assert set(records) == set(SECTIONS)
    for name, title in SECTIONS.items():
        section = WRITTEN.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        fields = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert fields == list(records[name]["properties"])
