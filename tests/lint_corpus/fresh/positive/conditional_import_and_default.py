try:
    from mods_workflow_core.utils.constants import PIPELINE_EXECUTION_TEMP_DIR
except ImportError:
    from sagemaker.workflow.parameters import ParameterString

    PIPELINE_EXECUTION_TEMP_DIR = ParameterString(name="EXECUTION_S3_PREFIX")


def report(name="report"):
    return f"{PIPELINE_EXECUTION_TEMP_DIR}/reports/{name}"  # expect: CUR0901


def evaluate(parameter, step):
    return report()
