from pydantic import BaseModel


class StepConfig(BaseModel):
    pipeline_s3_loc: str
    name: str

    @property
    def code_location(self):
        return f"{self.pipeline_s3_loc}/code/{self.name}"
