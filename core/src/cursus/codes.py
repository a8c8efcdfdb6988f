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

PLAN_CODES: dict[str, Code] = {
    "CUR0402": Code(
        title="No plugin owns a step's config class",
        meaning="The class of the config entry belongs to no installed step type, to a broken or switched-off "
        "plugin, or to two plugins at once. The fix names the package to install, or the plugins in dispute; "
        "`cursus plugins` lists all.",
    ),
    "CUR0404": Code(
        title="Two nodes come to one step name",
        meaning="A step is named after its type and job type, and names are keys of definition and document. "
        "Give one of the two a job type of its own, or a step_name_override.",
    ),
    "CUR0405": Code(
        title="Two steps write to one place",
        meaning="Their outputs would overwrite each other. Set output_path_token in one of the configs.",
    ),
    "CUR0407": Code(
        title="An input could come from several outputs",
        meaning="More than one output of a direct predecessor fits, and none has the step's own job type alone. "
        "Nothing is guessed: name one under `bindings` in the step's config, or with `--bind`.",
    ),
    "CUR0408": Code(
        title="A required input has no source",
        meaning="No direct predecessor has an output of its kind; outputs of steps further up never count. "
        "The fix names the edge to add where some step of the DAG could give it.",
    ),
    "CUR0409": Code(
        title="An explicit binding cannot be used",
        meaning="It names an input, a step or an output that is not there, or a step with no edge to this one. "
        'Forms: "producer:output", "s3://...", {"parameter": "NAME"}.',
    ),
    "CUR0410": Code(
        title="A producer has the wrong job type",
        meaning="The input needs the output of a step with a certain job type, such as training splits.",
    ),
    "CUR0411": Code(
        title="A config lacks what compiling or running needs",
        meaning="The values load, and an execution document can be made of them, but the step cannot run: for "
        "instance a missing label or hyperparameters, or a framework version of another framework.",
    ),
    "CUR0412": Code(
        title="A plugin failed on a step",
        meaning="The plugin's own code raised while it computed environment or arguments from the config.",
    ),
}

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
