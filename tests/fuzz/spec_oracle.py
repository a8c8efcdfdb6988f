"""The document that a DAG, a config and a template must give, by the formats alone: nothing here calls Cursus."""

from __future__ import annotations

import copy
import json
import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spec_steps import base, cradle, load_test, registration
from spec_values import SpecError, resolved

CRADLE = {"CradleDataLoadingConfig", "CradleDataLoadConfig"}
CRADLE_NAMES = [*CRADLE]
TRAINING = {"XGBoostTrainingConfig", "PyTorchTrainingConfig"}
CRADLE_TYPE = ["WORKFLOW_INPUT", "CradleDataLoadingStep"]
REGISTRATION_TYPE = ["PROCESSING_STEP", "MimsModelRegistrationProcessingStep"]
STEPS, ADDITIONAL = "PIPELINE_STEP_CONFIGS", "PIPELINE_ADDITIONAL_PARAMS"
OTHER_NAMES = (
    "ModelRegistration-{}",
    "Registration_{}",
    "model_registration",
    "Registration",
    "register_model",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A node with a config, or a Training node without: `content` is None where it is not in the document."""

    node: str
    name: str
    other_names: tuple[str, ...] = ()
    kind: Any = None
    content: dict[str, Any] | None = None


def expected_document(
    config: Any, dag: Any, template: Any = None, prefix: str | None = None
) -> dict[str, Any]:
    """Give the document; SpecError where the formats allow none."""
    steps = expected_steps(config, dag, prefix)
    counts = Counter(step.name for step in steps)
    if max(counts.values(), default=0) > 1:
        raise SpecError("two nodes come to one step name")
    document = copy.deepcopy({STEPS: {}, ADDITIONAL: {}} if template is None else template)
    check_template(document)
    document.setdefault(ADDITIONAL, {})
    entries = document[STEPS]
    keys = _template_keys(steps, list(entries))
    for step in steps:
        if step.content is not None:
            entry = entries.get(keys[step.node], {})
            rest = {n: v for n, v in entry.items() if n not in {"STEP_CONFIG", "STEP_TYPE"}}
            kind = entry.get("STEP_TYPE", step.kind)
            entries[keys[step.node]] = {"STEP_CONFIG": step.content, "STEP_TYPE": kind, **rest}
    return document


def expected_steps(config: Any, dag: Any, prefix: str | None = None) -> list[Step]:
    """Give every step of the DAG in Kahn order, with its part of the document."""
    nodes, edges = _graph(dag)
    entries, chosen = _entries(config)
    order = _kahn(nodes, edges)
    classes = {node: _match(node, nodes, entries, chosen) for node in nodes}
    return [_step(node, classes, entries, edges, prefix) for node in order]


def same(one: Any, other: Any) -> bool:
    """Compare as JSON, with the order of names; 1 and 1.0 are one number, and true is none."""
    return json.dumps(_numbers(one)) == json.dumps(_numbers(other))


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_numbers(member) for member in value]
    is_whole = isinstance(value, float) and math.isfinite(value) and value == int(value)
    return int(value) if is_whole else value


def _graph(dag: Any) -> tuple[list[str], list[tuple[str, str]]]:
    try:
        nodes, edges = dag["dag"]["nodes"], [(a, b) for a, b in dag["dag"]["edges"]]
        version = str(dag.get("version", "1"))
        sound = isinstance(nodes, list) and isinstance(dag["dag"]["edges"], list)
        sound = sound and all(isinstance(node, str) and node.strip() for node in nodes)
        sound = sound and all(isinstance(edge, list) for edge in dag["dag"]["edges"])
        sound = sound and {node for edge in edges for node in edge} <= set(nodes)
        sound = sound and len(set(nodes)) == len(nodes) and len(set(edges)) == len(edges)
    except (TypeError, KeyError, ValueError, AttributeError) as exc:
        raise SpecError("no DAG") from exc
    if not sound or version.partition(".")[0] != "1" or len(_kahn(nodes, edges)) < len(nodes):
        raise SpecError("no graph")
    return nodes, edges


def _kahn(nodes: list[str], edges: list[tuple[str, str]]) -> list[str]:
    waiting = Counter(target for _, target in edges)
    queue = deque(node for node in nodes if not waiting[node])
    order = []
    while queue:
        order.append(queue.popleft())
        for source, target in edges:
            if source == order[-1]:
                waiting[target] -= 1
                if not waiting[target]:
                    queue.append(target)
    return order


def _entries(config: Any) -> tuple[dict[str, tuple[str, dict[str, Any]]], dict[str, str]]:
    """Give class and effective fields of each step by key, and the chosen configs of nodes."""
    if not isinstance(config, dict):
        raise SpecError("no config file")
    layers, metadata = config.get("configuration", config), config.get("metadata", {})
    if not isinstance(layers, dict) or not isinstance(metadata, dict):
        raise SpecError("no sections")
    shared, specific = layers.get("shared", {}), layers.get("specific", {})
    types, chosen = metadata.get("config_types", {}), metadata.get("node_configs", {})
    for section in (
        shared,
        specific,
        types,
        chosen,
        *(specific if isinstance(specific, dict) else {}).values(),
    ):
        if not isinstance(section, dict):
            raise SpecError("a section is no object")
    if not types or not all(isinstance(name, str) for name in (*types.values(), *chosen.values())):
        raise SpecError("config_types")
    steps = {
        key: name
        for key, name in types.items()
        if name not in {"BasePipelineConfig", "ProcessingStepConfigBase"}
    }
    return {key: (name, {**shared, **specific.get(key, {})}) for key, name in steps.items()}, chosen


def _match(
    node: str, nodes: list[str], entries: Mapping[str, Any], chosen: Mapping[str, str]
) -> str | None:
    if node in chosen:
        return chosen[node] if chosen[node] in entries else None
    if node in entries:
        return node
    keys = [key for key in entries if key.casefold() == node.casefold()]
    if not keys:
        keys = [key for key in entries if _type(entries[key][0]).casefold() == node.casefold()]
    taken = {chosen.get(other, other) for other in nodes if other != node}
    return keys[0] if len(keys) == 1 and keys[0] not in taken else None


def _type(class_name: str) -> str:
    name = "CradleDataLoadingConfig" if class_name in CRADLE else class_name
    return name.removesuffix("Config").removesuffix("Step")


def _step(
    node: str,
    keys: Mapping[str, str | None],
    entries: Mapping[str, tuple[str, dict[str, Any]]],
    edges: list[tuple[str, str]],
    prefix: str | None,
) -> Step:
    key = keys[node]
    if key is None:
        return _without_config(node)
    class_name, fields = entries[key][0], resolved(entries[key][1])
    marked = entries[key][1].get("__model_type__", class_name)
    if marked != class_name and not (marked in CRADLE_NAMES and class_name in CRADLE):
        raise SpecError("an entry of two classes")
    override, job_type = fields.get("step_name_override"), fields.get("job_type")
    suffix = str(job_type).capitalize() if job_type is not None else ""
    if class_name in CRADLE:
        content = cradle(fields, prefix)
        return Step(
            node=node,
            name=override or f"CradleDataLoading-{suffix}",
            kind=CRADLE_TYPE,
            content=content,
        )
    if class_name == "RegistrationConfig":
        return _registration(node, fields, _feeding(node, keys, entries, edges))
    name = override or (f"{_type(class_name)}-{suffix}" if suffix else _type(class_name))
    if class_name in TRAINING:
        base(fields, list(fields))
        return Step(node=node, name=name, kind="TRAINING_STEP", content={})
    return Step(node=node, name=name) if _is_known(class_name) else _without_config(node)


def _is_known(class_name: str) -> bool:
    known = {"TabularPreprocessing", "RiskTableMapping", "CurrencyConversion", "DummyTraining", "DummyDataLoading",
             "XGBoostModelEval", "PyTorchModelEval", "ModelCalibration", "XGBoostModel", "PyTorchModel",
             "BatchTransform", "Package", "Payload"}  # fmt: skip
    return _type(class_name) in known


def _without_config(node: str) -> Step:
    name, _, suffix = node.partition("_")
    if name in {"CradleDataLoading", "Registration"}:
        raise SpecError(f"{node} has no config")
    step_name = f"{name}-{suffix.capitalize()}" if suffix else name
    if name.endswith("Training") and name != "DummyTraining":
        return Step(node=node, name=step_name, kind="TRAINING_STEP", content={})
    return Step(node=node, name=f"{node} without a config")


def _registration(node: str, fields: dict[str, Any], feeding: dict[str, Any]) -> Step:
    content = registration(fields)
    if len(feeding) == 2:
        content["load_testing_info_map"] = load_test(feeding["PayloadConfig"])
        base(feeding["PackageConfig"], list(feeding["PackageConfig"]))
    region = content["model_registration_region"]
    name = fields.get("step_name_override") or f"Registration-{region}"
    others = tuple(other.format(region) for other in OTHER_NAMES)
    return Step(node=node, name=name, other_names=others, kind=REGISTRATION_TYPE, content=content)


def _feeding(
    node: str,
    keys: Mapping[str, str | None],
    entries: Mapping[str, tuple[str, dict[str, Any]]],
    edges: list[tuple[str, str]],
) -> dict[str, dict[str, Any]]:
    """Find the Payload and the Package config: next to the registration, before it, or the only one there is.

    One that leads to another registration alone is that one's.
    """
    direct = [source for source, target in edges if target == node]
    before = _before(node, edges)
    others = [n for n, key in keys.items() if n != node and _is_registration(key, entries)]
    taken = {keys[n] for other in others for n in _before(other, edges)}
    feeding = {}
    for class_name in ("PayloadConfig", "PackageConfig"):
        groups = [{keys[n] for n in direct}, {keys[n] for n in before}, set(entries)]
        fitting = [
            {k for k in group if k is not None and entries[k][0] == class_name} for group in groups
        ]
        if fitting[-1] <= taken:
            fitting.pop()
        found_keys = next((group for group in fitting if group), set())
        if len(found_keys) > 1:
            raise SpecError(f"several {class_name}")
        for key in found_keys:
            feeding[class_name] = resolved(entries[key][1])
    return feeding


def _before(node: str, edges: list[tuple[str, str]]) -> list[str]:
    found = [source for source, target in edges if target == node]
    for near in found:
        found += [source for source, target in edges if target == near and source not in found]
    return found


def _is_registration(key: str | None, entries: Mapping[str, tuple[str, dict[str, Any]]]) -> bool:
    return key is not None and entries[key][0] == "RegistrationConfig"


def _template_keys(steps: list[Step], template_keys: list[str]) -> dict[str, str]:
    owners: dict[str, set[str]] = {}
    for step in steps:
        own = _own_names(step)
        for name in own:
            owners.setdefault(name, set()).add(step.node)
    keys = {}
    for step in steps:
        if step.content is None:
            continue
        found = [key for key in template_keys
                 if (step.node in owners[key] if key in owners else key in step.other_names)]  # fmt: skip
        if len(found) > 1:
            raise SpecError(f"{step.name} has several keys")
        keys[step.node] = found[0] if found else step.name
    if len(set(keys.values())) < len(keys):
        raise SpecError("one key means two steps")
    return keys


def _own_names(step: Step) -> set[str]:
    if not step.name.endswith(" without a config"):
        return {step.name, step.node}
    name, _, suffix = step.node.partition("_")
    return {step.node, f"{name}-{suffix.capitalize()}" if suffix else name}


def check_template(template: Any) -> None:
    """Raise SpecError for what is no template."""
    if not isinstance(template, dict) or not isinstance(template.get(STEPS), dict):
        raise SpecError("no document")
    entries = template[STEPS].values()
    sound = isinstance(template.get(ADDITIONAL, {}), dict) and all(
        isinstance(e, dict) for e in entries
    )
    sound = sound and all(isinstance(e.get("STEP_CONFIG", {}), dict) for e in entries)
    sound = sound and all(_is_kind(e.get("STEP_TYPE", "x")) for e in entries)
    try:
        json.dumps(template, allow_nan=False).encode()
    except ValueError:
        sound = False
    if not sound:
        raise SpecError("no document")


def _is_kind(value: Any) -> bool:
    parts = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(isinstance(part, str) and part.strip() for part in parts)
