"""Config files, read: JSON text to entries with typed configs, every problem kept with its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from cursus.config.config_file import ConfigEntry, ConfigFile
from cursus.config.faults import as_problems, faults_of
from cursus.config.keys import config_key, step_type_name
from cursus.config.raw_fields import MODEL_TYPE, RawFields
from cursus.config.sections import CONFIG_JSON, Sections
from cursus.errors import ConfigError, Place, Problem, errors_of
from cursus.json_file import json_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cursus.json_file import JsonText

NOT_STEPS = frozenset({"BasePipelineConfig", "ProcessingStepConfigBase"})


def read_config_file(path: str | Path, classes: Mapping[str, type[BaseModel]]) -> ConfigFile:
    """Read a config file; `classes` gives the config class for each class name and alias.

    Only a file that is no config file at all raises ConfigError; other faults are in `problems`.
    """
    return read_config_text(CONFIG_JSON.read_text(Path(path)), classes, file=Path(path))


def read_config_text(
    text: str, classes: Mapping[str, type[BaseModel]], *, file: Path | None = None
) -> ConfigFile:
    """Read the text of a config file, as read_config_file does."""
    try:
        return _read(CONFIG_JSON.parse(text, file), classes)
    except RecursionError as exc:  # deep enough to be parsed, too deep to be walked
        raise CONFIG_JSON.too_deep(file) from exc


def _read(source: JsonText, classes: Mapping[str, type[BaseModel]]) -> ConfigFile:
    sections = Sections(source)
    if any(problem.code == "CUR0203" for problem in sections.problems):
        raise ConfigError(sections.problems)
    entries = {
        key: _entry(sections, key, class_name, classes)
        for key, class_name in sections.config_types.items()
        if class_name not in NOT_STEPS
    }
    return ConfigFile(
        path=source.file,
        entries=entries,
        node_configs=sections.node_configs,
        problems=tuple(sections.problems),
    )


def _entry(
    sections: Sections, key: str, class_name: str, classes: Mapping[str, type[BaseModel]]
) -> ConfigEntry:
    raw = {**sections.shared, **sections.own(key)}
    model = classes.get(class_name)
    declares_bindings = model is not None and "bindings" in model.model_fields
    bindings = {} if declares_bindings else raw.pop("bindings", {})
    read = RawFields()
    read.read(raw, model, lambda name: sections.origin(key, name))
    entry = ConfigEntry(
        key=key,
        class_name=class_name,
        config=None,
        fields={**read.known, **{k: v for k, v in read.unknown.items() if k in raw}},
        unknown=read.unknown,
        bindings=bindings if isinstance(bindings, dict) else {},
        problems=(
            *_class_faults(sections, key, classes),
            *_binding_faults(sections, key, bindings),
            *as_problems(read.faults, sections.source),
        ),
        place=Place(file=sections.source.file, path=json_path(sections.at(key))),
    )
    return entry if model is None else _validated(entry, model, read, sections)


def _validated(
    entry: ConfigEntry, model: type[BaseModel], read: RawFields, sections: Sections
) -> ConfigEntry:
    raw = {**sections.shared, **sections.own(entry.key)}
    try:
        config = model.model_validate(read.known)
    except ValidationError as exc:
        faults = faults_of(exc, raw, lambda name: sections.origin(entry.key, name), read)
        found = as_problems(faults, sections.source)
        return replace(entry, problems=(*entry.problems, *found))
    except Exception as exc:  # noqa: BLE001 - a plugin's validator: the guard around plugin code
        name = f"{model.__module__}.{model.__name__}"
        message = f"validation by {name} failed: {type(exc).__name__}: {exc}"
        fix = "report it to the plugin's team"
        problem = sections.problem("CUR0217", message, fix, sections.at(entry.key))
        return replace(entry, problems=(*entry.problems, problem))
    problems = (*entry.problems, *_key_faults(sections, entry.key, config))
    return replace(entry, config=None if errors_of(problems) else config, problems=problems)


def _class_faults(
    sections: Sections, key: str, classes: Mapping[str, type[BaseModel]]
) -> list[Problem]:
    name = sections.config_types[key]
    marked = sections.own(key).get(MODEL_TYPE, name)
    if marked == name or classes.get(str(marked), name) == classes.get(name, marked):
        return []
    message = f"{key} is {name} in metadata.config_types but {marked!r:.80} in its {MODEL_TYPE}"
    at = (*sections.at(key), MODEL_TYPE)
    return [sections.problem("CUR0216", message, "write one class in both", at)]


def _binding_faults(sections: Sections, key: str, bindings: object) -> list[Problem]:
    fix = 'give each input "<producer>:<output>", an s3:// URI or {"parameter": "<NAME>"}'
    at = sections.origin(key, "bindings")
    if not isinstance(bindings, dict):
        return [sections.problem("CUR0215", f"bindings of {key} is not an object", fix, at)]
    return [
        sections.problem("CUR0215", f"binding {name} of {key} is {value!r:.60}", fix, (*at, name))
        for name, value in bindings.items()
        if not _is_binding(value)
    ]


def _is_binding(value: object) -> bool:
    if isinstance(value, dict):
        return list(value) == ["parameter"] and isinstance(value["parameter"], str)
    return isinstance(value, str) and bool(value.strip())


def _key_faults(sections: Sections, key: str, config: BaseModel) -> list[Problem]:
    expected = config_key(config)
    family = f"{step_type_name(type(config).__name__)}_"
    if key == expected or not (key.startswith(family) and expected.startswith(family)):
        return []
    message = f"the key {key} does not fit its values, which come to {expected}"
    fix = f"mend job_type, or name the entry {expected}"
    return [sections.problem("CUR0212", message, fix, sections.at(key), warning=True)]
