def sources(pipeline_steps):
    first = pipeline_steps["prep"]
    outs = first.properties.ProcessingOutputConfig.Outputs
    return {k: "{}/{}.csv".format(outs[k].S3Output.S3Uri, k) for k in ("train", "val")}  # expect: CUR0901


def evaluate(parameter, step):
    return sources({"prep": step})
