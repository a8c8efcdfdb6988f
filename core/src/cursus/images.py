"""Container image URIs from the SageMaker SDK's own JSON tables, read without importing the SDK.

The rules are those of `sagemaker.image_uris.retrieve` for the frameworks below; a test compares the two.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import importlib_metadata

from cursus.errors import ImageUriError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FRAMEWORKS = ("pytorch", "sklearn", "tensorflow", "xgboost")
TABLES = (
    ("sagemaker", "sagemaker/image_uri_config"),  # SDK 2
    ("sagemaker-core", "sagemaker/core/image_uri_config"),  # SDK 3
)
GRAVITON = frozenset({"m6g", "m6gd", "c6g", "c6gd", "c6gn", "c7g", "r6g", "r6gd"})
GRAVITON_TAGS = {"xgboost": "arm64", "sklearn": "arm64-cpu-py3"}
P2_ENDS = {"pytorch": (1, 13), "tensorflow": (2, 12)}
P4D_TAGS = {
    "pytorch:1.6-gpu-py3": "cu110-ubuntu18.04-v3",
    "pytorch:1.6-gpu-py36": "cu110-ubuntu18.04-v3",
    "pytorch:1.6.0-gpu-py3": "cu110-ubuntu18.04",
    "pytorch:1.6.0-gpu-py36": "cu110-ubuntu18.04",
    "tensorflow:1.15-gpu-py37": "cu110-ubuntu18.04-v8",
    "tensorflow:1.15.4-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow:1.15.5-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow:2.3-gpu-py37": "cu110-ubuntu18.04-v3",
    "tensorflow:2.3.1-gpu-py37": "cu110-ubuntu18.04",
    "tensorflow:2.3.2-gpu-py37": "cu110-ubuntu18.04",
}
DOMAINS = {
    "cn": "amazonaws.com.cn",
    "us-iso": "c2s.ic.gov",
    "us-isob": "sc2s.sgov.gov",
    "us-isof": "csp.hci.ic.gov",
    "eu-isoe": "cloud.adc-e.uk",
    "eusc": "amazonaws.eu",
}
REMEDY = "set image_uri in the config to use an image of your own"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    framework: str
    version: str
    region: str
    py_version: str | None
    instance_type: str | None
    scope: str

    def __str__(self) -> str:
        values = (
            f"{self.framework} {self.version}",
            self.region,
            self.py_version,
            self.instance_type,
        )
        return f"{self.scope} image for {', '.join(value for value in values if value)}"


def image_uri(  # noqa: PLR0913 - the values that an image is looked up by
    framework: str,
    version: str,
    region: str,
    *,
    py_version: str | None = None,
    instance_type: str | None = None,
    scope: str = "inference",
) -> str:
    """Give the URI that the SDK gives for these values; ImageUriError where it has none.

    `scope` is training or inference; instances with Graviton processors get the images built for them.
    """
    wanted = _Wanted(
        framework=framework,
        version=version,
        region=region,
        py_version=py_version,
        instance_type=instance_type,
        scope=scope,
    )
    _check(wanted, "framework", framework, FRAMEWORKS)
    family = _family(instance_type)
    try:
        table = _table(framework)
    except LookupError as exc:
        raise ImageUriError(
            f"no {wanted}: the SageMaker SDK, whose tables have the image URIs, is not installed; "
            f"install it with: pip install 'cursus-core[sagemaker]', or {REMEDY}"
        ) from exc
    actual_scope = "inference_graviton" if family in GRAVITON else scope
    _check(wanted, "scope", actual_scope, table)
    images = table[actual_scope]
    aliases = images.get("version_aliases", {})
    _check(wanted, "version", version, (*images["versions"], *aliases))
    image = images["versions"][aliases.get(version, version)]
    py_version, image = _python(wanted, image)
    _check(wanted, "region", region, image["registries"])
    processor = _processor(wanted, family, images.get("processors") or image.get("processors"))
    tag = _tag(wanted, image, (processor, py_version))
    return f"{image['registries'][region]}.dkr.ecr.{region}.{_domain(region)}/{image['repository']}:{tag}"


def _check(wanted: _Wanted, name: str, value: str, available: Iterable[str]) -> None:
    options = list(available)
    if value not in options:
        listed = ", ".join(options) or "none"
        raise ImageUriError(
            f"no {wanted}: {name} {value} is not among {listed}; choose one of them, or {REMEDY}"
        )


@cache
def _table(framework: str) -> dict[str, Any]:
    """Read the SDK's table of a framework; LookupError, which is not kept, where no SDK is installed."""
    for distribution, folder in TABLES:
        try:
            found = importlib_metadata.distribution(distribution)
        except importlib_metadata.PackageNotFoundError:
            continue
        path = found.locate_file(f"{folder}/{framework}.json")
        try:
            table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            continue
        return table
    raise LookupError(framework)


def _family(instance_type: str | None) -> str:
    match = re.fullmatch(r"ml[._]([a-z\d-]+)\.?\w*", instance_type or "")
    return match[1] if match else ""


def _python(wanted: _Wanted, image: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """Choose the Python version: none where the images have none in their tags, the only one where there is one."""
    by_version = "repository" not in image
    available = list(image) if by_version else image.get("py_versions")
    if not available:
        return None, image
    if wanted.py_version is None and len(available) > 1:
        raise ImageUriError(
            f"no {wanted}: py_version is not given; choose one of {', '.join(available)}, or {REMEDY}"
        )
    py_version = wanted.py_version or available[0]
    _check(wanted, "py_version", py_version, available)
    return py_version, image[py_version] if by_version else image


def _processor(wanted: _Wanted, family: str, available: list[str] | None) -> str | None:
    if not available:
        return None
    if len(available) == 1 and not wanted.instance_type:
        return available[0]
    if not family:
        raise ImageUriError(
            f"no {wanted}: instance type {wanted.instance_type} is not of the form ml.<family>.<size>, "
            f"so {' or '.join(available)} cannot be chosen; mend it, or {REMEDY}"
        )
    last = P2_ENDS.get(wanted.framework)
    if family == "p2" and last is not None and _numbers(wanted.version) >= last:
        raise ImageUriError(
            f"no {wanted}: p2 instances ended with {wanted.framework} {last[0]}.{last[1]}; "
            "choose a newer GPU family such as g5"
        )
    processor = _processor_of(family, available)
    _check(wanted, "processor", processor, available)
    return processor


def _processor_of(family: str, available: list[str]) -> str:
    if family in available:
        return family
    special = next((name for name in ("inf", "trn") if family.startswith(name)), None)
    return special or ("gpu" if family[0] in "gp" else "cpu")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _tag(wanted: _Wanted, image: Mapping[str, Any], parts: tuple[str | None, str | None]) -> str:
    processor, _ = parts
    family = _family(wanted.instance_type)
    if family in GRAVITON and wanted.framework in GRAVITON_TAGS:
        return f"{wanted.version}-{GRAVITON_TAGS[wanted.framework]}"
    container = image.get("container_version", {}).get(processor)
    system = "sagemaker" if family in GRAVITON else None
    prefix = image.get("tag_prefix", wanted.version)
    tag = "-".join(part for part in (prefix, *parts, container, system) if part)
    build = P4D_TAGS.get(f"{wanted.framework}:{tag}") if family == "p4d" else None
    return f"{tag}-{build}" if build else tag


def _domain(region: str) -> str:
    first, second = region.split("-")[:2]
    return DOMAINS.get(f"{first}-{second}") or DOMAINS.get(first, "amazonaws.com")
