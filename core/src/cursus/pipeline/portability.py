"""Proof that a definition is portable: several prefixes put in, and every output seen to move with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cursus.errors import DefinitionError, Problem
from cursus.kernel.plan import StepOutput
from cursus.paths import PREFIX, Uri
from cursus.pipeline.marked import REFERENCE, plain, reference
from cursus.pipeline.references import references_in
from cursus.pipeline.resolving import Resolver
from cursus.pipeline.view import view_definition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cursus.kernel.plan import Plan
    from cursus.pipeline.definition import Definition
    from cursus.pipeline.view import DefinitionView, Leaf, StepView

# A bucket alone, a bucket with a slash, a deep folder, a bucket of another region with a slash at the end.
PREFIXES = (
    "s3://first-bucket",
    "s3://second-bucket/",
    "s3://third-bucket/team/project/2026/run-7",
    "s3://fourth-bucket-eu-west-1/run/",
)
LEAST_PREFIXES = 3
Verdict = Literal["moves", "fixed by nature", "not portable"]
ANY_S3 = re.compile(r"(?:s3[an]?://|https?://[\w.-]*\bs3[.-][\w.-]*amazonaws\.com)[^\s\"',;]*")
PREFIX_FORM = re.compile(r"s3://[^/\s]+(/\S*)?")
LOCATION_FIELD = re.compile(r"S3\w*(Uri|Path|Url)$|\bModelDataUrl$|\bSamplePayloadUrl$")
OUTPUT_FIELD = re.compile(
    r"Output|CheckpointConfig|DataCaptureConfig|DebugHookConfig|ProfilerConfig"
)
IMAGE_FIELD = re.compile(r"\b(ImageUri|TrainingImage|Image)$")
CODE_FIELD = re.compile(
    r"ProcessingInputs\[(code|entrypoint)\]|InputDataConfig\[code\]"
    r"|sagemaker_submit_directory$|SAGEMAKER_SUBMIT_DIRECTORY$"
)
ITEM_NAME = re.compile(r"\[[^\]]*\]")
PUT_IN = reference("prefix")
# A prefix that something stands before, as in a Join of the prefix with itself.
NOT_FIRST = re.compile(rf"[\w/.-]{re.escape(PUT_IN)}")
IN_BRACES = re.compile(r"\{[\w.-]+\}")
BY_CONTENT = re.compile(r"/[0-9a-f]{64}(/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What may stay where it is: code bundles by URI, URIs that the user gave with their reasons, allowed ones."""

    bundles: frozenset[str] = frozenset()
    given: Mapping[tuple[str, str], str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place of a definition that holds a location: `values` are what it becomes under each prefix in turn."""

    step: str
    path: str
    is_output: bool
    verdict: Verdict
    reason: str
    values: tuple[str, ...]
    leaf: Leaf

    @property
    def where(self) -> str:
        """Give the location for people, the prefix in braces where it moves."""
        return self.reason if self.verdict == "moves" else self.values[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Every location of a definition with its verdict; `problems` are what keeps it from being portable."""

    prefixes: tuple[str, ...]
    locations: tuple[Location, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def is_portable(self) -> bool:
        """Say whether every output moves and no other location is fixed without a reason."""
        return not self.problems

    def of(self, verdict: Verdict) -> tuple[Location, ...]:
        """Give the locations with a verdict."""
        return tuple(found for found in self.locations if found.verdict == verdict)


def prove_portability(
    definition: DefinitionView,
    prefix_parameter: str = PREFIX.name,
    prefixes: Sequence[str] = PREFIXES,
    known: Known | None = None,
) -> Proof:
    """Put each prefix in, resolve every location, and judge it; DefinitionError for prefixes that prove nothing."""
    check_prefixes(prefixes)
    bare = [prefix.rstrip("/") for prefix in prefixes]  # as `cursus start` gives them
    resolvers = [
        Resolver(definition=definition, values={prefix_parameter: prefix}) for prefix in bare
    ]
    judge = _Judge(prefixes=bare, resolvers=resolvers, known=known or Known())
    locations = [
        location
        for step in definition.steps.values()
        for leaf in step.leaves()
        if (location := judge.location(step, leaf)) is not None
    ]
    faults = [_fault(location, definition) for location in locations]
    is_asked = any(faults) or any(location.verdict == "moves" for location in locations)
    is_missing = is_asked and prefix_parameter not in definition.parameters
    return Proof(
        prefixes=tuple(prefixes),
        locations=tuple(locations),
        problems=(
            *([] if locations else [_nothing_proven(definition)]),
            *([_no_parameter(prefix_parameter, definition)] if is_missing else []),
            *(fault for fault in faults if fault is not None),
        ),
    )


def prove_rendered(
    plan: Plan,
    definition: Definition,
    prefixes: Sequence[str] = PREFIXES,
    allowed: Sequence[str] = (),
) -> Proof:
    """Prove a definition that was rendered from a plan, which says what the user gave."""
    prefix = plan.parameters.prefix
    name = PREFIX.name if prefix is None or isinstance(prefix, str) else prefix.name
    known = Known(
        bundles=frozenset(definition.bundles), given=_given_uris(plan), allowed=tuple(allowed)
    )
    return prove_portability(view_definition(definition.data), name, prefixes, known)


def check_prefixes(prefixes: Sequence[str]) -> None:
    """Refuse what is no S3 URI, and fewer prefixes than prove anything."""
    wrong = [prefix for prefix in prefixes if not PREFIX_FORM.fullmatch(prefix)]
    buckets = {prefix.split("/")[2] for prefix in prefixes if prefix not in wrong}
    if wrong or len({p.rstrip("/") for p in prefixes}) < LEAST_PREFIXES or len(buckets) == 1:
        what = f"{wrong[0]} is no S3 URI" if wrong else f"{len(prefixes)} prefixes prove nothing"
        fix = "give three or more different ones, such as s3://bucket and s3://other/folder, in two buckets or more"
        raise DefinitionError([Problem(code="CUR0643", message=what, fix=fix)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """Judges one leaf after the other under the same prefixes."""

    prefixes: Sequence[str]
    resolvers: Sequence[Resolver]
    known: Known

    def location(self, step: StepView, leaf: Leaf) -> Location | None:
        """Judge a value; None where it is no location."""
        texts = tuple(resolver.text(leaf.value) for resolver in self.resolvers)
        is_field = bool(LOCATION_FIELD.search(leaf.path) or IMAGE_FIELD.search(leaf.path))
        if not is_field and not any(ANY_S3.search(text) for text in texts):
            return None
        is_output = bool(OUTPUT_FIELD.search(ITEM_NAME.sub("", leaf.path)))
        verdict, reason = self._verdict(step, leaf, texts, is_output=is_output)
        fault = _fault_of_moved(reason, is_field=is_field) if verdict == "moves" else None
        if fault is not None:
            verdict, reason = "not portable", fault
        return Location(
            step=step.name,
            path=leaf.path,
            is_output=is_output,
            verdict=verdict,
            reason=plain(reason),
            values=tuple(map(plain, texts)),
            leaf=leaf,
        )

    def _verdict(
        self, step: StepView, leaf: Leaf, texts: tuple[str, ...], *, is_output: bool
    ) -> tuple[Verdict, str]:
        moved = self._moved(texts)
        if moved is not None:
            return "moves", moved
        if len(set(texts)) > 1:
            return "not portable", "it holds the prefix, but does not start with it"
        root = REFERENCE.match(texts[0])
        if is_output:
            return "not portable", _why_output_stays(root[1] if root else None)
        nature = self._nature(step, leaf, texts[0]) or (_of_run_time(root[1]) if root else None)
        if nature is not None:
            return "fixed by nature", nature
        if IN_BRACES.match(plain(texts[0])):
            return "not portable", "text in braces is no reference, nothing is put in there"
        return "not portable", "a fixed S3 location that is neither code nor given at start"

    def _moved(self, texts: tuple[str, ...]) -> str | None:
        """Give the text with the marked prefix in it where every location inside follows each prefix; else None."""
        general = set()
        for text, prefix in zip(texts, self.prefixes, strict=True):
            found = ANY_S3.findall(text)
            if not found or not all(_is_below(uri, prefix) for uri in found):
                return None
            general.add(text.replace(prefix, PUT_IN))
        return general.pop() if len(general) == 1 else None

    def _nature(self, step: StepView, leaf: Leaf, text: str) -> str | None:
        if IMAGE_FIELD.search(leaf.path):
            return "image, of the region that was compiled for"
        if any(_is_below(text, uri) for uri in self.known.bundles) or BY_CONTENT.search(text):
            return "code bundle, named by its content"
        if CODE_FIELD.search(leaf.path):
            return "code of the job"
        if any(_is_below(text, folder) for folder in self.known.allowed):
            return "allowed on the command line"
        return self.known.given.get((step.name, text))


def _fault_of_moved(text: str, *, is_field: bool) -> str | None:
    """Say what is wrong with a text whose locations all begin with the prefix; a field is one location."""
    if is_field and not text.startswith(PUT_IN):
        return "it holds the prefix, but does not start with it"
    if NOT_FIRST.search(text) or (is_field and text.count(PUT_IN) > 1):
        return f"it holds the prefix more than once in {text}"
    return f"an empty folder in {text}" if "//" in text else None


def _is_below(uri: str, folder: str) -> bool:
    return f"{uri}/".startswith(f"{folder.rstrip('/')}/")


def _of_run_time(root: str) -> str:
    """Say what kind of run-time value a location starts with."""
    if root.startswith("Steps."):
        return f"made at run time: {root}"
    return f"workflow input: parameter {root.removeprefix('Parameters.')} gives it at start"


def _why_output_stays(root: str | None) -> str:
    if root is None:
        return "an output with a fixed location"
    return f"an output that follows {root.removeprefix('Parameters.')}, not the prefix"


def _given_uris(plan: Plan) -> dict[tuple[str, str], str]:
    """Give the URIs that configs and bindings name, by step name and URI, with where they stand."""
    return {
        (step.name, binding.source.uri): f"given by the user for {binding.input}, {binding.reason}"
        for step in plan
        for binding in step.bindings.values()
        if not isinstance(binding.source, StepOutput) and isinstance(binding.source, Uri)
    }


def _fault(location: Location, definition: DefinitionView) -> Problem | None:
    if location.verdict != "not portable":
        return None
    step = definition.steps[location.step]
    return Problem(
        code="CUR0640" if location.is_output else "CUR0641",
        message=f"step {location.step}: {location.path} is {location.values[0]}: {location.reason}",
        fix=_fix(location),
        place=definition.place((*step.parts, *location.leaf.parts)),
    )


def _fix(location: Location) -> str:
    """Say what to mend: an input that reads a step's output is right once that output is."""
    texts = [text.split(".") for _, text in references_in(location.leaf.value)]
    writers = [parts[1] for parts in texts if parts[0] == "Steps"]
    if writers:
        return f"mend what step {writers[0]} writes; this only reads it"
    fix = "build it from the prefix parameter with Std:Join"
    if location.is_output:
        return fix
    return f"{fix}, read it from the step that writes it, or allow it with --allow"


def _nothing_proven(definition: DefinitionView) -> Problem:
    return Problem(
        code="CUR0644",
        message="the definition holds no S3 location and no image, so nothing was proven",
        fix="give a definition with Processing, Training, Transform or Model steps",
        place=definition.place(("Steps",)),
    )


def _no_parameter(name: str, definition: DefinitionView) -> Problem:
    declared = ", ".join(definition.parameters) or "none"
    return Problem(
        code="CUR0642",
        message=f"the definition declares no parameter {name}; it declares: {declared}",
        fix="name the one that holds the prefix with --prefix-parameter, or compile with it",
        place=definition.place(("Parameters",)),
    )
