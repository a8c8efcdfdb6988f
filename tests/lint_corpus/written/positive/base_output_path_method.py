import logging

logger = logging.getLogger(__name__)


class StepBuilder:
    def __init__(self, config, execution_prefix=None):
        self.config = config
        self.execution_prefix = execution_prefix

    def _get_base_output_path(self):
        if self.execution_prefix is not None:
            logger.info("Using execution_prefix: %s", self.execution_prefix)
            return self.execution_prefix
        return self.config.pipeline_s3_loc

    def _get_outputs(self, names):
        base_output_path = self._get_base_output_path()
        outputs = {}
        for name in names:
            outputs[name] = f"{base_output_path}/model_calibration/{name}"  # expect: CUR0901
        return outputs


def evaluate(parameter, step):
    return StepBuilder(None, parameter("PREFIX", "s3://bucket/run"))._get_outputs(["metrics", "plots"])
