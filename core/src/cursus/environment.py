"""Environment values as text: one rule for the deployed job and the local run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cursus.errors import CursusError


def texts_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """Write environment values as text: None is left out, booleans are true/false, lists and objects JSON."""
    return {name: _text(name, value) for name, value in environment.items() if value is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, Mapping)):
        return json.dumps(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    raise CursusError(f"environment value {name} is {type(value).__name__} {value!r:.60}, not text")
