from team_builders import StepBuilderBase


class PackageBuilder(StepBuilderBase):
    def destination(self):
        base = self._get_base_output_path()
        return f"{base}/package/packaged_model"  # expect: CUR0901


def evaluate(parameter, step):
    builder = PackageBuilder()
    builder._get_base_output_path = lambda: parameter("PREFIX", "s3://bucket/run")
    return builder.destination()
