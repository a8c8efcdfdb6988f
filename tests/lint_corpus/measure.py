"""Print what the linter finds, misses and wrongly reports in its corpus, and how fast it is: `nox -s corpus`."""

from __future__ import annotations

import ast
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import PARTS, score, snippets

HEAD = """| part | positive snippets | places | found | missed | recall | negative snippets | with false alarms | rate |
|---|---|---|---|---|---|---|---|---|"""
FILES, LINES = 1000, 300
KINDS = ("positive", "negative")
SOURCES = Path(__file__).parents[2] / "core" / "src"


def main() -> None:
    """Print the table, each miss and alarm by name, and the time for many files."""
    scores = [score(part) for part in PARTS]
    print(HEAD)
    for each in scores:
        print(each.line())
    for each in scores:
        for place in each.missed:
            print(f"missed  {place}")
        for place in each.alarms:
            print(f"alarm   {place}")
    builders = [s.text for part in PARTS for kind in KINDS for s in snippets(part, kind)]
    ordinary = [path.read_text("utf-8") for path in sorted(SOURCES.rglob("*.py"))]
    for name, texts in (("builders", builders), ("ordinary code", ordinary)):
        print(speed(name, texts), flush=True)


def speed(name: str, texts: list[str]) -> str:
    """Lint many files that are made of these texts, one after the other up to the wanted length."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            lines: list[str] = []
            for text in itertools.islice(itertools.cycle(texts), number, None):
                lines += text.splitlines()
                if len(lines) >= LINES:
                    break
            path = Path(folder) / f"file_{number:04d}.py"
            path.write_text("\n".join(_futures_first(lines)) + "\n", "utf-8")
        command = [sys.executable, "-m", "cursus", "lint", "--format", "json", folder]
        before, began = _seconds_of_children(), time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds, elapsed = _seconds_of_children() - before, time.monotonic() - began
        report = json.loads(done.stdout)
        start = time.process_time()
        for path in sorted(Path(folder).iterdir()):
            ast.parse(path.read_bytes())
        floor = time.process_time() - start
    return (
        f"{name}: {FILES} files, {LINES} lines or some more in each, {len(report['findings'])} findings: "
        f"{seconds:.1f} CPU s, {elapsed:.1f} s on {os.cpu_count()} cores; "
        f"reading and parsing them alone takes {floor:.1f} CPU s"
    )


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _futures_first(lines: list[str]) -> list[str]:
    """Leave out the imports that may stand at a file's top alone."""
    return [line for line in lines if not line.startswith("from __future__")]


if __name__ == "__main__":
    sys.exit(main())
