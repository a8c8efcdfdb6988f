"""Hypothesis strategies: valid config files, their DAGs, and templates of every form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
).filter(lambda text: bool(text.strip()))
BUCKET = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
WORD = st.text("abcxyz019_", min_size=1, max_size=8)
REGION = st.sampled_from(["NA", "EU", "FE", "na"])
TIME = "%Y-%m-%dT%H:%M:%S"
MOMENT, LATER = datetime(2001, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001 - Cradle's times have no zone
BASE = ("author", "bucket", "role", "service_name", "pipeline_version")
FRAMEWORKS = [
    ("xgboost", "1.7-1"),
    ("sklearn", "1.2-1"),
    ("pytorch", "2.1.0"),
    ("xgboost", "1.5-1"),
]


def members(
    required: dict[str, Any], optional: dict[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Give objects with all of one and some of the other members."""
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def schemas(draw: st.DrawFn) -> list[dict[str, str]]:
    """Give columns: few of any name, or up to 800."""
    names = draw(st.lists(TEXT, max_size=4))
    many = draw(st.sampled_from([0, 0, 0, 50, 800]))
    names += [f"feature.column_{number}" for number in range(many)]
    kind = draw(st.sampled_from(["STRING", "DOUBLE", "é"]))
    return [{"field_name": name, "field_type": kind} for name in names]


MDS = members(
    {"service_name": TEXT, "region": REGION, "output_schema": schemas()},
    {"org_id": st.integers(-5, 10**9), "use_hourly_edx_data_set": st.booleans()},
)
EDX_PARTS = members(
    {
        "edx_provider": TEXT,
        "edx_subject": TEXT,
        "edx_dataset": TEXT,
        "edx_manifest_key": TEXT.map(lambda t: f'["{t}"]'),
    },
    {"schema_overrides": st.none() | schemas()},
)
EDX_ARN = members(
    {"edx_arn": TEXT.map(lambda text: f"arn:amazon:edx:{text}")}, {"schema_overrides": schemas()}
)
ANDES = members(
    {
        "provider": st.sampled_from(["booker", "12345678-1234-abcd-ABCD-123456789012"]),
        "table_name": TEXT,
    },
    {"andes3_enabled": st.booleans()},
)
BLOCKS = {"MDS": MDS, "EDX": EDX_PARTS | EDX_ARN, "ANDES": ANDES}


