"""A graph as Mermaid text, which code hosts draw inside Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cursus.drawing.graph import Edge, Node

READ_BY_MERMAID = frozenset('#"&<>`')


def mermaid_text(nodes: Sequence[Node], edges: Iterable[Edge], *, is_down: bool) -> str:
    """Write a flowchart; an edge without data is dotted."""
    numbers = {node.name: f"n{number}" for number, node in enumerate(nodes, 1)}
    lines = [f"flowchart {'TD' if is_down else 'LR'}"]
    lines += [f'  {numbers[node.name]}["{_label(node)}"]' for node in nodes]
    lines += [
        f"  {numbers[edge.source]} {'-.->' if edge.is_dashed else '-->'} {numbers[edge.target]}"
        for edge in edges
    ]
    return "\n".join(lines) + "\n"


def _label(node: Node) -> str:
    """Write the lines of a node; signs that Mermaid reads become entities."""
    lines = [line for line in (node.heading, node.detail, node.figures) if line]
    return "<br/>".join(map(_entities, lines))


def _entities(text: str) -> str:
    return "".join(f"#{ord(sign)};" if sign in READ_BY_MERMAID else sign for sign in text)
