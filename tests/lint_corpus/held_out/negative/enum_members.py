from enum import Enum


class JobType(Enum):
    TRAINING = "training"
    CALIBRATION = "calibration"

    @property
    def folder(self):
        return f"{self.value}/{self.name.lower()}"
