"""What is wrong in the registration's part of a document, whoever wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cursus.config.faults import plain_rule, without_echoes
from cursus.config.step_config import AWS_REGIONS, STEP_CONFIG, Filled
from cursus.json_file import json_path
from cursus.kernel.step_type import Fault
from pydantic import BaseModel, Field, ValidationError

from cursus_registration.inference_types import (
    ContentTypes,
    InputVariables,
    InstanceType,
    OutputVariables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cursus.json_file import Parts
    from pydantic_core import ErrorDetails

# Keys that the platform's own templates call optional.
ENVIRONMENT = "source_model_environment_variable_map"
LOAD_TEST = "load_testing_info_map"
OPTIONAL = ("source_model_region", ENVIRONMENT, LOAD_TEST)
SEE = "write it as the reference of the format shows it"
Texts = Annotated[dict[str, Filled], Field(min_length=1)]


class LoadTest(BaseModel):
    """The `load_testing_info_map`."""

    model_config = STEP_CONFIG

    sample_payload_s3_bucket: Filled
    sample_payload_s3_key: Filled = "not given"
    expected_tps: int = Field(ge=1, strict=True)
    max_latency_in_millisecond: int = Field(ge=100, le=10000, strict=True)
    max_acceptable_error_rate: float = Field(ge=0, le=1, strict=True)
    instance_type_list: tuple[InstanceType, ...] = Field(min_length=1)


class RegistrationContent(BaseModel):
    """The STEP_CONFIG of a registration, with the names that it has in a document."""

    model_config = STEP_CONFIG

    source_model_inference_image_arn: Filled
    model_domain: Filled
    model_objective: Filled
    source_model_inference_content_types: ContentTypes
    source_model_inference_response_types: ContentTypes
    source_model_inference_input_variable_list: InputVariables
    source_model_inference_output_variable_list: OutputVariables
    source_model_region: Literal["us-east-1", "eu-west-1", "us-west-2"] | None = None
    model_owner: Filled
    model_registration_region: Literal["NA", "EU", "FE"]
    source_model_environment_variable_map: Texts | None = None
    load_testing_info_map: LoadTest | None = None


def check_document(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Check keys and values of a STEP_CONFIG, and that its regions agree."""
    try:
        model = RegistrationContent.model_validate(content)
    except ValidationError as exc:
        for detail in without_echoes(exc.errors(include_url=False)):
            yield _refused(detail)
    else:
        yield from _spelling_faults(content, model)
    yield from _region_faults(content)
    for key in OPTIONAL:
        if key not in content and key != LOAD_TEST:
            yield _fault((key,), f"{key} is not given; the platform chooses it", SEE, "warning")
        elif key in content and content[key] is None:
            yield _fault((key,), f"{key} is null", "write its value, or leave it out")


def _refused(detail: ErrorDetails) -> Fault:
    loc, kind = detail["loc"], detail["type"]
    name = json_path(loc)[2:]
    if kind == "extra_forbidden":
        return _fault(loc, f"{name} is no key of a registration", "remove it", "warning")
    if kind == "missing":
        return _fault(loc, f"{name} is missing", SEE)
    return _fault(loc, f"{name}: {plain_rule(detail)}", SEE)


def _spelling_faults(content: Mapping[str, Any], model: RegistrationContent) -> Iterator[Fault]:
    """Name enumerations in another case: a config may have them so, a document not."""
    for key in RegistrationContent.model_fields:
        given, written = content.get(key), getattr(model, key)
        if key.endswith(("_types", "_variable_list")) and _plain(given) != _plain(written):
            message = f"{key} is {given!r:.60}, not {_plain(written)!r:.60}"
            yield _fault((key,), message, "write the latter")


def _plain(value: Any) -> Any:
    return [_plain(member) for member in value] if isinstance(value, (list, tuple)) else value


def _region_faults(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Compare what three keys say of one region."""
    code = content.get("model_registration_region")
    expected = AWS_REGIONS.get(code) if isinstance(code, str) else None
    environment = content.get(ENVIRONMENT)
    named = environment.get("SAGEMAKER_REGION") if isinstance(environment, dict) else None
    given = content.get("source_model_region")
    places: dict[Parts, Any] = {
        ("source_model_region",): given if given in AWS_REGIONS.values() else None,
        (ENVIRONMENT, "SAGEMAKER_REGION"): named,
    }
    for parts, region in places.items():
        if expected is not None and isinstance(region, str) and region != expected:
            message = f"{parts[-1]} is {region}, but model_registration_region {code} is {expected}"
            yield _fault(parts, message, "make the two agree")


def _fault(
    parts: Parts, message: str, fix: str, severity: Literal["error", "warning"] = "error"
) -> Fault:
    field = json_path(parts).removeprefix("$").removeprefix(".")
    return Fault(field=field, message=message, fix=fix, severity=severity)
