"""Execution documents: filled from a plan, checked, merged, compared."""

from cursus.document.checking import validate_document
from cursus.document.filling import FilledDocument, fill_document
from cursus.document.generator import DocumentOptions, ExecutionDocumentGenerator
from cursus.document.helper import ExecutionDocumentHelper
from cursus.document.merging import Difference, diff_documents, merge_documents
from cursus.document.template import make_template

__all__ = [
    "Difference",
    "DocumentOptions",
    "ExecutionDocumentGenerator",
    "ExecutionDocumentHelper",
    "FilledDocument",
    "diff_documents",
    "fill_document",
    "make_template",
    "merge_documents",
    "validate_document",
]
