"""ExecutionDocumentGenerator: helpers, resolvers, its three errors, catalog pipelines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cursus.catalog.documents import (
    generate_execution_document_for_pipeline,
    make_template_for_pipeline,
)
from cursus.dag import PipelineDAG
from cursus.document import (
    DocumentOptions,
    ExecutionDocumentGenerator,
    ExecutionDocumentHelper,
    fill_document,
)
from cursus.errors import (
    ConfigurationNotFoundError,
    ExecutionDocumentGenerationError,
    InvalidInputError,
)

TEAM = """
    from cursus import Job, StepType, hookimpl
    from cursus.catalog import CatalogEntry
    from pydantic import BaseModel

    class _Config(BaseModel):
        model_config = {"frozen": True, "extra": "forbid"}
        size: int = 1
        pipeline_s3_loc: str = "s3://own/place"

    def step(name, **more):
        config = type(f"{name}Config", (_Config,), {})
        return StepType(name=name, summary="", config=config, example={}, job=Job(kind="service"), **more)

    @hookimpl
    def cursus_step_types():
        return [step("Load", extract=lambda s, p: {"size": s.config.size}, documented=True), step("Clean")]

    CONFIG = {"shared": {}, "specific": {"Load": {"size": 9}}, "metadata": {"config_types": {"Load": "LoadConfig"}}}

    @hookimpl
    def cursus_pipelines():
        return [
            CatalogEntry(id="ready", description="", nodes=("Load",), edges=(), config=CONFIG),
            CatalogEntry(id="bare", description="", nodes=("Load",), edges=()),
        ]
