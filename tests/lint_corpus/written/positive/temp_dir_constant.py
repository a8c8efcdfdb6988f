from mods_workflow_core.utils.constants import PIPELINE_EXECUTION_TEMP_DIR


def staging():
    return f"{PIPELINE_EXECUTION_TEMP_DIR}/staging/"  # expect: CUR0901


def evaluate(parameter, step):
    return staging()
