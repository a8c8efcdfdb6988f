def job_name(config, pipeline_name):
    step_name = f"{pipeline_name}-{config.job_type}-{config.version}"
    return step_name + "-processing"
