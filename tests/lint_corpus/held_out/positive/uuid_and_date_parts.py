import datetime
import uuid


def folder(execution_prefix):
    run = uuid.UUID(int=5)
    day = datetime.date(2024, 5, 6)
    return f"{execution_prefix}/{day:%Y/%m/%d}/{run.hex[:8]}"  # expect: CUR0901


def evaluate(parameter, step):
    return folder(parameter("PREFIX", "s3://bucket/run"))
