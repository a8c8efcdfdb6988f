"""The codes of DAG files."""

from __future__ import annotations

from cursus.codes.code import Code

DAG_CODES: dict[str, Code] = {
    "CUR0101": Code(
        title="A DAG file cannot be read",
        meaning="The file is missing, is not UTF-8 JSON, has a key twice, has no `dag` object, or is of another "
        "major version.",
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
