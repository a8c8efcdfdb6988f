"""Print the reference page of config fields: `uv run python tests/architecture/config_fields_page.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from cursus.config import BasePipelineConfig, ProcessingStepConfigBase
from cursus.config.model_fields import declared_fields, shape_of
from cursus.kernel.plugins import load_plugins
from pydantic import BaseModel
from pydantic.fields import FieldInfo

HEAD = """# The fields of a config

Made from the code by `uv run python tests/architecture/config_fields_page.py > docs/reference/config-fields.md`; a test
compares the two. [The config file](config-file.md) says how a file holds them.

Every step has the fields of *all steps*; those that run as a Processing job have the fields of *Processing steps* too.
A step's own table lists what it adds, and what it has with another default. `or null` may be left out or given as
`null`. What compiling or running needs beyond this (a label, hyperparameters) is asked for there (CUR0411).
"""
BASES = {
    "All steps": BasePipelineConfig,
    "Processing steps": ProcessingStepConfigBase,
}
ANY_CASE = "in any case"
# By the name of the validator: what it asks of the value, and a value that it refuses.
RULES: Mapping[str, tuple[str, Any]] = {
    "_upper": (ANY_CASE, "no such value"),
    "_lower": (ANY_CASE, "no such value"),
    "<lambda>": (ANY_CASE, "no such value"),
    "_not_blank": ("not blank", " "),
    "_given_or_left_out": ("not blank where it is given", " "),
    "_no_help_text": ("no help text of a template", "Optional: a value"),
    "_part_of_a_path": ("no blank at either end, no line break", "a "),
    "_bucket_name": ("the bare name of a bucket", "s3://team-bucket"),
    "_not_a_truth_value": ("not true or false", True),
    "_point_in_time": ("written exactly as `2025-01-31T00:00:00`", "yesterday"),
    "_is_an_edx_arn": ("starts with `arn:amazon:edx:`", "arn:amazon:edx: "),
    "_is_a_key": ("in brackets: `[...]`", "key"),
    "_is_a_provider": ("`booker`, or a UUID in groups of 8-4-4-4-12", "BOOKER"),
    "_entry_point_is_relative": ("relative, no S3 URI", "/opt/run.py"),
    "_one_content_type": ('`["text/csv"]` or `["application/json"]`', ["text/csv", "text/csv"]),
    "_typed": ("types `NUMERIC` and `TEXT`, in any case", {"x": "INT"}),
    "_typed_or_pairs": ("types `NUMERIC` and `TEXT`, in any case", [["x"]]),
    "_ml_instance": ("starts with `ml.`", "m5.large"),
    "_names_are_environment_names": ("names of letters, digits and `_`", {"a-b": "1"}),
    "_without_commas": ("no comma in a name", ["a,b"]),
    "_each_once": ("no name twice", ["price", "price"]),
    "_one_rate_a_currency": (
        "one rate for each `currency_code`",
        [
            {"marketplace_id": "1", "currency_code": "EUR", "conversion_rate": 1.1},
            {"marketplace_id": "2", "currency_code": "EUR", "conversion_rate": 1.2},
        ],
    ),
}
# By the name of the validator: what it asks of a whole object.
MODEL_RULES = {
    "_split_jobs_are_merged": "`split_job` needs `merge_sql`",
    "_arn_or_parts": "`edx_arn` or all four parts, never both",
    "_properties_of_its_type": "the properties of its type, and of no other",
    "_start_before_end": "`start_date` is before `end_date`",
    "_each_source_once": "no `data_source_name` twice, in any case",
    "_ends_once": "`max_attempts` or `expire_after_minutes`, and not both",
    "_output_is_of_this_step": "`job_type` and `pipeline_s3_loc` of `output_spec` are the step's own",
}
NAMES: Mapping[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false",
                            Any: "anything", NoneType: "null"}  # fmt: skip


def page() -> str:
    """Give the page as Markdown."""
    sections = [HEAD]
    for title, model in BASES.items():
        sections.append(f"## {title}\n\n{_table(model)}")
        sections += _nested_sections(model)
    plugins = load_plugins()
    broken = [report for report in plugins.reports if report.status != "active"]
    if broken:
        raise LookupError(f"the page would lack the steps of {broken}")
    for name, step_type in plugins.step_types.items():
        config = step_type.config
        kind = " A Processing step." if issubclass(config, ProcessingStepConfigBase) else ""
        about = f"{step_type.summary}{kind} Class `{config.__name__}`."
        sections.append(f"## {name}\n\n{about}\n\n{_table(config)}")
        sections += _nested_sections(config)
    return "\n".join(sections)


def _nested_sections(model: type[BaseModel]) -> list[str]:
    return [f"### {inner.__name__}\n\n{_table(inner)}" for inner in nested(model)]


def nested(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Give the models inside a model's own fields, and those inside them, in order."""
    found: list[type[BaseModel]] = []
    for name in _own_fields(model):
        for inner in _models(model.model_fields[name].annotation):
            found += [inner, *nested(inner)]
    return list(dict.fromkeys(found))


