"""The part of a step's log that tells why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cursus.runtime.result import StepResult

# The first lines of what Python prints of an exception, and of the stack at the time limit.
STARTS = ("Traceback (most recent call last):", "Timeout (", "Fatal Python error:")
CAUSE = "was the direct cause of the following exception:"
CONTEXT = "another exception occurred:"


def traceback_of(step: StepResult) -> str:
    """Give the last traceback of a step's standard error to its end; "" where there is none."""
    lines = step.stderr.rstrip().splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(STARTS)]
    if not starts:
        return ""
    first = starts[-1]
    # Exceptions that one another caused are printed one after the other, the cause first.
    for number in reversed(starts[:-1]):
        between = lines[number:first]
        if not any(line.endswith((CAUSE, CONTEXT)) for line in between):
            break
        first = number
    return "\n".join(lines[first:])
