"""What can go wrong, as data: problems with a code, a place and a fix, and the errors that carry them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the user's input: a file, a JSON path in it such as `$.dag.edges[3]`, a line from 1."""

    file: Path | None = None
    path: str = ""
    line: int | None = None

    def __str__(self) -> str:
        file = "" if self.file is None else str(self.file)
        if self.line is not None:
            file = f"{file}:{self.line}"
        return " ".join(part for part in (file, self.path) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of the user's input, with a stable code that `cursus explain CODE` describes.

    `node` is the DAG node that it is about, where others ask for it.
    """

    code: str
    message: str
    fix: str
    place: Place = field(default_factory=Place)
    severity: Literal["error", "warning"] = "error"
    node: str | None = None

    def __str__(self) -> str:
        where = f"\n    at  {self.place}" if str(self.place) else ""
        return f"{self.code} {self.severity}: {self.message}{where}\n    fix {self.fix}"

    def to_dict(self) -> dict[str, object]:
        """Give the problem as JSON data."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "fix": self.fix,
            "file": None if self.place.file is None else str(self.place.file),
            "path": self.place.path,
            "line": self.place.line,
        }


class CursusError(Exception):
    """The parent of every error that Cursus raises on purpose."""


class InvalidInputError(CursusError):
    """The user's input has faults; `problems` holds all of them, errors and warnings."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DagError(InvalidInputError):
    """A DAG file or object is not a graph that can be planned."""


class ConfigError(InvalidInputError):
    """A configuration file cannot be read, or a value in it is wrong."""


class PlanError(InvalidInputError):
    """DAG, configs and plugins do not make a plan."""


class DefinitionError(InvalidInputError):
    """A plan cannot be rendered as a pipeline definition that the service would take."""


class DeployError(InvalidInputError):
    """What shall be deployed or started does not fit: a file, an option, a parameter value, a size."""


class ExecutionDocumentGenerationError(InvalidInputError):
    """An execution document cannot be made, or is not one."""


class ConfigurationNotFoundError(ExecutionDocumentGenerationError):
    """A step that must be in the execution document has no config."""


class UnsupportedStepTypeError(ExecutionDocumentGenerationError):
    """A step that must be in the execution document has a class that no plugin owns."""


class ImageUriError(CursusError):
    """No image URI stands for these values in the SDK's tables, or the tables are not installed."""


class MissingExtraError(CursusError):
    """A command needs an optional dependency that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} is not installed; install it with: pip install 'cursus-core[{extra}]'"
        )


class RunTimeValueError(CursusError):
    """A value that is known only at run time was asked for as text."""


class PluginError(CursusError):
    """A plugin's code failed; `plugin` is its distribution, `hook` the call, `cause` the exception."""

    def __init__(self, plugin: str, hook: str, cause: BaseException) -> None:
        self.plugin = plugin
        self.hook = hook
        self.cause = cause
        super().__init__(
            f"plugin {plugin} failed in {hook}: {type(cause).__name__}: {cause}; "
            f"report it to the plugin's team, or start with CURSUS_DISABLE_PLUGINS={plugin}"
        )


class OutputError(CursusError):
    """A file or folder that the user asked for cannot be written."""


class AwsError(CursusError):
    """AWS could not be reached, or refused; `problem` has the code, what was asked of whom, and the fix."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class RunError(CursusError):
    """A local run cannot be started or continued."""


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Keep the problems that are errors."""
    return [problem for problem in problems if problem.severity == "error"]


def raise_errors(problems: Sequence[Problem], error: type[InvalidInputError]) -> None:
    """Raise `error` with all problems, warnings included, where one of them is an error."""
    if errors_of(problems):
        raise error(problems)


def read_all(*readers: Callable[[], Any]) -> list[Any]:
    """Call every reader; what keeps any of them from reading comes in one error."""
    found = []
    errors: list[InvalidInputError] = []
    for reader in readers:
        try:
            found.append(reader())
        except InvalidInputError as exc:
            errors.append(exc)
    if len(errors) > 1:
        raise InvalidInputError(problem for error in errors for problem in error.problems)
    for error in errors:
        raise error
    return found


def cause_of(exc: BaseException) -> str:
    """Give an exception of foreign code in one line, with the place in that code where there is one."""
    if isinstance(exc, CursusError):
        return str(exc)
    from traceback import extract_tb

    message = " ".join(str(exc).split()) or "no message"
    foreign = [f for f in extract_tb(exc.__traceback__) if not _is_machinery(f.filename)]
    place = f" ({foreign[-1].filename}:{foreign[-1].lineno})" if foreign else ""
    return f"{type(exc).__name__}: {message}{place}"


def _is_machinery(filename: str) -> bool:
    """Say whether a file only carries the call: this package, pluggy, or the import system."""
    from pathlib import Path

    path = Path(filename)
    parts = {"pluggy", "importlib_metadata", "importlib", "pydantic"}
    return (
        filename.startswith("<")
        or path.is_relative_to(Path(__file__).parent)
        or path.parent.name in parts
    )
