from sagemaker.workflow.functions import Join


class Builder:
    def _get_step_type_name(self):
        return "TabularPreprocessing".lower()

    def destination(self, name):
        base_output_path = self._get_base_output_path()
        step_type = self._get_step_type_name()
        return Join(on="/", values=[base_output_path, step_type, f"{self.config.job_type}_{name}"])
