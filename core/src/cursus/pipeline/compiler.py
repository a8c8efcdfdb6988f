"""PipelineDAGCompiler: a DAG and a config file become a pipeline definition."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.errors import DefinitionError, InvalidInputError
from cursus.layouts import DEFAULT
from cursus.pipeline.declared import UNUSED
from cursus.pipeline.parameters import read_parameters
from cursus.pipeline.render import RenderOptions, render
from cursus.pipeline.report import CompilationReport, ValidationResult, preview

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cursus.dag import PipelineDAG
    from cursus.errors import Problem
    from cursus.kernel.plan import Plan
    from cursus.pipeline.definition import Definition
    from cursus.pipeline.parameters import GivenParameters
    from cursus.pipeline.report import ResolutionPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileOptions:
    """How to compile, where the defaults do not fit.

    `portable=False` puts `pipeline_s3_loc` into the definition instead of parameters; `prefix_parameter` renames
    EXECUTION_S3_PREFIX. `node_configs` and `bindings` are as in PlanOptions. With `strict`, a warning is an error.
    `left_out` are files that no code bundle holds; name the one to which the definition is written. `layout` is the
    rule of output paths: "default", "legacy-2025" or "legacy-2026".
    """

    portable: bool = True
    prefix_parameter: str | None = None
    code_location: str | None = None
    pipeline_name: str | None = None
    source_root: Path | None = None
    node_configs: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[Path, ...] = ()
    layout: str = DEFAULT
    strict: bool = False


class PipelineDAGCompiler:
    """Compiles DAGs with one config file; nothing is sent to AWS and no credentials are needed.

    `role` takes the place of the configs' role. `pipeline_parameters` is a list in the forms of `read_parameters`.
    `config_resolver` is an object with `resolve_config_map(dag_nodes, available_configs)` that gives each node a
    config or its key. `sagemaker_session` is what steps of a platform's own SDK are made with, where one is installed.
    """

    def __init__(  # noqa: PLR0913 - the names that existing callers use
        self,
        config_path: str | Path,
        sagemaker_session: Any = None,
        role: str | None = None,
        config_resolver: Any = None,
        pipeline_parameters: Iterable[Any] | None = None,
        *,
        options: CompileOptions | None = None,
    ) -> None:
        self.config_path = Path(config_path)
        self.sagemaker_session = sagemaker_session
        self.role = role
        self.config_resolver = config_resolver
        self.pipeline_parameters = pipeline_parameters
        self.options = options or CompileOptions()

    def compile(self, dag: PipelineDAG) -> Definition:
        """Compile a DAG; an InvalidInputError holds every problem of DAG, config, plan or definition."""
        return self._render(self.make_plan(dag))

    def compile_with_report(self, dag: PipelineDAG) -> tuple[Definition, CompilationReport]:
        """Compile a DAG and say what the definition was made of."""
        plan = self.make_plan(dag)
        definition = self._render(plan)
        data = definition.to_dict()
        report = CompilationReport(
            pipeline_name=definition.name,
            steps=tuple(step["Name"] for step in data["Steps"]),
            parameters=tuple(parameter["Name"] for parameter in data["Parameters"]),
            resolution=preview(plan),
            warnings=definition.warnings,
        )
        return definition, report

    def preview_resolution(self, dag: PipelineDAG) -> ResolutionPreview:
        """Say which config each node has and where each input comes from, without rendering."""
        return preview(self.make_plan(dag))

    def validate_dag_compatibility(self, dag: PipelineDAG) -> ValidationResult:
        """Compile to find out whether it works; problems are given, not raised."""
        try:
            definition = self.compile(dag)
        except InvalidInputError as exc:
            return ValidationResult(is_valid=False, problems=exc.problems)
        return ValidationResult(is_valid=True, problems=definition.warnings)

    def make_plan(self, dag: PipelineDAG) -> Plan:
        """Plan a DAG with the config file and the installed plugins."""
        from cursus.config import read_config_file
        from cursus.config.chosen_configs import chosen_configs
        from cursus.kernel.planner import PlanOptions, make_plan
        from cursus.kernel.plugins import load_plugins

        given = self._parameters()
        plugins = load_plugins()
        configs = read_config_file(self.config_path, plugins.config_classes())
        chosen = self.config_resolver and chosen_configs(
            self.config_resolver, dag.nodes, configs.entries
        )
        options = PlanOptions(
            parameters=given.standard,
            node_configs={**(chosen or {}), **self.options.node_configs},
            bindings=self.options.bindings,
            source_root=self.options.source_root,
            layout=self.options.layout,
        )
        plan = make_plan(dag, configs, plugins, options)
        return replace(_with_extra(plan, given), session=self.sagemaker_session)

    def _parameters(self) -> GivenParameters:
        return read_parameters(
            self.pipeline_parameters,
            portable=self.options.portable,
            prefix_name=self.options.prefix_parameter,
        )

    def _render(self, plan: Plan) -> Definition:
        options = RenderOptions(
            role=self.role,
            code_location=self.options.code_location,
            pipeline_name=self.options.pipeline_name,
            left_out=self.options.left_out,
        )
        definition = render(plan, options)
        refused = [w for w in definition.warnings if self.options.strict or self._is_in_vain(w)]
        if refused:
            raise DefinitionError(replace(problem, severity="error") for problem in refused)
        return definition

    def _is_in_vain(self, warning: Problem) -> bool:
        """Say whether a parameter that was asked for by name is one that nothing refers to."""
        return warning.code == UNUSED and self.pipeline_parameters is not None


def compile_dag_to_pipeline(  # noqa: PLR0913 - the names that existing callers use
    dag: PipelineDAG,
    config_path: str | Path,
    sagemaker_session: Any = None,
    role: str | None = None,
    pipeline_parameters: Iterable[Any] | None = None,
    *,
    options: CompileOptions | None = None,
) -> Definition:
    """Compile one DAG with one config file."""
    compiler = PipelineDAGCompiler(
        config_path,
        sagemaker_session=sagemaker_session,
        role=role,
        pipeline_parameters=pipeline_parameters,
        options=options,
    )
    return compiler.compile(dag)


def _with_extra(plan: Plan, given: GivenParameters) -> Plan:
    """Let the given parameters declare type and default of those that bindings name."""
    named = {p.name: p for p in (*plan.extra_parameters, *given.extra)}
    return replace(plan, extra_parameters=tuple(named[name] for name in sorted(named)))
