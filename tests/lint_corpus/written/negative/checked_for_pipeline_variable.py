from sagemaker.workflow import is_pipeline_variable
from sagemaker.workflow.functions import Join


def output(execution_prefix):
    if is_pipeline_variable(execution_prefix):
        return Join(on="/", values=[execution_prefix, "out"])
    return execution_prefix.rstrip("/") + "/out"
