"""Configs written as a config file that reads back to equal configs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cursus.config.keys import config_key
from cursus.config.model_fields import declared_fields
from cursus.config.raw_fields import MODEL_TYPE, TYPE_INFO
from cursus.errors import ConfigError, Place, Problem
from cursus.files import write_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def write_config_file(
    path: str | Path,
    configs: Mapping[str, BaseModel] | Iterable[BaseModel],
    *,
    extra: Mapping[str, Mapping[str, Any]] | None = None,
    node_configs: Mapping[str, str] | None = None,
    created_at: datetime | None = None,
) -> Path:
    """Write configs by key (derived where none is given); two configs with one key are a ConfigError.

    `extra` gives further raw members of entries by key, such as `bindings` and unknown fields.
    """
    keyed = configs if isinstance(configs, Mapping) else _keyed(configs, Path(path))
    data = config_file_data(keyed, extra or {})
    data["metadata"]["created_at"] = (created_at or datetime.now().astimezone()).isoformat()
    if node_configs:
        data["metadata"]["node_configs"] = dict(node_configs)
    return write_text(path, json.dumps(data, indent=2, sort_keys=True) + "\n")


def config_file_data(
    configs: Mapping[str, BaseModel], extra: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Give the data of a config file: what is equal in all configs is shared, the rest is specific."""
    plain = {key: _model(config) for key, config in configs.items()}
    shared = _shared(list(plain.values()))
    specific = {
        key: {name: value for name, value in members.items() if name not in shared}
        | dict(extra.get(key, {}))
        for key, members in plain.items()
    }
    return {
        "configuration": {"shared": shared, "specific": specific},
        "metadata": {
            "config_types": {key: type(config).__name__ for key, config in configs.items()},
            "field_sources": _field_sources(plain),
        },
    }


def _keyed(configs: Iterable[BaseModel], path: Path) -> dict[str, BaseModel]:
    keyed: dict[str, BaseModel] = {}
    problems = []
    for config in configs:
        key = config_key(config)
        if key in keyed:
            problems.append(_same_key(key, path))
        keyed[key] = config
    if problems:
        raise ConfigError(problems)
    return keyed


def _same_key(key: str, path: Path) -> Problem:
    return Problem(
        code="CUR0214",
        message=f"two configs come to the key {key}",
        fix="give one of them another job_type or a step_name_override",
        place=Place(file=path),
    )


def _shared(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Compare as JSON text, where true is not 1; one entry alone shares nothing."""
    if len(entries) <= 1:
        return {}
    first, *others = entries
    return {
        name: value
        for name, value in first.items()
        if name != MODEL_TYPE
        and all(name in other and _text(other[name]) == _text(value) for other in others)
    }


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _field_sources(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    sources: dict[str, list[str]] = {}
    for key, members in entries.items():
        for name in members:
            if name != MODEL_TYPE:
                sources.setdefault(name, []).append(key)
    return sources


def _model(config: BaseModel) -> dict[str, Any]:
    """Give every field but those whose value and default are None, so that today's defaults stay."""
    model = type(config)
    members: dict[str, Any] = {MODEL_TYPE: model.__name__}
    for name, declared in declared_fields(model).items():
        value, field = getattr(config, name), model.model_fields[name]
        if value is not None or field.is_required() or field.default is not None:
            written = name if name in declared.names else declared.names[0]
            members[written] = _plain(value, exact="Any" in str(field.annotation))
    for name, value in (config.__pydantic_extra__ or {}).items():
        members[name] = _plain(value, exact=True)
    return members


def _plain(value: Any, *, exact: bool) -> Any:
    """Give JSON data; where no annotation will restore the type (`exact`), in typed containers."""
    if isinstance(value, BaseModel):
        return _model(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(member, exact=exact) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return _members(value, exact=exact)
    if isinstance(value, datetime):
        return _container("datetime", value.isoformat()) if exact else value.isoformat()
    if isinstance(value, Enum):
        return _plain(value.value, exact=exact)
    return str(value) if isinstance(value, PurePath) else value


def _members(value: Collection[Any], *, exact: bool) -> Any:
    ordered = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
    content = [_plain(member, exact=exact) for member in ordered]
    kind = type(value).__name__
    return _container(kind, content) if exact and kind != "list" else content


def _container(kind: str, content: Any) -> dict[str, Any]:
    return {TYPE_INFO: kind, "value": content}
