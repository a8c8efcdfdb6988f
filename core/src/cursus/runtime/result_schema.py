"""The JSON schema of a run's result: made from its records, published as result_schema.json beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cursus.runtime.result import SCHEMA_VERSION, RunResult

SCHEMA_FILE = Path(__file__).with_name("result_schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def published_schema() -> dict[str, Any]:
    """Read the schema that is published with this version."""
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text("utf-8"))
    return schema


def make_schema() -> dict[str, Any]:
    """Make the schema from the records: every field is always there, and there is no other."""
    made = RunResult.model_json_schema(mode="serialization")
    for record in (made, *made["$defs"].values()):
        record["additionalProperties"] = False
        record["required"] = list(record["properties"])
    major = SCHEMA_VERSION.partition(".")[0]
    made["properties"]["schema_version"]["pattern"] = rf"^{major}\.[0-9]+$"
    title = f"The result of a local run, version {SCHEMA_VERSION}"
    return {"$schema": DIALECT, **made, "title": title}
