"""Config files: read to typed configs, written back, matched to DAG nodes."""

from cursus.config.config_file import ConfigEntry, ConfigFile
from cursus.config.keys import config_key
from cursus.config.nodes import match_nodes
from cursus.config.reading import read_config_file, read_config_text
from cursus.config.step_config import BasePipelineConfig, ProcessingStepConfigBase
from cursus.config.written_file import write_config_file

__all__ = [
    "BasePipelineConfig",
    "ConfigEntry",
    "ConfigFile",
    "ProcessingStepConfigBase",
    "config_key",
    "match_nodes",
    "read_config_file",
    "read_config_text",
    "write_config_file",
]
