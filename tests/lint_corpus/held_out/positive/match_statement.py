def folder(execution_prefix, kind):
    match kind:
        case "train":
            return f"{execution_prefix}/train"  # expect: CUR0901
        case "test" | "val":
            return execution_prefix + "/holdout/" + kind  # expect: CUR0901
        case _:
            return execution_prefix


def evaluate(parameter, step):
    prefix = parameter("PREFIX", "s3://bucket/run")
    return [folder(prefix, kind) for kind in ("train", "val")]
