def request(execution_prefix, key):
    return {
        "ProcessingOutputConfig": {
            "Outputs": [
                {"OutputName": "a", "S3Output": {"S3Uri": f"{execution_prefix}/a", "LocalPath": "/opt/ml/a"}},  # expect: CUR0901
                {
                    "OutputName": "b",
                    "S3Output": {
                        "S3Uri": "{0}/{1}".format(execution_prefix, "b"),  # expect: CUR0901
                        "LocalPath": "/opt/ml/b",
                    },
                },
            ],
            "KmsKeyId": key,
        }
    }


def evaluate(parameter, step):
    return request(parameter("PREFIX", "s3://bucket/run"), "k")
