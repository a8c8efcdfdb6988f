"""A graph as boxes and curves, from left to right or, for narrow places, downwards."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cursus.drawing.layout import arrange
from cursus.drawing.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NARROWEST, WIDEST, HEIGHT = 132.0, 212.0, 64.0
# Of the widest fonts in use, at the sizes of a box's heading and of its other lines.
HEADING_LETTER, LETTER, PADDING = 7.9, 6.2, 32.0
MARGIN, ARROW = 6.0, 6.0
FITS_A_PHONE, SMALLEST_SCALE = 470, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What a box shows: three lines and, pointed at, a title; `style` is a word that chooses its colours."""

    name: str
    heading: str
    detail: str = ""
    figures: str = ""
    title: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What a curve leads from and to, by the nodes' names, and what it says when it is pointed at."""

    source: str
    target: str
    title: str = ""
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One node at its corner; its lines are cut to the box, and `number` counts from 1."""

    x: float
    y: float
    number: int
    node: Node
    heading: str
    detail: str
    figures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One edge: its path, the path of its arrow head, and what it says."""

    path: str
    head: str
    title: str
    is_dashed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The whole drawing; `is_down` says that layers follow one another downwards."""

    width: float
    height: float
    box_width: float
    box_height: float
    is_down: bool
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    summary: str

    @property
    def least_width(self) -> int:
        """Give the width below which texts become too small: a wide graph is scrolled instead."""
        return 0 if self.width < FITS_A_PHONE else round(SMALLEST_SCALE * self.width)


def draw_graph(
    nodes: Sequence[Node], edges: Iterable[Edge], *, is_down: bool, widest: float = WIDEST
) -> Graph:
    """Lay a graph without cycles out and give everything that an SVG needs."""
    by_ends = {(edge.source, edge.target): edge for edge in edges}
    wide = _box_width(nodes, widest)
    across, along, gap, stride = (
        (wide, HEIGHT, 22.0, HEIGHT + 40) if is_down else (HEIGHT, wide, 26.0, wide + 32)
    )
    layout = arrange([node.name for node in nodes], by_ends, across, gap)
    pen = _Pen(is_down=is_down, stride=stride, along=along)
    ends = pen.at(max(layout.layers - 1, 0), layout.breadth, along)
    corners = {
        name: pen.at(layer, place - across / 2) for name, (layer, place) in layout.nodes.items()
    }
    return Graph(
        width=ends[0] + MARGIN,
        height=ends[1] + MARGIN,
        box_width=wide,
        box_height=HEIGHT,
        is_down=is_down,
        boxes=tuple(
            _box(number, node, corners[node.name], wide) for number, node in enumerate(nodes, 1)
        ),
        curves=tuple(_curve(by_ends[ends], pen, points) for ends, points in layout.routes.items()),
        summary=f"{len(nodes)} steps in {layout.layers} layers with {len(layout.routes)} edges",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """Turns a layer and a distance across it into the coordinates of a direction."""

    is_down: bool
    stride: float
    along: float

    def at(self, layer: int, across: float, further: float = 0.0) -> tuple[float, float]:
        main, side = MARGIN + layer * self.stride + further, MARGIN + across
        return (side, main) if self.is_down else (main, side)

    def path(self, points: Sequence[tuple[int, float]]) -> str:
        """Give a curve from the end of the first node to the arrow head at the last."""
        parts = [f"M{_pair(self.at(*points[0], self.along))}"]
        for here, there in pairwise(points):
            is_last = there is points[-1]
            start = self.at(*here, self.along)
            end = self.at(*there, -ARROW if is_last else 0.0)
            parts.append(self._bend(start, end))
            if not is_last:
                parts.append(f"L{_pair(self.at(*there, self.along))}")
        return "".join(parts)

    def head(self, point: tuple[int, float]) -> str:
        layer, across = point
        corners = [self.at(layer, across + side, -ARROW - 1) for side in (-3.5, 3.5)]
        return f"M{_pair(self.at(layer, across))}L{_pair(corners[0])}L{_pair(corners[1])}Z"

    def _bend(self, start: tuple[float, float], end: tuple[float, float]) -> str:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        if self.is_down:
            first, second = (start[0], middle[1]), (end[0], middle[1])
        else:
            first, second = (middle[0], start[1]), (middle[0], end[1])
        return f"C{_pair(first)} {_pair(second)} {_pair(end)}"


def _box_width(nodes: Iterable[Node], widest: float) -> float:
    longest = max((_text_width(node) for node in nodes), default=0.0)
    return min(max(longest + PADDING, NARROWEST), widest)


def _text_width(node: Node) -> float:
    others = max(len(node.detail), len(node.figures))
    return max(len(node.heading) * HEADING_LETTER, others * LETTER)


def _box(number: int, node: Node, corner: tuple[float, float], width: float) -> Box:
    room = width - PADDING
    return Box(
        x=round(corner[0], 1),
        y=round(corner[1], 1),
        number=number,
        node=node,
        heading=shortened(node.heading, int(room / HEADING_LETTER)),
        detail=shortened(node.detail, int(room / LETTER)),
        figures=shortened(node.figures, int(room / LETTER)),
    )


def _curve(edge: Edge, pen: _Pen, points: tuple[tuple[int, float], ...]) -> Curve:
    return Curve(
        path=pen.path(points),
        head=pen.head(points[-1]),
        title=edge.title,
        is_dashed=edge.is_dashed,
    )


def _pair(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
