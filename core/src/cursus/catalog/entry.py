"""CatalogEntry: a ready pipeline as data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.dag import PipelineDAG

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """A pipeline that a plugin contributes: its DAG, what it is for, and a config with which it can be tried.

    `aliases` are ids by which older or other catalogs know it. `config` has the layout of a config file, or is
    None; `profile` says what the columns of synthetic data look like, as a data profile in YAML does. A step type is
    the part of a node's name before the first `_`; it may be one of another plugin.
    """

    id: str
    description: str
    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    framework: str = ""
    complexity: str = ""
    task_type: str = ""
    features: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    config: Mapping[str, Any] | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def node_count(self) -> int:
        """Count the steps."""
        return len(self.nodes)

    @property
    def edge_count(self) -> int:
        """Count the edges."""
        return len(self.edges)

    @property
    def step_types(self) -> tuple[str, ...]:
        """Name the step types that the pipeline needs, each once, in node order."""
        return tuple(dict.fromkeys(node.partition("_")[0] for node in self.nodes))

    def dag(self) -> PipelineDAG:
        """Make the DAG."""
        return PipelineDAG(self.nodes, self.edges)

    def config_text(self) -> str | None:
        """Give the config as the text of a config file; None where the entry has none."""
        if self.config is None:
            return None
        return json.dumps(self.config, indent=2, sort_keys=True) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Give the entry's line in the index of the catalog."""
        return {
            "id": self.id,
            "description": self.description,
            "framework": self.framework,
            "complexity": self.complexity,
            "task_type": self.task_type,
            "node_count": self.node_count,
            "edge_count": self.edge_count,
            "features": list(self.features),
            "aliases": list(self.aliases),
            "step_types": list(self.step_types),
        }
