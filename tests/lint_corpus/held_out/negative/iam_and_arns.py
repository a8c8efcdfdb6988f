def role(account, name, config):
    return f"arn:aws:iam::{account}:role/{name}-{config.region}", "arn:aws:s3:::" + config.bucket
