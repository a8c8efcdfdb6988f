"""The steps of a run as a graph: what each box and each curve says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cursus.drawing.graph import Edge, Graph, Node, draw_graph
from cursus.drawing.wording import shortened
from cursus.runtime.report.wording import count, seconds, short_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.runtime.report.facts import Step

BLOCKED = ("failed", "error", "timeout", "skipped", "waiting")


def draw_steps(steps: Sequence[Step], *, is_down: bool) -> Graph:
    """Draw the steps and what flows between them; what failed steps would have given is dashed."""
    by_node = {step.node: step for step in steps}
    edges = [
        _edge(by_node[source], step)
        for step in steps
        for source in step.depends_on
        if source in by_node
    ]
    return draw_graph([_node(step) for step in steps], edges, is_down=is_down)


def split_name(node: str) -> tuple[str, str]:
    """Part `TabularPreprocessing_training` into its step type and its job type."""
    heading, _, detail = node.rpartition("_")
    return (heading, detail) if heading else (node, "")


def flows(step: Step, source: str) -> list[str]:
    """Say which inputs of a step come from a source, and why."""
    return [
        f"{item.name} {chr(0x2190)} {item.source}" + (f" [{item.reason}]" if item.reason else "")
        for item in step.inputs
        if re.split(r"[.:/]", item.source)[0] == source
    ]


def _node(step: Step) -> Node:
    heading, detail = split_name(step.node)
    if step.stand_in:
        detail = f"{detail}, stand-in" if detail else "stand-in"
    return Node(
        name=step.node,
        heading=heading,
        detail=detail,
        figures=_figures(step),
        title=_title(step),
        style=step.status,
    )


def _figures(step: Step) -> str:
    if step.wall_seconds is None:
        return step.status
    parts: list[str] = [] if step.status == "passed" else [step.status]
    parts.append(seconds(step.wall_seconds))
    if step.rows_out is not None and step.status == "passed":
        parts.append(f"{short_count(step.rows_out)} rows")
    return " \N{MIDDLE DOT} ".join(parts)


def _title(step: Step) -> str:
    lines = [
        f"{step.node}: {step.status}",
        " of ".join(filter(None, (step.step_type, step.plugin))),
    ]
    if step.wall_seconds is not None:
        lines.append(f"time {seconds(step.wall_seconds)}")
    if step.rows_in is not None or step.rows_out is not None:
        lines.append(f"rows in {count(step.rows_in)}, out {count(step.rows_out)}")
    lines += ["a stand-in takes the place of the service"] if step.stand_in else []
    lines += [text for text in (step.reason, shortened(step.error, 300)) if text]
    return "\n".join(lines)


def _edge(source: Step, target: Step) -> Edge:
    lines = [f"{source.node} {chr(0x2192)} {target.node}", *flows(target, source.node)]
    return Edge(
        source=source.node,
        target=target.node,
        title="\n".join(lines),
        is_dashed=source.status in BLOCKED,
    )
