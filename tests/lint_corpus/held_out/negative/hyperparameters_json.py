import json


def hyperparameters(config):
    return {"sagemaker_program": json.dumps("train.py"), "depth": json.dumps(config.depth), "id": str(config.seed)}
