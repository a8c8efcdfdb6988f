"""The configs that a user's own resolver chooses for DAG nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cursus.errors import ConfigError, Problem, cause_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cursus.config.config_file import ConfigEntry

METHOD = "resolve_config_map"


class ConfigResolver(Protocol):
    """What a custom resolver has; the result maps nodes to configs, or to their keys."""

    def resolve_config_map(
        self, dag_nodes: Sequence[str], available_configs: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Choose configs for nodes; nodes that it leaves out go by the usual rules."""


def chosen_configs(
    resolver: ConfigResolver, nodes: Sequence[str], entries: Mapping[str, ConfigEntry]
) -> dict[str, str]:
    """Ask a resolver for the config keys of nodes.

    A resolver that fails, or chooses what is no config of the file, is a ConfigError.
    """
    available = {key: e.config for key, e in entries.items() if e.config is not None}
    keys = {
        node: (value, _key_of(value, entries)) for node, value in _asked(resolver, nodes, available)
    }
    problems = [
        _problem(resolver, f"gave {value!r:.60} for node {node}")
        for node, (value, key) in keys.items()
        if key is None
    ]
    if problems:
        raise ConfigError(problems)
    return {node: key for node, (_, key) in keys.items() if key is not None}


def _asked(
    resolver: ConfigResolver, nodes: Sequence[str], available: Mapping[str, Any]
) -> list[tuple[str, Any]]:
    if not callable(getattr(resolver, METHOD, None)):
        fix = f"give it the method {METHOD}(dag_nodes, available_configs)"
        raise ConfigError([_problem(resolver, f"has no method {METHOD}", fix)])
    try:
        found = resolver.resolve_config_map(dag_nodes=nodes, available_configs=available)
        if isinstance(found, Mapping):
            return list(found.items())
    except (Exception, SystemExit) as exc:  # a user's code: the guard around it
        raise ConfigError(
            [_problem(resolver, f"failed: {cause_of(exc)}", f"mend its {METHOD}")]
        ) from exc
    raise ConfigError([_problem(resolver, f"gave {type(found).__name__} instead of a mapping")])


def _key_of(value: object, entries: Mapping[str, ConfigEntry]) -> str | None:
    if isinstance(value, str):
        return value if value in entries else None
    configs = ((key, entry.config) for key, entry in entries.items())
    return next((key for key, config in configs if config is not None and config is value), None)


def _problem(
    resolver: object,
    what: str,
    fix: str = "give, for each node, a key of the config file or a config of available_configs",
) -> Problem:
    message = f"the config resolver {type(resolver).__name__} {what}"
    return Problem(code="CUR0218", message=message, fix=fix)
