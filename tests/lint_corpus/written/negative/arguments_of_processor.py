from sagemaker.sklearn.processing import SKLearnProcessor


def processor(config, role, session):
    return SKLearnProcessor(
        framework_version=config.framework_version,
        role=role,
        instance_type="ml.m5." + config.size,
        base_job_name=f"{config.pipeline_name}-prep",
        sagemaker_session=session,
        output_kms_key=config.kms_key,
    )
