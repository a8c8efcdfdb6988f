from sagemaker.workflow.functions import Join


def at(execution_prefix):
    match execution_prefix:
        case str():
            return f"{execution_prefix}/data"
        case _:
            return Join(on="/", values=[execution_prefix, "data"])
