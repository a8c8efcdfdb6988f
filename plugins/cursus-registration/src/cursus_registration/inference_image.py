"""The inference image of a registration config."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cursus_registration.registration import RegistrationConfig


def inference_image(config: RegistrationConfig) -> str:
    """Give the config's own image, else the one of its framework; ImageUriError where there is none.

    py_version is asked of PyTorch alone: the base default is a PyTorch value, and the other images have one Python.
    """
    if config.image_uri is not None:
        return config.image_uri
    from cursus.images import image_uri

    return image_uri(
        config.framework,
        config.framework_version,
        config.aws_region,
        py_version=config.py_version if config.framework == "pytorch" else None,
        instance_type=config.inference_instance_type,
    )
