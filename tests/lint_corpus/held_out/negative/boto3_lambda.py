import boto3


def handler(event, context):
    bucket = event["Records"][0]["s3"]["bucket"]["name"]
    key = event["Records"][0]["s3"]["object"]["key"]
    target = f"s3://{bucket}/{key}"
    boto3.client("s3").copy_object(Bucket=bucket, Key=f"copies/{key}", CopySource=bucket + "/" + key)
    return target
