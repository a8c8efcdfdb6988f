"""The codes of config files."""

from __future__ import annotations

from cursus.codes.code import Code

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
