from sagemaker.processing import ProcessingInput, ProcessingOutput


def ports(step, execution_prefix):
    source = step.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    return (
        ProcessingInput(source=source, destination="/opt/ml/processing/input/train"),
        ProcessingOutput(source="/opt/ml/processing/output", destination=execution_prefix),
    )
