"""Plots of a run as SVG that is safe inside a page: drawing elements only, nothing that runs or is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cursus.runtime.report.facts import Step

LARGEST = 400_000
# Animation elements and <style> are left out: the first can set any attribute, the second reaches the whole page.
ELEMENTS = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "text", "tspan", "textPath"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image"),
        *("marker", "clipPath", "mask", "pattern", "linearGradient", "radialGradient", "stop"),
    )
)
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z")
REFERENCE = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)", re.DOTALL)
IDS = ("aria-labelledby", "aria-describedby")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot to show; where `svg` is empty, `reason` says why it is named only.

    `is_themed` says that it draws in the page's text colour; others get white paper. `has_title` says that it
    names itself, so that it needs no caption.
    """

    path: str
    name: str
    svg: str = ""
    reason: str = ""
    is_themed: bool = False
    has_title: bool = False


@dataclass(slots=True)
class PlotReader:
    """Reads plots until the bytes that the page has for them are used up."""

    folder: Path
    budget: int
    number: int = 0

    def read(self, step: Step) -> tuple[Plot, ...]:
        """Read the plots of a step, in its order."""
        return tuple(self._read(path) for path in step.plots)

    def _read(self, path: str) -> Plot:
        self.number += 1
        name = plot_name(path)
        try:
            svg = clean_svg(read_inside(self.folder, path), f"plot{self.number}-", name)
        except (OSError, ValueError, ET.ParseError, RecursionError) as exc:
            reason = "the file is missing" if isinstance(exc, FileNotFoundError) else str(exc)
            return Plot(path=path, name=name, reason=f"not shown: {reason}")
        size = len(svg.encode())
        if size > self.budget:
            return Plot(path=path, name=name, reason="not shown: the report would become too large")
        self.budget -= size
        themed, titled = "currentColor" in svg, "<title>" in svg
        return Plot(path=path, name=name, svg=svg, is_themed=themed, has_title=titled)


def read_inside(folder: Path, path: str) -> str:
    """Read a text file of a run; ValueError where it is too large or not in the run's folder."""
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise ValueError("the file is outside the run's folder")
    if file.stat().st_size > LARGEST:
        raise ValueError(f"the file is larger than {LARGEST // 1000} kB")
    return file.read_text("utf-8")


def plot_name(path: str) -> str:
    """Name a plot by its file: `steps/X/val/roc_curve.svg` is `ROC curve, val`."""
    parts = path.replace("\\", "/").split("/")
    words = parts[-1].rpartition(".")[0].replace("_", " ") or parts[-1]
    words = re.sub(r"\b(roc|pr|auc|ece)\b", lambda m: m[0].upper(), words)
    split = parts[-2] if len(parts) > 1 and parts[-2] in ("train", "val", "test") else ""
    return words[:1].upper() + words[1:] + (f", {split}" if split else "")


def clean_svg(text: str, prefix: str, name: str) -> str:
    """Give an SVG file's drawing as one element for an HTML page, its ids made unique by a prefix."""
    if "<!ENTITY" in text:
        raise ValueError("the file declares entities")
    root = ET.fromstring(text)  # noqa: S314 - no entities; expat limits the rest
    if _local(root.tag) != "svg":
        raise ValueError("the file is no SVG")
    view = root.get("viewBox") or _view_of(root)
    clean = _clean(root, prefix)
    for attribute in ("width", "height", "x", "y", "style", "class"):
        clean.attrib.pop(attribute, None)
    clean.attrib.update({"viewBox": view, "role": "img", "aria-label": name})
    return ET.tostring(clean, encoding="unicode", short_empty_elements=True)


def _view_of(root: ET.Element) -> str:
    sizes = [re.match(r"\s*([\d.]+)", root.get(name, "")) for name in ("width", "height")]
    if not all(sizes):
        raise ValueError("the SVG has neither a viewBox nor a size")
    return "0 0 " + " ".join(match[1] for match in sizes if match)


def _clean(element: ET.Element, prefix: str) -> ET.Element:
    clean = ET.Element(_local(element.tag), dict(_attributes(element, prefix)))
    clean.text, clean.tail = element.text, element.tail
    last: ET.Element | None = None
    # What a title or a description holds would be read as HTML, not as SVG.
    for child in [] if clean.tag in ("title", "desc") else element:
        if isinstance(child.tag, str) and _local(child.tag) in ELEMENTS:
            last = _clean(child, prefix)
            clean.append(last)
        elif last is not None:
            last.tail = (last.tail or "") + (child.tail or "")
    return clean


def _attributes(element: ET.Element, prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name = _local(key)
        if key.startswith("{") and name not in ("href", "space"):
            continue
        if name.lower().startswith("on") or name == "tabindex":
            continue
        kept = _value(_local(element.tag), name, value, prefix)
        if kept is not None:
            yield ("xml:space" if name == "space" else name), kept


def _value(tag: str, name: str, value: str, prefix: str) -> str | None:
    """Give an attribute's value with its references made the page's; None for one that leads outside."""
    if name == "id":
        return prefix + value
    if name in IDS:
        return " ".join(prefix + part for part in value.split())
    if name == "href":
        is_picture = tag == "image" and PICTURE.match(value)
        return f"#{prefix}{value[1:]}" if value.startswith("#") else value if is_picture else None
    return _style(value, prefix)


def _style(value: str, prefix: str) -> str | None:
    # A backslash can hide url() from the pattern below; no drawing needs one.
    is_outside = any(not match[2].startswith("#") for match in REFERENCE.finditer(value))
    rest = REFERENCE.sub("", value).lower()
    if is_outside or "\\" in value or "url(" in rest or "image-set" in rest:
        return None
    return REFERENCE.sub(lambda m: f"url(#{prefix}{m[2][1:]})", value)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
