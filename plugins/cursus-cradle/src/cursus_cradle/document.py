"""The Cradle step's part of the execution document: the platform's own request, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cursus.paths import OutputPath

from cursus_cradle.platform_request import check_request, is_installed

if TYPE_CHECKING:
    from cursus.kernel.plan import Plan, PlannedStep

    from cursus_cradle.cradle_config import (
        CradleDataLoadingConfig,
        CradleJobSpecificationConfig,
        OutputSpecificationConfig,
        TransformSpecificationConfig,
    )
    from cursus_cradle.data_sources import (
        AndesDataSourceConfig,
        DataSourceConfig,
        DataSourcesSpecificationConfig,
        EdxDataSourceConfig,
        MdsDataSourceConfig,
        Schema,
    )


def extract(step: PlannedStep, plan: Plan) -> dict[str, Any]:
    """Give the STEP_CONFIG of a Cradle step, in the platform's key order.

    It is the same with and without the platform's packages; where they are installed, theirs is compared with it.
    """
    config = cast("CradleDataLoadingConfig", step.config)
    content = {
        "dataSources": data_sources(config.data_sources_spec),
        "transformSpecification": transform(config.transform_spec),
        "outputSpecification": output(config.output_spec, _output_path(config, plan)),
        "cradleJobSpecification": job(config.cradle_job_spec),
    }
    if is_installed():
        check_request(content)
    return content


def data_sources(spec: DataSourcesSpecificationConfig) -> dict[str, Any]:
    """Give the sources and the span of time."""
    return {
        "dataSources": [_data_source(source) for source in spec.data_sources],
        "startDate": spec.start_date,
        "endDate": spec.end_date,
    }


def _data_source(source: DataSourceConfig) -> dict[str, Any]:
    content: dict[str, Any] = {
        "dataSourceName": source.data_source_name,
        "dataSourceType": source.data_source_type,
    }
    if source.mds_data_source_properties is not None:
        content["mdsDataSourceProperties"] = _mds(source.mds_data_source_properties)
    if source.edx_data_source_properties is not None:
        content["edxDataSourceProperties"] = _edx(source.edx_data_source_properties)
    if source.andes_data_source_properties is not None:
        content["andesDataSourceProperties"] = _andes(source.andes_data_source_properties)
    return content


def _mds(properties: MdsDataSourceConfig) -> dict[str, Any]:
    return {
        "serviceName": properties.service_name,
        "orgId": str(properties.org_id),
        "region": properties.region,
        "useHourlyEdxDataSet": properties.use_hourly_edx_data_set,
        "outputSchema": _schema(properties.output_schema),
    }


def _edx(properties: EdxDataSourceConfig) -> dict[str, Any]:
    content: dict[str, Any] = {"edxArn": properties.edx_manifest}
    if properties.schema_overrides is not None:
        content["schemaOverrides"] = _schema(properties.schema_overrides)
    return content


def _andes(properties: AndesDataSourceConfig) -> dict[str, Any]:
    return {
        "provider": properties.provider,
        "tableName": properties.table_name,
        "andes3Enabled": properties.andes3_enabled,
    }


def _schema(fields: Schema) -> list[dict[str, str]]:
    return [{"fieldName": field.field_name, "fieldType": field.field_type} for field in fields]


def transform(spec: TransformSpecificationConfig) -> dict[str, Any]:
    """Give the SQL and how the job is split."""
    options = spec.job_split_options
    return {
        "transformSQL": spec.transform_sql,
        "jobSplitOptions": {
            "splitJob": options.split_job,
            "daysPerSplit": options.days_per_split,
            "mergeSql": options.merge_sql or "",
        },
    }


def output(spec: OutputSpecificationConfig, path: str) -> dict[str, Any]:
    """Give what is written, and to which place."""
    return {
        "outputSchema": [*spec.output_schema],
        "outputPath": path,
        "outputFormat": spec.output_format,
        "outputSaveMode": spec.output_save_mode,
        "outputFileCount": spec.output_file_count,
        "keepDotInOutputSchema": spec.keep_dot_in_output_schema,
        "includeHeaderInS3Output": spec.include_header_in_s3_output,
    }


def job(spec: CradleJobSpecificationConfig) -> dict[str, Any]:
    """Give who runs the job, and on what."""
    return {
        "clusterType": spec.cluster_type,
        "cradleAccount": spec.cradle_account,
        "extraSparkJobArguments": spec.extra_spark_job_arguments or "",
        "jobRetryCount": spec.job_retry_count,
    }


def _output_path(config: CradleDataLoadingConfig, plan: Plan) -> str:
    """Give the place as text: a document holds values, so a prefix that is not known yet is an error."""
    base = OutputPath(base=plan.parameters.prefix or config.pipeline_s3_loc)
    return (base / "data-load" / config.job_type).uri()
