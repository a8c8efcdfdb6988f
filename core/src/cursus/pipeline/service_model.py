"""The service's own model of its requests, as botocore ships it; read without importing botocore."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODEL_FILES = ("service-2.json.gz", "service-2.json")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}
NUMBERS = frozenset({"integer", "long", "float", "double"})
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One value that the service would refuse: where, and why, with the limit."""

    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModel:
    """Operations and shapes of SageMaker."""

    operations: Mapping[str, Any]
    shapes: Mapping[str, Any]

    def request_shape(self, operation: str) -> str:
        """Name the shape of an operation's request."""
        name: str = self.operations[operation]["input"]["shape"]
        return name

    def response_shape(self, operation: str) -> str:
        """Name the shape of an operation's response."""
        name: str = self.operations[operation]["output"]["shape"]
        return name

    def refusals(self, value: Any, shape_name: str, path: str) -> Iterator[Refusal]:
        """Walk plain data along a shape; values known only at run time fit every scalar."""
        shape = self.shapes[shape_name]
        kind = shape["type"]
        if kind in TYPES:
            if not is_run_time_value(value):
                yield from _scalar_refusals(value, shape, path)
        elif kind == "structure" and isinstance(value, dict):
            yield from self._in_structure(value, shape, path)
        elif kind == "list" and isinstance(value, list):
            yield from _size_refusals(len(value), shape, path, "items")
            for number, member in enumerate(value):
                yield from self.refusals(member, shape["member"]["shape"], f"{path}[{number}]")
        elif kind == "map" and isinstance(value, dict):
            yield from self._in_map(value, shape, path)
        elif kind in ("structure", "list", "map"):
            yield Refusal(path=path, message=f"is {value!r:.{SHOWN}}, not of type {kind}")

    def _in_structure(
        self, value: dict[str, Any], shape: Mapping[str, Any], path: str
    ) -> Iterator[Refusal]:
        members = shape["members"]
        for name in shape.get("required", ()):
            if name not in value:
                yield Refusal(
                    path=_join(path, name), message="is missing, and the service requires it"
                )
        for name, member in value.items():
            if name in members:
                yield from self.refusals(member, members[name]["shape"], _join(path, name))
            else:
                yield Refusal(path=_join(path, name), message=_unknown(name, members))

    def _in_map(
        self, value: dict[str, Any], shape: Mapping[str, Any], path: str
    ) -> Iterator[Refusal]:
        yield from _size_refusals(len(value), shape, path, "entries")
        for name, member in value.items():
            key_shape = self.shapes[shape["key"]["shape"]]
            yield from _scalar_refusals(name, key_shape, f"{path}, key {name!r:.{SHOWN}},")
            yield from self.refusals(member, shape["value"]["shape"], _join(path, name))


@cache
def load_service_model() -> ServiceModel | None:
    """Read SageMaker's model from botocore's data; None where botocore is not installed."""
    import gzip
    import json
    from importlib.util import find_spec

    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "data" / "sagemaker"
    found = [path for name in MODEL_FILES for path in sorted(folder.glob(f"*/{name}"))]
    if not found:
        return None
    data = found[-1].read_bytes()
    model = json.loads(gzip.decompress(data) if found[-1].suffix == ".gz" else data)
    return ServiceModel(operations=model["operations"], shapes=model["shapes"])


def is_run_time_value(value: object) -> bool:
    """Say whether a value is a reference or a function of one, such as `{"Get": "Parameters.X"}`."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name = str(next(iter(value)))
    return name == "Get" or name.startswith("Std:")


def _scalar_refusals(value: Any, shape: Mapping[str, Any], path: str) -> Iterator[Refusal]:
    kind = shape["type"]
    if not isinstance(value, TYPES[kind]) or (kind in NUMBERS and isinstance(value, bool)):
        yield Refusal(path=path, message=f"is {value!r:.{SHOWN}}, not of type {kind}")
    elif isinstance(value, str):
        yield from _text_refusals(value, shape, path)
    elif kind in NUMBERS:
        low, high = shape.get("min"), shape.get("max")
        if low is not None and value < low:
            yield Refusal(path=path, message=f"is {value}; the least is {low}")
        if high is not None and value > high:
            yield Refusal(path=path, message=f"is {value}; the limit is {high}")


def _text_refusals(value: str, shape: Mapping[str, Any], path: str) -> Iterator[Refusal]:
    yield from _size_refusals(len(value), shape, path, f"characters ({value!r:.{SHOWN}})")
    if "enum" in shape and value not in shape["enum"]:
        from difflib import get_close_matches

        close = get_close_matches(value, shape["enum"], n=3) or shape["enum"][:3]
        yield Refusal(path=path, message=f"is {value!r}; the service knows {', '.join(close)}, ...")
    pattern = _compiled(shape.get("pattern", ""))
    if pattern is not None and not pattern.fullmatch(value):
        message = f"is {value!r:.{SHOWN}}; the service wants the pattern {pattern.pattern}"
        yield Refusal(path=path, message=message)


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern of the service; None for those that only Java reads."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


def _size_refusals(size: int, shape: Mapping[str, Any], path: str, unit: str) -> Iterator[Refusal]:
    low, high = shape.get("min", 0), shape.get("max")
    if size < low:
        yield Refusal(path=path, message=f"has {size} {unit}; the least is {low}")
    if high is not None and size > high:
        yield Refusal(path=path, message=f"has {size} {unit}; the limit is {high}")


def _unknown(name: str, members: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, members, n=1)
    return "is unknown to the service" + (f"; did you mean {close[0]}?" if close else "")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
