"""The linter on long modules: time and memory grow with the lines, not with their square."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from cursus.lint import lint_text
from cursus.lint.fixing import fix
from cursus.lint.scope import Scope
from cursus.lint.value import PLAIN
from cursus.lint.walk import walk

LINES = 8000
MOST_TIMES = 10  # four times the lines; their square is 16 times
MOST_MEGABYTES = 250  # 59 MB on an idle machine
BODIES = {
    "findings": 'a{0} = f"{{execution_prefix}}/{0}"',
    "attributes": "self.a{0} = execution_prefix",
    "members": 'paths["k{0}"] = paths.get(execution_prefix)',
    "branches": "if a{0}:\n        b{0} = execution_prefix",
    "attempts": "try:\n        b{0} = execution_prefix\n    except OSError:\n        b{0} = 1",
}


# CPU seconds of linting a file, and the peak of this program alone: what a process has after a fork is its parent's too.
PROGRAM = """
import re, sys, time
from pathlib import Path
from cursus.lint import lint_paths
began = time.process_time()
assert lint_paths([Path(sys.argv[1])]).checked == 1
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(time.process_time() - began, int(peak[1]) / 1024)
"""


def cost(folder: Path, body: str, lines: int) -> tuple[float, float]:
    """Lint a function of so many lines in a process of its own; give its CPU seconds and its peak MB."""
    file = folder / f"long{lines}.py"
    text = [f"    {body.format(number)}" for number in range(lines)]
    file.write_text("\n".join(["def f(self, execution_prefix, paths):", *text, ""]), "utf-8")
    command = [sys.executable, "-c", PROGRAM, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system tells no peak")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_long_function_takes_little_time_and_memory(tmp_path: Path, body: str) -> None:
    short, _ = cost(tmp_path, body, LINES // 4)
    seconds, megabytes = cost(tmp_path, body, LINES)
    assert seconds < MOST_TIMES * short
    assert megabytes < MOST_MEGABYTES


def test_a_name_that_is_bound_again_forgets_its_attributes_and_members_alone() -> None:
    scope = Scope()
    for name in ("a", "a.b", "a.b.c", "a['x.y[0]']", "ab", "ab.c"):
        scope.put(name, PLAIN)
    scope.bind("a.b", None)
    assert list(scope.names) == ["a", "a.b", "a['x.y[0]']", "ab", "ab.c"]
    scope.bind("a", PLAIN)
    assert list(scope.names) == ["a", "ab", "ab.c"]


def test_what_a_branch_forgets_is_not_known_after_it() -> None:
    text = """
def f(pair, ok, execution_prefix):
    pair.first = execution_prefix
    if ok:
        pair = None
    return f"{pair.first}/x"
"""
    assert len(lint_text(text, Path("a.py"))) == 1
    assert lint_text(text.replace("if ok", "for _ in ok"), Path("a.py")) != []
    assert lint_text(text.replace("    if ok:\n        pair", "    pair"), Path("a.py")) == []


def test_what_a_handler_does_is_joined_with_the_way_without_an_error() -> None:
    text = """
def f(execution_prefix):
    try:
        base = execution_prefix
    except OSError:
        base = "s3://b"
    else:
        base = "s3://c"
    return f"{base}/x"
"""
    assert lint_text(text, Path("a.py")) == []
    assert len(lint_text(text.replace('"s3://b"', "execution_prefix"), Path("a.py"))) == 1


def test_a_finding_keeps_what_was_known_of_the_names_in_it_alone() -> None:
    lines = [f"    a{number} = execution_prefix" for number in range(50)]
    text = "\n".join(["def f(execution_prefix):", *lines, '    b = f"{a7}/{a9}"'])
    tree = ast.parse(text)
    (detection,) = walk(tree).detections
    assert sorted(detection.scope.names) == ["a7", "a9"]


def test_many_places_of_one_function_are_fixed() -> None:
    lines = [f'    a{number} = f"{{execution_prefix}}/{number}"' for number in range(300)]
    done = fix("\n".join(["def f(execution_prefix):", *lines, ""]))
    assert (done.count, done.refused) == (300, {})
