"""What a Cradle and a registration config say in a document, by the tables of the formats alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from spec_values import Fields, SpecError

REGIONS = {"NA": "us-east-1", "EU": "eu-west-1", "FE": "us-west-2"}
BASE = [
    "author",
    "bucket",
    "role",
    "region",
    "service_name",
    "pipeline_version",
    "model_class",
    "current_date",
    "framework_version",
    "py_version",
    "source_dir",
    "enable_caching",
    "use_secure_pypi",
    "max_runtime_seconds",
    "image_uri",
    "subnets",
    "security_group_ids",
    "enable_network_isolation",
    "project_root_folder",
    "step_name_override",
    "output_path_token",
]
PROCESSING = [
    "processing_instance_count",
    "processing_volume_size",
    "processing_instance_type_large",
    "processing_instance_type_small",
    "use_large_processing_instance",
    "skip_volume_kms",
    "processing_source_dir",
    "processing_entry_point",
    "processing_script_arguments",
    "processing_framework_version",
]
CRADLE = [
    "job_type",
    "data_sources_spec",
    "transform_spec",
    "output_spec",
    "cradle_job_spec",
    "s3_input_override",
]
VARIABLES = "source_model_inference_{}_variable_list"
TYPES = "source_model_inference_{}_types"
REGISTRATION = [
    *["model_owner", "framework", "inference_entry_point", "inference_instance_type"],
    *(VARIABLES.format(way) for way in ("input", "output")),
    *(TYPES.format(what) for what in ("content", "response")),
]
PAYLOAD = [
    *[
        "expected_tps",
        "max_latency_in_millisecond",
        "max_acceptable_error_rate",
        "default_numeric_value",
        "default_text_value",
    ],
    *[
        "field_defaults",
        "special_field_values",
        "custom_payload_path",
        "sample_payload_s3_key",
        "load_test_instance_type_list",
    ],
    *(TYPES.format(what) for what in ("content", "response")),
]
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def base(members: Mapping[str, Any], own: list[str]) -> Fields:
    """Check what every step has."""
    fields = Fields(members, [*BASE, *own])
    for name in ("author", "bucket", "role", "service_name", "pipeline_version"):
        fields.text(name, blank=False)
    fields.choice("region", REGIONS)
    names = [
        fields.text(name, blank=False) for name in ("author", "service_name", "pipeline_version")
    ]
    for part in (*names, fields.text("model_class", "xgboost", blank=False)):
        if part != part.strip() or not part.isprintable():
            raise SpecError(f"no part of a path: {part!r:.40}")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", fields.text("bucket")):
        raise SpecError("bucket")
    fields.optional_text("image_uri", blank=False)
    return fields


def location(fields: Fields) -> str:
    region, model = fields.choice("region", REGIONS), fields.text("model_class", "xgboost")
    name = f"{fields.text('author')}-{fields.text('service_name')}-{model}-{region}"
    return f"s3://{fields.text('bucket')}/MODS/{name}_{fields.text('pipeline_version')}"


def cradle(members: Mapping[str, Any], prefix: str | None = None) -> dict[str, Any]:
    """Give the STEP_CONFIG of a Cradle config."""
    fields = base(members, CRADLE)
    job_type = fields.text("job_type")
    if not re.fullmatch(r"[a-z0-9_]+", job_type):
        raise SpecError("job_type")
    place = f"{(prefix or location(fields)).rstrip('/')}/data-load/{job_type}"
    return {
        "dataSources": _sources(fields.members.get("data_sources_spec")),
        "transformSpecification": _transform(fields.members.get("transform_spec")),
        "outputSpecification": _output(fields.members.get("output_spec"), place),
        "cradleJobSpecification": _job(fields.members.get("cradle_job_spec")),
    }


def _sources(members: Any) -> dict[str, Any]:
    fields = Fields(members, ["start_date", "end_date", "data_sources"])
    start, end = (fields.text(name) for name in ("start_date", "end_date"))
    for moment in (start, end):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", moment, re.ASCII):
            raise SpecError(moment)
        try:
            datetime.fromisoformat(moment)
        except ValueError as exc:
            raise SpecError(moment) from exc
    sources = [_source(source) for source in fields.items("data_sources")]
    names = {source["dataSourceName"].casefold() for source in sources}
    if start >= end or not sources or len(names) < len(sources):
        raise SpecError("data sources")
    return {"dataSources": sources, "startDate": start, "endDate": end}


def _source(members: Any) -> dict[str, Any]:
    blocks = {"MDS": _mds, "EDX": _edx, "ANDES": _andes}
    names = {kind: f"{kind.lower()}_data_source_properties" for kind in blocks}
    fields = Fields(members, ["data_source_name", "data_source_type", *names.values()])
    name = fields.text("data_source_name", blank=False)
    kind = fields.choice("data_source_type", blocks)
    if [k for k in blocks if fields.given(names[k])] != [kind]:
        raise SpecError(f"source {name}")
    content = blocks[kind](fields.members[names[kind]])
    return {
        "dataSourceName": name,
        "dataSourceType": kind,
        f"{kind.lower()}DataSourceProperties": content,
    }


def _mds(members: Any) -> dict[str, Any]:
    names = ["service_name", "region", "output_schema", "org_id", "use_hourly_edx_data_set"]
    fields = Fields(members, names)
    return {
        "serviceName": fields.text("service_name", blank=False),
        "orgId": str(fields.whole("org_id", 0, low=-(10**400))),
        "region": fields.choice("region", REGIONS),
        "useHourlyEdxDataSet": fields.flag("use_hourly_edx_data_set", default=False),
        "outputSchema": _schema(fields.items("output_schema")),
    }


def _edx(members: Any) -> dict[str, Any]:
    parts = ["edx_provider", "edx_subject", "edx_dataset", "edx_manifest_key"]
    fields = Fields(members, ["edx_arn", *parts, "schema_overrides"])
    arn, given = (
        fields.optional_text("edx_arn"),
        [fields.optional_text(part, blank=False) for part in parts],
    )
    if arn is None:
        if not all(given) or not re.fullmatch(r"\[.*\]", str(given[3]), re.DOTALL):
            raise SpecError("EDX")
        arn = "arn:amazon:edx:iad::manifest/{}/{}/{}/{}".format(*given)
    elif any(given) or not re.match(r"arn:amazon:edx:.*\S", arn, re.DOTALL):
        raise SpecError("EDX")
    content: dict[str, Any] = {"edxArn": arn}
    if fields.given("schema_overrides"):
        content["schemaOverrides"] = _schema(fields.items("schema_overrides"))
    return content


def _andes(members: Any) -> dict[str, Any]:
    fields = Fields(members, ["provider", "table_name", "andes3_enabled"])
    provider = fields.text("provider")
    if provider != "booker" and not UUID.fullmatch(provider):
        raise SpecError("provider")
    return {
        "provider": provider,
        "tableName": fields.text("table_name", blank=False),
        "andes3Enabled": fields.flag("andes3_enabled", default=True),
    }


def _schema(members: list[Any]) -> list[dict[str, str]]:
    found = [Fields(member, ["field_name", "field_type"]) for member in members]
    names = {"fieldName": "field_name", "fieldType": "field_type"}
    return [{key: f.text(name, blank=False) for key, name in names.items()} for f in found]


def _transform(members: Any) -> dict[str, Any]:
    fields = Fields(members, ["transform_sql", "job_split_options"])
    options = Fields(
        fields.members.get("job_split_options", {}), ["split_job", "days_per_split", "merge_sql"]
    )
    split, merge = options.flag("split_job", default=False), options.optional_text("merge_sql")
    if split and not merge:
        raise SpecError("split_job without merge_sql")
    days = options.whole("days_per_split", 7, low=1)
    return {
        "transformSQL": fields.text("transform_sql", blank=False),
        "jobSplitOptions": {"splitJob": split, "daysPerSplit": days, "mergeSql": merge or ""},
    }


def _output(members: Any, place: str) -> dict[str, Any]:
    names = ["output_schema", "job_type", "pipeline_s3_loc", "output_format", "output_save_mode",
             "output_file_count", "keep_dot_in_output_schema", "include_header_in_s3_output"]  # fmt: skip
    fields = Fields(members, names)
    schema = fields.items("output_schema")
    if not schema or not all(isinstance(name, str) and name.strip() for name in schema):
        raise SpecError("output_schema")
    formats = ["CSV", "UNESCAPED_TSV", "JSON", "ION", "PARQUET"]
    modes = ["ERRORIFEXISTS", "OVERWRITE", "APPEND", "IGNORE"]
    return {
        "outputSchema": schema,
        "outputPath": place,
        "outputFormat": fields.choice("output_format", formats, "PARQUET"),
        "outputSaveMode": fields.choice("output_save_mode", modes, "ERRORIFEXISTS"),
        "outputFileCount": fields.whole("output_file_count", 0, low=0),
        "keepDotInOutputSchema": fields.flag("keep_dot_in_output_schema", default=False),
        "includeHeaderInS3Output": fields.flag("include_header_in_s3_output", default=True),
    }


def _job(members: Any) -> dict[str, Any]:
    names = ["cradle_account", "cluster_type", "extra_spark_job_arguments", "job_retry_count"]
    fields = Fields(members, names)
    clusters = ["STANDARD", "SMALL", "MEDIUM", "LARGE"]
    return {
        "clusterType": fields.choice("cluster_type", clusters, "STANDARD"),
        "cradleAccount": fields.text("cradle_account", blank=False),
        "extraSparkJobArguments": fields.optional_text("extra_spark_job_arguments") or "",
        "jobRetryCount": fields.whole("job_retry_count", 1, low=0),
    }


def registration(members: Mapping[str, Any]) -> dict[str, Any]:
    """Give the STEP_CONFIG of a registration config, without its load test."""
    aliases = {n: next((a for a in (n, n.replace("model_", "model_registration_")) if a in members), n)
               for n in ("model_domain", "model_objective")}  # fmt: skip
    fields = base(members, [*REGISTRATION, *aliases.values()])
    region, entry_point = (
        fields.choice("region", REGIONS),
        fields.text("inference_entry_point", blank=False),
    )
    return {
        "source_model_inference_image_arn": _image(fields),
        "model_domain": fields.text(aliases["model_domain"], blank=False),
        "model_objective": fields.text(aliases["model_objective"], blank=False),
        TYPES.format("content"): _content_types(fields, "content", "text/csv"),
        TYPES.format("response"): _content_types(fields, "response", "application/json"),
        VARIABLES.format("input"): _variables(
            fields.members.get(VARIABLES.format("input"), {}), pairs=True
        ),
        VARIABLES.format("output"): _variables(
            fields.members.get(VARIABLES.format("output"), {"legacy-score": "NUMERIC"})
        ),
        "source_model_region": REGIONS[region],
        "model_owner": fields.text("model_owner", blank=False),
        "model_registration_region": region,
        "source_model_environment_variable_map": {
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            "SAGEMAKER_PROGRAM": entry_point,
            "SAGEMAKER_REGION": REGIONS[region],
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }


def load_test(members: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a payload config says of the load test."""
    fields = base(members, [*PROCESSING, *PAYLOAD])
    instances = fields.items("load_test_instance_type_list", ["ml.m5.4xlarge"])
    if not instances or not all(isinstance(i, str) and i.startswith("ml.") for i in instances):
        raise SpecError("load_test_instance_type_list")
    key = fields.optional_text("sample_payload_s3_key", blank=False)
    return {
        "sample_payload_s3_bucket": fields.text("bucket"),
        **({} if key is None else {"sample_payload_s3_key": key}),
        "expected_tps": fields.whole("expected_tps", low=1),
        "max_latency_in_millisecond": fields.whole(
            "max_latency_in_millisecond", low=100, high=10000
        ),
        "max_acceptable_error_rate": fields.decimal(
            "max_acceptable_error_rate", 0.2, low=0, high=1
        ),
        "instance_type_list": instances,
    }


