from sagemaker.workflow.functions import Join


def destination(execution_prefix, name):
    if isinstance(execution_prefix, str):
        return f"{execution_prefix}/{name}"
    return Join(on="/", values=[execution_prefix, name])
