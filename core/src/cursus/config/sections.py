"""The sections of a parsed config file: shared and specific fields, metadata, and what is wrong with them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cursus.config.step_config import BasePipelineConfig
from cursus.errors import ConfigError, Problem
from cursus.json_file import JsonKind, json_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.json_file import JsonText, Parts

LAYOUT = (
    'write {"configuration": {"shared": {}, "specific": {"<key>": {}}}, '
    '"metadata": {"config_types": {"<key>": "<class>"}}}'
)
CONFIG_JSON = JsonKind(
    name="the config text",
    error=ConfigError,
    code="CUR0201",
    repeated_code="CUR0202",
    fix="give a config file: JSON in UTF-8, with the sections configuration and metadata",
)


class Sections:
    """The parts of one file; gathers the problems of the file itself, and knows where each field stands."""

    def __init__(self, source: JsonText) -> None:
        self.source = source
        self.problems = CONFIG_JSON.repeated(source)
        data = self._object((), source.data)
        self.root: Parts = ("configuration",) if "configuration" in data else ()
        layers = self._object(self.root, data["configuration"]) if self.root else data
        self.shared = self._object((*self.root, "shared"), layers.get("shared", {}))
        self.specific = self._object((*self.root, "specific"), layers.get("specific", {}))
        self.metadata = self._object(("metadata",), data.get("metadata", {}))
        self.config_types = self._texts("config_types")
        self.node_configs = self._texts("node_configs")
        self._check_types()

    def own(self, key: str) -> Mapping[str, Any]:
        """Give the specific fields of an entry."""
        own = self.specific.get(key, {})
        return own if isinstance(own, dict) else {}

    def at(self, key: str) -> Parts:
        """Say where an entry stands."""
        return (*self.root, "specific", key)

    def origin(self, key: str, name: str) -> Parts:
        """Say where a field of an entry stands, or should stand: what no entry gives belongs in `shared`."""
        if name not in self.own(key) and (name in self.shared or self._is_common(name)):
            return (*self.root, "shared", name)
        return (*self.at(key), name)

    def problem(
        self, code: str, message: str, fix: str, parts: Parts, *, warning: bool = False
    ) -> Problem:
        """Make a problem with its place in the file."""
        return Problem(
            code=code,
            message=message,
            fix=fix,
            place=self.source.place(parts),
            severity="warning" if warning else "error",
        )

    def _is_common(self, name: str) -> bool:
        return name in BasePipelineConfig.model_fields and name not in self._given

    @cached_property
    def _given(self) -> frozenset[str]:
        """Name the fields that any entry gives itself."""
        return frozenset(name for key in self.specific for name in self.own(key))

    def _check_types(self) -> None:
        if not self.config_types:
            file = self.source.file or "the config text"
            message = f"{file} does not say which class each step has: metadata.config_types is missing or empty"
            self._add("CUR0203", message, LAYOUT, ("metadata", "config_types"))
        for key, entry in self.specific.items():
            self._object(self.at(key), entry)
            if self.config_types and key not in self.config_types:
                message = f"{key} is not in metadata.config_types, so it is not read"
                fix = "add its class there, or remove the entry"
                self._add("CUR0213", message, fix, self.at(key), warning=True)

    def _object(self, parts: Parts, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self._add("CUR0203", f"{json_path(parts)} is not an object", LAYOUT, parts)
        return {}

    def _texts(self, section: str) -> dict[str, str]:
        members = self._object(("metadata", section), self.metadata.get(section, {}))
        for name, value in members.items():
            if not isinstance(value, str):
                message = f"{name} in metadata.{section} is {value!r:.60}, not a text"
                self._add("CUR0203", message, "write a name", ("metadata", section, name))
        return {name: value for name, value in members.items() if isinstance(value, str)}

    def _add(
        self, code: str, message: str, fix: str, parts: Parts, *, warning: bool = False
    ) -> None:
        self.problems.append(self.problem(code, message, fix, parts, warning=warning))
