"""The documents of catalog pipelines, whole, as they were reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cursus.catalog.documents import generate_execution_document_for_pipeline
from cursus.document.document_file import document_text

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "documents"


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_a_catalog_pipelines_document_is_the_reviewed_one(name: str) -> None:
    document = generate_execution_document_for_pipeline(name)
    assert document_text(document, "json") == (GOLDEN / f"{name}.json").read_text("utf-8")
