"""`cursus pipeline draw`: every step in a box of its own, every text inside its box, nothing lost."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from cursus.cli import main
from cursus.dag import PipelineDAG
from cursus.drawing.graph import HEADING_LETTER, LETTER
from cursus.errors import DagError
from cursus.kernel.plan import Plan
from cursus.pipeline import render
from cursus.pipeline.picture import (
    as_mermaid,
    drawn,
    picture_of_dag,
    picture_of_definition,
    picture_of_plan,
)
from cursus.pipeline.view import view_definition

SVG = "{http://www.w3.org/2000/svg}"
FLOW = [("Source", "Clean"), ("Clean", "Train"), ("Train", "Pack"), ("Source", "Pack")]


def a_dag(size: int) -> PipelineDAG:
    """Make a DAG of any size with names of all lengths."""
    chance = random.Random(size)  # noqa: S311 - a graph, no secret
    names = [
        f"{'Step' * chance.randint(1, 9)}_{'job' * chance.randint(0, 5)}{n}" for n in range(size)
    ]
    edges = [
        (names[source], names[target])
        for target in range(1, size)
        for source in chance.sample(range(max(0, target - 8), target), min(target, 2))
    ]
    return PipelineDAG(names, edges)


def boxes_of(text: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(text).findall(f"{SVG}svg")  # noqa: S314 - our own text


@pytest.mark.parametrize("size", [1, 2, 10, 50])
@pytest.mark.parametrize("is_down", [False, True])
def test_no_two_boxes_and_no_two_labels_overlap(size: int, *, is_down: bool) -> None:
    text = drawn(picture_of_dag(a_dag(size)), "team", is_down=is_down)
    boxes = boxes_of(text)
    assert len(boxes) == size
    corners = [[float(box.attrib[n]) for n in ("x", "y", "width", "height")] for box in boxes]
    for (x, y, width, height), (other_x, other_y, *_) in combinations(corners, 2):
        assert abs(x - other_x) >= width or abs(y - other_y) >= height
    for box in boxes:
        lines = box.findall(f"{SVG}text")
        heights = [float(line.attrib["y"]) for line in lines]
        assert all(later - earlier >= 16 for earlier, later in pairwise(heights))
        for line in lines:
            letter = HEADING_LETTER if line.attrib["class"] == "name" else LETTER
            assert 15 + len(line.text or "") * letter <= float(box.attrib["width"])


@pytest.mark.parametrize("size", [1, 10, 50])
def test_everything_lies_inside_the_picture(size: int) -> None:
    text = drawn(picture_of_dag(a_dag(size)), "team", is_down=False)
    root = ElementTree.fromstring(text)  # noqa: S314 - our own text
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in boxes_of(text):
        assert 0 <= float(box.attrib["x"]) <= width - float(box.attrib["width"])
        assert 0 <= float(box.attrib["y"]) <= height - float(box.attrib["height"])
    points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(re.findall(r' d="([^"]+)"', text)))
    assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in points)


def test_a_plan_shows_kinds_and_dashes_edges_without_data(planned: Callable[..., Plan]) -> None:
    nodes, edges = picture_of_plan(planned(FLOW))
    assert [(node.name, node.style) for node in nodes] == [
        ("Source", "service"),
        ("Clean", "processing"),
        ("Train", "training"),
        ("Pack", "processing"),
    ]
    dashed = {(edge.source, edge.target) for edge in edges if edge.is_dashed}
    assert len(edges) == 4
    assert dashed == {("Source", "Pack")}


def test_a_definition_shows_what_each_step_reads(planned: Callable[..., Plan]) -> None:
    data = render(planned([("Source", "Clean"), ("Clean", "Train"), ("Train", "Pack")])).to_dict()
    nodes, edges = picture_of_definition(view_definition(data))
    assert [node.figures for node in nodes] == [
        "Processing · ml.m5.2xlarge",
        "Training · ml.m5.4xlarge",
        "Processing · ml.m5.2xlarge",
    ]
    titles = {(edge.source, edge.target): edge.title for edge in edges}
    assert set(titles) == {("Clean", "Train"), ("Train", "Pack")}
    assert "ModelArtifacts.S3ModelArtifacts → input model_input" in titles["Train", "Pack"]


def test_steps_in_a_circle_are_an_error_that_names_them() -> None:
    steps = [
        {"Name": name, "Type": "Fail", "Arguments": {}, "DependsOn": [other]}
        for name, other in (("A", "B"), ("B", "A"))
    ]
    with pytest.raises(DagError, match="CUR0104"):
        picture_of_definition(view_definition({"Steps": steps}))


def test_signs_that_svg_and_mermaid_read_are_written_as_text() -> None:
    picture = picture_of_dag(PipelineDAG(['A"<b>&c#`'], []))
    box = boxes_of(drawn(picture, "<&>", is_down=False))[0]
    assert box.findtext(f"{SVG}text") == 'A"<b>&c#`'
    assert as_mermaid(picture, is_down=True) == (
        'flowchart TD\n  n1["A#34;#60;b#62;#38;c#35;#96;"]\n'
    )


def run(*args: str) -> int | str | None:
    with pytest.raises(SystemExit) as caught:
        main(["pipeline", "draw", *args])
    return caught.value.code


@pytest.fixture
def dag_file(tmp_path: Path) -> str:
    path = tmp_path / "dag.json"
    PipelineDAG([], [("A_train", "B"), ("A_train", "C")]).save(path)
    return str(path)


def test_the_name_of_the_file_says_how_to_draw(dag_file: str, tmp_path: Path) -> None:
    for name, start in (("p.svg", "<svg"), ("p.mmd", "flowchart LR"), ("p.mermaid", "flowchart")):
        assert run("-d", dag_file, "-o", str(tmp_path / name)) == 0
        assert (tmp_path / name).read_text("utf-8").startswith(start)


def test_without_a_file_the_drawing_is_printed(
    dag_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("-d", dag_file, "--format", "mermaid") == 0
    assert capsys.readouterr().out.splitlines() == [
        "flowchart LR",
        '  n1["A<br/>train"]',
        '  n2["B"]',
        '  n3["C"]',
        "  n1 --> n2",
        "  n1 --> n3",
    ]


@pytest.mark.parametrize(
    "args", [(), ("-d", "DAG", "--definition", "DAG"), ("-d", "DAG", "--bind", "A.x=B:y")]
)
def test_sources_that_do_not_fit_together_are_a_usage_error(
    args: tuple[str, ...], dag_file: str
) -> None:
    assert run(*(dag_file if word == "DAG" else word for word in args)) == 2


def test_no_file_that_is_read_is_overwritten(dag_file: str) -> None:
    before = Path(dag_file).read_text("utf-8")
    assert run("-d", dag_file, "-o", dag_file) == 2
    assert Path(dag_file).read_text("utf-8") == before


def test_drawing_is_the_same_each_time_and_needs_no_other_library(dag_file: str) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom cursus.cli import main\n"
        f"try: main(['pipeline', 'draw', '-d', {dag_file!r}])\n"
        "except SystemExit: pass\n"
        "heavy = {'jinja2', 'networkx', 'matplotlib', 'graphviz'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    outputs: list[Any] = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        outputs.append((done.returncode, done.stdout, done.stderr))
    assert outputs[0] == outputs[1]
    assert outputs[0][0] == 0
    assert json.dumps(outputs[0][1]).startswith('"<svg')
