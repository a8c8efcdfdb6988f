"""The platform's own request object, where its internal packages are installed: for submission, and as a check of ours."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cursus.errors import CursusError, cause_of
from cursus.kernel.step_type import snake_case

if TYPE_CHECKING:
    from collections.abc import Mapping

MODELS = "com.amazon.secureaisandboxproxyservice.models"
CONVERTER = "secure_ai_sandbox_python_lib.utils.coral_utils"
REQUEST = "CreateCradleDataLoadJobRequest"
# By class: the members that are objects of a class, or lists of them; all other members are plain values.
MEMBERS: Mapping[str, Mapping[str, str]] = {
    REQUEST: {
        "dataSources": "DataSourcesSpecification",
        "transformSpecification": "TransformSpecification",
        "outputSpecification": "OutputSpecification",
        "cradleJobSpecification": "CradleJobSpecification",
    },
    "DataSourcesSpecification": {"dataSources": "DataSource"},
    "DataSource": {
        "mdsDataSourceProperties": "MdsDataSourceProperties",
        "edxDataSourceProperties": "EdxDataSourceProperties",
        "andesDataSourceProperties": "AndesDataSourceProperties",
    },
    "MdsDataSourceProperties": {"outputSchema": "Field"},
    "EdxDataSourceProperties": {"schemaOverrides": "Field"},
    "TransformSpecification": {"jobSplitOptions": "JobSplitOptions"},
}


class PlatformRequestError(CursusError):
    """The platform's packages cannot be used, or make another request than the document holds."""


def is_installed() -> bool:
    """Say whether the platform's packages are here, without importing more of them than the search needs."""
    try:
        return find_spec(MODELS) is not None
    except ModuleNotFoundError as exc:
        if f"{MODELS}.".startswith(f"{exc.name}."):
            return False
        raise _unusable(exc) from exc  # they are here, and something that they need is not
    except Exception as exc:  # the guard around the platform's code
        raise _unusable(exc) from exc


def build_request(content: Mapping[str, Any]) -> Any:
    """Make the platform's request object of a STEP_CONFIG, for submission."""
    return _model(REQUEST, content)


def check_request(content: Mapping[str, Any]) -> None:
    """Compare a STEP_CONFIG with what the platform's own classes make of it; a difference is an error."""
    try:
        theirs = import_module(CONVERTER).convert_coral_to_dict(build_request(content))
    except Exception as exc:  # the guard around the platform's code
        raise _unusable(exc) from exc
    if theirs != content:
        raise PlatformRequestError(
            "the platform's packages make another Cradle request than Cursus; report it to the "
            f"cursus-cradle team.\n  Cursus:   {_text(content)}\n  platform: {_text(theirs)}"
        )


def _unusable(exc: Exception) -> PlatformRequestError:
    return PlatformRequestError(
        f"the platform's packages are installed and cannot be used: {cause_of(exc)}; "
        f"repair {MODELS} and {CONVERTER}, or uninstall them"
    )


def _model(name: str, content: Mapping[str, Any]) -> Any:
    model = getattr(import_module(f"{MODELS}.{name.lower()}"), name)
    members = MEMBERS.get(name, {})
    # `transformSQL` is the argument `transform_sql`, and so on.
    return model(
        **{snake_case(key): _value(members.get(key), value) for key, value in content.items()}
    )


def _value(name: str | None, content: Any) -> Any:
    if name is None:
        return content
    if isinstance(content, list):
        return [_model(name, member) for member in content]
    return _model(name, content)


def _text(content: object) -> str:
    return json.dumps(content, sort_keys=True, default=str)
