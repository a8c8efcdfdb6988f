from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterString

bucket = ParameterString(name="Bucket")
uri = Join(on="", values=["s3://", bucket, "/data/", "2024" + "-05"])
