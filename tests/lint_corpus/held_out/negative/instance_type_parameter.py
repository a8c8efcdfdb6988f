from sagemaker.workflow.parameters import ParameterString

instance_type = ParameterString(name="InstanceType", default_value="ml.m5.xlarge")


def family(kind):
    if instance_type == "ml.m5.xlarge":
        return "m5"
    return f"{kind}-family"
