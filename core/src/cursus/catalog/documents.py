"""Execution documents and templates of catalog pipelines, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.catalog.listing import read_catalog
from cursus.config import read_config_text
from cursus.document import ExecutionDocumentGenerator, make_template
from cursus.errors import ExecutionDocumentGenerationError, Problem
from cursus.kernel.plugins import load_plugins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cursus.catalog.entry import CatalogEntry
    from cursus.config import ConfigFile
    from cursus.document import DocumentOptions


def generate_execution_document_for_pipeline(
    pipeline_name: str,
    config_path: str | Path | None = None,
    execution_document: Mapping[str, Any] | None = None,
    *,
    options: DocumentOptions | None = None,
) -> dict[str, Any]:
    """Fill a template (or make a document) for a pipeline of the catalog.

    Without a config file the entry's own config is used. Raises InvalidInputError for an unknown name, and what
    ExecutionDocumentGenerator raises.
    """
    generator, entry = generator_for_pipeline(pipeline_name, config_path, options)
    return generator.fill_execution_document(entry.dag(), execution_document)


def make_template_for_pipeline(
    pipeline_name: str, config_path: str | Path | None = None
) -> dict[str, Any]:
    """Make a template for a pipeline of the catalog."""
    generator, entry = generator_for_pipeline(pipeline_name, config_path)
    return make_template(generator.plan(entry.dag()), generator.plugins)


def generator_for_pipeline(
    pipeline_name: str,
    config_path: str | Path | ConfigFile | None = None,
    options: DocumentOptions | None = None,
) -> tuple[ExecutionDocumentGenerator, CatalogEntry]:
    """Give a catalog pipeline's entry, and a generator of the given config file or else of the entry's own."""
    plugins = load_plugins()
    entry = read_catalog(plugins).find(pipeline_name).entry
    configs = (
        read_config_text(_config_text(entry), plugins.config_classes())
        if config_path is None
        else config_path
    )
    return ExecutionDocumentGenerator(configs, options=options, plugins=plugins), entry


def _config_text(entry: CatalogEntry) -> str:
    text = entry.config_text()
    if text is not None:
        return text
    problem = Problem(
        code="CUR0504",
        message=f"the catalog's pipeline {entry.id} brings no config",
        fix="give a config file of your own",
    )
    raise ExecutionDocumentGenerationError([problem])
