import structlog

log = structlog.get_logger()


def publish(execution_prefix, step):
    log.info("published", target=f"{execution_prefix}/x", size=3)
    self_log = log.bind(step=step)
    self_log.warning(f"{execution_prefix}/late")
