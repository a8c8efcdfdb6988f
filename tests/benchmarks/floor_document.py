"""The floor of making a document: load the config file and validate it as plain data with pydantic."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel


class Layers(BaseModel):
    """The two layers of a config file."""

    shared: dict[str, Any]
    specific: dict[str, dict[str, Any]]


class File(BaseModel):
    """A config file without knowledge of step types."""

    configuration: Layers
    metadata: dict[str, Any]


if __name__ == "__main__":
    File.model_validate(json.loads(Path(sys.argv[1]).read_text("utf-8")))
