"""The pieces of a text in LibCST's syntax tree: literal parts, values, and what cannot be told apart."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from cursus.errors import CursusError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import libcst as cst

SIMPLE_NAME = re.compile(r"[A-Za-z_][\w.]*")
PLACEHOLDER = re.compile(r"%(%|s|[^%])")


class RefusalError(CursusError):
    """A text that can be found but not rewritten with the same meaning; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A literal (`text`), or the code of a value; `raw` is how it stands in the source.

    `formatted` is a value's f-string part with its conversion or format (`{n:05d}`), where it has one.
    """

    raw: str
    text: str | None = None
    code: str = ""
    formatted: str = ""
    run_time: bool = False
    starred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Takes a text apart; `can_be_parameter` judges the code of a value at this place."""

    can_be_parameter: Callable[[str], bool]
    full_name: Callable[[str], str]

    def of(self, node: cst.BaseExpression) -> list[Piece]:
        """Give the pieces of a text in order; what makes no text is a value."""
        import libcst as cst

        if isinstance(node, (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)):
            return list(self._string(node))
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
            return [*self.of(node.left), *self.of(node.right)]
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo):
            return self._percent(node) or [self.value(node)]
        if isinstance(node, cst.Call):
            return self._call(node) or [self.value(node)]
        return [self.value(node)]

    def value(self, node: cst.BaseExpression, *, formatted: str = "") -> Piece:
        """Make a piece of an expression's code."""
        raw = code_of(node)
        return Piece(
            raw=raw,
            code=raw.strip(),
            formatted=formatted,
            run_time=self.can_be_parameter(raw.strip()),
        )

    def _string(
        self, node: cst.SimpleString | cst.FormattedString | cst.ConcatenatedString
    ) -> Iterator[Piece]:
        import libcst as cst

        if isinstance(node, cst.ConcatenatedString):
            yield from self._string(node.left)
            yield from self._string(node.right)
        elif isinstance(node, cst.SimpleString):
            text = node.evaluated_value
            if not isinstance(text, str):
                raise RefusalError("it holds bytes")
            yield Piece(raw=node.value, text=text)
        else:
            for part in node.parts:
                yield self._part(node, part)

    def _part(self, node: cst.FormattedString, part: cst.BaseFormattedStringContent) -> Piece:
        import libcst as cst

        if isinstance(part, cst.FormattedStringText):
            return Piece(raw=part.value, text=_literal_part(node, part.value))
        part = cst.ensure_type(part, cst.FormattedStringExpression)
        if part.equal is not None:
            raise RefusalError(f"{code_of(part)} shows an expression with its value")
        is_plain = part.conversion is None and part.format_spec is None
        piece = self.value(part.expression, formatted="" if is_plain else code_of(part))
        if isinstance(part.expression, cst.Tuple) and not part.expression.lpar:
            raise RefusalError(f"{code_of(part)} formats a tuple")
        if not is_plain and piece.run_time:
            raise RefusalError(
                f"{code_of(part)} converts or formats a value that is not known when the pipeline is compiled"
            )
        return piece

    def _percent(self, node: cst.BinaryOperation) -> list[Piece]:
        """Take `"%s/%s" % (a, b)` apart."""
        import libcst as cst

        if not isinstance(node.left, (cst.SimpleString, cst.ConcatenatedString)):
            return []
        template = node.left.evaluated_value
        if not isinstance(template, str):
            raise RefusalError("its template is not a plain text")
        is_tuple = isinstance(node.right, cst.Tuple)
        values = [e.value for e in node.right.elements] if is_tuple else [node.right]  # type: ignore[attr-defined]
        signs = PLACEHOLDER.findall(template)
        if any(sign not in "%s" for sign in signs):
            raise RefusalError("a placeholder other than %s formats its value")
        if len(values) != signs.count("s") or any(isinstance(v, cst.Dict) for v in values):
            raise RefusalError("its placeholders and values do not match one by one")
        texts = _split_percent(template)
        return self._interleave(texts, values)

    def _interleave(
        self, texts: Sequence[str], values: Sequence[cst.BaseExpression]
    ) -> list[Piece]:
        found = [Piece(raw="", text=texts[0])]
        for value, text in zip(values, texts[1:], strict=True):
            found += [self.value(value), Piece(raw="", text=text)]
        return found

    def _call(self, node: cst.Call) -> list[Piece]:
        """Take `.format()`, `.join()` and `os.path.join()` apart; nothing for other calls."""
        import libcst as cst

        name = self.full_name(code_of(node.func).strip())
        if name in ("os.path.join", "posixpath.join"):
            return self._path_join(node)
        if name == "str.join" and len(node.args) == 2:  # noqa: PLR2004 - separator and values
            return self._join(node.args[0].value, node.args[1].value)
        if not isinstance(node.func, cst.Attribute):
            return []
        method, receiver = node.func.attr.value, node.func.value
        if method == "join" and len(node.args) == 1:
            return self._join(receiver, node.args[0].value)
        if method == "format" and isinstance(receiver, (cst.SimpleString, cst.ConcatenatedString)):
            return self._format(receiver.evaluated_value, node.args)
        return []

    def _format(self, template: object, arguments: Sequence[cst.Arg]) -> list[Piece]:
        if not isinstance(template, str):
            raise RefusalError("its template is not a plain text")
        if any(argument.star for argument in arguments):
            raise RefusalError("its values are unpacked")
        positional = [a.value for a in arguments if a.keyword is None]
        named = {a.keyword.value: a.value for a in arguments if a.keyword is not None}
        texts, values, count = [""], [], 0
        for text, name, spec, conversion in Formatter().parse(template):
            texts[-1] += text
            if name is None:
                continue
            if spec or conversion:
                raise RefusalError(f"a placeholder formats its value ({{{name}}})")
            key, count = (str(count), count + 1) if name == "" else (name, count)
            value = (
                positional[int(key)]
                if key.isdigit() and int(key) < len(positional)
                else named.get(key)
            )
            if value is None:
                raise RefusalError(f"placeholder {{{name}}} is not the name of one of its values")
            values.append(value)
            texts.append("")
        return self._interleave(texts, values)

    def _join(self, separator: cst.BaseExpression, values: cst.BaseExpression) -> list[Piece]:
        """Take `"/".join([a, b])` apart; a list that is not written out is one starred piece."""
        import libcst as cst

        on = self._separator(separator)
        if isinstance(values, (cst.List, cst.Tuple)):
            return self._separated(on, values.elements)
        if on != "/":
            raise RefusalError("its separator is not / and its values are not written out")
        if isinstance(values, (cst.GeneratorExp, cst.Call)):
            raise RefusalError("its values are not written out")
        if not isinstance(values, (cst.Name, cst.Attribute, cst.ListComp)):
            raise RefusalError("its values are not written out")
        return [self._star(values)]

    def _separator(self, node: cst.BaseExpression) -> str:
        import libcst as cst

        if isinstance(node, cst.SimpleString) and isinstance(node.evaluated_value, str):
            return node.evaluated_value
        if self.full_name(code_of(node)) in ("os.sep", "os.path.sep", "posixpath.sep"):
            return "/"
        raise RefusalError("its separator is not written out")

    def _separated(self, on: str, elements: Sequence[cst.BaseElement]) -> list[Piece]:
        import libcst as cst

        found: list[Piece] = []
        for index, element in enumerate(elements):
            if index:
                found.append(Piece(raw="", text=on))
            is_star = isinstance(element, cst.StarredElement)
            if is_star and on != "/":
                raise RefusalError("it unpacks a list between separators other than /")
            found += [self._star(element.value)] if is_star else self.of(element.value)
        return found

    def _path_join(self, node: cst.Call) -> list[Piece]:
        """Take `os.path.join(a, "b", *c)` apart; it adds no slash after a part that ends with one."""
        found: list[Piece] = []
        for index, argument in enumerate(node.args):
            if argument.keyword is not None or argument.star == "**":
                raise RefusalError("it has named arguments")
            parts = [self._star(argument.value)] if argument.star else self.of(argument.value)
            if index and (parts[0].text or "").startswith("/"):
                raise RefusalError("a part begins with a slash, which drops all parts before it")
            ends = bool(found) and (found[-1].text or "").endswith("/")
            if index and not ends:
                found.append(Piece(raw="", text="/"))
            found += parts
        return found

    def _star(self, node: cst.BaseExpression) -> Piece:
        raw = code_of(node)
        return Piece(raw=raw, code=raw.strip(), run_time=True, starred=True)


def code_of(node: cst.CSTNode) -> str:
    """Give a node's source code."""
    import libcst as cst

    return cst.Module(body=[]).code_for_node(node)


def _split_percent(template: str) -> list[str]:
    """Split at each %s and write %% as %."""
    texts, end = [""], 0
    for match in PLACEHOLDER.finditer(template):
        texts[-1] += template[end : match.start()]
        if match[1] == "%":
            texts[-1] += "%"
        else:
            texts.append("")
        end = match.end()
    texts[-1] += template[end:]
    return texts


def _literal_part(node: cst.FormattedString, raw: str) -> str:
    """Evaluate the text between the values of an f-string as Python does."""
    prefix = node.start.rstrip("\"'").lower().replace("f", "")
    quote = node.start.lstrip("fFrRbBuU")
    text = raw.replace("{{", "{").replace("}}", "}")
    return str(ast.literal_eval(f"{prefix}{quote}{text}{quote}"))
