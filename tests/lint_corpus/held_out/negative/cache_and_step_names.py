from sagemaker.workflow.steps import CacheConfig, ProcessingStep


def step(config, processor, index):
    return ProcessingStep(
        name=f"{config.job_type.capitalize()}-Step-{index}",
        processor=processor,
        cache_config=CacheConfig(enable_caching=True, expire_after=f"P{config.days}D"),
        depends_on=[f"Step-{i}" for i in range(index)],
    )
