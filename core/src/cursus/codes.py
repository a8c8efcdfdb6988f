"""What each problem code means; `cursus explain CODE` prints it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A problem code: its title, and what it means and how to mend it in two or three sentences."""

    title: str
    meaning: str


DAG_CODES: dict[str, Code] = {
    "CUR0101": Code(
        title="A DAG file cannot be read",
        meaning="The file is missing, is not UTF-8 JSON, has no `dag` object, or is of another major version.",
    ),
    "CUR0102": Code(
        title="A node or an edge has the wrong form",
        meaning="Nodes are non-empty texts, edges are pairs of node names.",
    ),
    "CUR0103": Code(
        title="An edge names a node that is not there",
        meaning="Both ends of an edge must be among the nodes; a misspelt name is the usual cause.",
    ),
    "CUR0104": Code(
        title="The steps form a cycle",
        meaning="Each step waits for the one before it, so none can start. Every cycle is named node by node.",
    ),
    "CUR0105": Code(
        title="A node or an edge is listed twice",
        meaning="The second one adds nothing and is usually a slip of the pen for another name.",
    ),
    "CUR0106": Code(
        title="An edge leads back to its own step",
        meaning="A step cannot wait for itself.",
    ),
}

CONFIG_CODES: dict[str, Code] = {}

PLUGIN_CODES: dict[str, Code] = {}

PLAN_CODES: dict[str, Code] = {}

DOCUMENT_CODES: dict[str, Code] = {}

DEFINITION_CODES: dict[str, Code] = {}

RUN_CODES: dict[str, Code] = {}

CODES: dict[str, Code] = {
    **DAG_CODES,
    **CONFIG_CODES,
    **PLUGIN_CODES,
    **PLAN_CODES,
    **DOCUMENT_CODES,
    **DEFINITION_CODES,
    **RUN_CODES,
}
