"""What the modules of the step kinds share while one plan is rendered: code, images, roles, locations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cursus.binding import EXPLICIT
from cursus.errors import DefinitionError, ImageUriError, Problem
from cursus.kernel.plan import StepOutput
from cursus.kernel.step_type import Fault
from cursus.paths import (
    KMS_KEY,
    S3_SCHEME,
    SECURITY_GROUP,
    SUBNET,
    BundleFile,
    Expression,
    OutputPath,
    Parameter,
    SourceFolder,
    StepProperty,
)
from cursus.pipeline.bundles import Bundle, make_bundle, make_folder_bundle
from cursus.pipeline.sources import config_place

if TYPE_CHECKING:
    from cursus.kernel.plan import Binding, Plan, PlannedStep
    from cursus.kernel.step_type import Image

NO_LOCATIONS = {KMS_KEY.name: "key", SECURITY_GROUP.name: "security group", SUBNET.name: "subnet"}
Location = str | Parameter | StepProperty | Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One plan on its way to a definition; `bundles` (by URI) and `warnings` grow with each step."""

    plan: Plan
    code_location: OutputPath
    left_out: frozenset[str] = frozenset()
    bundles: dict[str, Bundle] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def bundle(self, step: PlannedStep) -> Bundle:
        """Bundle what a step's job runs."""
        return make_bundle(step, self.plan, self.left_out)

    def upload(self, bundle: Bundle) -> str:
        """Keep a bundle for upload and give the URI of its folder."""
        uri = (self.code_location / bundle.sha256).uri()
        self.bundles.setdefault(uri, bundle)
        self.warnings.extend(bundle.warnings)
        return uri

    def location(self, step: PlannedStep, binding: Binding) -> Location | None:
        """Give where an input is read from; None where the definition has no place for it.

        That is a file which the code bundle holds, or an optional input from a service whose location only the
        start could give: it becomes a parameter where it is bound explicitly.
        """
        source = binding.source
        if isinstance(source, StepOutput):
            vain = has_no_location(self.plan, step, binding)
            return None if vain else self.plan.location(source)
        if isinstance(source, SourceFolder):
            return self.upload(make_folder_bundle(step, source, self.plan, self.left_out))
        if isinstance(source, Parameter):
            return self._checked_parameter(step, binding, source)
        if isinstance(source, BundleFile):
            return None
        if not source.uri.startswith(S3_SCHEME):
            raise self.error(step, "CUR0621", _not_on_s3(binding.input, source.uri))
        return source.uri

    def _checked_parameter(
        self, step: PlannedStep, binding: Binding, parameter: Parameter
    ) -> Parameter:
        """Refuse a parameter whose value cannot be a location; the prefix is one, and may be read."""
        given = self.plan.parameters
        others = [p for p in (given.kms_key, given.security_group, given.subnet) if p is not None]
        named = {p.name: p for p in (*self.plan.extra_parameters, *others)}
        found = named.get(parameter.name, parameter)
        if found.type == "String" and found not in others:
            return parameter
        what = f"holds no location, but a {NO_LOCATIONS.get(found.name, f'value of type {found.type}')}"
        message = f"input {binding.input} is parameter {found.name}, which {what}"
        fix = "bind the input to a String parameter of its own, whose value is an S3 URI"
        raise self.error(step, "CUR0614", Fault(field="bindings", message=message, fix=fix))

    def role_of(self, step: PlannedStep) -> str:
        """Give the role that a job assumes, which its config holds."""
        role: str = step.attribute("role")
        return role

    def image_of(self, step: PlannedStep) -> str:
        """Give a step's image: the config's own URI, else the one of the SDK's tables."""
        given: str | None = getattr(step.config, "image_uri", None)
        image = step.step_type.job.image
        if given:
            return given
        if image is None:
            raise self.no_image(step, f"step type {step.step_type.name} names no image")
        try:
            return _image_uri(step, image)
        except ImageUriError as exc:
            raise self.no_image(step, str(exc), image.version) from exc

    def no_image(
        self, step: PlannedStep, message: str, field: str = "image_uri"
    ) -> DefinitionError:
        """Make the error of a step whose image cannot be found."""
        fix = "set image_uri" if field == "image_uri" else f"mend {field}, or set image_uri"
        return self.error(step, "CUR0622", Fault(field=field, message=message, fix=fix))

    def error(self, step: PlannedStep, code: str, fault: Fault) -> DefinitionError:
        """Make the error of one step, with the place in its config."""
        place = config_place(step, self.plan, fault.field)
        message = f"step {step.name}: {fault.message}"
        return DefinitionError([Problem(code=code, message=message, fix=fault.fix, place=place)])


def _not_on_s3(name: str, uri: str) -> Fault:
    if "://" in uri:
        message = f"input {name} is {uri}, and a job's inputs are read from S3 alone"
        return Fault(field="", message=message, fix="copy it to S3 and give its s3:// URI")
    message = f"input {name} is {uri}, which only this machine can read"
    return Fault(field="", message=message, fix="upload it and give its s3:// URI")


def has_no_location(plan: Plan, step: PlannedStep, binding: Binding) -> bool:
    """Say whether an input is an optional one of a service that nothing but the start could locate."""
    if not isinstance(binding.source, StepOutput):
        return False
    location = plan.location(binding.source)
    return (
        isinstance(location, Parameter)
        and location.default is None
        and binding.reason != EXPLICIT
        and not step.port(binding).is_required(step.config)
    )


def _image_uri(step: PlannedStep, image: Image) -> str:
    from cursus.images import image_uri

    return image_uri(
        image.framework,
        step.attribute(image.version),
        step.attribute("aws_region"),
        py_version=None if image.py_version is None else step.attribute(image.py_version),
        instance_type=step.attribute(step.step_type.job.instance_type),
        scope=image.scope,
    )