def validators(model: type[BaseModel], name: str) -> list[str]:
    """Name the validators of a field: those of its annotation, and those of the class."""
    decorators = model.__pydantic_decorators__.field_validators
    of_class = [key for key, value in decorators.items() if name in value.info.fields]
    field = model.model_fields[name]
    members = [*field.metadata, *_metadata(field.annotation)]
    return [*(m.func.__name__ for m in members if hasattr(m, "func")), *of_class]


def rule_of(validator: str) -> tuple[str, Any]:
    """Give what a validator asks, and a value that it refuses."""
    if validator not in RULES:
        raise LookupError(f"say in RULES of {__file__} what the validator {validator} asks")
    return RULES[validator]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    shape = shape_of(annotation)
    while shape is not None:
        yield from shape.models
        shape = shape.items or shape.values  # type: ignore[assignment]


def _own_fields(model: type[BaseModel]) -> list[str]:
    """Name the fields that the shared classes do not have, or have with another default."""
    declared_fields(model)  # completes a class whose annotations are text
    if model is BasePipelineConfig:
        return list(model.model_fields)
    parents = [base for base in (ProcessingStepConfigBase, BasePipelineConfig)
               if issubclass(model, base) and model is not base]  # fmt: skip
    known = parents[0].model_fields if parents else {}
    return [
        name
        for name, field in model.model_fields.items()
        if name not in known or _default(known[name]) != _default(field)
    ]


def _table(model: type[BaseModel]) -> str:
    lines = [
        f"| {_name(model, name)} | {type_text(model.model_fields[name].annotation)} "
        f"| {_default(model.model_fields[name])} | {_rules(model, name)} |"
        for name in _own_fields(model)
    ]
    asked = [_model_rule(name) for name in model.__pydantic_decorators__.model_validators]
    whole = "".join(f"\nAsked of the whole: {rule}.\n" for rule in asked)
    if not lines:
        return "No fields of its own.\n" + whole
    return "\n".join(("| field | type | default | rule |", "|---|---|---|---|", *lines, "")) + whole


def _model_rule(validator: str) -> str:
    if validator not in MODEL_RULES:
        raise LookupError(f"say in MODEL_RULES of {__file__} what {validator} asks")
    return MODEL_RULES[validator]


def _name(model: type[BaseModel], name: str) -> str:
    names = declared_fields(model)[name].names
    older = [f"`{other}`" for other in names if other != name]
    return f"`{name}`" + (f" (older: {', '.join(older)})" if older else "")


def type_text(annotation: Any) -> str:
    """Say in plain words what a field holds."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    members = [type_text(argument) for argument in arguments if _is_type(argument)]
    if origin is Annotated:
        return members[0]
    if origin in (Union, UnionType):
        return " or ".join(members)
    if origin in (dict, tuple):
        kind = "object" if origin is dict else "list" if Ellipsis in arguments else "pair"
        return f"{kind} of {members[-1]}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return NAMES[annotation]


def _is_type(argument: Any) -> bool:
    return argument is Any or isinstance(argument, type) or get_origin(argument) is not None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default_factory is None:
        return f"`{json.dumps(field.default)}`"
    value = field.default_factory()  # type: ignore[call-arg]
    if isinstance(value, BaseModel):
        return "one with its defaults"
    return "today" if field.default_factory.__name__ == "_today" else f"`{json.dumps(value)}`"


def _rules(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    bounds = [_bound(member) for member in (*field.metadata, *_metadata(field.annotation))]
    asked = [rule_of(validator)[0] for validator in validators(model, name)]
    return "; ".join(dict.fromkeys(rule for rule in (*bounds, *asked) if rule))


def _metadata(annotation: Any) -> Iterator[Any]:
    """Give what is said about the members of an annotation, such as `tuple[InstanceType, ...]`."""
    if get_origin(annotation) is Annotated:
        for member in get_args(annotation)[1:]:
            yield from member.metadata if isinstance(member, FieldInfo) else (member,)
    for argument in get_args(annotation):
        yield from _metadata(argument)


def _bound(member: Any) -> str:
    words = {
        Ge: ("at least", "ge"),
        Gt: ("above", "gt"),
        Le: ("at most", "le"),
        Lt: ("below", "lt"),
    }
    for kind, (word, attribute) in words.items():
        if isinstance(member, kind):
            return f"{word} {getattr(member, attribute)}"
    if isinstance(member, MinLen):
        return "not empty"
    pattern = getattr(member, "pattern", None)
    return f"fits `{pattern}`" if isinstance(pattern, str) else ""


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the page is this program's output
