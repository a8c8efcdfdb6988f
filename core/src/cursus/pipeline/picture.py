"""What a drawing of a pipeline shows: the steps of a DAG, a plan or any definition, and what flows between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cursus.binding import source_text
from cursus.dag import PipelineDAG
from cursus.drawing.graph import Edge, Node, draw_graph
from cursus.drawing.mermaid import mermaid_text
from cursus.drawing.svg import svg_text
from cursus.errors import DagError, raise_errors
from cursus.kernel.plan import StepOutput
from cursus.pipeline.references import references_in
from cursus.pipeline.view import port_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cursus.kernel.plan import Plan, PlannedStep
    from cursus.pipeline.view import DefinitionView, StepView

WIDEST = 400.0
ARROW = "\N{RIGHTWARDS ARROW}"
MIDDLE_DOT = " \N{MIDDLE DOT} "
INSTANCE = re.compile(r"(^|\.)InstanceType$")
Picture = tuple[tuple[Node, ...], tuple[Edge, ...]]


def picture_of_dag(dag: PipelineDAG) -> Picture:
    """Show the steps and edges of a DAG; nothing more is known."""
    nodes = tuple(_node(name) for name in dag.nodes)
    edges = [Edge(source=a, target=b, title=f"{a} {ARROW} {b}") for a, b in dag.edges]
    return nodes, tuple(edges)


def picture_of_plan(plan: Plan) -> Picture:
    """Show planned steps with their kind; an edge over which no data flows is dashed."""
    nodes = [_node(step.node, step.step_type.job.kind, _instance_of(step)) for step in plan]
    flows: dict[tuple[str, str], list[str]] = {edge: [] for edge in plan.dag.edges}
    for step in plan:
        for binding in step.bindings.values():
            if isinstance(binding.source, StepOutput):
                what = f"{source_text(binding.source)} {ARROW} {binding.input} [{binding.reason}]"
                flows[binding.source.node, step.node].append(what)
    return tuple(nodes), _edges(flows)


def picture_of_definition(view: DefinitionView) -> Picture:
    """Show the steps of a definition; an edge that is a DependsOn alone is dashed. DagError for a circle."""
    flows: dict[tuple[str, str], list[str]] = {}
    for step in view.steps.values():
        for other in step.depends_on:
            if other in view.steps:
                flows.setdefault((other, step.name), [])
        for other, what in _reads(step):
            if other in view.steps:
                flows.setdefault((other, step.name), []).append(what)
    raise_errors(PipelineDAG(view.steps, flows).check(), DagError)
    nodes = [_node(step.name, step.type, _instance_in(step)) for step in view.steps.values()]
    return tuple(nodes), _edges(flows)


def drawn(picture: Picture, title: str, *, is_down: bool) -> str:
    """Write a picture as an SVG file."""
    nodes, edges = picture
    return svg_text(draw_graph(nodes, edges, is_down=is_down, widest=WIDEST), title)


def as_mermaid(picture: Picture, *, is_down: bool) -> str:
    """Write a picture as Mermaid text."""
    return mermaid_text(*picture, is_down=is_down)


def _node(name: str, kind: str = "", instance: str = "") -> Node:
    heading, detail = _split(name)
    facts = [fact for fact in (kind, instance) if fact]
    return Node(
        name=name,
        heading=heading,
        detail=detail,
        figures=MIDDLE_DOT.join(facts),
        title="\n".join([name, *facts]),
        style=re.sub(r"\W", "", kind.lower()),
    )


def _split(name: str) -> tuple[str, str]:
    """Part `TabularPreprocessing-Training` or `TabularPreprocessing_training` into step type and job type."""
    found = re.fullmatch(r"([^-_]+)[-_](.+)", name)
    return (found[1], found[2]) if found else (name, "")


def _instance_of(step: PlannedStep) -> str:
    job = step.step_type.job
    return "" if job.kind in ("service", "custom") else str(step.attribute(job.instance_type))


def _instance_in(step: StepView) -> str:
    found = (leaf.value for leaf in step.leaves() if INSTANCE.search(leaf.path))
    return next((value for value in found if isinstance(value, str)), "")


def _reads(step: StepView) -> Iterable[tuple[str, str]]:
    """Give the steps whose properties a step reads, and what it reads them for."""
    for leaf in step.leaves():
        for _, text in references_in(leaf.value):
            area, _, rest = text.partition(".")
            name, _, path = rest.partition(".")
            if area == "Steps":
                yield name, f"{name}.{path} {ARROW} {port_name(leaf.path)}"


def _edges(flows: Mapping[tuple[str, str], list[str]]) -> tuple[Edge, ...]:
    return tuple(
        Edge(
            source=source,
            target=target,
            title="\n".join([f"{source} {ARROW} {target}", *what]),
            is_dashed=not what,
        )
        for (source, target), what in flows.items()
    )
