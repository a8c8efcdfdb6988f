from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.functions import JsonGet


def condition(step, report):
    value = JsonGet(step_name=step.name, property_file=report, json_path="metrics.auc.value")
    return ConditionLessThanOrEqualTo(left=value, right=0.5 + 0.1)
