from sagemaker.workflow.parameters import ParameterString

stage = ParameterString(name="Stage", default_value="beta")
SMOKE = f"s3://smoke-{stage.default_value}/out"
LABEL = "/".join([stage.name, "label"])
