from sagemaker.workflow.parameters import ParameterString


class Locations:
    prefix = ParameterString(name="Prefix", default_value="s3://bucket/run")

    @classmethod
    def of(cls, name):
        return f"{cls.prefix}/{name}/{name}.csv"  # expect: CUR0901

    @staticmethod
    def default():
        return Locations.prefix + "/default"  # expect: CUR0901


def evaluate(parameter, step):
    return [Locations.of("a"), Locations.default()]
