"""PipelineDAG: steps by name and the edges between them, its JSON file and its integrity."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.errors import DagError, Place, Problem, raise_errors
from cursus.files import write_text
from cursus.json_file import JsonKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cursus.json_file import JsonText, Parts

SUPPORTED_MAJOR = "1"
DAG_JSON = JsonKind(
    name="the DAG text",
    error=DagError,
    code="CUR0101",
    repeated_code="CUR0101",
    fix='write {"dag": {"nodes": ["A", "B"], "edges": [["A", "B"]]}}',
)
NODES: Parts = ("dag", "nodes")
EDGES: Parts = ("dag", "edges")


class PipelineDAG:
    """A directed graph of step names; order of nodes and edges is kept.

    `faults` holds what a file had that could not become part of the graph (dangling edges, duplicates).
    """

    def __init__(self, nodes: Iterable[str] = (), edges: Iterable[tuple[str, str]] = ()) -> None:
        self._successors: dict[str, dict[str, None]] = {}
        self._predecessors: dict[str, dict[str, None]] = {}
        self.file: Path | None = None
        self.faults: tuple[Problem, ...] = ()
        for node in nodes:
            self.add_node(node)
        for source, target in edges:
            self.add_edge(source, target)

    @property
    def nodes(self) -> list[str]:
        """Give the nodes in the order in which they were added."""
        return list(self._successors)

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Give the edges, grouped by their source."""
        return [(a, b) for a, targets in self._successors.items() for b in targets]

    def add_node(self, node: str) -> None:
        """Add a node; one that is there stays as it is."""
        self._successors.setdefault(node, {})
        self._predecessors.setdefault(node, {})

    def add_edge(self, source: str, target: str) -> None:
        """Add an edge and the nodes that it needs; one that is there stays as it is."""
        self.add_node(source)
        self.add_node(target)
        self._successors[source][target] = None
        self._predecessors[target][source] = None

    def get_dependencies(self, node: str) -> list[str]:
        """Give the direct predecessors of a node, in edge order."""
        return list(self._predecessors[node])

    def get_dependents(self, node: str) -> list[str]:
        """Give the direct successors of a node, in edge order."""
        return list(self._successors[node])

    def ancestors(self, node: str) -> tuple[str, ...]:
        """Give the nodes from which `node` can be reached, nearest first."""
        found: dict[str, None] = {}
        queue = deque(self._predecessors[node])
        while queue:
            current = queue.popleft()
            if current not in found:
                found[current] = None
                queue.extend(self._predecessors[current])
        return tuple(found)

    def topological_sort(self) -> list[str]:
        """Order the nodes so that each follows its predecessors (Kahn 1962; node order, then edge order)."""
        order = self.kahn_order()
        if len(order) < len(self._successors):
            raise DagError(self.check())
        return order

    def kahn_order(self) -> list[str]:
        """Order the nodes that are on no cycle and behind none."""
        waiting = {node: len(sources) for node, sources in self._predecessors.items()}
        queue = deque(node for node, count in waiting.items() if count == 0)
        order = []
        while queue:
            node = queue.popleft()
            order.append(node)
            for target in self._successors[node]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    queue.append(target)
        return order

    def check(self) -> list[Problem]:
        """Give every fault: those of the file, and each cycle named node by node."""
        problems = list(self.faults)
        if len(self.kahn_order()) < len(self._successors):
            problems.extend(self._cycle_problem(cycle) for cycle in self._cycles())
        return problems

    def to_dict(self) -> dict[str, Any]:
        """Give the DAG as the data of a DAG file."""
        return {
            "version": "1.0.0",
            "dag": {"nodes": self.nodes, "edges": [list(edge) for edge in self.edges]},
        }

    def to_json(self) -> str:
        """Give the DAG as the text of a DAG file."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    def save(self, path: str | Path) -> None:
        """Write the DAG as a file."""
        write_text(Path(path), self.to_json())

    @classmethod
    def from_json(cls, text: str, *, file: Path | None = None) -> PipelineDAG:
        """Read a DAG from text; every fault is reported in one DagError."""
        dag = cls.read(text, file=file)
        raise_errors(dag.check(), DagError)
        return dag

    @classmethod
    def from_file(cls, path: str | Path) -> PipelineDAG:
        """Read a DAG file; every fault is reported in one DagError."""
        return cls.from_json(DAG_JSON.read_text(Path(path)), file=Path(path))

    @classmethod
    def read_file(cls, path: str | Path) -> PipelineDAG:
        """Read a DAG file and keep its faults in `faults`, for a report together with other problems."""
        return cls.read(DAG_JSON.read_text(Path(path)), file=Path(path))

    @classmethod
    def read(cls, text: str, *, file: Path | None = None) -> PipelineDAG:
        """Read a DAG from text and keep its faults in `faults`; text that holds no DAG raises DagError."""
        source = DAG_JSON.parse(text, file)
        section = _dag_section(source)
        dag = cls()
        dag.file = file
        try:
            faults = _add_nodes(dag, section.get("nodes"))
            faults += _add_edges(dag, section.get("edges"))
        except RecursionError as exc:  # deep enough to be parsed, too deep to be shown
            raise DAG_JSON.too_deep(file) from exc
        found = (fault.problem(source) for fault in faults)
        dag.faults = (*DAG_JSON.repeated(source), *found)
        return dag

    def _cycles(self) -> list[list[str]]:
        import networkx

        graph = networkx.DiGraph(self.edges)
        components = networkx.strongly_connected_components(graph)
        order = {node: index for index, node in enumerate(self._successors)}
        cyclic = [c for c in components if len(c) > 1 or graph.has_edge(*(2 * list(c)))]
        cycles = [
            networkx.find_cycle(graph.subgraph(c), min(c, key=order.__getitem__)) for c in cyclic
        ]
        return [[source for source, _ in cycle] for cycle in cycles]

    def _cycle_problem(self, cycle: Sequence[str]) -> Problem:
        path = " -> ".join([*cycle, cycle[0]])
        return Problem(
            code="CUR0104",
            message=f"the steps form a cycle: {path}",
            fix="remove one of these edges; a step cannot wait for itself",
            place=Place(file=self.file, path="$.dag.edges"),
        )


@dataclass(frozen=True, slots=True)
class _Fault:
    code: str
    message: str
    fix: str
    parts: Parts

    def problem(self, source: JsonText) -> Problem:
        place = source.place(self.parts)
        return Problem(code=self.code, message=self.message, fix=self.fix, place=place)


def _dag_section(source: JsonText) -> Mapping[str, Any]:
    data = source.data
    if not isinstance(data, dict) or not isinstance(data.get("dag"), dict):
        raise DAG_JSON.unreadable('holds no object "dag" with "nodes" and "edges"', source.file)
    version = str(data.get("version", "1.0.0"))
    if version.partition(".")[0] != SUPPORTED_MAJOR:
        message = f"has version {version:.20}; this Cursus reads version 1"
        fix = 'save it with "version": "1.0.0", or leave the version out; a newer Cursus may read the other'
        raise replace(DAG_JSON, fix=fix).unreadable(message, source.file)
    section: dict[str, Any] = data["dag"]
    return section


def _add_nodes(dag: PipelineDAG, nodes: object) -> list[_Fault]:
    if not isinstance(nodes, list):
        return [_Fault("CUR0102", '"nodes" is not a list', "list the step names", NODES)]
    problems = []
    for index, node in enumerate(nodes):
        place = (*NODES, index)
        if not isinstance(node, str) or not node.strip():
            message = f"{node!r:.60} is not a step name"
            problems.append(_Fault("CUR0102", message, "write a non-empty text", place))
        elif node in dag._successors:  # noqa: SLF001 - the reader is part of the class
            message = f"node {node} is listed twice"
            problems.append(_Fault("CUR0105", message, "remove one of the two", place))
        else:
            dag.add_node(node)
    return problems


def _add_edges(dag: PipelineDAG, edges: object) -> list[_Fault]:
    if not isinstance(edges, list):
        return [_Fault("CUR0102", '"edges" is not a list', "list [from, to] pairs", EDGES)]
    problems = []
    seen: set[tuple[str, str]] = set()
    for index, edge in enumerate(edges):
        problem = _edge_fault(dag, edge, seen, (*EDGES, index))
        if problem is None:
            seen.add((edge[0], edge[1]))
            dag.add_edge(edge[0], edge[1])
        else:
            problems.append(problem)
    return problems


def _edge_fault(
    dag: PipelineDAG, edge: object, seen: set[tuple[str, str]], place: Parts
) -> _Fault | None:
    pair = 2
    if not isinstance(edge, list) or len(edge) != pair or not all(isinstance(n, str) for n in edge):
        return _Fault("CUR0102", f"{edge!r:.60} is not an edge", 'write ["from", "to"]', place)
    source, target = edge
    known = dag._successors  # noqa: SLF001 - the reader is part of the class
    missing = [node for node in (source, target) if node not in known]
    if missing:
        message = f"edge {source} -> {target} names {' and '.join(missing)}, not among the nodes"
        return _Fault(
            "CUR0103", message, "add the node or mend the name" + _closest(missing, known), place
        )
    if source == target:
        message = f"edge {source} -> {target} leads back to its own step"
        return _Fault("CUR0106", message, "remove the edge", place)
    if (source, target) in seen:
        return _Fault("CUR0105", f"edge {source} -> {target} is listed twice", "remove one", place)
    return None


def _closest(names: Sequence[str], known: Iterable[str]) -> str:
    from difflib import get_close_matches

    found = [match for name in names for match in get_close_matches(name, list(known), n=1)]
    return f" (did you mean {', '.join(found)}?)" if found else ""
