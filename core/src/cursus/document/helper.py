"""Helpers of the existing system: who answers for a step, and with which STEP_CONFIG."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, create_model

from cursus.errors import CursusError, InvalidInputError, RunTimeValueError, cause_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cursus.config import ConfigEntry

CAN_HANDLE = "can_handle_step"
EXTRACT = "extract_step_config"


class ExecutionDocumentHelper(ABC):
    """Answers for some steps of a document; `step_name` is the name of the DAG's node."""

    @abstractmethod
    def can_handle_step(self, step_name: str, config: Any) -> bool:
        """Say whether this helper answers for a step; asked for each step before the plugins are.

        `config` is a RawConfig where no plugin owns its class, and None where the node has none in the config file.
        """

    @abstractmethod
    def extract_step_config(self, step_name: str, config: Any) -> Mapping[str, Any]:
        """Give the step's STEP_CONFIG as JSON data."""


class RawConfig(BaseModel):
    """A config whose class no plugin owns: the fields of its entry as they stand in the file, without defaults.

    They are read as attributes (`config.size`) and as members (`config["size"]`); the type has the class's name.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    def __getitem__(self, name: str) -> Any:
        """Give a field; one that the file does not have is a KeyError."""
        return (self.model_extra or {})[name]

    def __contains__(self, name: object) -> bool:
        """Say whether the file has a field."""
        return name in (self.model_extra or {})

    def keys(self) -> Iterable[str]:
        """Give the names of the fields."""
        return (self.model_extra or {}).keys()

    def get(self, name: str, default: Any = None) -> Any:
        """Give a field, or `default` where the file does not have it."""
        return (self.model_extra or {}).get(name, default)


class HelperError(CursusError):
    """A helper's code failed, or its answer is no STEP_CONFIG; `helper` is its class, `method` what was called."""

    def __init__(self, helper: object, method: str, cause: BaseException) -> None:
        self.helper = type(helper).__name__
        self.method = method
        self.cause = cause
        super().__init__(f"helper {self.helper} failed in {method}: {cause_of(cause)}")


def raw_config(entry: ConfigEntry) -> RawConfig:
    """Give the fields of an entry as an object for helpers, which know configs of the entry's class."""
    kind = create_model(entry.class_name, __base__=RawConfig, __module__=__name__)
    return kind.model_validate(dict(entry.fields))


def takes(helper: ExecutionDocumentHelper, node: str, config: Any) -> bool:
    """Say whether a helper answers for a node."""
    return bool(_asked(helper, CAN_HANDLE, node, config))


def answer_of(helper: ExecutionDocumentHelper, node: str, config: Any) -> dict[str, Any]:
    """Give a helper's STEP_CONFIG for a node that it takes."""
    found = _asked(helper, EXTRACT, node, config)
    try:
        return as_json_object(found)
    except (TypeError, ValueError, RecursionError) as exc:
        raise HelperError(helper, EXTRACT, TypeError(str(exc))) from exc


def as_json_object(found: object) -> dict[str, Any]:
    """Take a copy as JSON data; TypeError, ValueError or RecursionError for what is no object of JSON values."""
    if not isinstance(found, Mapping):
        raise TypeError(f"it gave {type(found).__name__} {found!r:.60} instead of an object")
    return dict(json.loads(json.dumps({**found}, allow_nan=False)))


def _asked(helper: object, method: str, node: str, config: Any) -> Any:
    try:
        return getattr(helper, method)(node, config)
    except (InvalidInputError, RunTimeValueError):
        raise
    except (Exception, SystemExit) as exc:  # a user's code: the guard around it
        raise HelperError(helper, method, exc) from exc
