"""PipelineDAG: order, its JSON, and every fault of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cursus.dag import PipelineDAG
from cursus.errors import DagError
from hypothesis import given
from hypothesis import strategies as st


def text(nodes: Any, edges: Any, **more: Any) -> str:
    return json.dumps({"dag": {"nodes": nodes, "edges": edges}, **more})


def codes(caught: pytest.ExceptionInfo[DagError]) -> list[str]:
    return [problem.code for problem in caught.value.problems]


def test_adding_a_node_or_an_edge_twice_changes_nothing() -> None:
    dag = PipelineDAG()
    dag.add_node("A")
    dag.add_node("A")
    dag.add_edge("A", "B")
    dag.add_edge("A", "B")
    assert dag.nodes == ["A", "B"]
    assert dag.edges == [("A", "B")]


def test_order_follows_nodes_then_edges() -> None:
    dag = PipelineDAG(["C", "A", "B", "D"], [("A", "D"), ("C", "B"), ("C", "D")])
    assert dag.topological_sort() == ["C", "A", "B", "D"]


def test_dependencies_and_dependents_are_direct_and_ancestors_are_all() -> None:
    dag = PipelineDAG(edges=[("A", "B"), ("B", "C"), ("X", "C")])
    assert dag.get_dependencies("C") == ["B", "X"]
    assert dag.get_dependents("A") == ["B"]
    assert dag.ancestors("C") == ("B", "X", "A")


def test_a_dag_survives_its_own_json(tmp_path: Path) -> None:
    dag = PipelineDAG(["Z", "A"], [("Z", "A"), ("A", "M")])
    dag.save(tmp_path / "dag.json")
    read = PipelineDAG.from_file(tmp_path / "dag.json")
    assert (read.nodes, read.edges) == (dag.nodes, dag.edges)


def test_a_cycle_is_named_node_by_node() -> None:
    with pytest.raises(DagError, match="A -> B -> C -> A") as caught:
        PipelineDAG.from_json(text(["A", "B", "C", "D"], [["A", "B"], ["B", "C"], ["C", "A"]]))
    assert codes(caught) == ["CUR0104"]


def test_two_cycles_are_both_named() -> None:
    edges = [("A", "B"), ("B", "A"), ("C", "D"), ("D", "C")]
    problems = PipelineDAG(edges=edges).check()
    assert ["A -> B -> A" in str(p) or "C -> D -> C" in str(p) for p in problems] == [True, True]


def test_every_fault_of_a_file_is_reported_at_once() -> None:
    nodes = ["A", "B", "A", "", 7]
    edges = [["A", "C"], ["A", "A"], ["A", "B"], ["A", "B"], "AB", ["A"]]
    with pytest.raises(DagError) as caught:
        PipelineDAG.from_json(text(nodes, edges))
    expected = [
        "CUR0105",
        "CUR0102",
        "CUR0102",
        "CUR0103",
        "CUR0106",
        "CUR0105",
        "CUR0102",
        "CUR0102",
    ]
    assert codes(caught) == expected


def test_a_dangling_edge_names_its_place_and_the_closest_node() -> None:
    with pytest.raises(DagError, match="did you mean Training") as caught:
        PipelineDAG.from_json(text(["Training", "Eval"], [["Trainin", "Eval"]]))
    assert caught.value.problems[0].place.path == "$.dag.edges[0]"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", 'no object "dag"'),
        ('{"dag": 7}', 'no object "dag"'),
        (text([], [], version="2.0.0"), "version 2.0.0"),
        ("[" * 100_000, "is not JSON"),
        (text([1], []).replace("1]", "1" * 5000 + "]"), "a number of more than 4300 digits"),
        (text(["A\ud800"], []), "$.dag.nodes[0] holds half of a character"),
        ('{"\\ud83d": {}}', "holds half of a character"),
    ],
)
def test_text_that_holds_no_dag_says_so(content: str, words: str) -> None:
    with pytest.raises(DagError, match="CUR0101") as caught:
        PipelineDAG.from_json(content)
    assert words in str(caught.value)


@pytest.mark.parametrize("section", [{"nodes": 7, "edges": []}, {"nodes": [], "edges": {}}, {}])
def test_sections_of_the_wrong_type_are_faults(section: dict[str, Any]) -> None:
    with pytest.raises(DagError, match="CUR0102"):
        PipelineDAG.from_json(json.dumps({"dag": section}))


def test_a_file_that_is_missing_or_not_utf8_says_so(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"dag": "\xe9"}')
    for name in ("missing.json", "latin.json"):
        with pytest.raises(DagError, match=f"{name} cannot be read"):
            PipelineDAG.from_file(tmp_path / name)


def test_a_fault_of_a_file_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "dag.json"
    path.write_text(
        '{"dag": {\n"nodes": ["A"],\n"edges": [\n["A", "B"]\n],\n"edges": [\n["A", "C"]]}}'
    )
    with pytest.raises(DagError) as caught:
        PipelineDAG.from_file(path)
    places = [(p.code, p.place.path, p.place.line) for p in caught.value.problems]
    assert places == [("CUR0101", "$.dag.edges", 6), ("CUR0103", "$.dag.edges[0]", 7)]


def test_a_whole_pair_of_surrogates_is_a_character() -> None:
    assert PipelineDAG.from_json(text(["\U0001f600"], [])).nodes == ["\U0001f600"]


def test_an_old_catalog_file_without_version_is_read() -> None:
    content = {"dag": {"description": "x", "nodes": ["A"], "edges": []}, "metadata": {"id": "a"}}
    assert PipelineDAG.from_json(json.dumps(content)).nodes == ["A"]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda e: e[0] < e[1])))
def test_each_step_of_any_acyclic_graph_follows_its_predecessors(
    edges: list[tuple[int, int]],
) -> None:
    dag = PipelineDAG(edges=[(str(a), str(b)) for a, b in edges])
    position = {node: index for index, node in enumerate(dag.topological_sort())}
    assert all(position[a] < position[b] for a, b in dag.edges)
    assert len(position) == len(dag.nodes)


def test_a_number_that_python_cannot_read_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "dag.json").write_text('{"dag":\n' + "1" * 5000 + "}")
    with pytest.raises(
        DagError, match=r"dag\.json holds a number of more than 4300 digits"
    ) as caught:
        PipelineDAG.from_file(tmp_path / "dag.json")
    assert caught.value.problems[0].place.line == 2


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(DagError, match="/dev/zero is larger than 256 MB"):
        PipelineDAG.from_file("/dev/zero")


def test_a_version_of_another_major_is_an_error_that_says_which_are_read() -> None:
    with pytest.raises(
        DagError, match=r'reads version 1(.|\n)*fix save it with "version": "1.0.0"'
    ):
        PipelineDAG.from_json('{"version": "2.0.0", "dag": {"nodes": ["a"], "edges": []}}')
