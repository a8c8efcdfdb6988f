def console(region, execution_prefix):
    return f"https://console.aws.amazon.com/s3/{region}?prefix={execution_prefix}"
