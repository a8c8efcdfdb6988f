"""The codes of pipeline definitions."""

from __future__ import annotations

from cursus.codes.code import Code

DEFINITION_CODES: dict[str, Code] = {
    "CUR0601": Code(
        title="The shipped script stands in for a missing source folder",
        meaning="The config names a source folder that is not there, or one without the entry point, and the name "
        "is one of the script that the plugin ships; or the folder has a file of that name which no entry point names. "
        "The shipped script is bundled. Give your own folder with --source-root, and name its file as entry point.",
    ),
    "CUR0602": Code(
        title="An entry point or a folder of scripts was not found",
        meaning="Or it cannot be one: an entry point is a path below its source folder, and a source folder is one of "
        "this machine, not of S3. Relative folders are looked up under --source-root, else in the config file's folder and its "
        "parents, never in the current folder; the name is not one of the shipped script.",
    ),
    "CUR0603": Code(
        title="A step has no script",
        meaning="The config names none that exists, and the plugin ships none (or its release does not hold it).",
    ),
    "CUR0604": Code(
        title="A source folder cannot be bundled",
        meaning="It is empty, a file in it cannot be read or has a name that is not UTF-8, or it has an environment.json where the step's long "
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
        "prefix may have another name, but not that of another standard parameter, nor of the one that says where a "
        "service's output is.",
    ),
    "CUR0612": Code(
        title="A parameter has two defaults",
        meaning="Two places declare it with different values, and a definition can hold one.",
    ),
    "CUR0613": Code(
        title="Nothing refers to a parameter",
        meaning="A definition declares only what it uses. A standard parameter that no step needs is left out with "
        "a warning, and is an error where it was asked for by name; another one is probably meant for a binding that "
        "is missing.",
    ),
    "CUR0614": Code(
        title="A parameter cannot be a location",
        meaning="An input is bound to a parameter that is no String, or is the KMS key or a part of the network. The "
        "prefix can be read from: its value is an S3 URI.",
    ),
    "CUR0621": Code(
        title="An input is not on S3",
        meaning="Local files and folders serve local runs; a SageMaker job reads from S3, and from no other address.",
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
        meaning="Or it is one that cannot be written to, as the message says. Code bundles are uploaded below it; the default is <pipeline_s3_loc>/code.",
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
    "CUR0637": Code(
        title="A layout of output paths is unknown",
        meaning="`--layout` (or `layout` of the options) takes default, legacy-2025 or legacy-2026. A rule of your own "
        "is a plugin with the hook cursus_build_output_path.",
    ),
    "CUR0638": Code(
        title="A plugin overrules the layout",
        meaning="A layout was asked for, and a plugin's cursus_build_output_path placed outputs elsewhere. The plugin "
        "decides; without it the layout would.",
    ),
    "CUR0639": Code(
        title="A definition file cannot be read",
        meaning="The file is not JSON, has a member twice, or has no list `Steps` of objects with Name, Type and "
        "Arguments. What `aws sagemaker describe-pipeline` prints is read as well.",
    ),
    "CUR0640": Code(
        title="An output does not follow the prefix",
        meaning="Under several prefixes the location stays the same, starts with something else, or has an empty "
        "folder in it. Another account could not run the pipeline without writing into this one's bucket.",
    ),
    "CUR0641": Code(
        title="A definition holds a fixed S3 location",
        meaning="It is no code bundle, no image, no workflow input and no URI that the user gave. Read it from the step "
        "that writes it, build it from the prefix, or allow it with `--allow`.",
    ),
    "CUR0642": Code(
        title="A definition has no prefix parameter",
        meaning="Outputs follow EXECUTION_S3_PREFIX, or the parameter that `--prefix-parameter` names; this "
        "definition declares neither, although a location needs it. Deploying it would fail as well.",
    ),
    "CUR0643": Code(
        title="Prefixes that prove nothing",
        meaning="A proof of portability takes at least three different S3 URIs in more than one bucket.",
    ),
    "CUR0644": Code(
        title="A definition without locations proves nothing",
        meaning="None of its steps reads, writes or names anything in S3, so there is nothing that could follow a "
        "prefix, and the proof of portability is not made.",
    ),
    "CUR0650": Code(
        title="The platform's own SDK cannot be used",
        meaning="An SDK that makes a service's step (such as secure_ai_sandbox_workflow_python_sdk) is installed, and "
        "it cannot be imported, lacks the class or attribute that the message names, or refuses what it is given. The "
        "step of the public service is never taken instead without saying so: repair or update the SDK, or uninstall "
        "it to compile for the public service.",
    ),
    "CUR0660": Code(
        title="A step cannot be retried for a job's fault",
        meaning="`SageMaker.*` faults are those of Processing, Training and Transform jobs. Other steps, such as the "
        "creation of a model, can be retried for `Step.SERVICE_FAULT` and `Step.THROTTLING`.",
    ),
}
