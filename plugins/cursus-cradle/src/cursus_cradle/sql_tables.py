"""Which tables a text of Spark SQL reads, but for those that it defines itself.

Not a parser of all SQL: it knows where a table can stand (after FROM, JOIN and the commas between), what parentheses
open there, and which names WITH, CREATE and CACHE define. What it does not know reads no table, so that no name is reported wrongly.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Every repetition is possessive: a text of any size is read once from left to right.
TOKEN = re.compile(
    r"""
      (?P<comment>/\*)
    | --[^\n]*+
    | [rR]'[^']*+'? | [rR]"[^"]*+"? | '(?:[^'\\]++|\\.)*+'?
    | `(?P<quoted>(?:[^`]++|``)*+)`? | "(?P<text>(?:[^"\\]++|\\.)*+)"?
    | (?P<word>(?:[^\W\d]|\$\{[^}]*+\}?)(?:\w++|\$\{[^}]*+\}?)*+)
    | \d[\w.]*+
    | (?P<mark>[(),.;*])
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")
ENDS_OF_FROM = frozenset(
    [
        "WHERE",
        "GROUP",
        "HAVING",
        "ORDER",
        "SORT",
        "CLUSTER",
        "DISTRIBUTE",
        "WINDOW",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "MINUS",
        "LIMIT",
        "OFFSET",
        "QUALIFY",
        "SELECT",
    ]
)
# What may stand between CREATE or CACHE and the VIEW or TABLE that it defines.
DEFINERS = frozenset(
    ["OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "LAZY", "EXTERNAL", "MATERIALIZED"]
)
# FROM ONLY t, FROM STREAM t: not told from a table of this name with an alias, so that neither is reported.
BEFORE_TABLES = frozenset(["ONLY", "STREAM"])
TEMPLATE = "${"


class Token(NamedTuple):
    """A word or a mark in capitals (`key`), as it was written (`text`); a quoted name has no key."""

    key: str
    text: str


END = Token("", "")


@dataclass(slots=True)
class _Level:
    """What is open between two parentheses; `defines` is the name that WITH gives to it."""

    defines: str = ""
    query: bool = False
    relation: bool = False
    awaits_table: bool = False
    in_from: bool = False
    in_values: bool = False
    names: list[str] = field(default_factory=list)


@lru_cache(maxsize=8)  # the steps of a pipeline often share one text
def tables_read(sql: str) -> tuple[str, ...]:
    """Give the tables that are read and not defined in the text, each once, in order; `a.b` is one with a schema."""
    found = {table.casefold(): table for table in reversed([*_Reader(sql).tables()])}
    return tuple(reversed(found.values()))


def tokens_of(sql: str) -> Iterator[Token]:
    """Give words, names and marks; comments, literals and operators are left out."""
    at = 0
    while (match := TOKEN.search(sql, at)) is not None:
        at, kind = match.end(), match.lastgroup
        if kind == "comment":
            at = _end_of_comment(sql, at)
        elif kind in {"word", "mark"}:
            yield Token(match[0].upper(), match[0])
        elif kind == "quoted":
            yield Token("", match["quoted"].replace("``", "`"))
        elif kind == "text":
            yield Token('"', match["text"])


def _end_of_comment(sql: str, at: int) -> int:
    """Give where a comment ends, whose mark ends at `at`; in Spark comments nest."""
    depth = 1
    for edge in COMMENT_EDGE.finditer(sql, at):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return len(sql)


