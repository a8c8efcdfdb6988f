"""Config files: read to typed configs, written back, matched to DAG nodes."""

from cursus.config.step_config import BasePipelineConfig, ProcessingStepConfigBase

__all__ = ["BasePipelineConfig", "ProcessingStepConfigBase"]
