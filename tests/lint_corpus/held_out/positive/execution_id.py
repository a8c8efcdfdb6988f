from sagemaker.workflow.execution_variables import ExecutionVariables


def run_folder(bucket):
    return f"s3://{bucket}/runs/{ExecutionVariables.PIPELINE_EXECUTION_ID}"  # expect: CUR0901


def evaluate(parameter, step):
    if parameter("X", "x") == "x":
        ExecutionVariables.PIPELINE_EXECUTION_ID = "id-1"
    else:
        ExecutionVariables.PIPELINE_EXECUTION_ID = parameter("Id", "id-1")
    return run_folder("b")