@st.composite
def sources(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Give data sources of different names."""
    found = []
    for name in draw(st.lists(TEXT, min_size=1, max_size=3, unique_by=str.casefold)):
        kind = draw(st.sampled_from(sorted(BLOCKS)))
        written = draw(st.sampled_from([kind, kind.lower()]))
        block = f"{kind.lower()}_data_source_properties"
        found.append(
            {"data_source_name": name, "data_source_type": written, block: draw(BLOCKS[kind])}
        )
    return found


SPLITS = members(
    {},
    {
        "split_job": st.sampled_from([False]),
        "days_per_split": st.integers(1, 90),
        "merge_sql": st.none() | TEXT,
    },
) | members(
    {"split_job": st.sampled_from([True]), "merge_sql": TEXT},
    {"days_per_split": st.integers(1, 90)},
)


@st.composite
def cradle_configs(draw: st.DrawFn, job_type: str) -> dict[str, Any]:
    """Give the fields of a Cradle step."""
    start = draw(st.datetimes(min_value=MOMENT, max_value=LATER))
    return {
        "__model_type__": "CradleDataLoadingConfig",
        "job_type": job_type,
        "data_sources_spec": {
            "start_date": start.strftime(TIME),
            "end_date": start.replace(year=start.year + 1, day=1).strftime(TIME),
            "data_sources": draw(sources()),
        },
        "transform_spec": draw(members({"transform_sql": TEXT}, {"job_split_options": SPLITS})),
        "output_spec": draw(
            members(
                {"output_schema": st.lists(TEXT, min_size=1, max_size=5)},
                {
                    "output_format": st.sampled_from(["CSV", "json", "ION"]),
                    "output_save_mode": st.sampled_from(["OVERWRITE", "ignore"]),
                    "output_file_count": st.integers(0, 10**6),
                    "keep_dot_in_output_schema": st.booleans(),
                    "include_header_in_s3_output": st.booleans(),
                },
            )
        ),
        "cradle_job_spec": draw(
            members(
                {"cradle_account": TEXT},
                {
                    "cluster_type": st.sampled_from(["SMALL", "medium", "LARGE"]),
                    "extra_spark_job_arguments": st.none() | TEXT,
                    "job_retry_count": st.integers(0, 9),
                },
            )
        ),
    }


KINDS = st.sampled_from(["NUMERIC", "TEXT", "numeric"])
VARIABLES = st.dictionaries(TEXT, KINDS, max_size=5)
PAIRS = st.lists(st.tuples(TEXT, KINDS).map(list), max_size=5, unique_by=lambda pair: pair[0])
CONTENT = st.sampled_from([["text/csv"], ["application/json"]])


@st.composite
def registration_configs(draw: st.DrawFn) -> dict[str, Any]:
    """Give the fields of a registration."""
    framework, version = draw(st.sampled_from(FRAMEWORKS))
    return {
        "__model_type__": "RegistrationConfig",
        "framework": draw(st.sampled_from([framework, framework.upper()])),
        "framework_version": version,
        "py_version": "py310",
        **draw(
            members(
                {
                    "model_owner": TEXT,
                    "model_domain": TEXT,
                    "model_objective": TEXT,
                    "inference_entry_point": TEXT,
                },
                {
                    "inference_instance_type": st.sampled_from(
                        ["ml.m5.large", "ml.g4dn.xlarge"][: 1 + (framework == "pytorch")]
                    ),
                    "source_model_inference_content_types": CONTENT,
                    "source_model_inference_response_types": CONTENT,
                    "source_model_inference_input_variable_list": VARIABLES | PAIRS,
                    "source_model_inference_output_variable_list": VARIABLES,
                },
            )
        ),
    }


PAYLOADS = members(
    {
        "__model_type__": st.just("PayloadConfig"),
        "expected_tps": st.integers(1, 10**6),
        "max_latency_in_millisecond": st.integers(100, 10000),
    },
    {
        "max_acceptable_error_rate": st.floats(0, 1),
        "load_test_instance_type_list": st.lists(
            TEXT.map(lambda t: f"ml.{t}"), min_size=1, max_size=3
        ),
        "sample_payload_s3_key": TEXT,
        "field_defaults": st.dictionaries(TEXT, st.integers() | TEXT, max_size=2),
        "default_numeric_value": st.floats(-1e9, 1e9),
    },
)


@st.composite
def config_files(draw: st.DrawFn) -> dict[str, Any]:
    """Give a config file: loads of data, and registrations, each with a Payload and a Package of its own."""
    specific: dict[str, dict[str, Any]] = {}
    for job_type in draw(
        st.lists(st.sampled_from(["training", "calibration", "mo_orders"]), unique=True, max_size=2)
    ):
        specific[f"CradleDataLoading_{job_type}"] = draw(cradle_configs(job_type))
    for number in range(draw(st.integers(0 if specific else 1, 2))):
        fields = {
            "Registration": draw(registration_configs()),
            "Payload": draw(PAYLOADS),
            "Package": {"__model_type__": "PackageConfig"},
        }
        for name, own in fields.items():
            specific[f"{name}_{number}"] = {**own, "step_name_override": f"{name}_{number}"}
    shared = draw(
        members({**dict.fromkeys(BASE, WORD), "bucket": BUCKET}, {"model_class": WORD}).map(dict)
    )
    return {
        "configuration": {"shared": {**shared, "region": draw(REGION)}, "specific": specific},
        "metadata": {"config_types": {key: own["__model_type__"] for key, own in specific.items()}},
    }


def dag_of(data: dict[str, Any]) -> dict[str, Any]:
    """Give the DAG of a config file: a Training step without a config, then each registration's own steps."""
    keys = list(data["metadata"]["config_types"])
    edges = [[key, "XGBoostTraining"] for key in keys if key.startswith("Cradle")]
    for key in keys:
        name, _, number = key.partition("_")
        if name in {"Payload", "Package"}:
            edges += [["XGBoostTraining", key], [key, f"Registration_{number}"]]
    return {"dag": {"nodes": [*keys, "XGBoostTraining"], "edges": edges}}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ENTRIES = members(
    {},
    {
        "STEP_CONFIG": st.dictionaries(TEXT, JSON, max_size=3),
        "STEP_TYPE": st.sampled_from(["TRAINING_STEP", ["A", "B"]]),
        "comment": JSON,
    },
)


@st.composite
def templates(draw: st.DrawFn, steps: list[tuple[str, str]]) -> dict[str, Any]:
    """Give a template with some of the steps, by node or by name, among steps of others."""
    entries: dict[str, Any] = {}
    for names in draw(st.permutations(steps)):
        if draw(st.booleans()):
            entries[draw(st.sampled_from(names))] = draw(ENTRIES)
        if draw(st.booleans()):
            entries[f"Other-{draw(WORD)}"] = draw(ENTRIES)
    return draw(
        members(
            {"PIPELINE_STEP_CONFIGS": st.just(entries)},
            {"PIPELINE_ADDITIONAL_PARAMS": st.dictionaries(TEXT, JSON, max_size=3), "X": JSON},
        )
    )
