"""A run as JUnit XML and as Markdown: what CI systems and pull requests show of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cursus.runtime import RunResult
from cursus.runtime.excerpts import traceback_of
from cursus.runtime.junit import MOST_LOG, junit_xml
from cursus.runtime.markdown import MOST_STEPS, markdown_text
from test_cli_runtime import Cursus, cursus, project  # noqa: F401 - fixtures
from test_report import a_run, a_step

Run = Callable[..., RunResult]
CHAIN = [("Load", "Prepare"), ("Prepare", "Learn"), ("Learn", "Judge"), ("Learn", "Enrol")]
FAILING = """
def main(i, o, e, a):
    print("\\x1b[31mred\\x1b[0m \\x00\\x08 <&]]> " + "x" * 30000)
    try:
        int("no")
    except ValueError as exc:
        raise RuntimeError("rows | `lost` @everyone <b>") from exc
"""
# What Jenkins' xUnit schema and GitLab's reader know: attributes and children of each element.
KNOWN = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "classname", "time"},
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message", "type"}, set()),
    "system-out": (set(), set()),
    "system-err": (set(), set()),
}
VERDICTS = ("failure", "error", "skipped")


def read(result: RunResult) -> ET.Element:
    """Read a run's XML and check that it is of the usual structure and that its counts are true."""
    suites = ET.fromstring(junit_xml(result).encode())  # noqa: S314 - our own
    for element in suites.iter():
        attributes, children = KNOWN[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    (suite,) = suites
    cases = suite.findall("testcase")
    assert all(sum(len(case.findall(kind)) for kind in VERDICTS) <= 1 for case in cases)
    assert all(re.fullmatch(r"\d+\.\d{3}", case.attrib["time"]) for case in cases)
    numbers = [len(suite.findall(f"testcase/{kind}")) for kind in VERDICTS]
    told = [int(suite.attrib[name]) for name in ("failures", "errors", "skipped", "tests")]
    assert told == [*numbers, len(cases)]
    return suite


def case_of(suite: ET.Element, name: str) -> ET.Element:
    return next(case for case in suite.findall("testcase") if case.attrib["name"] == name)


@pytest.mark.usefixtures("flights_data")
def test_a_passed_run_is_a_suite_with_a_case_for_each_step(run_locally: Run) -> None:
    suite = read(run_locally(CHAIN))
    names = [case.attrib["name"] for case in suite.findall("testcase")]
    assert names == ["Load", "Prepare", "Learn", "Judge", "Enrol"]
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("0", "0")
    assert case_of(suite, "Prepare").findtext("system-out") == "all late 6 rows ['DATA']"


@pytest.mark.usefixtures("flights_data")
def test_a_failure_has_its_message_both_tracebacks_and_a_log_that_is_cut(run_locally: Run) -> None:
    suite = read(run_locally(CHAIN, scripts={"Prepare": FAILING}))
    case = case_of(suite, "Prepare")
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("RuntimeError: rows | `lost` @everyone <b>")
    text = failure.text or ""
    assert text.index("ValueError: invalid literal") < text.index("RuntimeError: rows |", 100)
    log = case.findtext("system-out") or ""
    assert len(log) < MOST_LOG + 100
    assert "characters before this are left out" in log
    skipped = case_of(suite, "Judge").find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "Prepare failed"


@pytest.mark.usefixtures("flights_data")
def test_characters_that_xml_forbids_are_escaped(run_locally: Run) -> None:
    told = "def main(i, o, e, a): print('\\x1b[31mred\\x1b[0m \\x00\\x08\\ufffe <&]]>'); raise ValueError('\\x01')"
    suite = read(run_locally(CHAIN[:1], scripts={"Prepare": told}))
    case = case_of(suite, "Prepare")
    assert case.findtext("system-out") == r"red \x00\x08\xfffe <&]]>"
    failure = case.find("failure")
    assert failure is not None
    assert r"\x01" in failure.attrib["message"]


def test_a_run_that_was_cut_off_is_an_error_and_never_a_pass() -> None:
    running = a_step("First", status="running", started=None, outputs=())
    waiting = a_step("Second", status="waiting", started=None, outputs=())
    suite = read(a_run(running, waiting, status="running"))
    assert case_of(suite, "First").find("error") is not None
    assert case_of(suite, "Second").find("skipped") is not None


def test_a_failed_run_without_a_failed_step_has_an_error_of_its_own() -> None:
    skipped = a_step("First", status="skipped", reason="no data", started=None, outputs=())
    suite = read(a_run(skipped, status="failed"))
    error = case_of(suite, "the run as a whole").find("error")
    assert error is not None
    assert error.attrib["message"] == "no step passed"


@pytest.mark.usefixtures("flights_data")
def test_markdown_has_the_failure_first_then_the_table(run_locally: Run) -> None:
    result = run_locally(CHAIN, scripts={"Learn": FAILING})
    text = markdown_text(result)
    assert text.startswith("## Failed: 2 of 5 steps passed, 1 failed, 2 skipped")
    assert text.index("### `Learn` failed") < text.index("RuntimeError") < text.index("| step |")
    prepared = next(line for line in text.splitlines() if line.startswith("| `Prepare`"))
    assert re.fullmatch(r"\| `Prepare` \| passed \| [\d.]+ s \| \d+ MB \| 6 \| 6 \|", prepared)
    assert "| `Judge` | skipped: `Learn failed` | – | – | – | – |" in text  # noqa: RUF001 - a dash for no number


def test_no_name_or_message_becomes_markup_or_a_mention() -> None:
    bad = a_step(
        "a|b`c", status="failed", error="@team ``x`` <img src=x>\n# no", stderr="```\n@all"
    )
    text = markdown_text(a_run(bad, status="failed"))
    assert "### ``a|b`c`` failed" in text
    assert "\n```@team ``x`` <img src=x> # no```\n" in text
    assert "| ``a\\|b`c`` | failed |" in text
    assert "````text\n```\n@all\n````" in text


def test_markdown_of_a_very_large_failure_fits_into_a_comment() -> None:
    steps = [
        a_step(f"Step_{n}" * 40, status="failed", error="e" * 5000, hint="h" * 5000, stderr="x\n" * 9999)
        for n in range(50)
    ]  # fmt: skip
    steps += [a_step(f"Fine_{n}") for n in range(500)]
    text = markdown_text(a_run(*steps, status="failed", warnings=("w" * 5000,) * 99))
    assert len(text) < 65_536
    assert "42 more steps failed; see the table." in text
    assert f"{550 - MOST_STEPS} more steps are left out here." in text
    assert text.count("| failed |") == 50


def test_the_traceback_is_the_last_of_a_log() -> None:
    head = "Traceback (most recent call last):"
    log = f"{head}\n  File a\nKeyError: 1\nwent on\n{head}\n  File b\nValueError: 2\n"
    step = a_step("First", status="failed", stderr=log)
    assert traceback_of(step) == f"{head}\n  File b\nValueError: 2"
    assert traceback_of(a_step("First", stderr="a warning")) == ""


@pytest.mark.parametrize("script", [None, FAILING])
def test_the_command_writes_both_files_of_a_run_that_passed_or_failed(
    cursus: Cursus, project: list[str], tmp_path: Path, script: str | None  # noqa: F811 - fixtures
) -> None:  # fmt: skip
    if script is not None:
        (tmp_path / "src" / "Learn.py").write_text(script)
    junit, summary = tmp_path / "out" / "junit.xml", tmp_path / "summary.md"
    told = cursus(*project, "--junit", str(junit), "--markdown", str(summary))
    assert told.returncode == (0 if script is None else 1)
    suite = ET.parse(junit).getroot()[0]  # noqa: S314 - our own
    assert suite.attrib["failures"] == ("0" if script is None else "1")
    assert summary.read_text("utf-8").startswith("## Passed" if script is None else "## Failed")
    assert f"wrote {junit}" in told.stderr


def test_a_file_named_twice_or_not_writable_is_refused_before_anything_runs(
    cursus: Cursus, project: list[str], tmp_path: Path  # noqa: F811 - fixtures
) -> None:  # fmt: skip
    (tmp_path / "file").write_text("")
    same = str(tmp_path / "same")
    told = [
        cursus(*project, "--junit", same, "--markdown", same),
        cursus(*project, "--markdown", str(tmp_path / "dag.json")),
        cursus(*project, "--junit", str(tmp_path / "file" / "junit.xml")),
    ]
    assert [run.returncode for run in told] == [2, 2, 2]
    assert "is given twice" in told[0].stderr
    assert "junit.xml cannot be written" in told[2].stderr
    assert not (tmp_path / "workspace" / "runs").exists()
