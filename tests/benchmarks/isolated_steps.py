"""Run one script many times: in isolation as a step is run, or as bare processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from cursus.isolation import ScriptRun, run_script


def main(script: Path, count: int, how: str) -> None:
    """Run the script `count` times, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            if how == "bare":
                subprocess.run([sys.executable, str(script)], check=True)
            else:
                workspace = Path(folder) / str(number)
                workspace.mkdir()
                result = run_script(
                    ScriptRun(script=script, folder=workspace, writable=(workspace,))
                )
                if result.status != "passed":
                    raise SystemExit(f"{result.status}: {result.error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
