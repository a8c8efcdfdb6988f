"""Several processes: the report is the same for any number of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cursus.cli import main
from cursus.lint import lint_paths
from cursus.lint.pooling import in_order

FOUND = 'def f(execution_prefix):\n    return f"{execution_prefix}/x"\n'
TEXTS = (FOUND, "x = 1\n", "x = (\n", FOUND.replace("return", "return ''.strip(),"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write 120 files: with findings, without, and such as are no Python."""
    for number in range(120):
        (tmp_path / f"file_{number:03d}.py").write_text(TEXTS[number % 4], "utf-8")
    return tmp_path


def test_the_report_is_the_same_for_any_number_of_processes(folder: Path) -> None:
    one, three = (lint_paths([folder], jobs=jobs) for jobs in (1, 3))
    assert one == three
    assert (len(one.findings), len(one.unchecked), one.checked) == (60, 30, 90)
    assert list(one.findings) == sorted(one.findings, key=lambda each: str(each.file))


def test_several_processes_fix_the_same_files(folder: Path) -> None:
    reports = [
        lint_paths([folder], fixing=True, writing=writing, jobs=jobs)
        for writing, jobs in ((False, 1), (True, 2))
    ]
    assert reports[0] == reports[1]
    assert reports[0].fixed == 60
    assert "Join(" in (folder / "file_000.py").read_text("utf-8")
    assert lint_paths([folder], jobs=2).findings == ()


def test_few_files_start_no_process() -> None:
    held: list[int] = []

    def hold(item: int) -> int:
        held.append(item)
        return item

    assert list(in_order(hold, range(9), 8)) == [*range(9)]
    assert held == [*range(9)]


def test_the_command_takes_the_number_of_processes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for jobs in ("1", "4"):
        with pytest.raises(SystemExit) as caught:
            main(["lint", str(folder), "--jobs", jobs])
        assert caught.value.code == 2
        printed.append(capsys.readouterr())
    assert printed[0] == printed[1]
    assert printed[0].out.endswith(
        "60 findings in 90 files; more on each: cursus explain CUR0901\n"
    )
