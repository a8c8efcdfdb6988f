"""The house stays small: the kernel's budget, and files of a page or a few."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_the_kernel_is_at_most_900_lines() -> None:
    files = sorted((ROOT / "core" / "src" / "cursus" / "kernel").glob("*.py"))
    assert len(files) > 5
    assert sum(lines_of(path) for path in files) <= 900


def test_no_source_file_is_over_400_lines() -> None:
    sources = [*ROOT.glob("core/src/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]
    assert {str(path): lines_of(path) for path in sources if lines_of(path) > 400} == {}
