from pathlib import Path


def destination(config):
    return str(Path(config.pipeline_s3_loc) / "dummy_training")  # expect: CUR0904 by hand
