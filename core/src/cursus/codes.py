"""What each problem code means; `cursus explain CODE` prints it."""

from __future__ import annotations

from dataclasses import dataclass

from cursus.run_codes import RUN_TEXTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A problem code: its title, and what it means and how to mend it in two or three sentences."""

    title: str
    meaning: str


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

CONFIG_CODES: dict[str, Code] = {
    "CUR0201": Code(
        title="A config file cannot be read",
        meaning="The file is missing, is not UTF-8, or is not JSON. The message says what the JSON reader found and where.",
    ),
    "CUR0202": Code(
        title="A JSON member stands in the file twice",
        meaning="JSON readers keep the last of the two and drop the first without a word. Remove the one that is not meant.",
    ),
    "CUR0203": Code(
        title="A config file lacks a section",
        meaning="A config file has `configuration` with `shared` and `specific` (both may stand at the top), and `metadata.config_types`, which gives the config class of each step. Without the classes nothing can be checked, so nothing is read.",
    ),
    "CUR0204": Code(
        title="The config file was saved broken",
        meaning="The program that wrote the file could not write this value and left a marker (`_error`, `_circular_ref`, `_serialization_error`) in its place. Write the value by hand, or save the file again.",
    ),
    "CUR0205": Code(
        title="A typed container is damaged",
        meaning='`{"__type_info__": T, "value": V}` stands for a list, dict, tuple, set, frozenset, '
        "datetime, path or enum. T is another name, or V is not of that type.",
    ),
    "CUR0206": Code(
        title="A value is not valid",
        meaning="The value does not fit the rule of its field; the message says the rule. A file with an invalid value is never used.",
    ),
    "CUR0207": Code(
        title="A required field is missing",
        meaning="The config class needs this field, and neither the entry nor `shared` has it.",
    ),
    "CUR0208": Code(
        title="A field name looks misspelt",
        meaning="The class does not know this field, but a field that differs by one or two letters, which the file does not give. Other unknown fields are kept aside without an error; `cursus config check` lists them.",
    ),
    "CUR0209": Code(
        title="A DAG node has no config",
        meaning="A node gets the config whose key is its name (in any case), the only config of the step type that it names, or the one that the user chose. The message lists what was looked at and why it was refused.",
    ),
    "CUR0210": Code(
        title="A DAG node could have several configs",
        meaning="Cursus does not guess between them. Choose one with `--bind-config node=key`, or in `metadata.node_configs` of the config file.",
    ),
    "CUR0211": Code(
        title="A chosen config or node is not there",
        meaning="`--bind-config`, `node_configs` or `metadata.node_configs` names a config key that the file does not have, or a node that the DAG does not have.",
    ),
    "CUR0212": Code(
        title="A config key does not fit its values",
        meaning="Keys are made of step type and job type. Here the job type in the key is not the one in the values, which count: step names come from the values.",
    ),
    "CUR0213": Code(
        title="An entry is not read",
        meaning="Only entries in `metadata.config_types` are read; this one stands in `specific` alone.",
    ),
    "CUR0214": Code(
        title="Two configs come to one key",
        meaning="A config file has one entry per key. The key is the step type and the job type, or `step_name_override`.",
    ),
    "CUR0215": Code(
        title="A port binding has the wrong form",
        meaning="`bindings` of an entry gives for an input a text `producer:output`, an S3 URI, or "
        '`{"parameter": NAME}`.',
    ),
    "CUR0216": Code(
        title="An entry has two classes",
        meaning="`metadata.config_types` and the entry's own `__model_type__` name different config classes.",
    ),
    "CUR0217": Code(
        title="A plugin's config class failed",
        meaning="The class raised an exception that is not a validation error. That is a fault of the plugin, not of the file.",
    ),
    "CUR0218": Code(
        title="A config resolver gave something else",
        meaning="`config_resolver.resolve_config_map(dag_nodes, available_configs)` gives, for each node, a config of"
        " the file or its key. Nodes that it leaves out go by the usual rules.",
    ),
}

PLUGIN_CODES: dict[str, Code] = {
    "CUR0321": Code(
        title="The catalog has no such pipeline",
        meaning="Pipelines of the catalog come from installed plugins and are found by id or alias; "
        "`cursus catalog list` shows them.",
    ),
    "CUR0322": Code(
        title="More than one pipeline of the catalog has this name",
        meaning="Two plugins contribute pipelines of one id, or one alias stands for two. None is chosen: use an id "
        "that only one has, or switch one plugin off.",
    ),
}

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
        meaning="No node of the DAG is meant by this key, so its entry stays as it is. A misspelt key, or a template "
        "of another pipeline, is the usual cause.",
    ),
    "CUR0507": Code(
        title="A help text of the template is left",
        meaning="Platform templates come filled with sentences and tokens that say what to write. None of them may "
        "reach the platform.",
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
        "before the pipeline starts.",
    ),
    "CUR0511": Code(
        title="A step that must be in the document has no plugin",
        meaning="Cradle loading and registration steps are what a document is for. Without the plugin that owns the "
        "config's class the document would be incomplete, so none is made.",
    ),
    "CUR0512": Code(
        title="Two documents disagree",
        meaning="Merging joins objects member by member and drops nothing; here the same member has two values.",
    ),
    "CUR0513": Code(
        title="A helper's step has no config",
        meaning="A helper says that it answers for this DAG node, but the config file has no config for it.",
    ),
}

DEFINITION_CODES: dict[str, Code] = {
    "CUR0601": Code(
        title="The shipped script stands in for a missing source folder",
        meaning="The config names a source folder that is not there, or one without the entry point, and the name "
        "is one of the script that the plugin ships; or the folder has a file of that name which no entry point names. "
        "The shipped script is bundled. Give your own folder with --source-root, and name its file as entry point.",
    ),
    "CUR0602": Code(
        title="An entry point or a folder of scripts was not found",
        meaning="Relative folders are looked up under --source-root, else in the config file's folder and its "
        "parents, never in the current folder; the name is not one of the shipped script.",
    ),
    "CUR0603": Code(
        title="A step has no script",
        meaning="The config names none that exists, and the plugin ships none (or its release does not hold it).",
    ),
    "CUR0604": Code(
        title="A source folder cannot be bundled",
        meaning="It is empty, a file in it cannot be read, or it has an environment.json where the step's long "
        "environment values must be written.",
    ),
    "CUR0605": Code(
        title="A Processing step's requirements.txt is not installed",
        meaning="Training images install it, Processing jobs run the script as it is. Use what the image has, or "
        "an image of your own.",
    ),
    "CUR0606": Code(
        title="A model archive holds no inference script",
        meaning="The serving image imports the script from the archive's code folder, and a training job's own "
        "archive has none. Put a Package step between, or save code/ with the model.",
    ),
    "CUR0611": Code(
        title="A pipeline parameter cannot be used",
        meaning="The list may hold names of the standard parameters, one S3 URI (the prefix itself), pairs of name "
        "and default, and parameter objects of Cursus or the SageMaker SDK; each standard parameter once. The "
        "prefix may have another name, but not that of another standard parameter.",
    ),
    "CUR0612": Code(
        title="A parameter has two defaults",
        meaning="Two places declare it with different values, and a definition can hold one.",
    ),
    "CUR0613": Code(
        title="Nothing refers to a parameter",
        meaning="A definition declares only what it uses. A standard parameter that no step needs is left out with "
        "a warning; another one is probably meant for a binding that is missing.",
    ),
    "CUR0621": Code(
        title="An input is a local file",
        meaning="Local files and folders serve local runs; a SageMaker job reads from S3.",
    ),
    "CUR0622": Code(
        title="A step has no image",
        meaning="The framework's table holds no image for the version, Python version, region or instance type, or "
        "the step type names none. `image_uri` in the config skips the look-up.",
    ),
    "CUR0623": Code(
        title="Half a network is given",
        meaning="A job in a network needs security groups and subnets, from the config or from parameters.",
    ),
    "CUR0624": Code(
        title="A training input cannot be a channel",
        meaning="Channels arrive below /opt/ml/input/data; what is read elsewhere travels in the code bundle.",
    ),
    "CUR0625": Code(
        title="A step's ports do not fit its kind of job",
        meaning="A training job writes to one prefix; a transform job has a model name, one data input and one "
        "output; a model has one archive.",
    ),
    "CUR0626": Code(
        title="A step type rendered no step",
        meaning="Job.render must return a mapping with Type and Arguments, or None for what is no step.",
    ),
    "CUR0627": Code(
        title="The DAG holds nothing that can be compiled",
        meaning="It has no node, or the plan is one for an execution document, with nodes that are not planned.",
    ),
    "CUR0628": Code(
        title="The code location is no S3 URI",
        meaning="Code bundles are uploaded below it; the default is <pipeline_s3_loc>/code.",
    ),
    "CUR0629": Code(
        title="The configs name different pipelines",
        meaning="Author, service name, model class, region and version make the pipeline's name; jobs of one "
        "pipeline must agree on them. Service steps such as registrations in other regions do not count.",
    ),
    "CUR0630": Code(
        title="A config class lacks what every job needs",
        meaning="A job has a role and a region, and its pipeline a name, a version and a location; "
        "BasePipelineConfig has them all.",
    ),
    "CUR0631": Code(
        title="The service would refuse an argument",
        meaning="The argument breaks the service's own model: an unknown or missing member, a value that is too "
        "long, out of range, or not one of the known ones. The message names step, field, value and limit.",
    ),
    "CUR0632": Code(
        title="A name is not valid or not unique",
        meaning="Pipeline names fit `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}`, step names `[A-Za-z0-9-_]{1,64}`, "
        "parameter names `[A-Za-z0-9-_]{1,256}`; steps, "
        "inputs, outputs and channels have names of their own.",
    ),
    "CUR0633": Code(
        title="A definition is too large",
        meaning="At most 200 parameters and 1 MiB of JSON.",
    ),
    "CUR0634": Code(
        title="A pipeline has more than 50 steps",
        meaning="That is an account's usual quota; a higher one can be asked for.",
    ),
    "CUR0635": Code(
        title="A reference leads nowhere",
        meaning="It names a parameter, step, output or property that is not there, or a step that comes later; or "
        "a parameter is declared and never used.",
    ),
    "CUR0636": Code(
        title="The arguments were not checked against the service",
        meaning="botocore, which holds the service's model, is not installed; everything else was checked.",
    ),
}

RUN_CODES: dict[str, Code] = {
    code: Code(title=title, meaning=meaning) for code, (title, meaning) in RUN_TEXTS.items()
}

CODES: dict[str, Code] = {
    **DAG_CODES,
    **CONFIG_CODES,
    **PLUGIN_CODES,
    **PLAN_CODES,
    **DOCUMENT_CODES,
    **DEFINITION_CODES,
    **RUN_CODES,
}
