"""The cases that are mutated: the demonstration, a wide pipeline of two registrations, and the shared real ones."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cursus.dag import PipelineDAG
from cursus.demo.project import EDGES, demo_config

SHARED_CASES = Path(__file__).parents[3] / "shared" / "cases"
COLUMNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A config, a DAG and a template that make a document; the template may be None."""

    name: str
    config: dict[str, Any]
    dag: dict[str, Any]
    template: dict[str, Any] | None = None


def all_cases() -> list[Case]:
    """Give the project's own cases and, where they are, those of the folder CURSUS_CASES or shared/cases."""
    config, dag = demo_config(), PipelineDAG(edges=EDGES).to_dict()
    cases = [
        Case(name="demo", config=config, dag=dag, template=demo_template()),
        two_registrations(),
    ]
    folder = Path(os.environ.get("CURSUS_CASES", SHARED_CASES))
    for file in sorted(folder.glob("*/config.json")):
        names = [None, *sorted(path.name for path in file.parent.glob("template*.json"))]
        cases += [_read(file.parent, name) for name in names]
    return cases


def _read(folder: Path, template: str | None) -> Case:
    def data(name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
        return content

    return Case(
        name=f"{folder.name}/{template}",
        config=data("config.json"),
        dag=data("dag.json"),
        template=None if template is None else data(template),
    )


def demo_template() -> dict[str, Any]:
    """Give a template as a team would have it: its own parameters, a step of its own, help texts."""
    help_text = "The domain to register the model in"
    return {
        "PIPELINE_STEP_CONFIGS": {
            "TheirOwnStep": {"STEP_CONFIG": {"a": [1, 2.5, None, "é"]}, "STEP_TYPE": ["X", "Y"]},
            "ModelRegistration-NA": {
                "STEP_CONFIG": {"model_domain": help_text},
                "STEP_TYPE": ["PROCESSING_STEP", "ModelRegistration"],
            },
            "CradleDataLoading_training": {"STEP_CONFIG": {}, "comment": "kept"},
        },
        "PIPELINE_ADDITIONAL_PARAMS": {"team": {"name": "日本", "size": 7}},
    }


def two_registrations() -> Case:
    """Make a pipeline that registers in two regions, each from a Payload and a Package, and reads all kinds of source."""
    config = copy.deepcopy(demo_config())
    specific, types = config["configuration"]["specific"], config["metadata"]["config_types"]
    edges = [edge for edge in EDGES if edge[1] != "Registration"]
    for region in ("NA", "EU"):
        for name in ("Registration", "Payload", "Package"):
            own = {"region": region, "step_name_override": f"{name}-{region}"}
            specific[f"{name}_{region}"] = {**specific[name], **own}
            types[f"{name}_{region}"] = types[name]
        specific[f"Payload_{region}"]["expected_tps"] = len(edges)
        edges += [
            (f"Payload_{region}", f"Registration_{region}"),
            (f"Package_{region}", f"Registration_{region}"),
        ]
    for name in ("Registration", "Payload", "Package"):
        del specific[name], types[name]
    edges = [edge for edge in edges if {"Payload", "Package"}.isdisjoint(edge)]
    del config["configuration"]["shared"]["region"]
    for fields in specific.values():
        fields.setdefault("region", "FE")
    specific["CradleDataLoading_training"]["data_sources_spec"]["data_sources"] = _sources()
    return Case(name="two registrations", config=config, dag=PipelineDAG(edges=edges).to_dict())


def _sources() -> list[dict[str, Any]]:
    schema = [{"field_name": f"col.{n}", "field_type": "STRING"} for n in range(COLUMNS)]
    mds = {"service_name": "AtoZ", "region": "NA", "org_id": 1, "output_schema": schema}
    parts = {
        "edx_provider": "p",
        "edx_subject": "s",
        "edx_dataset": "d",
        "edx_manifest_key": '["k"]',
    }
    arn = {"edx_arn": 'arn:amazon:edx:iad::manifest/p/s/d/["k"]', "schema_overrides": schema[:2]}
    andes = {"provider": "booker", "table_name": "T", "andes3_enabled": False}
    return [
        _source("RAW", "MDS", mds),
        _source("TAGS", "EDX", parts),
        _source("MORE", "EDX", arn),
        _source("D", "ANDES", andes),
    ]


def _source(name: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    block = f"{kind.lower()}_data_source_properties"
    return {"data_source_name": name, "data_source_type": kind, block: properties}