def _content_types(fields: Fields, what: str, default: str) -> list[str]:
    found = fields.items(TYPES.format(what), [default])
    types = [value.lower() if isinstance(value, str) else value for value in found]
    if types not in (["text/csv"], ["application/json"]):
        raise SpecError(what)
    return types


def _variables(value: Any, *, pairs: bool = False) -> Any:
    if pairs and isinstance(value, list):
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
            raise SpecError("variables")
        return [[_name(name), _kind(kind)] for name, kind in value]
    if not isinstance(value, Mapping):
        raise SpecError("variables")
    return {_name(name): _kind(kind) for name, kind in value.items()}


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SpecError("variable name")
    return value


def _kind(value: Any) -> str:
    kind = value.upper() if isinstance(value, str) else ""
    if kind not in {"NUMERIC", "TEXT"}:
        raise SpecError("variable type")
    return kind


def _image(fields: Fields) -> str:
    framework = fields.choice("framework", ["xgboost", "sklearn", "pytorch", "tensorflow"])
    instance = fields.text("inference_instance_type", "ml.m5.large")
    if not instance.startswith("ml."):
        raise SpecError("inference_instance_type")
    version, python = fields.text("framework_version", "2.1.0"), fields.text("py_version", "py310")
    region = REGIONS[fields.choice("region", REGIONS)]
    own = fields.optional_text("image_uri")
    python = python if framework == "pytorch" else None
    return own if own is not None else image(framework, region, version, python, instance)


@lru_cache
def image(framework: str, region: str, version: str, python: str | None, instance: str) -> str:
    """Ask the SageMaker SDK itself for an inference image."""
    from sagemaker import image_uris

    logging.getLogger("sagemaker").setLevel(logging.ERROR)
    try:
        uri: str = image_uris.retrieve(
            framework, region, version=version, py_version=python,
            instance_type=instance, image_scope="inference",
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as exc:
        raise SpecError(f"no image: {exc}") from exc
    return uri
