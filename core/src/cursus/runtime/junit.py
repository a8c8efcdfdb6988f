"""A run as JUnit XML: a suite for the run, a case for each step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from cursus.runtime.excerpts import traceback_of
from cursus.runtime.report.logs import TERMINAL, tail

if TYPE_CHECKING:
    from cursus.runtime.result import RunResult, StepResult

MOST_LOG = 20_000
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CUT_OFF = "the run was cut off before this step ended"


def junit_xml(result: RunResult) -> str:
    """Give the run as JUnit XML.

    A step that failed or ran into its time limit is a failure, one that could not be run or did not end is an error.
    A run that did not pass although no step failed gets a case of its own, so that no reader takes it for passed.
    """
    suite = ET.Element("testsuite")
    _properties(suite, result)
    suite.extend(_case(step, result) for step in result.steps)
    if result.status != "passed" and not _found(suite, "failure") + _found(suite, "error"):
        suite.append(_case_of_the_run(result))
    numbers = {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(_found(suite, "failure")),
        "errors": str(_found(suite, "error")),
        "time": f"{result.wall_seconds:.3f}",
    }
    suite.attrib.update({
        "name": _name(result),
        **numbers,
        "skipped": str(_found(suite, "skipped")),
        "timestamp": result.started.replace(tzinfo=None).isoformat(timespec="seconds"),
    })  # fmt: skip
    suites = ET.Element("testsuites", {"name": "cursus", **numbers})
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, "unicode") + "\n"


def xml_text(text: str) -> str:
    """Take the colours of a terminal out of a text, and escape what no XML file can hold."""
    return FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", TERMINAL.sub("", text))


def _name(result: RunResult) -> str:
    return xml_text(result.pipeline) or "pipeline"


def _found(suite: ET.Element, kind: str) -> int:
    return len(suite.findall(f"testcase/{kind}"))


def _properties(suite: ET.Element, result: RunResult) -> None:
    facts = {
        "run_id": result.run_id,
        "folder": result.folder,
        "dag_file": result.dag_file,
        "config_file": result.config_file,
        "data": result.data,
        "python": result.environment.python,
    }
    properties = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=xml_text(value))


def _case(step: StepResult, result: RunResult) -> ET.Element:
    case = _new_case(step.node, step.wall_seconds, result)
    if step.status in ("failed", "timeout"):
        _add(case, "failure", step.error, step.status, _details(step))
    elif step.status == "error":
        _add(case, "error", step.error, step.status, _details(step))
    elif step.status == "running":
        _add(case, "error", CUT_OFF, step.status)
    elif step.status in ("skipped", "waiting"):
        ET.SubElement(case, "skipped", message=xml_text(step.reason or CUT_OFF))
    for name, log in (("system-out", step.stdout), ("system-err", step.stderr)):
        if log.strip():
            ET.SubElement(case, name).text = tail(xml_text(log), MOST_LOG)
    return case


def _case_of_the_run(result: RunResult) -> ET.Element:
    case = _new_case("the run as a whole", result.wall_seconds, result)
    reason = result.error or ("it was cut off" if result.status == "running" else "no step passed")
    _add(case, "error", reason, "run")
    return case


def _new_case(name: str, seconds: float, result: RunResult) -> ET.Element:
    about = {"classname": _name(result), "name": xml_text(name), "time": f"{seconds:.3f}"}
    return ET.Element("testcase", about)


def _add(case: ET.Element, kind: str, message: str, type_name: str, text: str = "") -> None:
    part = ET.SubElement(case, kind, message=xml_text(message), type=type_name)
    part.text = xml_text(text or message)


def _details(step: StepResult) -> str:
    parts = [
        step.error,
        f"hint: {step.hint}" if step.hint else "",
        tail(traceback_of(step), MOST_LOG),
        f"log: {step.log}" if step.log else "",
    ]
    return "\n\n".join(part for part in parts if part)
