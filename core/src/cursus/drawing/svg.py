"""A graph as an SVG file of its own: readable in light and dark, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from cursus.drawing.graph import Box, Curve, Graph

STYLE = """
svg.graph{--paper:#fff;--card:#fff;--ink:#191d23;--muted:#5a6570;--edge:#8d98a3;background:var(--paper);
font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.paper{fill:var(--paper)}
.frame{fill:var(--card);stroke:var(--accent,var(--edge));stroke-width:1.5}
.bar{fill:var(--accent,var(--edge))}
.name{fill:var(--ink);font-weight:600}
.detail{fill:var(--muted);font-size:11.5px}
.line{fill:none;stroke:var(--edge);stroke-width:1.4}
.dashed .line{stroke-dasharray:4 4}
.head{fill:var(--edge)}
.processing{--accent:#2a62b0}.training{--accent:#1c7c50}.transform,.model{--accent:#8a5a00}
.registermodel{--accent:#7a3fa0}.service{--accent:#6d7883}
.passed{--accent:#1c7c50}.failed,.error,.timeout{--accent:#c0262d}.running{--accent:#2a62b0}
@media (prefers-color-scheme:dark){
svg.graph{--paper:#0e1114;--card:#161a1f;--ink:#e3e7ec;--muted:#98a3af;--edge:#6a7683}
.processing{--accent:#7fb0ef}.training{--accent:#56bd8a}.transform,.model{--accent:#e3b65f}
.registermodel{--accent:#c79be8}.service{--accent:#8b96a2}
.passed{--accent:#56bd8a}.failed,.error,.timeout{--accent:#f2777a}.running{--accent:#7fb0ef}}
""".strip()


def svg_text(graph: Graph, title: str) -> str:
    """Write a graph as the text of an SVG file; `title` names it for those who cannot see it."""
    width, height = round(graph.width, 1), round(graph.height, 1)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    label = quoteattr(f"{title}: {graph.summary}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" {size} role="img" aria-label={label}>',
        f"<title>{escape(title)}</title>",
        f"<style>{escape(STYLE)}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        *(_curve(curve) for curve in graph.curves),
        *(_box(box, graph) for box in graph.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _curve(curve: Curve) -> str:
    dashed = " dashed" if curve.is_dashed else ""
    return (
        f'<g class="edge{dashed}"><title>{escape(curve.title)}</title>'
        f'<path class="line" d="{curve.path}"/><path class="head" d="{curve.head}"/></g>'
    )


def _box(box: Box, graph: Graph) -> str:
    """Write a node: its lines stand in the middle of the box, however many there are."""
    lines = [("name", box.heading), ("detail", box.detail), ("detail", box.figures)]
    shown = [(kind, text) for kind, text in lines if text]
    first = graph.box_height / 2 + 4 - 8 * (len(shown) - 1)
    texts = "".join(
        f'<text class="{kind}" x="15" y="{first + 16 * number:.1f}">{escape(text)}</text>'
        for number, (kind, text) in enumerate(shown)
    )
    width, height = round(graph.box_width, 1), graph.box_height
    style = quoteattr(f"node {box.node.style}".strip())
    # A nested svg cuts off what an unusually wide font would write beyond the box.
    return (
        f'<svg class={style} x="{box.x}" y="{box.y}" width="{width}" height="{height}">'
        f"<title>{escape(box.node.title)}</title>"
        f'<rect class="frame" x=".75" y=".75" width="{width - 1.5:.1f}" height="{height - 1.5}" rx="8"/>'
        f'<rect class="bar" x="5" y="10" width="3" height="{height - 20}" rx="1.5"/>{texts}</svg>'
    )
