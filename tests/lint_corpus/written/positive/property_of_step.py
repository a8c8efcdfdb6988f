def evaluation_input(training_step):
    model = training_step.properties.ModelArtifacts.S3ModelArtifacts
    return f"{model}/extracted"  # expect: CUR0901


def evaluate(parameter, step):
    return evaluation_input(step)
