"""The linter's corpus: snippets that were written for it, with the places that are to be found."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cursus.lint import lint_text

HERE = Path(__file__).parent
PARTS = ("written", "held_out", "fresh")
EXPECTED = re.compile(r"# expect: (?P<codes>.+)$")
CODE = re.compile(r"(CUR\d{4})( by hand)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A file of the corpus: its text, and line and code of what is to be found, with `by hand` where no fix is."""

    path: Path
    part: str
    text: str
    expected: tuple[tuple[int, str], ...]
    fixable: int

    @property
    def name(self) -> str:
        """Name the snippet by its part and file."""
        return f"{self.part}-{self.path.parent.name}-{self.path.stem}"

    def found(self) -> Counter[tuple[int, str]]:
        """Give line and code of what the linter finds."""
        return Counter((each.line, each.code) for each in lint_text(self.text, self.path))


def snippets(part: str, kind: str) -> list[Snippet]:
    """Read the snippets of one part of the corpus, positive or negative."""
    return [_read(path, part) for path in sorted((HERE / part / kind).glob("*.py"))]


def _read(path: Path, part: str) -> Snippet:
    text = path.read_text("utf-8")
    expected = []
    fixable = 0
    for number, line in enumerate(text.splitlines(), start=1):
        marked = EXPECTED.search(line)
        for code, by_hand in CODE.findall(marked["codes"]) if marked else []:
            expected.append((number, code))
            fixable += not by_hand
    return Snippet(path=path, part=part, text=text, expected=tuple(expected), fixable=fixable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one part of the corpus came out: places expected, found, missed; alarms where nothing is."""

    part: str
    positives: int
    negatives: int
    expected: int
    missed: tuple[str, ...]
    alarms: tuple[str, ...]
    alarming: int

    def line(self) -> str:
        """Give the score as a row of the table in docs/reference/lint.md."""
        found = self.expected - len(self.missed)
        recall = f"{100 * found / self.expected:.1f} %"
        rate = f"{100 * self.alarming / self.negatives:.1f} %"
        return (
            f"| {self.part} | {self.positives} | {self.expected} | {found} | {len(self.missed)} | {recall} "
            f"| {self.negatives} | {self.alarming} | {rate} |"
        )


def score(part: str) -> Score:
    """Run the linter over one part of it; an unexpected finding in a positive snippet is an alarm too."""
    positive, negative = snippets(part, "positive"), snippets(part, "negative")
    missed, alarms = [], []
    for snippet in positive + negative:
        expected, found = Counter(snippet.expected), snippet.found()
        missed += [f"{snippet.name}:{line} {code}" for line, code in (expected - found).elements()]
        alarms += [f"{snippet.name}:{line} {code}" for line, code in (found - expected).elements()]
    alarming = {alarm.partition(":")[0] for alarm in alarms}
    return Score(
        part=part,
        positives=len(positive),
        negatives=len(negative),
        expected=sum(len(snippet.expected) for snippet in positive),
        missed=tuple(missed),
        alarms=tuple(alarms),
        alarming=len(alarming),
    )
