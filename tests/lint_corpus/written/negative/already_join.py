from sagemaker.workflow.functions import Join


class Builder:
    def __init__(self, config):
        self.config = config

    def destination(self, job_type):
        base = self._get_base_output_path()
        return Join(on="/", values=[base, "tabular_preprocessing", f"{job_type}_data"])
