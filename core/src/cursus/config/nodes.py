"""Which config a DAG node has: by name, by its step type alone, or as the user says; never by resemblance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cursus.config.keys import SUFFIX_FIELDS, step_type_name
from cursus.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cursus.config.config_file import ConfigEntry


def match_nodes(
    nodes: Iterable[str],
    entries: Mapping[str, ConfigEntry],
    node_configs: Mapping[str, str],
    *,
    file: Path | None = None,
) -> tuple[dict[str, ConfigEntry], dict[str, Problem]]:
    """Give each node's entry, and a problem for each node that has none.

    `node_configs` (node -> key) comes first; then the key that equals the node, the same ignoring case, and the
    only entry of the step type that the node names without a job type.
    """
    matcher = _Matcher(
        tuple(nodes), entries, node_configs, Place(file=file, path="$.metadata.config_types")
    )
    found: dict[str, ConfigEntry] = {}
    problems: dict[str, Problem] = matcher.misspelt_nodes()
    for node in matcher.nodes:
        result = matcher.match(node)
        if isinstance(result, Problem):
            problems[node] = result
        else:
            found[node] = result
    return found, problems


@dataclass(frozen=True, slots=True)
class _Matcher:
    nodes: tuple[str, ...]
    entries: Mapping[str, ConfigEntry]
    node_configs: Mapping[str, str]
    place: Place

    def match(self, node: str) -> ConfigEntry | Problem:
        if node in self.node_configs:
            return self._explicit(node, self.node_configs[node])
        if node in self.entries:
            return self.entries[node]
        same = [key for key in self.entries if key.casefold() == node.casefold()]
        if len(same) > 1:
            return self._several(node, same, "differ from it only by case")
        keys = same or [e.key for e in self._of_type(node)]
        if len(keys) > 1:
            return self._several(node, keys, "are of its step type")
        if keys and keys[0] not in self._taken(node):
            return self.entries[keys[0]]
        return self._none(node)

    def misspelt_nodes(self) -> dict[str, Problem]:
        """Warn of an explicit name that resembles a node of the DAG; others may be meant for another DAG."""
        found = {}
        for node in self.node_configs:
            close = [] if node in self.nodes else _close(node, self.nodes, cutoff=0.8)
            if close:
                found[node] = Problem(
                    code="CUR0211",
                    message=f"a config is chosen for node {node}, which is not in the DAG",
                    fix=f"did you mean {close[0]}?",
                    place=self.place,
                    severity="warning",
                )
        return found

    def _explicit(self, node: str, key: str) -> ConfigEntry | Problem:
        if key in self.entries:
            return self.entries[key]
        close = _close(key, self.entries)
        hint = f"; did you mean {close[0]}?" if close else ""
        return Problem(
            code="CUR0211",
            message=f"node {node} is to have the config {key}, which is not in the file{hint}",
            fix=f"choose one of: {', '.join(self.entries) or 'no config is in the file'}",
            place=self.place,
            node=node,
        )

    def _of_type(self, node: str) -> list[ConfigEntry]:
        name = node.casefold()
        return [e for e in self.entries.values() if name in {t.casefold() for t in _types(e)}]

    def _taken(self, node: str) -> set[str]:
        """Name the entries that belong to other nodes by name or by the user's word."""
        others = [other for other in self.nodes if other != node]
        return {self.node_configs.get(other, other) for other in others} & set(self.entries)

    def _several(self, node: str, keys: list[str], what: str) -> Problem:
        listed = ", ".join(keys)
        return Problem(
            code="CUR0210",
            message=f"node {node} could have several configs: {listed} {what}",
            fix=f"say which: --bind-config {node}={keys[0]}, or metadata.node_configs in the file",
            place=self.place,
            node=node,
        )

    def _none(self, node: str) -> Problem:
        reasons = [f"{entry.key} ({self._reason(node, entry)})" for entry in self._candidates(node)]
        close = _close(node, self.entries, count=3, cutoff=0.7)
        parts = [f"node {node} has no config"]
        if reasons:
            parts.append(f"looked at {', '.join(reasons)}")
        if close:
            parts.append(f"the closest keys are {', '.join(close)}")
        if not reasons and not close:
            parts.append(f"the file has {', '.join(self.entries) or 'no step'}")
        return Problem(
            code="CUR0209",
            message="; ".join(parts),
            fix=f"add the config {node}, or choose one: --bind-config {node}=<key>, or metadata.node_configs in the file",
            place=self.place,
            node=node,
        )

    def _candidates(self, node: str) -> list[ConfigEntry]:
        name = node.casefold()
        return [
            entry
            for entry in self.entries.values()
            if any(name.startswith(t.casefold()) for t in _types(entry))
        ]

    def _reason(self, node: str, entry: ConfigEntry) -> str:
        fields = entry.fields
        given = [f"its {name} is {fields[name]}" for name in SUFFIX_FIELDS if fields.get(name)]
        taken = ["it belongs to another node"] if entry.key in self._taken(node) else []
        return ", ".join((*given, *taken)) or "it has no job_type"


def _close(name: str, known: Iterable[str], *, count: int = 1, cutoff: float = 0.6) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=count, cutoff=cutoff)


def _types(entry: ConfigEntry) -> set[str]:
    """Name the step type of an entry, by the class name in the file and by the class that it is read as."""
    names = {entry.class_name}
    if entry.config is not None:
        names.add(type(entry.config).__name__)
    return {step_type_name(name) for name in names}
