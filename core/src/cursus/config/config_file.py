"""What a config file holds once it is read: one entry per step, and the problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.errors import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from cursus.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigEntry:
    """One step's part of a config file.

    `config` is None where its class is unknown (then `problems` does not say so: the caller knows who could own
    it) or where `problems` holds an error. `fields` are the effective raw fields, `unknown` those that the class
    does not declare, by dotted path; `bindings` the entry's own port bindings.
    """

    key: str
    class_name: str
    config: BaseModel | None
    fields: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    bindings: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """The entries of a config file by key; `problems` are those of the file, each entry has its own."""

    path: Path | None
    entries: Mapping[str, ConfigEntry]
    node_configs: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def all_problems(self) -> list[Problem]:
        """Give the problems of the file and of every entry; one of a shared field stands there once."""
        own = (problem for entry in self.entries.values() for problem in entry.problems)
        return list(dict.fromkeys((*self.problems, *own)))
