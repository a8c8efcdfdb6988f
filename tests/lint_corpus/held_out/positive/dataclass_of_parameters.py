from dataclasses import dataclass

from sagemaker.workflow.parameters import ParameterString


@dataclass
class PipelineParams:
    output_bucket: ParameterString
    stage: str


def report_uri(params: PipelineParams) -> str:
    return f"s3://{params.output_bucket}/{params.stage}/report.html"  # expect: CUR0901


def evaluate(parameter, step):
    return report_uri(PipelineParams(parameter("OutputBucket", "reports"), "prod"))
