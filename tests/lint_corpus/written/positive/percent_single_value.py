def model_location(execution_prefix):
    return "%s/xgboost_training/100%%" % execution_prefix  # expect: CUR0901


def evaluate(parameter, step):
    return model_location(parameter("PREFIX", "s3://bucket/run"))
