def source(step, name="train"):
    uri = step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri
    return uri + "/part-0.csv"  # expect: CUR0901


def evaluate(parameter, step):
    return source(step)
