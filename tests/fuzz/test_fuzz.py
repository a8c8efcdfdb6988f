"""A small run of the mutations, and the page that describes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz_cases import all_cases
from fuzz_mutations import trial
from fuzz_trial import Verdict, expected_of, try_once
from spec_oracle import expected_document, same
from spec_values import SpecError

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reference" / "robustness.md"


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "run.py"), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_small_run_finds_no_fault() -> None:
    done = run("--runs", "70", "--seed", "7", "--no-children", "--processes", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    total = done.stdout.rstrip().splitlines()[-1].split("|")
    assert int(total[2]) == int(total[3]) + int(total[4])


def test_the_page_names_the_kinds_of_the_command_in_their_order() -> None:
    rows = re.findall(r"^\| ([^|]+) \| \d+ \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [row for row in rows if row != "all"] == run("--list").stdout.splitlines()


def test_the_oracle_finds_a_document_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = all_cases()[0]
    made = trial("unchanged", case)
    wrong = expected_document(case.config, case.dag, case.template)
    wrong["PIPELINE_STEP_CONFIGS"]["ModelRegistration-NA"]["STEP_CONFIG"]["model_owner"] = "x"
    monkeypatch.setattr("fuzz_trial.expected_of", lambda _trial: wrong)
    found: Verdict = try_once(made, tmp_path)
    assert found.result == "wrong"
    assert "model_owner" in found.detail


def test_the_oracle_refuses_what_the_formats_do_not_allow() -> None:
    case = all_cases()[0]
    broken = trial("", case, config=b'{"a": 1, "a": 2}')
    with pytest.raises(SpecError, match="twice"):
        expected_of(broken)
    assert same({"a": 1.0}, {"a": 1})
    assert not same({"a": True}, {"a": 1})
