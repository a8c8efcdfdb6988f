BUCKET = "company-datasets"
VERSION = 3
DATASET = f"s3://{BUCKET}/flights/v{VERSION}"
SAMPLE = DATASET + "/sample.csv"
