"""What holds for every document that is made of a valid config, whatever the template."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

from config_strategies import JSON, TEXT, config_files, dag_of, templates
from cursus.config import read_config_text
from cursus.dag import PipelineDAG
from cursus.document import (
    ExecutionDocumentGenerator,
    diff_documents,
    merge_documents,
    validate_document,
)
from cursus.document.document_file import document_text, read_document
from cursus.errors import ExecutionDocumentGenerationError
from cursus.kernel.plugins import load_plugins
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from spec_oracle import expected_document, expected_steps, same

CLASSES = load_plugins().config_classes()
quickly = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)  # fmt: skip


def generator_of(config: dict[str, Any]) -> ExecutionDocumentGenerator:
    return ExecutionDocumentGenerator(read_config_text(json.dumps(config), CLASSES))


def graph_of(dag: dict[str, Any]) -> PipelineDAG:
    return PipelineDAG.from_json(json.dumps(dag))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Give a config, its DAG and a template for it."""
    config = draw(config_files())
    dag = dag_of(config)
    steps = [s for s in expected_steps(config, dag) if s.content is not None]
    return config, dag, draw(templates([(step.node, step.name) for step in steps]))


def containers(value: Any) -> set[int]:
    """Give the identities of all objects and lists in JSON data, or in configs."""
    found, waiting = set(), [value]
    while waiting:
        member = waiting.pop()
        inner = member.values() if isinstance(member, dict) else member
        inner = vars(member).values() if hasattr(member, "model_fields_set") else inner
        if isinstance(member, (dict, list)):
            found.add(id(member))
        if isinstance(inner, (list, tuple)) or inner is not member:
            waiting.extend(inner)
    return found


@quickly
@given(case=cases())
def test_a_document_says_what_the_config_says_by_the_tables_of_the_format(
    case: tuple[Any, Any, Any],
) -> None:
    config, dag, template = case
    filled = generator_of(config).fill_execution_document(graph_of(dag), template)
    assert same(filled, expected_document(config, dag, template))
    made = generator_of(config).fill_execution_document(graph_of(dag))
    assert same(made, expected_document(config, dag))
    assert [p for p in validate_document(made) if p.severity == "error"] == []


@quickly
@given(case=cases())
def test_filling_again_changes_nothing_and_no_input_is_changed_or_shared(
    case: tuple[Any, Any, Any],
) -> None:
    config, dag, template = case
    before, generator, graph = copy.deepcopy(template), generator_of(config), graph_of(dag)
    configs = {key: entry.config for key, entry in generator.configs.entries.items()}
    texts = {key: value.model_dump_json() for key, value in configs.items() if value is not None}
    filled = generator.fill_execution_document(graph, template)
    again = generator.fill_execution_document(graph, filled)
    assert json.dumps(again) == json.dumps(filled)
    assert (template, graph.to_dict()["dag"]) == (before, graph_of(dag).to_dict()["dag"])
    assert texts == {
        k: value.model_dump_json() for k, value in configs.items() if value is not None
    }
    assert containers(filled).isdisjoint(containers(template))
    assert containers(filled).isdisjoint(containers(list(configs.values())))
    assert containers(again).isdisjoint(containers(filled))


@quickly
@given(case=cases())
def test_every_step_is_there_once_and_the_entries_of_others_stay_as_they_are(
    case: tuple[Any, Any, Any],
) -> None:
    config, dag, template = case
    filled = generator_of(config).fill_execution_document(graph_of(dag), template)
    entries, given_entries = filled["PIPELINE_STEP_CONFIGS"], template["PIPELINE_STEP_CONFIGS"]
    for step in expected_steps(config, dag):
        present = [key for key in {step.node, step.name} if key in entries]
        assert len(present) == (step.content is not None)
    others = [key for key in given_entries if key.startswith("Other-")]
    assert json.dumps([entries[k] for k in others]) == json.dumps(
        [given_entries[k] for k in others]
    )
    assert [key for key in entries if key in given_entries] == list(given_entries)
    rest = {k: v for k, v in filled.items() if k != "PIPELINE_STEP_CONFIGS"}
    assert json.dumps(rest) == json.dumps(
        {k: v for k, v in template.items() if k != "PIPELINE_STEP_CONFIGS"}
        | {"PIPELINE_ADDITIONAL_PARAMS": template.get("PIPELINE_ADDITIONAL_PARAMS", {})}
    )


