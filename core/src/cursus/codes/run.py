"""The codes of local runs."""

from __future__ import annotations

from cursus.codes.code import Code

RUN_CODES: dict[str, Code] = {
    "CUR0701": Code(
        title="A step's code bundle cannot be made",
        meaning="The plugin's own code failed while it made files of the bundle, or the workspace cannot be written. Codes CUR0601 to CUR0604 say what else can be wrong with scripts and source folders.",
    ),
    "CUR0702": Code(
        title="A loading step has no data",
        meaning="What a service would load comes from the folder given with --data: a sub-folder named after the node, the step or its job type, or the folder itself where only one step loads.",
    ),
    "CUR0703": Code(
        title="A loading step could take two folders",
        meaning="Data is never guessed. Name the sub-folders after the nodes.",
    ),
    "CUR0704": Code(
        title="A package that a script needs is not installed",
        meaning="The shipped scripts declare what they import. Nothing is installed by Cursus; the fix is the command to type.",
    ),
    "CUR0705": Code(
        title="An input is in S3 only",
        meaning="A local run reads nothing from S3. Put a copy below the data folder, as <node>/<input>.",
    ),
    "CUR0706": Code(
        title="A local input is not there",
        meaning="The config or a binding names a local path that does not exist. Relative ones are looked up under --source-root, else in the config file's folder and its parents.",
    ),
    "CUR0707": Code(
        title="The local data lacks a part that a step must have",
        meaning="A step reads another output of a loading step than its data, such as a signature. Give it as a sub-folder of that name beside a sub-folder for the data.",
    ),
    "CUR0708": Code(
        title="An output has no place on this machine",
        meaning="A plugin builds the output's path with a parameter inside, whose value is known only when the pipeline starts.",
    ),
    "CUR0710": Code(
        title="A plan for a document cannot be run",
        meaning="A lenient plan leaves out what an execution document does not need. Make a full plan.",
    ),
    "CUR0711": Code(
        title="A run's result cannot be read",
        meaning="The file is missing, is no result of a run, or was written by another major version.",
    ),
    "CUR0712": Code(
        title="A workspace is not there",
        meaning="The runs of a workspace are listed from the folder that was given to `cursus runtime test-pipeline` with --workspace.",
    ),
    "CUR0713": Code(
        title="A run is not there",
        meaning="A run is named by its folder, its result.json, or its id in the workspace.",
    ),
    "CUR0714": Code(
        title="Two runs have no step in common",
        meaning="Runs are compared step by step, by the nodes of the DAG. Nothing can be said of two that share none.",
    ),
    "CUR0720": Code(
        title="A data profile cannot be read",
        meaning="The file is missing, is no YAML, or holds no object. A profile has rows, seed, shards, format and columns; `cursus runtime synth --write-profile` writes one to start from.",
    ),
    "CUR0721": Code(
        title="A field of a data profile is unknown or wrong",
        meaning="The message names the field, its line and what it may be. Each type of column has fields of its own.",
    ),
    "CUR0722": Code(
        title="A step needs data, and nothing says of which columns",
        meaning="Without a profile, columns are those that the configs name: labels, keys, lists of fields, output schemas. Here they name none.",
    ),
    "CUR0723": Code(
        title="Synthetic data cannot be written in the config's format",
        meaning="Data is made as csv, tsv, parquet, json or jsonl. The data profile's format counts before that of a config.",
    ),
    "CUR0724": Code(
        title="A scenario would change nothing",
        meaning="A run that says unicode but holds no text would pass for the wrong reason. The profile needs a column of the type that is named.",
    ),
    "CUR0725": Code(
        title="No pretrained model can be made",
        meaning="A step that is given a model gets one that is really trained, by the smallest pipeline of the catalog with the same framework. There is none here.",
    ),
    "CUR0726": Code(
        title="A data profile lacks columns that a step loads",
        meaning="A step's data has exactly the columns of its output_schema, as the service would give them. The profile says what each of them holds.",
    ),
}
