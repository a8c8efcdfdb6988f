import os

s3_prefix = os.environ["S3_PREFIX"]
keys = [f"{s3_prefix}/part-{i}.csv" for i in range(3)]
