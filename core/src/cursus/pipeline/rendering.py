"""What the modules of the step kinds share while one plan is rendered: code, images, roles, locations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cursus.errors import DefinitionError, ImageUriError, Problem
from cursus.kernel.plan import StepOutput
from cursus.paths import BundleFile, OutputPath, Parameter, SourceFolder, StepProperty
from cursus.pipeline.bundles import Bundle, make_folder_bundle
from cursus.pipeline.sources import config_place

if TYPE_CHECKING:
    from cursus.kernel.plan import Binding, Plan, PlannedStep

Location = str | Parameter | StepProperty


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One plan on its way to a definition; `bundles` (by URI) and `warnings` grow with each step."""

    plan: Plan
    code_location: OutputPath
    role: str | None = None
    bundles: dict[str, Bundle] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)

    def upload(self, bundle: Bundle) -> str:
        """Keep a bundle for upload and give the URI of its folder."""
        uri = (self.code_location / bundle.sha256).uri()
        self.bundles.setdefault(uri, bundle)
        self.warnings.extend(bundle.warnings)
        return uri

    def location(self, step: PlannedStep, binding: Binding) -> Location | None:
        """Give where an input is read from; None for a file that the code bundle holds."""
        source = binding.source
        if isinstance(source, StepOutput):
            return self.plan.location(source)
        if isinstance(source, SourceFolder):
            return self.upload(make_folder_bundle(step, source, self.plan))
        if isinstance(source, Parameter):
            return source
        if isinstance(source, BundleFile):
            return None
        if not source.uri.startswith("s3://"):
            message = f"input {binding.input} is {source.uri}, which only this machine can read"
            self.fail(step, "CUR0621", message, "upload it and give its s3:// URI")
        return source.uri

    def role_of(self, step: PlannedStep) -> str:
        """Give the role that a job assumes: the compiler's, else the config's."""
        role: str = self.role or step.attribute("role")
        return role

    def image_of(self, step: PlannedStep) -> str:
        """Give a step's image: the config's own URI, else the one of the SDK's tables."""
        from cursus.images import image_uri

        given: str | None = getattr(step.config, "image_uri", None)
        image = step.step_type.job.image
        if given:
            return given
        if image is None:
            self.fail(step, "CUR0622", "its step type names no image", "set image_uri", "image_uri")
        try:
            return image_uri(
                image.framework,
                step.attribute(image.version),
                step.attribute("aws_region"),
                py_version=None if image.py_version is None else step.attribute(image.py_version),
                instance_type=step.attribute(step.step_type.job.instance_type),
                scope=image.scope,
            )
        except ImageUriError as exc:
            fix = f"mend {image.version}, or set image_uri"
            return self.fail(step, "CUR0622", str(exc), fix, image.version)

    def fail(self, step: PlannedStep, code: str, message: str, *fix_and_field: str) -> Any:
        """Raise the problem of one step as a DefinitionError."""
        fix, *fields = fix_and_field
        place = config_place(step, self.plan, *fields)
        text = f"step {step.name}: {message}"
        raise DefinitionError([Problem(code=code, message=text, fix=fix, place=place)])
