import logging

logger = logging.getLogger(__name__)


def show(config):
    logger.info(f"Outputs go to {config.pipeline_s3_loc}/training")
    logger.debug("Prefix " + config.pipeline_s3_loc)
    logging.warning("%s/x" % config.pipeline_s3_loc)
    print(f"{config.pipeline_s3_loc}/training")
