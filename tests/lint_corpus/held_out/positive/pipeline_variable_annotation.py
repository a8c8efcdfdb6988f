from sagemaker.workflow.entities import PipelineVariable


class Sink:
    def __init__(self, location: "str | PipelineVariable"):
        self._location = location

    def file(self, name):
        return "%s/%s.parquet" % (self._location, name)  # expect: CUR0901


def evaluate(parameter, step):
    return Sink(parameter("Location", "s3://sink/all")).file("scores")
