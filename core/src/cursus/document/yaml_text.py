"""YAML as JSON data: what JSON can say is read, what the versions of YAML read differently is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from cursus.document.layout import copied

if TYPE_CHECKING:
    import yaml

TAG = "tag:yaml.org,2002:"
KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "seq": (list,),
    "map": (dict,),
}
WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|(0|[1-9][0-9]*)(?=[eE]))([eE][-+]?[0-9]+)?")
# Numbers to YAML 1.2 alone; PyYAML, which keeps to 1.1, reads and writes them as text.
NUMBER_OF_1_2 = re.compile(
    r"0o[0-7]+|[-+]?0[0-9]+|[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+"
)
MERGE = "<<"  # takes over the members of other objects; in quotes it is a key like any other
# Names and letters that aliases may add; a file of a few lines could stand for billions.
LARGEST_COPIES = 1_000_000


def parse_yaml(text: str) -> Any:
    """Parse YAML, None where there is no document; a fault is a yaml.YAMLError, most with its line."""
    import yaml

    reader = _Reader()
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        reader.take(event)
    return reader.documents[0] if reader.documents else None


def yaml_text(data: Any) -> str:
    """Write JSON data as YAML that every version of YAML reads alike."""
    import yaml

    return str(yaml.dump(data, Dumper=_dumper(), sort_keys=False, width=100))


@dataclass(slots=True)
class _Open:
    """An object or a list that is being read; `key` is that of the value to come."""

    start: Any
    value: Any
    key: str | None = None
    merges: bool = False
    merged: dict[str, Any] = field(default_factory=dict)

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None and not self.merges

    def closed(self) -> Any:
        return {**self.merged, **self.value} if self.merged else self.value


@dataclass(slots=True)
class _Reader:
    """Puts the parser's events together, without recursion."""

    documents: list[Any] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, Any] = field(default_factory=dict)
    copies: int = 0

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._scalar(event)
        elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
            self._start(event, {} if kind.startswith("Mapping") else [])
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            container = self.open.pop()
            self._named(container.closed(), container.start)
        elif kind == "AliasEvent":
            self._put(self._copy(event), event)
        elif kind == "DocumentStartEvent" and self.documents:
            raise _fault("a second document starts here; a file holds one", event)

    def _start(self, event: Any, value: Any) -> None:
        if self.open and self.open[-1].awaits_key:
            raise _fault("a key must be text", event)
        _check_tag(value, event)
        self.open.append(_Open(event, value))

    def _scalar(self, event: Any) -> None:
        is_plain = event.implicit[0] and event.tag is None
        if is_plain and event.value == MERGE and self.open and self.open[-1].awaits_key:
            self.open[-1].merges = True
            return
        is_text = event.tag in {"!", f"{TAG}str"} or not (is_plain or event.tag)
        value = event.value if is_text else _plain(event)
        _check_tag(value, event)
        self._named(value, event)

    def _named(self, value: Any, event: Any) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        self._put(value, event)

    def _put(self, value: Any, event: Any) -> None:
        if not self.open:
            self.documents.append(value)
            return
        container = self.open[-1]
        if isinstance(container.value, list):
            container.value.append(value)
        elif container.merges:
            _merge(container, value, event)
        elif container.key is None:
            container.key = _key(value, container.value, event)
        else:
            container.value[container.key], container.key = value, None

    def _copy(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            raise _fault(f"*{event.anchor} stands for nothing that is complete here", event)
        value = self.anchors[event.anchor]
        self.copies += _size(value, LARGEST_COPIES - self.copies)
        if self.copies > LARGEST_COPIES:
            raise _fault("the aliases stand for more than a million names and letters", event)
        return copied(value)


def _key(name: Any, members: dict[str, Any], event: Any) -> str:
    if not isinstance(name, str):
        raise _fault(f"the key {name!r:.60} is not text; put it in quotes", event)
    if name in members:
        raise _fault(f"the key {name} stands there twice", event)
    return name


def _merge(container: _Open, value: Any, event: Any) -> None:
    """Take over members; those of an earlier object, and the object's own, count."""
    for source in value if isinstance(value, list) else [value]:
        if not isinstance(source, dict):
            raise _fault(f"{MERGE} takes objects", event)
        container.merged = {**source, **container.merged}
    container.merges = False


def _plain(event: Any) -> Any:
    """Read a scalar without quotes as a JSON value; the rest is text."""
    text = event.value
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return _whole(text, 10, event)
    if HEXADECIMAL.fullmatch(text):
        return _whole(text, 16, event)
    if FLOAT.fullmatch(text):
        return float(text)
    if NUMBER_OF_1_2.fullmatch(text) or _is_value_of_1_1(text):
        raise _fault(
            f"{text:.60} is not the same in every version of YAML, or no value of JSON; "
            "put it in quotes, or write true, false or a plain number",
            event,
        )
    return text


def _whole(text: str, base: int, event: Any) -> int:
    try:
        return int(text, base)
    except ValueError as exc:
        raise _fault("a number has more than 4300 digits", event) from exc


def _is_value_of_1_1(text: str) -> bool:
    rules = _rules_of_1_1().get(text[0], ())
    return any(rule.fullmatch(text) for rule in rules)


@cache
def _rules_of_1_1() -> dict[str, tuple[re.Pattern[str], ...]]:
    """Give what PyYAML would take for a value by the first letter; times are text in JSON too."""
    import yaml

    return {
        first: tuple(rule for tag, rule in rules if tag != f"{TAG}timestamp")
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _check_tag(value: Any, event: Any) -> None:
    if event.tag in {None, "!"}:
        return
    kind = event.tag.removeprefix(TAG)
    if type(value) not in KINDS.get(kind, ()):
        raise _fault(
            f"the tag !!{kind:.40} does not fit what follows, or is unknown to JSON", event
        )


def _size(value: Any, limit: int) -> int:
    """Count names and letters of JSON data, up to a limit."""
    size, waiting = 0, [value]
    while waiting and size <= limit:
        member = waiting.pop()
        size += 1 + (len(member) if isinstance(member, str) else 0)
        if isinstance(member, dict):
            waiting.extend([*member, *member.values()])
        elif isinstance(member, list):
            waiting.extend(member)
    return size


def _fault(message: str, event: Any) -> yaml.MarkedYAMLError:
    import yaml

    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)


@cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    Dumper.add_implicit_resolver(f"{TAG}float", NUMBER_OF_1_2, list("-+.0123456789"))
    return Dumper
