"""The DAG of a run as boxes and curves, from left to right or, for narrow screens, downwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cursus.runtime.report.layout import arrange
from cursus.runtime.report.wording import count, seconds, short_count, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cursus.runtime.report.facts import Step

NARROWEST, WIDEST, HEIGHT = 132.0, 196.0, 64.0
LETTER, PADDING = 6.9, 30.0
MARGIN, ARROW = 6.0, 6.0
FITS_A_PHONE, SMALLEST_SCALE = 470, 0.8
BLOCKED = ("failed", "error", "timeout", "skipped", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One node: its corner, its texts, and the step that it stands for."""

    x: float
    y: float
    number: int
    step: Step
    heading: str
    detail: str
    figures: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One edge: its path, the path of its arrow head, and what flows along it."""

    path: str
    head: str
    title: str
    is_blocked: bool


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


def draw_graph(steps: Sequence[Step], *, is_down: bool) -> Graph:
    """Lay the steps out and give everything that the SVG needs."""
    edges = [(source, step.node) for step in steps for source in step.depends_on]
    wide = _box_width(steps)
    across, along, gap, stride = (
        (wide, HEIGHT, 22.0, HEIGHT + 40) if is_down else (HEIGHT, wide, 26.0, wide + 32)
    )
    layout = arrange([step.node for step in steps], edges, across, gap)
    pen = _Pen(is_down=is_down, stride=stride, along=along)
    ends = pen.at(max(layout.layers - 1, 0), layout.breadth, along)
    by_node = {step.node: step for step in steps}
    return Graph(
        width=ends[0] + MARGIN,
        height=ends[1] + MARGIN,
        box_width=wide,
        box_height=HEIGHT,
        is_down=is_down,
        boxes=tuple(
            _box(
                number,
                step,
                pen.at(layout.nodes[step.node][0], layout.nodes[step.node][1] - across / 2),
            )
            for number, step in enumerate(steps, 1)
        ),
        curves=tuple(
            _curve(by_node[source], by_node[target], pen, points)
            for (source, target), points in layout.routes.items()
        ),
        summary=f"{len(steps)} steps in {layout.layers} layers with {len(layout.routes)} edges",
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


def _box_width(steps: Iterable[Step]) -> float:
    longest = max((len(split_name(step.node)[0]) for step in steps), default=0)
    return min(max(longest * LETTER + PADDING, NARROWEST), WIDEST)


def _box(number: int, step: Step, corner: tuple[float, float]) -> Box:
    heading, detail = split_name(step.node)
    if step.stand_in:
        detail = f"{detail}, stand-in" if detail else "stand-in"
    letters = int((WIDEST - PADDING) / LETTER)
    return Box(
        x=round(corner[0], 1),
        y=round(corner[1], 1),
        number=number,
        step=step,
        heading=shortened(heading, letters),
        detail=shortened(detail, letters),
        figures=_figures(step),
        title=_title(step),
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


def _curve(source: Step, target: Step, pen: _Pen, points: tuple[tuple[int, float], ...]) -> Curve:
    lines = [f"{source.node} {chr(0x2192)} {target.node}", *flows(target, source.node)]
    return Curve(
        path=pen.path(points),
        head=pen.head(points[-1]),
        title="\n".join(lines),
        is_blocked=source.status in BLOCKED,
    )


def _pair(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
