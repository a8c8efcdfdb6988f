import os


def location():
    prefix = os.environ["OUTPUT_PREFIX"]
    bucket = os.getenv("BUCKET", "team")
    return f"s3://{bucket}/{prefix}/out"