"""


class Sizes(ExecutionDocumentHelper):
    """Answers for nodes of one name with its own name."""

    def __init__(self, node: str, answer: Any) -> None:
        self.node = node
        self.answer = answer

    def can_handle_step(self, step_name: str, config: Any) -> bool:
        return step_name == self.node and (config is None or config.size > 0)

    def extract_step_config(self, step_name: str, config: Any) -> Any:  # noqa: ARG002 - as it is called
        return self.answer


@pytest.fixture(autouse=True)
def _team(install: Callable[..., Path]) -> Iterator[None]:
    install("team-generator", TEAM)
    yield
    sys.modules.pop("team_generator", None)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    entries = {"Load": {"size": 1}, "Load_b": {"size": 2}, "Clean": {}}
    types = {key: f"{key.partition('_')[0]}Config" for key in entries}
    data = {"shared": {}, "specific": entries, "metadata": {"config_types": types}}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


def contents(document: dict[str, Any]) -> dict[str, Any]:
    return {key: entry["STEP_CONFIG"] for key, entry in document["PIPELINE_STEP_CONFIGS"].items()}


def test_a_document_is_made_from_a_path_and_a_dag(config: Path) -> None:
    generator = ExecutionDocumentGenerator(str(config), None, "role")
    assert contents(generator.fill_execution_document(PipelineDAG(["Load", "Clean"]))) == {
        "Load": {"size": 1}
    }


def test_a_helper_is_asked_before_plugins_and_a_later_one_first(config: Path) -> None:
    generator = ExecutionDocumentGenerator(config)
    generator.add_helper(Sizes("Load", {"first": 1}))
    generator.add_helper(Sizes("Load", {"second": 2}))
    generator.add_helper(Sizes("Clean", {"third": 3}))
    document = generator.fill_execution_document(PipelineDAG(["Load", "Clean"]))
    assert contents(document) == {"Load": {"second": 2}, "Clean": {"third": 3}}
    assert document["PIPELINE_STEP_CONFIGS"]["Clean"]["STEP_TYPE"] == ["PROCESSING_STEP", "Clean"]


def test_equal_and_repeated_helpers_are_helpers_like_others(config: Path) -> None:
    class Equal(Sizes):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

        def __hash__(self) -> int:
            return 1

    generator = ExecutionDocumentGenerator(config)
    one = Equal("Load", {"one": 1})
    for helper in (one, Equal("Clean", {"two": 2}), one):
        generator.add_helper(helper)
    document = generator.fill_execution_document(PipelineDAG(["Load", "Clean"]))
    assert contents(document) == {"Load": {"one": 1}, "Clean": {"two": 2}}


def test_a_helper_of_one_generator_is_none_of_another(config: Path) -> None:
    ExecutionDocumentGenerator(config).add_helper(Sizes("Load", {"first": 1}))
    document = ExecutionDocumentGenerator(config).fill_execution_document(PipelineDAG(["Load"]))
    assert contents(document) == {"Load": {"size": 1}}


@pytest.mark.parametrize("answer", [None, 7, {"a": {1}}])
def test_a_helper_that_gives_no_json_object_is_named(config: Path, answer: Any) -> None:
    generator = ExecutionDocumentGenerator(config)
    generator.add_helper(Sizes("Load", answer))
    with pytest.raises(
        ExecutionDocumentGenerationError,
        match=r"STEP_CONFIG of step Load cannot be made: helper Sizes(.|\n)*fix mend extract_step_config of Sizes",
    ):
        generator.fill_execution_document(PipelineDAG(["Load"]))


def test_a_helpers_node_needs_a_config(config: Path) -> None:
    generator = ExecutionDocumentGenerator(config)
    generator.add_helper(Sizes("Other", {}))
    with pytest.raises(ConfigurationNotFoundError, match="Sizes answers for node Other"):
        generator.fill_execution_document(PipelineDAG(["Load", "Other"]))


def test_a_helper_that_fails_without_a_config_is_named(config: Path) -> None:
    class Careless(Sizes):
        def can_handle_step(self, step_name: str, config: Any) -> bool:  # noqa: ARG002 - as it is called
            return bool(config.size)

    generator = ExecutionDocumentGenerator(config)
    generator.add_helper(Careless("Load", {}))
    with pytest.raises(
        ExecutionDocumentGenerationError,
        match="helper Careless failed on node Other, which has no config: AttributeError",
    ):
        generator.fill_execution_document(PipelineDAG(["Load", "Other"]))


def test_a_prefix_takes_the_place_of_the_configs_own(config: Path) -> None:
    options = DocumentOptions(prefix="s3://team/run/")
    plan = ExecutionDocumentGenerator(config, options=options).plan(PipelineDAG(["Load"]))
    assert plan.parameters.prefix == "s3://team/run/"


@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("", "is not an S3 URI"),
        ("bucket/run", "is not an S3 URI"),
        ("S3://bucket/x", "is not an S3 URI"),
        ("https://bucket/x", "is not an S3 URI"),
        ("s3://", "names no bucket"),
        ("s3:///x", "names no bucket"),
        ("s3://b/x", "3 to 63 characters"),
        ("s3://bucket/a b", "has a blank"),
    ],
)
def test_a_prefix_that_is_no_s3_uri_is_an_error(config: Path, prefix: str, why: str) -> None:
    generator = ExecutionDocumentGenerator(config, options=DocumentOptions(prefix=prefix))
    with pytest.raises(ExecutionDocumentGenerationError, match=rf"CUR0510(.|\n)*{why}"):
        generator.fill_execution_document(PipelineDAG(["Load"]))


def test_a_step_that_must_be_there_needs_a_config(config: Path) -> None:
    with pytest.raises(ConfigurationNotFoundError, match="node Load_c has no config"):
        ExecutionDocumentGenerator(config).fill_execution_document(PipelineDAG(["Load_c"]))


def test_other_nodes_without_config_are_logged(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="cursus"):
        ExecutionDocumentGenerator(config).fill_execution_document(PipelineDAG(["Load", "Lost"]))
    assert "node Lost has no config" in caplog.text


def test_two_steps_of_a_class_without_job_type_need_a_name_of_their_own(config: Path) -> None:
    with pytest.raises(
        ExecutionDocumentGenerationError, match=r"CUR0404(.|\n)*fix give one a step_name_override"
    ):
        ExecutionDocumentGenerator(config).fill_execution_document(PipelineDAG(["Load", "Load_b"]))


def test_what_is_wrong_with_plan_steps_and_template_comes_together(config: Path) -> None:
    class Failing(Sizes):
        def extract_step_config(self, step_name: str, config: Any) -> Any:
            raise KeyError(step_name, config.size)

    generator = ExecutionDocumentGenerator(config)
    generator.add_helper(Failing("Load", {}))
    dag = PipelineDAG(["Load", "Load_c", "Lost"])
    with pytest.raises(ConfigurationNotFoundError) as caught:
        generator.fill_execution_document(dag, {"PIPELINE_STEP_CONFIGS": {"A": 7}})
    told = [(problem.code, problem.severity) for problem in caught.value.problems]
    errors = [(code, "error") for code in ("CUR0503", "CUR0502")]
    assert told == [("CUR0209", "error"), ("CUR0209", "warning"), *errors]


def test_strict_shows_every_warning_as_an_error_at_once(config: Path) -> None:
    generator = ExecutionDocumentGenerator(config, options=DocumentOptions(strict=True))
    template: dict[str, Any] = {"PIPELINE_STEP_CONFIGS": {"Load": {}, "Foreign": {}}}
    with pytest.raises(ExecutionDocumentGenerationError) as caught:
        generator.fill_execution_document(PipelineDAG(["Load", "Lost"]), template)
    assert [p.code for p in caught.value.problems] == ["CUR0209", "CUR0506", "CUR0502"]
    assert {p.severity for p in caught.value.problems} == {"error"}


def test_strict_makes_every_warning_an_error(config: Path) -> None:
    generator = ExecutionDocumentGenerator(config, options=DocumentOptions(strict=True))
    template: dict[str, Any] = {"PIPELINE_STEP_CONFIGS": {"Load": {}, "Foreign": {}}}
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0506 error"):
        generator.fill_execution_document(PipelineDAG(["Load"]), template)
    with pytest.raises(InvalidInputError, match="node Lost has no config"):
        generator.fill_execution_document(PipelineDAG(["Load", "Lost"]))


def test_a_config_file_that_cannot_be_read_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0201"):
        ExecutionDocumentGenerator(tmp_path / "none.json")


def test_a_cycle_is_our_error(config: Path) -> None:
    dag = PipelineDAG(edges=[("Load", "Clean"), ("Clean", "Load")])
    with pytest.raises(ExecutionDocumentGenerationError, match="CUR0104"):
        ExecutionDocumentGenerator(config).fill_execution_document(dag)


@pytest.mark.parametrize("by_key", [True, False])
def test_a_resolver_chooses_configs(config: Path, by_key: bool) -> None:  # noqa: FBT001 - a parameter of the test
    class Resolver:
        def resolve_config_map(self, dag_nodes: Any, available_configs: Any) -> Any:
            return {dag_nodes[0]: "Load_b" if by_key else available_configs["Load_b"]}

    generator = ExecutionDocumentGenerator(config, config_resolver=Resolver())
    assert contents(generator.fill_execution_document(PipelineDAG(["Any"]))) == {
        "Load": {"size": 2}
    }


@pytest.mark.parametrize("answer", [None, {"Load": "nowhere"}, {"Load": object()}])
def test_a_resolver_that_gives_no_config_of_the_file_is_an_error(config: Path, answer: Any) -> None:
    class Resolver:
        def resolve_config_map(self, dag_nodes: Any, available_configs: Any) -> Any:  # noqa: ARG002 - as it is called
            return answer

    generator = ExecutionDocumentGenerator(config, config_resolver=Resolver())
    with pytest.raises(ExecutionDocumentGenerationError, match="the config resolver Resolver gave"):
        generator.fill_execution_document(PipelineDAG(["Load"]))


def test_a_resolver_may_name_a_key_whose_class_nobody_owns(config: Path) -> None:
    class Resolver:
        def resolve_config_map(self, dag_nodes: Any, available_configs: Any) -> Any:
            assert "Odd" not in available_configs
            return {dag_nodes[0]: "OddTraining"}

    data = json.loads(config.read_text("utf-8"))
    data["specific"]["OddTraining"] = {}
    data["metadata"]["config_types"]["OddTraining"] = "OddTrainingConfig"
    config.write_text(json.dumps(data), "utf-8")
    generator = ExecutionDocumentGenerator(config, config_resolver=Resolver())
    document = generator.fill_execution_document(PipelineDAG(["Any"]))
    assert contents(document) == {"OddTraining": {}}


def test_a_resolver_that_fails_is_named_with_its_cause(config: Path) -> None:
    class Broken:
        def resolve_config_map(self, dag_nodes: Any, available_configs: Any) -> Any:
            raise LookupError(len(dag_nodes), len(available_configs))

    generator = ExecutionDocumentGenerator(config, config_resolver=Broken())
    with pytest.raises(
        ExecutionDocumentGenerationError, match="the config resolver Broken failed: LookupError"
    ):
        generator.fill_execution_document(PipelineDAG(["Load"]))


def test_a_resolver_without_the_method_is_named(config: Path) -> None:
    resolver: Any = object()
    generator = ExecutionDocumentGenerator(config, config_resolver=resolver)
    with pytest.raises(ExecutionDocumentGenerationError, match="object has no method resolve_con"):
        generator.fill_execution_document(PipelineDAG(["Load"]))


def test_a_node_can_be_given_a_config(config: Path) -> None:
    options = DocumentOptions(node_configs={"Any": "Load_b"})
    generator = ExecutionDocumentGenerator(config, options=options)
    plan = generator.plan(PipelineDAG(["Any"]))
    assert contents(fill_document(plan, generator.plugins).document) == {"Load": {"size": 2}}


def test_a_catalog_pipeline_has_a_document_and_a_template(config: Path) -> None:
    own = generate_execution_document_for_pipeline("ready")
    given = generate_execution_document_for_pipeline("bare", config)
    template = make_template_for_pipeline("ready")
    assert [contents(d) for d in (own, given, template)] == [
        {"Load": {"size": 9}},
        {"Load": {"size": 1}},
        {"Load": {}},
    ]


def test_a_catalog_pipeline_without_config_needs_one() -> None:
    with pytest.raises(ExecutionDocumentGenerationError, match="bare brings no config"):
        generate_execution_document_for_pipeline("bare")


def test_an_unknown_pipeline_is_an_error_that_names_the_others() -> None:
    with pytest.raises(InvalidInputError, match=r"no pipeline rady(.|\n)*did you mean ready"):
        generate_execution_document_for_pipeline("rady")
