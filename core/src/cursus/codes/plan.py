"""The codes of plans."""

from __future__ import annotations

from cursus.codes.code import Code

PLAN_CODES: dict[str, Code] = {
    "CUR0402": Code(
        title="No plugin owns a step's config class",
        meaning="The class of the config entry belongs to no installed step type, to a broken or switched-off "
        "plugin, or to two plugins at once. The fix names the package to install, or the plugins in dispute; "
        "`cursus plugins` lists all.",
    ),
    "CUR0403": Code(
        title="Two plugins claim a step's config class",
        meaning="Two distributions have a step type with this class or name, so neither is taken. Uninstall one, or "
        "switch it off with CURSUS_DISABLE_PLUGINS.",
    ),
    "CUR0404": Code(
        title="Two nodes come to one step name",
        meaning="A step is named after its type and job type, and names are keys of definition and document. "
        "Give one of the two a job type of its own, or a step_name_override.",
    ),
    "CUR0405": Code(
        title="Two outputs land in one place",
        meaning="They would overwrite each other. Set output_path_token in one of the configs, or choose a layout that "
        "parts them by job type; two outputs of one step are a fault of a plugin's cursus_build_output_path.",
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
