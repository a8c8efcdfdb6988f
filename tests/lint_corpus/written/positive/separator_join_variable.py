def location(execution_prefix, job_type):
    parts = [execution_prefix, "risk_table_mapping"]
    parts.append(job_type)
    return "/".join(parts)  # expect: CUR0901


def evaluate(parameter, step):
    return location(parameter("PREFIX", "s3://bucket/run"), "training")
