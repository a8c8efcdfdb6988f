from mods_workflow_core.utils.constants import KMS_ENCRYPTION_KEY_PARAM as KMS_KEY


def key_arn(account):
    return f"arn:aws:kms:us-east-1:{account}:key/{KMS_KEY}"  # expect: CUR0901


def evaluate(parameter, step):
    return key_arn("123456789012")
