import sagemaker


def upload_root():
    session = sagemaker.Session()
    bucket = session.default_bucket()
    return "s3://{}/{}".format(bucket, "uploads")
