"""What went wrong in a script, and what to do about it: both derived from what was observed."""

from __future__ import annotations

import errno
import signal
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cursus.isolation import ScriptRun

SHOWN_NAMES = 12
CONTAINER = "/opt/ml"
DISTRIBUTIONS = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "PyYAML",
}


def error_of(run: ScriptRun, events: Mapping[str, Any]) -> str:
    """Say in one line why a run did not pass; "" where it did."""
    if events["stopped"]:
        return _stopped(run, events["stopped"])
    if "raised" in events:
        return _raised(events["raised"])
    return _ended(events) or _outside(events)


def hint_of(run: ScriptRun, events: Mapping[str, Any]) -> str:
    """Say what to do about it; "" where nothing better is known than the error itself."""
    if events["stopped"]:
        return _stopped_hint(run, events["stopped"])
    if "raised" in events:
        return _raised_hint(run, events["raised"])
    return _ended_hint(events)


def in_own_names(run: ScriptRun, text: str) -> str:
    """Name the user's own files where a text names their copies."""
    if run.source is None:
        return text
    copy, own = run.script.resolve(), run.source.resolve()
    while copy.name == own.name and copy.parent.name:
        copy, own = copy.parent, own.parent
    return text.replace(str(copy), str(own))


def _stopped(run: ScriptRun, reason: str) -> str:
    return {
        "time": f"it ran longer than the limit of {run.limits.seconds:g} s",
        "memory": f"it used more than the limit of {run.limits.memory_mb:g} MB of memory",
        "processes": "it started more than 1000 processes",
        "log": f"it wrote more than the limit of {run.limits.log_mb:g} MB to stdout and stderr",
        "cancelled": "the run was cancelled",
    }[reason]


def _stopped_hint(run: ScriptRun, reason: str) -> str:
    if reason == "time":
        where = _last_place(run)
        return f"{where}raise the limit with --timeout, or use less data"
    if reason == "memory":
        return "raise the limit with --memory-limit, use less data, or read it in parts"
    return "print less, or write it to a file of an output" if reason == "log" else ""


def _last_place(run: ScriptRun) -> str:
    """Read where the script was from the stack that it printed at the time limit."""
    log = run.folder / "stderr.log"
    if not log.is_file():
        return ""
    text = log.read_bytes()[-20_000:].decode("utf-8", "replace")
    folder = f'File "{run.script.resolve().parent}'
    stack = text.rpartition("Timeout (")[2]
    lines = [line.strip() for line in stack.splitlines() if folder in line]
    return f"at the limit it was at {lines[0]}; " if lines else ""


def _raised(facts: Mapping[str, Any]) -> str:
    message = " ".join(facts["message"].split())
    text = f"{facts['type']}: {message}" if message else facts["type"]
    where = facts.get("where")
    if not where:
        return text
    name = Path(where["file"]).name
    place = where["function"] if where["function"] != "<module>" else "the module"
    return f"{text} ({name}:{where['line']} in {place})"


def _raised_hint(run: ScriptRun, facts: Mapping[str, Any]) -> str:
    hints = {
        "KeyError": _key_hint,
        "ModuleNotFoundError": _module_hint,
        "ImportError": _import_hint,
        "MemoryError": _memory_hint,
        "SyntaxError": _syntax_hint,
        "OSError": _file_hint,
    }
    found = [hints[base] for base in facts["bases"] if base in hints]
    return found[0](run, facts) if found else ""


def _key_hint(run: ScriptRun, facts: Mapping[str, Any]) -> str:
    key = facts.get("key", "")
    known = {
        "input_paths": run.input_paths,
        "output_paths": run.output_paths,
        "environ_vars": run.environment,
    }
    mapping = facts.get("mapping")
    if mapping in known:
        return f"{mapping} has {_names(known[mapping])}" + _closest(key, known[mapping])
    if Path(facts["innermost"]).name in ("os.py", "<frozen os>"):
        return f"the step sets {_names(run.environment)}" + _closest(key, run.environment)
    if "pandas" in facts["innermost"]:
        return f"the data has no column {key}; compare the config's field names with the data's"
    return ""


