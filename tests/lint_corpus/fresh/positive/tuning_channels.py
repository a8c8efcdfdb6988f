from sagemaker.inputs import TrainingInput
from sagemaker.workflow.parameters import ParameterString


class TuningPipeline:
    def __init__(self, env):
        self.env = env
        self.params = self._create_params()

    def _create_params(self):
        return {"data": ParameterString(name="Data", default_value="s3://d"), "out": ParameterString("Out", "s3://o")}

    def channels(self):
        return {c: f"{self.params['data']}/{c}/{self.env}" for c in ("train", "val")}  # expect: CUR0901


def evaluate(parameter, step):
    return TuningPipeline("beta").channels()
