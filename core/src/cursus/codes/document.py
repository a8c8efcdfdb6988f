"""The codes of execution documents."""

from __future__ import annotations

from cursus.codes.code import Code

DOCUMENT_CODES: dict[str, Code] = {
    "CUR0501": Code(
        title="An execution document cannot be read",
        meaning="The file is missing, is not UTF-8, is neither JSON nor YAML, or has a key twice. `-` stands for the "
        "standard input.",
    ),
    "CUR0502": Code(
        title="An execution document has another layout",
        meaning="A document has PIPELINE_STEP_CONFIGS, with STEP_CONFIG (an object) and STEP_TYPE (a text, or two "
        "texts) for each step, and PIPELINE_ADDITIONAL_PARAMS. A template may lack what filling gives.",
    ),
    "CUR0503": Code(
        title="A step's part of the document cannot be made",
        meaning="The plugin that owns the step type, or a helper, could not make its STEP_CONFIG from the config. The"
        " message holds the reason, such as an image that is not in the tables.",
    ),
    "CUR0504": Code(
        title="A catalog pipeline has no config",
        meaning="A document of a catalog pipeline is made from the given config file, else from the config that the "
        "catalog entry brings; this entry brings none.",
    ),
    "CUR0505": Code(
        title="A template's key is ambiguous",
        meaning="Templates know steps by several names. Two keys could mean one step, or one key two steps; Cursus "
        "does not choose between them.",
    ),
    "CUR0506": Code(
        title="A template's key belongs to no step",
        meaning="No node of the DAG is meant by this key, or the step of its node is not in documents, so its entry stays "
        "as it is. A misspelt key, or a template of another pipeline, is the usual cause.",
    ),
    "CUR0507": Code(
        title="A help text is left",
        meaning="Platform templates come filled with sentences and tokens that say what to write, and some were copied "
        "into configs. None of them may reach the platform.",
    ),
    "CUR0508": Code(
        title="A step is not filled",
        meaning="A step's STEP_CONFIG is empty, or the document has no step at all. Only Training steps have an empty"
        " one.",
    ),
    "CUR0509": Code(
        title="A Training step has content",
        meaning="The platform's documents have an empty STEP_CONFIG for Training steps; what stands here is probably "
        "meant for another step.",
    ),
    "CUR0510": Code(
        title="A document's prefix is not known",
        meaning="A document holds values, so a prefix must be an S3 URI here; a pipeline parameter has no value "
        "before the pipeline starts. Braces such as ${NAME} would stay as they are; only --all fills in {case}.",
    ),
    "CUR0511": Code(
        title="A step that must be in the document has no plugin",
        meaning="Cradle loading and registration steps are what a document is for. Without the plugin that owns the "
        "config's class the document would be incomplete, so none is made. A template is made, with a warning.",
    ),
    "CUR0512": Code(
        title="Two documents disagree",
        meaning="Merging joins objects member by member and drops nothing; here the same member has two values.",
    ),
    "CUR0513": Code(
        title="A helper's step has no config",
        meaning="A helper says that it answers for this DAG node, but the config file has no config for it.",
    ),
    "CUR0514": Code(
        title="A case of a folder has no DAG, or two",
        meaning="With --all each config file is a case. Its DAG is the one that is given for all, else "
        "NAME.dag.json or NAME_dag.json beside NAME.json, else dag.json beside it, else the catalog's pipeline of "
        "the case's name.",
    ),
    "CUR0515": Code(
        title="A document would be written over another file of its run",
        meaning="A case is called by its place in the folder, without `config`, and the document has the case's name. "
        "Two cases of one name would write one file, so none of them is made. Where a document would replace a "
        "config, a DAG or a template of the run, also through a link, nothing is made.",
    ),
    "CUR0516": Code(
        title="A folder holds no case",
        meaning="No JSON file below the folder is a config file: none has `metadata.config_types`, or is called "
        "config.json, NAME.config.json or NAME_config.json. Files in the folder of the documents do not count, where "
        "that lies inside.",
    ),
    "CUR0517": Code(
        title="A case's document is not there",
        meaning="The document could not be made or written for a reason that is no fault of the config: a plugin that "
        "failed, or a folder that cannot be written. The other cases are not touched.",
    ),
    "CUR0518": Code(
        title="A document is empty",
        meaning="No step of the DAG is in documents: the DAG has no nodes, or only such as documents leave out. Loading "
        "from Cradle, training and registration steps are in documents.",
    ),
    "CUR0525": Code(
        title="A document holds what JSON cannot",
        meaning="A document is JSON, also where it is written as YAML or given as Python objects: objects with text as "
        "keys, lists, text, finite numbers, true, false and null, nested at most 100 levels deep.",
    ),
}
