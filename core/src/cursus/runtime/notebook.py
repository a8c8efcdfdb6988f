"""A run as the value of a notebook's cell: the verdict, the DAG and the table of the steps."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cursus.drawing.svg import svg_text
from cursus.runtime.report.facts import read_facts
from cursus.runtime.report.graph import draw_steps
from cursus.runtime.report.wording import count, memory, seconds
from cursus.runtime.terminal import verdict

if TYPE_CHECKING:
    from cursus.runtime.result import RunResult, StepResult

HEADINGS = ("step", "status", "time", "peak memory", "rows in", "rows out", "")
NUMBERS = range(2, 6)


def run_html(result: RunResult) -> str:
    """Give a run as HTML that changes nothing outside of itself: no style sheet, no script, nothing fetched."""
    heads = _cells("th", HEADINGS)
    rows = "".join(_row(step) for step in result.steps)
    return (
        f"<div><p><strong>{escape(verdict(result))}</strong></p>{_picture(result)}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _picture(result: RunResult) -> str:
    """Draw the DAG as an image: the style of an SVG inside the page would change the page's own."""
    if not result.steps:
        return ""
    graph = draw_steps(read_facts(result, Path(result.folder)).steps, is_down=False)
    data = b64encode(svg_text(graph, result.pipeline or "pipeline").encode()).decode()
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(graph.summary)}" '
        f'style="max-width:100%;width:{round(graph.width)}px">'
    )


def _row(step: StepResult) -> str:
    was_run = step.ended is not None and step.status != "skipped"
    cells = (
        step.node,
        step.status,
        seconds(step.wall_seconds if was_run else None),
        memory(step.peak_memory_mb or None),
        count(step.rows_in),
        count(step.rows_out),
        " ".join(part for part in (step.error or step.reason, step.hint) if part),
    )
    return f"<tr>{_cells('td', cells)}</tr>"


def _cells(tag: str, texts: tuple[str, ...]) -> str:
    """Align each cell by itself: notebooks would put all texts at the right."""
    sides = ["right" if number in NUMBERS else "left" for number in range(len(texts))]
    return "".join(
        f'<{tag} style="text-align:{side}">{escape(text)}</{tag}>'
        for text, side in zip(texts, sides, strict=True)
    )
