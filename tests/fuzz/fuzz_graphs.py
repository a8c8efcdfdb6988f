"""Mutations of DAGs and templates."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import yaml
from fuzz_cases import Case
from fuzz_mutations import Mutation, trial, typo
from fuzz_trial import Trial
from spec_oracle import OTHER_NAMES, expected_document, expected_steps

Graph = dict[str, Any]


def _dag(kind: str, change: Callable[[random.Random, Graph], None]) -> Mutation:
    def mutate(rng: random.Random, case: Case) -> Trial | None:
        dag = copy.deepcopy(case.dag)
        change(rng, dag["dag"])
        return trial(kind, case, dag=dag)

    return mutate


def _rename_node(rng: random.Random, dag: Graph) -> None:
    old = rng.choice(dag["nodes"])
    new = rng.choice(
        [
            typo(rng, old),
            old.lower(),
            old.upper(),
            f"{old}_2",
            old.replace("_", "-"),
            rng.choice(dag["nodes"]),
        ]
    )
    dag["nodes"] = [new if node == old else node for node in dag["nodes"]]
    dag["edges"] = [[new if node == old else node for node in edge] for edge in dag["edges"]]


def _drop_node(rng: random.Random, dag: Graph) -> None:
    node = rng.choice(dag["nodes"])
    dag["nodes"].remove(node)
    dag["edges"] = [edge for edge in dag["edges"] if node not in edge or rng.random() < 0.1]


def _change_edge(rng: random.Random, dag: Graph) -> None:
    at = rng.randrange(len(dag["edges"]))
    edge = dag["edges"][at]
    one, other = rng.choice(dag["nodes"]), rng.choice(dag["nodes"])
    changed: list[list[Any]] = rng.choice(
        [
            [],
            [edge[::-1]],
            [edge, edge],
            [edge, [one, one]],
            [edge, [one, other]],
            [edge, edge[::-1]],
            [edge, [one, "Ghost"]],
        ]
    )
    dag["edges"][at : at + 1] = changed


def _shuffle_nodes(rng: random.Random, dag: Graph) -> None:
    rng.shuffle(dag["nodes"])
    rng.shuffle(dag["edges"])


def _template(kind: str, change: Callable[[random.Random, dict[str, Any], Case], None]) -> Mutation:
    def mutate(rng: random.Random, case: Case) -> Trial | None:
        template = expected_document(case.config, case.dag, case.template)
        change(rng, template, case)
        return trial(kind, case, template=template)

    return mutate


def _entry(rng: random.Random, template: dict[str, Any]) -> dict[str, Any]:
    entries: dict[str, dict[str, Any]] = template["PIPELINE_STEP_CONFIGS"]
    return rng.choice(list(entries.values()))


def _drop_config(rng: random.Random, template: dict[str, Any], _case: Case) -> None:
    entry = _entry(rng, template)
    del entry[rng.choice(list(entry))]


def _retype_kind(rng: random.Random, template: dict[str, Any], _case: Case) -> None:
    values = [
        7,
        None,
        [],
        ["A"],
        ["A", "B", "C"],
        ["A", 7],
        "",
        " ",
        {"a": "b"},
        "OTHER_STEP",
        ["A", "B"],
        [["A"], "B"],
    ]
    entry = _entry(rng, template)
    entry[rng.choice(["STEP_TYPE", "STEP_CONFIG"])] = rng.choice(values)


def _rename_key(rng: random.Random, template: dict[str, Any], case: Case) -> None:
    """Call a step by another of its names, by a name of two steps, or leave both in the template."""
    entries = template["PIPELINE_STEP_CONFIGS"]
    steps = [step for step in expected_steps(case.config, case.dag) if step.content is not None]
    old = rng.choice(list(entries))
    names = [
        *(name for step in steps for name in (step.node, step.name, *step.other_names)),
        old.lower(),
        typo(rng, old),
    ]
    entries[rng.choice([*names, *(name.format("NA") for name in OTHER_NAMES)])] = copy.deepcopy(
        entries[old]
    )
    if rng.random() < 0.6:
        del entries[old]


def _mangle_root(rng: random.Random, template: dict[str, Any], _case: Case) -> None:
    key = rng.choice(list(template))
    template[rng.choice([key, key.lower(), "OTHER"])] = rng.choice(
        [None, [], {}, 7, "x", {"A": 7}, {"A": {}}]
    )


SCALARS = ["yes", "No", "010", "08", "0o7", "0b1", "1_000", "1:30", ".nan", "-.INF", "!!int x", "!!bool 7", "!!binary aGk=",
           "!!set {a}", "!!timestamp 2025-01-01", "*ghost", "!!python/object:os.system x", "? [a]", "=", "a: b: c", "'\\x00",
           "{1: 2}", "{a: 1, a: 2}", "{null: 1}", '"\\ud800"']  # fmt: skip


def yaml_scalar(rng: random.Random, case: Case) -> Trial | None:
    """Write a value that YAML's versions read differently, or that is no JSON."""
    text = f"PIPELINE_STEP_CONFIGS: {{}}\nPIPELINE_ADDITIONAL_PARAMS:\n  a: {rng.choice(SCALARS)}\n"
    return replace(_yaml(trial("YAML scalar", case), text, None), refused=True)


def yaml_bomb(rng: random.Random, case: Case) -> Trial | None:
    """Write aliases of aliases that stand for billions of values, or for themselves."""
    wide, high = rng.choice([(10, 12), (2, 40), (100, 6)])
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * wide)}]" for n in range(1, high)]
    text = rng.choice(["\n".join(["a0: &a0 lol", *lines]), "PIPELINE_STEP_CONFIGS: &a\n  A: *a"])
    return replace(_yaml(trial("YAML bomb", case), text, None), refused=True)


def yaml_template(rng: random.Random, case: Case) -> Trial | None:
    """Give the template as YAML, as PyYAML writes it; it may come from Windows."""
    template = expected_document(case.config, case.dag, case.template)
    template["PIPELINE_ADDITIONAL_PARAMS"] = {
        "t": ["yes", "010", "2025-01-01", "1:30", "~", "é", "", "x: y", 1.5, True]
    }
    text = yaml.safe_dump(template, sort_keys=False, allow_unicode=rng.random() < 0.5)
    text = text.replace("\n", "\r\n") if rng.random() < 0.5 else text
    return replace(_yaml(trial("template as YAML", case), text, template), harmless=True)


def _yaml(made: Trial, text: str, data: Any) -> Trial:
    files = {name: content for name, content in made.files.items() if name != "template.json"}
    return replace(
        made,
        files={**files, "template.yaml": text.encode()},
        template="template.yaml",
        template_data=data,
    )


GRAPH_KINDS: dict[str, Mutation] = {
    "rename node": _dag("rename node", _rename_node),
    "drop node": _dag("drop node", _drop_node),
    "change edge": _dag("change edge", _change_edge),
    "shuffle nodes and edges": _dag("shuffle nodes and edges", _shuffle_nodes),
    "template without a part": _template("template without a part", _drop_config),
    "template part of another type": _template("template part of another type", _retype_kind),
    "template key renamed": _template("template key renamed", _rename_key),
    "template root": _template("template root", _mangle_root),
    "template as YAML": yaml_template,
    "YAML scalar": yaml_scalar,
    "YAML bomb": yaml_bomb,
}
