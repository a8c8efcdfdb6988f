"""The configs that a user's own resolver chooses for DAG nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cursus.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.config.config_file import ConfigEntry


class ConfigResolver(Protocol):
    """What a custom resolver has; the result maps nodes to configs, or to their keys."""

    def resolve_config_map(
        self, dag_nodes: Sequence[str], available_configs: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Choose configs for nodes; nodes that it leaves out go by the usual rules."""


def chosen_configs(
    resolver: ConfigResolver, nodes: Sequence[str], entries: Mapping[str, ConfigEntry]
) -> dict[str, str]:
    """Ask a resolver for the config keys of nodes; what is no config of the file is a ConfigError."""
    available = {key: e.config for key, e in entries.items() if e.config is not None}
    found = resolver.resolve_config_map(dag_nodes=nodes, available_configs=available)
    if not isinstance(found, Mapping):
        raise ConfigError([_problem(f"gave {type(found).__name__} instead of a mapping")])
    keys = {node: _key_of(value, available) for node, value in found.items()}
    problems = [
        _problem(f"gave {found[node]!r:.60} for node {node}")
        for node, key in keys.items()
        if key is None
    ]
    if problems:
        raise ConfigError(problems)
    return {node: key for node, key in keys.items() if key is not None}


def _key_of(value: object, available: Mapping[str, Any]) -> str | None:
    if isinstance(value, str):
        return value if value in available else None
    return next((key for key, config in available.items() if config is value), None)


def _problem(what: str) -> Problem:
    return Problem(
        code="CUR0218",
        message=f"the config resolver {what}",
        fix="give, for each node, a key or a config of available_configs",
    )
