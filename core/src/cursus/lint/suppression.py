"""Comments that silence findings: `# noqa: CUR0901` and `# cursus: ignore[CUR0901]`, always with the code."""

from __future__ import annotations

import io
import re
import tokenize

NOQA = re.compile(r"#\s*noqa\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*)", re.IGNORECASE)
IGNORE = re.compile(r"#\s*cursus\s*:\s*ignore\s*\[(?P<codes>[^\]]*)\]", re.IGNORECASE)


def silenced(text: str) -> dict[int, frozenset[str]]:
    """Give the codes that comments silence, by line."""
    if not (NOQA.search(text) or IGNORE.search(text)):
        return {}  # most files; taking one into its tokens costs more than parsing it
    found: dict[int, frozenset[str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            codes = _codes(token.string)
            if codes:
                found[token.start[0]] = codes
    return found


def _codes(comment: str) -> frozenset[str]:
    lists = [match["codes"] for pattern in (NOQA, IGNORE) for match in pattern.finditer(comment)]
    return frozenset(code.upper() for codes in lists for code in re.split(r"[\s,]+", codes) if code)
