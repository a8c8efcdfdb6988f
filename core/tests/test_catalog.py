"""The catalog: entries of plugins, found by id or alias, with what they lack, and its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cursus.catalog import Catalog, CatalogEntry, Listing, Missing, read_catalog
from cursus.cli.catalog import command
from cursus.dag import PipelineDAG
from cursus.errors import InvalidInputError
from cursus.kernel.plugins import load_plugins

Install = Callable[..., Path]
TEAM = """
    from cursus import hookimpl
    from cursus.catalog import CatalogEntry

    @hookimpl
    def cursus_pipelines():
        return [CatalogEntry(id="{id}", description="Score nightly.", nodes=("BatchScore_nightly",),
                             edges=(), framework="xgboost", task_type="scoring", aliases=("{alias}",))]
"""


def entry(name: str, **fields: object) -> CatalogEntry:
    base = {
        "id": name,
        "description": "",
        "nodes": ("Load_training", "Train"),
        "edges": (("Load_training", "Train"),),
    }
    return CatalogEntry(**{**base, **fields})  # type: ignore[arg-type]


def catalog(*entries: CatalogEntry, plugin: str = "cursus-x") -> Catalog:
    return Catalog(listings=tuple(Listing(entry=e, plugin=plugin) for e in entries))


def test_an_entry_counts_its_nodes_and_names_its_step_types() -> None:
    found = entry("a", nodes=("Load_training", "Load_testing", "Train"))
    assert (found.node_count, found.edge_count) == (3, 1)
    assert found.step_types == ("Load", "Train")


def test_an_entry_gives_its_dag_and_the_text_of_its_config() -> None:
    found = entry("a", config={"configuration": {}})
    assert found.dag().edges == [("Load_training", "Train")]
    assert json.loads(found.config_text() or "") == {"configuration": {}}
    assert entry("a").config_text() is None


def test_an_id_counts_before_an_alias() -> None:
    found = catalog(entry("one", aliases=("two",)), entry("two")).find("two")
    assert found.entry.id == "two"


def test_an_unknown_name_is_an_error_with_the_closest_one() -> None:
    with pytest.raises(InvalidInputError, match="did you mean xgboost_simple") as caught:
        catalog(entry("xgboost_simple")).find("xgboost_simpel")
    assert [problem.code for problem in caught.value.problems] == ["CUR0321"]


def test_a_recommendation_meets_every_wish_and_puts_the_complete_and_small_first() -> None:
    big = entry("big", framework="xgboost", features=("training",), nodes=("A", "B", "C"))
    small = entry("small", framework="xgboost", features=("training", "calibration"))
    other = entry("other", framework="pytorch", features=("training",))
    lacking = Listing(
        entry=entry("lacking", framework="xgboost", features=("training",), nodes=("A",)),
        plugin="cursus-x",
        missing=(Missing(step_type="A", distribution=None, reason="unknown"),),
    )
    found = Catalog(listings=(*catalog(big, small, other).listings, lacking))
    names = [f.entry.id for f in found.recommend("XGBoost", features=("Training",))]
    assert names == ["small", "big", "lacking"]
    assert found.recommend("xgboost", "serving") == ()


def test_an_entry_of_a_plugin_says_which_step_types_no_plugin_gives(install: Install) -> None:
    install("team-score", TEAM.format(id="nightly", alias="n"))
    listing = read_catalog(load_plugins()).find("n")
    assert listing.plugin == "team-score"
    assert [(m.step_type, m.distribution) for m in listing.missing] == [("BatchScore", None)]


def test_a_missing_step_type_of_this_project_names_its_distribution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-registration")
    (package, *_) = read_catalog(load_plugins()).find("dummy_e2e_basic").missing
    assert (package.step_type, package.distribution) == ("Package", "cursus-registration")
    assert "disabled" in package.reason


def test_two_claims_on_an_id_are_an_error_when_used_that_names_both(install: Install) -> None:
    install("team-one", TEAM.format(id="nightly", alias="a"))
    install("team-two", TEAM.format(id="nightly", alias="b"))
    found = read_catalog(load_plugins())
    assert found.find("a").plugin == "team-one"
    with pytest.raises(InvalidInputError, match=r"team-one \(nightly\) and team-two \(nightly\)"):
        found.find("nightly")


ENTRY = "CatalogEntry(id={id}, description='', nodes=('A',), edges={edges})"


@pytest.mark.parametrize(
    "answer",
    [
        "['nightly']",
        "7",
        "[" + ENTRY.format(id=3, edges=()) + "]",
        "[" + ENTRY.format(id="'x'", edges="(('A', 'Q'),)") + "]",
    ],
)
def test_what_is_no_entry_is_named_and_the_other_pipelines_stay(
    install: Install, caplog: pytest.LogCaptureFixture, answer: str
) -> None:
    code = f"""
        from cursus import hookimpl
        from cursus.catalog import CatalogEntry

        @hookimpl
        def cursus_pipelines():
            return {answer}
    """
    install("team-odd", code)
    assert len(read_catalog(load_plugins()).listings) == 8
    assert "team-odd failed in cursus_pipelines" in caplog.text


def test_list_prints_json_data_for_programs() -> None:
    result = CliRunner().invoke(command, ["list", "--format", "json"])
    rows = {row["id"]: row for row in json.loads(result.stdout)}
    assert rows["xgboost_complete_e2e"]["node_count"] == 10
    assert rows["xgboost_complete_e2e"]["missing"] == []


def test_list_says_what_is_lacking_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURSUS_DISABLE_PLUGINS", "cursus-cradle")
    result = CliRunner().invoke(command, ["list"])
    assert "lacks CradleDataLoading: " in result.stdout
    assert "cursus-cradle is disabled" in result.stdout


def test_show_draws_the_edges_of_a_pipeline() -> None:
    result = CliRunner().invoke(command, ["show", "dummy_e2e_basic"])
    assert "    DummyTraining -> Package, Payload" in result.stdout.splitlines()


def test_show_gives_nodes_and_edges_as_data() -> None:
    result = CliRunner().invoke(command, ["show", "standard_e2e", "--format", "json"])
    data = json.loads(result.stdout)
    assert (data["id"], len(data["dag"]["edges"])) == ("pytorch_standard_e2e", 9)


def test_export_writes_files_that_read_back(tmp_path: Path) -> None:
    dag, config = tmp_path / "dag.json", tmp_path / "config.json"
    arguments = ["export", "xgboost_simple", "--dag", str(dag), "--config", str(config)]
    result = CliRunner().invoke(command, arguments)
    assert result.stdout.splitlines() == [str(dag), str(config)]
    assert len(PipelineDAG.from_file(dag).nodes) == 5
    assert "XGBoostTraining" in json.loads(config.read_text("utf-8"))["metadata"]["config_types"]


def test_export_writes_over_a_file_only_when_told(tmp_path: Path) -> None:
    dag = tmp_path / "dag.json"
    dag.write_text("mine", "utf-8")
    arguments = ["export", "xgboost_simple", "--dag", str(dag)]
    refused = CliRunner().invoke(command, arguments)
    assert (refused.exit_code, dag.read_text("utf-8")) == (2, "mine")
    assert "dag.json would be overwritten; give --force" in refused.stderr
    assert CliRunner().invoke(command, [*arguments, "--force"]).exit_code == 0
    assert len(PipelineDAG.from_file(dag).nodes) == 5


def test_export_refuses_one_file_for_both(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    files = ["--dag", str(tmp_path / "a.json"), "--config", str(tmp_path / "link" / "a.json")]
    result = CliRunner().invoke(command, ["export", "xgboost_simple", *files])
    assert result.exit_code == 2
    assert "a.json is given twice" in result.stderr
    assert not (tmp_path / "a.json").exists()


UNSHIPPED = """
    from cursus import Image, Job, StepType, hookimpl
    from cursus.config import ProcessingStepConfigBase
    from cursus.kernel.step_type import Script

    class BatchScoreConfig(ProcessingStepConfigBase):
        pass

    @hookimpl
    def cursus_step_types():
        image = Image(framework="sklearn", version="processing_framework_version")
        return [StepType(name="BatchScore", summary="", config=BatchScoreConfig, example={},
                         job=Job.processing(image), script=Script(package="json", file="gone.py"))]
"""


def test_list_says_for_which_steps_no_script_is_shipped(install: Install) -> None:
    install("team-score", TEAM.format(id="nightly", alias="n"))
    install("team-steps", UNSHIPPED)
    result = CliRunner().invoke(command, ["list", "--format", "json"])
    bare = {row["id"]: row["without_script"] for row in json.loads(result.stdout)}
    assert bare.pop("nightly") == ["BatchScore"]
    assert set(map(tuple, bare.values())) == {()}
    text = CliRunner().invoke(command, ["list"]).stdout
    assert "    no script is shipped for BatchScore: give your own in the config" in text


def test_recommend_without_a_match_answers_no_and_says_what_there_is() -> None:
    result = CliRunner().invoke(command, ["recommend", "--framework", "jax"], standalone_mode=False)
    assert result.return_value == 1
    assert "frameworks: dummy, pytorch, xgboost" in result.stderr


def test_the_help_keeps_the_lines_of_its_example() -> None:
    result = CliRunner().invoke(command, ["export", "--help"])
    example = "    cursus catalog export xgboost_simple --dag dag.json --config config.json"
    assert example in result.stdout.splitlines()