@quickly
@given(case=cases(), rng=st.randoms(use_true_random=False))
def test_the_order_of_configs_nodes_and_edges_changes_no_content(
    case: tuple[Any, Any, Any], rng: random.Random
) -> None:
    config, dag, _ = case
    other, graph = copy.deepcopy(config), copy.deepcopy(dag["dag"])
    for section in (other["configuration"]["specific"], other["metadata"]["config_types"]):
        names = list(section)
        rng.shuffle(names)
        section.update({name: section.pop(name) for name in names})
    rng.shuffle(graph["nodes"])
    rng.shuffle(graph["edges"])
    one = generator_of(config).fill_execution_document(graph_of(dag))
    two = generator_of(other).fill_execution_document(graph_of({"dag": graph}))
    assert diff_documents(one, two) == []


DOCUMENTS = st.fixed_dictionaries(
    {
        "PIPELINE_STEP_CONFIGS": st.dictionaries(
            TEXT,
            st.fixed_dictionaries(
                {"STEP_CONFIG": st.dictionaries(TEXT, JSON, max_size=2), "STEP_TYPE": TEXT}
            ),
            max_size=3,
        ),
        "PIPELINE_ADDITIONAL_PARAMS": st.dictionaries(TEXT, JSON, max_size=2),
    }
)


@given(document=DOCUMENTS)
def test_json_to_yaml_to_json_gives_the_same(document: Any, tmp_path_factory: Any) -> None:
    folder: Path = tmp_path_factory.getbasetemp()
    (folder / "d.yaml").write_text(document_text(document, "yaml"), "utf-8")
    again = read_document(folder / "d.yaml")
    assert json.dumps(again) == json.dumps(document)
    assert document_text(again, "json") == document_text(document, "json")


def merged(*documents: Any) -> Any:
    """Merge, None where the documents disagree."""
    try:
        return merge_documents(*documents)
    except ExecutionDocumentGenerationError as exc:
        if {problem.code for problem in exc.problems} != {"CUR0512"}:
            raise
        return None


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    if not isinstance(value, dict):
        return {path: json.dumps(value, sort_keys=True)}
    inner = [leaves(member, (*path, name)) for name, member in value.items()]
    return {path: "{}"} if not inner else {k: v for found in inner for k, v in found.items()}


@given(one=DOCUMENTS, other=DOCUMENTS)
def test_merging_loses_nothing(one: Any, other: Any) -> None:
    both = merged(one, other)
    assume(both is not None)
    found = leaves(both)
    for path, value in (leaves(one) | leaves(other)).items():
        assert found.get(path, value) == value
        assert path in found or any(known[: len(path)] == path for known in found)
    assert merged(one, one) == one
    assert diff_documents(both, merged(both, one)) == []


@given(one=DOCUMENTS, two=DOCUMENTS, three=DOCUMENTS)
def test_merging_is_associative_where_it_is_defined(one: Any, two: Any, three: Any) -> None:
    left, right = merged(one, two), merged(two, three)
    assume(left is not None)
    assume(right is not None)
    assert json.dumps(merged(left, three)) == json.dumps(merged(one, right))


@given(one=DOCUMENTS, other=DOCUMENTS)
def test_only_equal_documents_do_not_differ(one: Any, other: Any) -> None:
    assert diff_documents(one, copy.deepcopy(one)) == []
    equal = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (diff_documents(one, other) == []) == equal
