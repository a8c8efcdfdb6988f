from sagemaker.workflow.functions import Join


def at(execution_prefix, name):
    if type(execution_prefix) is str:
        return execution_prefix + "/" + name
    return Join(on="/", values=[execution_prefix, name])