class _Reader:
    """Walks over the tokens of one text, with a stack of open parentheses."""

    def __init__(self, sql: str) -> None:
        self.tokens = [*tokens_of(sql)]
        self.at = 0
        self.levels = [_Level(query=True)]
        self.bodies: dict[int, str] = {}  # the parentheses that WITH gives names to
        self.defined: Counter[str] = Counter()  # how many open levels define a name

    def tables(self) -> Iterator[str]:
        while self.at < len(self.tokens):
            level, token = self.levels[-1], self.tokens[self.at]
            if level.awaits_table and (table := self._table(level, token)):
                if not self.defined[table.casefold()]:
                    yield table
            elif token.key in {"(", ")", ",", ";"}:
                self._mark(level, token.key)
            elif token.key and self._token(-1).key != ".":
                self._word(level, token.key)
            self.at += 1

    def _token(self, offset: int) -> Token:
        at = self.at + offset
        return self.tokens[at] if 0 <= at < len(self.tokens) else END

    def _table(self, level: _Level, token: Token) -> str:
        """Take the name that stands where a table can; empty where something else does."""
        if token.key in {"(", "LATERAL", *ENDS_OF_FROM, "WITH", "FROM", "VALUES"}:
            return ""
        level.awaits_table = False
        if token.key in {")", ",", ".", ";", "*", "JOIN", "ON"}:
            return ""
        if token.key in BEFORE_TABLES and self._is_name(1):
            return ""
        parts = [token]
        while self._token(1).key == "." and self._token(2).key not in {"(", ")", ",", ";"}:
            parts.append(self._token(2))
            self.at += 2
        is_function = self._token(1).key == "(" and bool(token.key)
        name = ".".join(part.text for part in parts)
        return "" if is_function or TEMPLATE in name else name

    def _mark(self, level: _Level, mark: str) -> None:
        if mark == "(":
            opened = _Level(defines=self.bodies.get(self.at, ""), relation=level.awaits_table)
            opened.awaits_table = level.awaits_table
            level.awaits_table = False
            self.levels.append(opened)
        elif mark == ")" and len(self.levels) > 1:
            self._leave()
            self._close(level.defines)
        elif mark == ",":
            level.awaits_table = level.in_from and not level.in_values
        elif mark == ";" and len(self.levels) == 1:
            self._leave()
            self.levels.append(_Level(query=True))

    def _leave(self) -> None:
        self.defined.subtract(self.levels.pop().names)

    def _word(self, level: _Level, word: str) -> None:
        is_first = self._token(-1).key == "("
        if word in {"SELECT", "WITH"} or (word == "FROM" and is_first and not self._is_trim()):
            level.query = level.query or is_first or level.relation
        if word in {"CREATE", "CACHE"} and self._token(-1).key in {"", ";"}:
            self._define_table()
        if word == "WITH":
            level.awaits_table = False
            self._define(1)
        elif word == "VALUES" and level.awaits_table:
            level.awaits_table, level.in_values = False, True
        elif word in ENDS_OF_FROM or (word == "LATERAL" and self._token(1).key == "VIEW"):
            level.awaits_table = level.in_from = level.in_values = False
        elif (word == "FROM" and level.query and not self._is_comparison()) or (
            word == "JOIN" and (level.query or level.relation)
        ):
            level.awaits_table, level.in_from, level.in_values = True, True, False
        elif word != "*":
            level.in_values = False

    def _is_name(self, offset: int) -> bool:
        token = self._token(offset)
        return token is not END and token.key not in {"(", ")", ",", ".", ";", "*", "AS"}

    def _is_trim(self) -> bool:
        """Say whether the parenthesis before is the one of `TRIM(FROM text)`."""
        return self._token(-2).key == "TRIM"

    def _is_comparison(self) -> bool:
        """Say whether this FROM is the one of `IS [NOT] DISTINCT FROM`."""
        return self._token(-1).key == "DISTINCT" and self._token(-2).key in {"IS", "NOT"}

    def _define(self, offset: int) -> None:
        """Note a definition `name [(columns)] AS (` that begins `offset` tokens ahead, if one does."""
        is_recursive = (
            self._token(offset).key == "RECURSIVE" and self._token(offset + 1).key != "AS"
        )
        at = offset + is_recursive
        name = self._token(at).text.casefold()
        at += 1
        if self._token(at).key == "(":
            at += 1
            while self._token(at) is not END and self._token(at).key not in {"(", ")"}:
                at += 1
            at += 1
        if self._token(at).key == "AS" and self._token(at + 1).key == "(":
            self.bodies[self.at + at + 1] = name
            if is_recursive:
                self._know(name)

    def _define_table(self) -> None:
        """Note the name of `CREATE ... VIEW name` and `CACHE TABLE name AS`, known to the end of the text."""
        at = 1
        while self._token(at).key in DEFINERS:
            at += 1
        if self._token(at).key not in {"VIEW", "TABLE"}:
            return
        at += 1
        if [self._token(at + i).key for i in range(3)] == ["IF", "NOT", "EXISTS"]:
            at += 3
        if self._token(at + 1).key not in {"", ";", "."}:
            self.defined[self._token(at).text.casefold()] += 1

    def _close(self, defined: str) -> None:
        """Make a defined name known behind its definition, and look for the next one after a comma."""
        if not defined:
            return
        self._know(defined)
        if self._token(1).key == ",":
            self._define(2)

    def _know(self, name: str) -> None:
        self.levels[-1].names.append(name)
        self.defined[name] += 1
