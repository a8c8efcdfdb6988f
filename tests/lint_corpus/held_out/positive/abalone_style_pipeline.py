import sagemaker
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.workflow.parameters import ParameterInteger, ParameterString


def get_pipeline(role=None):
    processing_instance_count = ParameterInteger(name="ProcessingInstanceCount", default_value=1)
    model_bucket = ParameterString(name="ModelBucket", default_value="team-models")
    train_output = ProcessingOutput(
        output_name="train",
        source="/opt/ml/processing/train",
        destination="s3://{}/abalone/{}/train".format(model_bucket, "v2"),  # expect: CUR0901
    )
    return train_output.destination


def evaluate(parameter, step):
    return get_pipeline()
