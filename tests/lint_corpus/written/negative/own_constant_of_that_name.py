PIPELINE_EXECUTION_TEMP_DIR = "/tmp/pipeline"


def scratch(name):
    return f"{PIPELINE_EXECUTION_TEMP_DIR}/{name}"
