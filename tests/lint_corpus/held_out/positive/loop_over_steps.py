def sources(steps):
    result = []
    for s in steps:
        result.append(s.properties.ModelArtifacts.S3ModelArtifacts + ".metadata")  # expect: CUR0901
    return result


def evaluate(parameter, step):
    return sources([step, step])
