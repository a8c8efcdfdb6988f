from sagemaker.workflow.functions import JsonGet


def scored(transform_step):
    return transform_step.properties.TransformOutput.S3OutputPath + "/scores.csv.out"  # expect: CUR0901


def evaluate(parameter, step):
    return scored(step)
