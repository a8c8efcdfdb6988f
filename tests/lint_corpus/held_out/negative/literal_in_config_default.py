class Settings:
    pipeline_s3_loc = "s3://fixed/run"


def fixed(name):
    return f"s3://fixed/run/{name}", "s3://fixed/" + name
