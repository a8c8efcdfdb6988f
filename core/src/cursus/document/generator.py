"""ExecutionDocumentGenerator: config file and DAG -> execution document, in one call."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cursus.config import ConfigFile, read_config_file
from cursus.config.chosen_configs import chosen_configs
from cursus.document.filling import fill_from, raise_faults
from cursus.document.parts import Extraction
from cursus.errors import ConfigError, ExecutionDocumentGenerationError, Problem
from cursus.kernel.planner import PlanOptions, draft_plan
from cursus.kernel.plugins import load_plugins
from cursus.paths import FIXED, s3_fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cursus.config.chosen_configs import ConfigResolver
    from cursus.dag import PipelineDAG
    from cursus.document.filling import FilledDocument
    from cursus.document.helper import ExecutionDocumentHelper
    from cursus.kernel.plan import Plan
    from cursus.kernel.plugins import Plugins

log = logging.getLogger(__name__)
PLACEHOLDER = re.compile(r"\$?\{[^}]*\}?|\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOptions:
    """How a document is made.

    `prefix` is the S3 URI below which outputs go (default: the configs' own); `node_configs` and `bindings` are
    those of PlanOptions; with `strict` a warning is an error.
    """

    prefix: str | None = None
    node_configs: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False


class ExecutionDocumentGenerator:
    """Makes execution documents from one config file; nothing is sent to AWS, and no SDK is loaded.

    `sagemaker_session` and `role` are taken for existing callers; a document needs neither. `config_resolver`
    chooses configs for nodes, see `cursus.config.chosen_configs`. A program that makes many documents loads the
    plugins once, with `cursus.load_plugins()`, and gives them to each generator.
    """

    def __init__(  # noqa: PLR0913 - the names that existing callers use
        self,
        config_path: str | Path | ConfigFile,
        sagemaker_session: Any = None,
        role: str | None = None,
        config_resolver: ConfigResolver | None = None,
        *,
        options: DocumentOptions | None = None,
        plugins: Plugins | None = None,
    ) -> None:
        self.sagemaker_session = sagemaker_session
        self.role = role
        self.config_resolver = config_resolver
        self.options = options or DocumentOptions()
        self.plugins = load_plugins() if plugins is None else plugins
        self.helpers: list[ExecutionDocumentHelper] = []
        self.configs = self._read(config_path)

    def add_helper(self, helper: ExecutionDocumentHelper) -> None:
        """Let a helper answer for the steps that it can handle, before earlier helpers and all plugins."""
        self.helpers.append(helper)

    def fill_execution_document(
        self, dag: PipelineDAG, execution_document: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Fill a template (or make a document); warnings are logged.

        Raises ConfigurationNotFoundError, UnsupportedStepTypeError or ExecutionDocumentGenerationError, with every
        problem found.
        """
        filled = self.fill(dag, execution_document)
        for warning in filled.warnings:
            log.warning("%s", warning)
        return filled.document

    def fill(
        self,
        dag: PipelineDAG,
        template: Mapping[str, Any] | None = None,
        *,
        template_file: Path | None = None,
    ) -> FilledDocument:
        """Fill a template (or make a document), and give the warnings with it.

        `template_file` is named in what is said of the template.
        """
        extraction = Extraction(
            plan=self._draft(dag), plugins=self.plugins, helpers=tuple(self.helpers)
        )
        return fill_from(
            extraction, template, template_file=template_file, strict=self.options.strict
        )

    def plan(self, dag: PipelineDAG) -> Plan:
        """Plan a DAG as far as a document needs it."""
        plan = self._draft(dag)
        raise_faults(plan.warnings, strict=self.options.strict)
        return plan

    def _draft(self, dag: PipelineDAG) -> Plan:
        check_prefix(self.options.prefix)
        options = PlanOptions(
            parameters=replace(FIXED, prefix=self.options.prefix),
            node_configs={**self._chosen(dag), **self.options.node_configs},
            bindings=self.options.bindings,
            lenient=True,
        )
        return draft_plan(dag, self.configs, self.plugins, options)

    def _read(self, config_path: str | Path | ConfigFile) -> ConfigFile:
        if isinstance(config_path, ConfigFile):
            return config_path
        try:
            return read_config_file(config_path, self.plugins.config_classes())
        except ConfigError as exc:
            raise ExecutionDocumentGenerationError(exc.problems) from exc

    def _chosen(self, dag: PipelineDAG) -> dict[str, str]:
        if self.config_resolver is None:
            return {}
        try:
            return chosen_configs(self.config_resolver, dag.nodes, self.configs.entries)
        except ConfigError as exc:
            raise ExecutionDocumentGenerationError(exc.problems) from exc


def check_prefix(prefix: str | None) -> None:
    """Refuse a prefix that is no S3 URI, and one with braces: nobody would fill in what they stand for."""
    if prefix is None:
        return
    held = PLACEHOLDER.search(prefix)
    reason = f"holds {held[0]!r:.40}, which nothing fills in" if held else s3_fault(prefix)
    if reason is None:
        return
    problem = Problem(
        code="CUR0510",
        message=f"prefix {prefix!r:.80} {reason}",
        fix="write it as s3://bucket/folder",
    )
    raise ExecutionDocumentGenerationError([problem])
