"""Print the reference page of result.json, or with `schema` its JSON schema.

uv run python tests/architecture/run_result_page.py > docs/reference/run-result.md
uv run python tests/architecture/run_result_page.py schema > core/src/cursus/runtime/result_schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from cursus.runtime.result import SCHEMA_VERSION
from cursus.runtime.result_schema import make_schema

HEAD = """# The result of a run

Every run of `cursus runtime test-pipeline` keeps `result.json` in its folder, `<workspace>/runs/<run>/`. The file is
written whole after every change, so it is there after a crash or a kill too. The terminal, the HTML report, JUnit,
Markdown, `history` and `compare` all read it. Version of the format: {version}.

The JSON schema is [result_schema.json](../../core/src/cursus/runtime/result_schema.json), which is installed with
`cursus-core`. It is strict: every field below is in every file, and no other. A test makes both this page and the
schema from the code.

Times are seconds, memory is MB (2**20 bytes), moments are ISO 8601 with the zone.

## Versions

`schema_version` is a major and a minor number. A new field raises the minor number; readers of the same major number
leave fields aside that they do not know. A field that goes or changes its meaning raises the major number: a file of
another major version is refused with CUR0711. Validate a file with the schema of the version that wrote it.

## Statuses

| a step is | when |
|---|---|
| `passed` | its script ended well, and every output could be read as its kind |
| `failed` | its script raised, ended with another exit code than 0, or left a missing or unreadable output |
| `error` | it could not be run, or was cancelled |
| `timeout` | it ran into the time limit |
| `skipped` | it was not run; `reason` says why |
| `running` | it runs, or the run was killed meanwhile |
| `waiting` | it has not started |

The run is `passed` when at least one step passed and none failed, `failed` otherwise. `running` in a file means that the
run goes on, or that it was killed.

""".replace("{version}", SCHEMA_VERSION)
SECTIONS = {"RunResult": "The run", "StepResult": "A step", "InputRecord": "An input",
            "OutputRecord": "An output", "Environment": "The environment"}  # fmt: skip
NAMES = {"string": "text", "integer": "whole number", "number": "number", "null": "null"}


def page() -> str:
    """Give the page as Markdown."""
    schema = make_schema()
    records = {"RunResult": schema, **schema["$defs"]}
    sections = [f"## {SECTIONS[name]}\n\n{_table(records[name])}" for name in SECTIONS]
    return HEAD + "\n".join(sections)


def schema_text() -> str:
    """Give the text of the schema's file."""
    return json.dumps(make_schema(), indent=2) + "\n"


def _table(record: dict[str, Any]) -> str:
    lines = [
        f"| `{name}` | {_type(field)} | {field['description']} |"
        for name, field in record["properties"].items()
    ]
    return "\n".join(("| field | type | meaning |", "|---|---|---|", *lines, ""))


def _type(field: dict[str, Any]) -> str:
    """Say in plain words what a field holds."""
    if "anyOf" in field:
        return " or ".join(_type(member) for member in field["anyOf"])
    if "$ref" in field:
        title = SECTIONS[field["$ref"].rpartition("/")[2]]
        return f"[{title.lower()}](#{title.lower().replace(' ', '-')})"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field["type"] == "array":
        return "pair" if "prefixItems" in field else f"list: {_type(field['items'])}"
    if field["type"] == "object":
        return f"object: {_type(field['additionalProperties'])} by name"
    return "moment" if field.get("format") == "date-time" else NAMES[field["type"]]


if __name__ == "__main__":
    print(schema_text() if sys.argv[1:] == ["schema"] else page(), end="")  # noqa: T201 - the page is this program's output
