from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import product

import importlib_metadata
import pytest
from cursus import images
from cursus.errors import ImageUriError
from cursus.images import FRAMEWORKS, image_uri

REGIONS = ("us-east-1", "eu-west-1", "us-west-2")
INSTANCES = (
    *("ml.m5.large", "ml.g5.12xlarge", "ml.p2.xlarge", "ml.p4d.24xlarge"),
    *("ml.m6g.large", "ml.inf1.xlarge", "m5.large", None),
)
PYTHONS = (None, "py3", "py310")
Retrieve = Callable[..., str | None]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("xgboost", "1.7-1", "us-east-1"), "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        (("xgboost", "1.5-1", "eu-west-1"), "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.5-1"),
        (("xgboost", "1.2-1", "us-west-2"), "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.2-1"),
        (("sklearn", "1.2-1", "us-east-1"), "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"),
    ],
)  # fmt: skip
def test_known_images_are_found(arguments: tuple[str, str, str], expected: str) -> None:
    assert image_uri(*arguments, instance_type="ml.m5.large") == expected


@pytest.mark.parametrize(
    ("instance", "processor"), [("ml.m5.large", "cpu"), ("ml.g5.xlarge", "gpu")]
)
def test_the_instance_type_chooses_the_processor(instance: str, processor: str) -> None:
    uri = image_uri("pytorch", "2.1.0", "us-east-1", py_version="py310", instance_type=instance)
    assert uri.endswith(f"/pytorch-inference:2.1.0-{processor}-py310")


@pytest.fixture
def retrieve(monkeypatch: pytest.MonkeyPatch) -> Retrieve:
    """Give the SDK's own lookup, without its reading of the endpoint table on each call (40 ms)."""
    import sagemaker.utils
    from sagemaker import image_uris

    logging.getLogger("sagemaker").setLevel(logging.ERROR)
    monkeypatch.setattr(
        sagemaker.utils, "_botocore_resolver", cache(sagemaker.utils._botocore_resolver)
    )

    def ask(*arguments: str | None) -> str | None:
        framework, version, region, python, instance, scope = arguments
        try:
            uri: str = image_uris.retrieve(
                framework, region, version, python, instance, image_scope=scope
            )
        except (ValueError, KeyError):
            return None
        return uri

    return ask


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("scope", ["training", "inference"])
def test_every_image_is_the_one_that_the_sdk_gives(
    framework: str, scope: str, retrieve: Retrieve
) -> None:
    table = images._table(framework)[scope]
    versions = [*table["versions"], *table.get("version_aliases", {})]
    kinds = {*product(INSTANCES, (None,), REGIONS[:1]), *product(INSTANCES[:1], PYTHONS, REGIONS)}
    different = []
    for version, (instance, python, region) in product(versions, sorted(kinds, key=str)):
        arguments = (framework, version, region, python, instance, scope)
        ours, theirs = ours_or_none(*arguments), retrieve(*arguments)
        if ours != theirs and not is_of_another_version(theirs, version):
            different.append((arguments, ours, theirs))
    assert different == []


def is_of_another_version(uri: str | None, version: str) -> bool:
    """Say whether the SDK gives the only Graviton image that it has, whatever version was asked for."""
    return uri is not None and "arm64" in uri and f":{version}-" not in uri


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("scope", ["training", "inference"])
def test_every_region_is_the_one_that_the_sdk_gives(
    framework: str, scope: str, retrieve: Retrieve
) -> None:
    versions = images._table(framework)[scope]["versions"]
    latest = list(versions)[-1]
    for region in sorted({*versions[latest]["registries"], "mars-north-1"}):
        arguments = (framework, latest, region, None, "ml.m5.large", scope)
        assert ours_or_none(*arguments) == retrieve(*arguments)


def ours_or_none(  # noqa: PLR0913, PLR0917
    framework: str, version: str, region: str, python: str | None, instance: str | None, scope: str
) -> str | None:
    try:
        return image_uri(
            framework, version, region, py_version=python, instance_type=instance, scope=scope
        )
    except ImageUriError:
        return None


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("lightgbm", "4", "us-east-1"), {}, "framework lightgbm is not among pytorch, sklearn"),
        (("xgboost", "2.1.0", "us-east-1"), {}, r"version 2\.1\.0 is not among .*1\.7-1"),
        (("tensorflow", "2.12.0", "us-east-1"), {}, r"version 2\.12\.0 is not among .*2\.12\.1"),
        (("xgboost", "1.7-1", "mars-1"), {}, "region mars-1 is not among"),
        (("xgboost", "1.7-1", "us-east-1"), {"scope": "serving"}, "scope serving is not among"),
        (("pytorch", "2.6.0", "us-east-1"), {"py_version": "py310"}, "py310 is not among py312"),
        (("pytorch", "2.1.0", "us-east-1"), {}, "instance type None is not of the form"),
        (("sklearn", "1.2-1", "us-east-1"), {"instance_type": "ml.g5.xlarge"}, "processor gpu"),
    ],
)
def test_an_image_that_is_not_there_is_an_error_with_the_choices(
    arguments: tuple[str, str, str], options: dict[str, str], message: str
) -> None:
    with pytest.raises(ImageUriError, match=message) as caught:
        image_uri(*arguments, **options)
    assert "set image_uri in the config" in str(caught.value)


def test_without_the_sdk_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    images._table.cache_clear()
    monkeypatch.setattr(images, "TABLES", (("no-such-distribution", "x"),))
    with pytest.raises(ImageUriError, match=r"pip install 'cursus-core\[sagemaker\]'"):
        image_uri("xgboost", "1.7-1", "us-east-1")


def test_the_sdk_is_not_imported() -> None:
    code = (
        "import sys; from cursus.images import image_uri;"
        "image_uri('xgboost', '1.7-1', 'us-east-1');"
        "print([m for m in ('sagemaker', 'boto3', 'botocore') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_tables_come_with_the_distribution() -> None:
    assert importlib_metadata.distribution("sagemaker").version.startswith("2.")