def _module_hint(run: ScriptRun, facts: Mapping[str, Any]) -> str:
    name = facts.get("name", "").partition(".")[0]
    if name.startswith("_script_folder"):
        return f"put the module beside the script, in {run.script.parent}"
    python = run.python or Path(sys.executable)
    package = DISTRIBUTIONS.get(name, name)
    return f"{python} -m pip install {package}; or, if it is a file of the project, add it to the source folder"


def _import_hint(_run: ScriptRun, facts: Mapping[str, Any]) -> str:
    is_relative = "relative import" in facts["message"]
    return "put an __init__.py into each folder of the package" if is_relative else ""


def _memory_hint(_run: ScriptRun, _facts: Mapping[str, Any]) -> str:
    return "memory ran out: use less data, or a machine with more"


def _syntax_hint(run: ScriptRun, facts: Mapping[str, Any]) -> str:
    python = f"of {run.python}" if run.python else sys.version.partition(" ")[0]
    line, file = facts.get("lineno"), facts.get("filename")
    return f"mend line {line} of {file}; this is Python {python}"


def _file_hint(run: ScriptRun, facts: Mapping[str, Any]) -> str:
    path = facts.get("filename")
    if not isinstance(path, str):
        full = facts.get("errno") == errno.ENOSPC
        return "the disk of the workspace is full" if full else ""
    if path.startswith(CONTAINER):
        return f"{path} is a path of the container: take it from input_paths or output_paths"
    if facts.get("errno") in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"only these can be written: {_names(map(str, run.output_paths.values()))}, and the working folder"
    if facts.get("errno") == errno.ENOENT:
        return _what_is_there(Path(path))
    return ""


def _what_is_there(path: Path) -> str:
    """Name what the nearest existing folder holds."""
    folder = next((parent for parent in path.parents if parent.is_dir()), None)
    if folder is None or not path.is_absolute():
        return f"{path} is relative to the working folder; build it from input_paths"
    try:
        held = sorted(member.name for member in folder.iterdir())
    except OSError:
        return ""
    missing = path.relative_to(folder).parts[0]
    return f"{folder} holds {_names(held)}" + _closest(missing, held)


def _ended(events: Mapping[str, Any]) -> str:
    """Say what is wrong with an end that was neither an exception nor a limit."""
    code, left = events["exit_code"], events.get("exit", {})
    if "started" not in events:
        return f"the interpreter ended with exit code {code} before the script began"
    if left.get("code"):
        message = f": {left['message']}" if "message" in left else ""
        return f"it ended itself with exit code {left['code']}{message}"
    if "returned" in events.get("done", {}):
        return f"main returned {events['done']['returned']}, which is neither None nor 0"
    if code != 0:
        return (
            f"it was killed by {_signal(code)}" if code < 0 else f"it ended with exit code {code}"
        )
    is_early = events["started"]["main"] and not {"done", "exit"} & events.keys()
    return "the process ended before main returned" if is_early else ""


def _ended_hint(events: Mapping[str, Any]) -> str:
    if "returned" in events.get("done", {}):
        return "let main return nothing when it succeeds and raise an exception when it fails"
    if events["exit_code"] == -signal.SIGKILL:
        return "usually the kernel, when memory runs out: use less data, or a machine with more"
    if events["exit_code"] < 0:
        return "the log ends with the Python line that called into the failing library"
    is_outside = bool(events.get("container writes") or "container attempt" in events)
    return "write to the folders in output_paths" if is_outside else ""


def _outside(events: Mapping[str, Any]) -> str:
    changed = events.get("container writes")
    if changed:
        return f"it wrote outside the workspace: {', '.join(changed[:5])}"
    tried = events.get("container attempt")
    return f"it tried to write to {tried['path']}, a path of the container" if tried else ""


def _signal(exit_code: int) -> str:
    try:
        return f"signal {-exit_code} ({signal.Signals(-exit_code).name})"
    except ValueError:
        return f"signal {-exit_code}"


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    shown = ", ".join(listed[:SHOWN_NAMES])
    more = f" and {len(listed) - SHOWN_NAMES} more" if len(listed) > SHOWN_NAMES else ""
    return (shown + more) or "nothing"


def _closest(name: str, known: Iterable[str]) -> str:
    by_case = {other.lower(): other for other in known}
    found = get_close_matches(name.lower(), by_case, n=1)
    return f"; did you mean {by_case[found[0]]}?" if found else ""
