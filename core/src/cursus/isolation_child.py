"""What runs one script in a process of its own: started by `cursus.isolation`, any Python from 3.8, no dependency.

Three processes: this one protects the files and waits; its child gathers orphans, so that nothing outlives the
script; its grandchild runs the script. Where the platform has no fork, this process runs the script itself.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing costs 5 ms to import
if TYPE_CHECKING:
    from types import ModuleType, TracebackType
    from typing import Any

    from isolation_journal import Journal, Notes  # type: ignore[import-not-found]

import isolation_journal as journals  # noqa: E402 - found on the path of this process
import isolation_mounts as mounts  # type: ignore[import-not-found]  # noqa: E402 - the same

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, SIGKILL = 1, 36, 9
ONLY_AST = 0x400  # PyCF_ONLY_AST of ast.py, whose import costs more than the parsing
THIS_FILE = __file__
SCRIPT_FOLDER = "_script_folder"
CONTRACT_ARGUMENTS = 4


class Keys(dict):  # type: ignore[type-arg]  # Python 3.8 has no dict[str, str] at run time
    """A mapping that a missing key's error can be traced to."""

    label = ""

    def __missing__(self, key: object) -> object:
        error = KeyError(key)
        error.mapping = self.label  # type: ignore[attr-defined]
        raise error


def main() -> None:
    """Read the order, protect the files, run the script and end as it ends."""
    import json

    with open(sys.argv[1], encoding="utf-8") as file:
        order = json.load(file)
    journal = journals.Journal(order["journal"])
    sys.dont_write_bytecode = True
    os.environ.update(TMPDIR=order["temporary"], PYTHONDONTWRITEBYTECODE="1")
    if sys.platform != "linux":
        journal.write("not enforced", what="writes outside the run's folders (needs Linux)")
        run_and_exit(order, journal)
    libc = find_libc(journal)
    is_protected, own_processes = False, False
    if libc is not None:
        is_protected, own_processes = protect_files(libc, order, journal)
    supervisor = os.fork()
    if supervisor:
        os._exit(exit_code(os.waitpid(supervisor, 0)[1]))
    if is_protected:
        give_up_rights(libc, journal, own_processes=own_processes)
    supervise(libc, order, journal)


def find_libc(journal: Journal) -> Any:
    """Load the C library; None where this Python has no ctypes."""
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
    except (ImportError, OSError) as exc:
        journal.write("not enforced", what=f"writes outside the run's folders ({exc})")
        return None
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    return libc


def protect_files(libc: Any, order: dict[str, Any], journal: Journal) -> tuple[bool, bool]:
    """Make this machine's files read-only; say whether they are, and whether processes are numbered anew."""
    try:
        privileged = mounts.protect(libc, order)
    except OSError as exc:
        what = f"writes outside the run's folders (no mount namespace: {exc.strerror})"
        journal.write("not enforced", what=what)
        return False, False
    if order["mounts"] and is_program(order["script"]):
        for what in mounts.show_container_paths(libc, order):
            journal.write("not enforced", what=f"the container's path {what}")
    return True, privileged and mounts.enter_process_namespace(libc)


def give_up_rights(libc: Any, journal: Journal, *, own_processes: bool) -> None:
    """Show the script's processes alone, then leave nothing by which the protection could be undone."""
    try:
        if own_processes:
            mounts.show_own_processes(libc)
        mounts.give_up_rights(libc)
    except OSError as exc:
        what = f"the script's rights to undo its protection ({exc.strerror})"
        journal.write("not enforced", what=what)


def supervise(libc: Any, order: dict[str, Any], journal: Journal) -> None:
    """Start the script, wait for it, end what it left behind, and exit as it did."""
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    notes = journals.Notes()
    script = os.fork()
    if not script:
        journal.close()
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        run_and_exit(order, notes)
    status = wait_for(script)
    end_children()
    journal.append(notes.read())
    name = "signal" if os.WIFSIGNALED(status) else "code"
    end = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    journal.write("ended", peak_kb=peak_of_children(), **{name: end})
    os._exit(exit_code(status))


def wait_for(pid: int) -> int:
    """Reap whatever ends, until the given process does."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return status


def end_children() -> None:
    """Kill what the script left behind; orphans of orphans come here in turn."""
    while True:
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
                for child in file.read().split():
                    os.kill(int(child), SIGKILL)
            os.wait()
        except (ChildProcessError, ProcessLookupError, FileNotFoundError):
            return


def peak_of_children() -> int:
    """Give the most memory that one process of the script has had, as the kernel noted it."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def exit_code(status: int) -> int:
    """Give a wait status as an exit code, a signal as the shell does."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def run_and_exit(order: dict[str, Any], journal: Journal | Notes) -> None:
    """Run the script in this process and end as a Python program ends."""
    prepare_process(order)
    own = os.getpid()
    try:
        run_guarded(order, journal)
    except SystemExit as exc:
        if os.getpid() != own:
            end_fork(exc)
        raise


def end_fork(exc: SystemExit) -> None:
    """End a process that the script forked: Python's own end would wait there for faulthandler's lost thread."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_facts(exc)["code"] & 0xFF)


def run_guarded(order: dict[str, Any], journal: Journal | Notes) -> None:
    """Run the script, note how it ended, and raise SystemExit."""
    try:
        journal.write("done", **run(order, journal))
    except SystemExit as exc:
        journal.write("exit", **exit_facts(exc))
        raise
    except BaseException as exc:  # noqa: BLE001 - the guard around the user's script
        journal.write("raised", **exception_facts(exc, order))
        print_exception(exc)
        sys.exit(1)
    sys.exit(0)


def prepare_process(order: dict[str, Any]) -> None:
    """Set the working folder, a home of the run's own, readable logs, no core files, a stack at the time limit."""
    import faulthandler
    import site
    import time

    os.chdir(order["folder"])
    os.environ.setdefault("PYTHONUSERBASE", site.getuserbase())
    os.environ["HOME"] = order["folder"]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
    faulthandler.dump_traceback_later(max(0.01, order["deadline"] - time.monotonic()))
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(order: dict[str, Any], journal: Journal | Notes) -> dict[str, Any]:
    """Call the script's `main`, or run it as a program where it has none; give what it returned."""
    script = order["script"]
    sys.argv[:] = [script, *order["arguments"]]
    tree = parse(script)
    has_main = defines_main(tree)
    journal.write("started", main=has_main)
    if not has_main:
        load(script, tree, "__main__")
        return {}
    journals.note_container_writes(journal)
    module = load(script, tree, stem_of(script))
    value = module.main(*contract_arguments(order))
    is_success = value is None or (type(value) is int and value == 0)
    return {} if is_success else {"returned": repr(value)[:200]}


def is_program(script: str) -> bool:
    """Say whether a script has no `main` of the contract."""
    try:
        return not defines_main(parse(script))
    except (OSError, SyntaxError, ValueError):
        return False


def parse(script: str) -> Any:
    """Give a script's syntax tree."""
    with open(script, "rb") as file:
        return compile(file.read(), script, "exec", ONLY_AST, dont_inherit=True)


def defines_main(tree: Any) -> bool:
    """Say whether a module's body has the contract's `main`; one with other parameters belongs to a program."""
    for node in statements(tree.body):
        kind = type(node).__name__
        if kind == "FunctionDef" and node.name == "main":
            return takes_contract(node.args)
        if kind == "ImportFrom" and "main" in [name.asname or name.name for name in node.names]:
            return True
    return False


def statements(body: list[Any]) -> list[Any]:
    """Give statements with those inside `if` and `try`."""
    found = []
    for node in body:
        found.append(node)
        for part in ("body", "orelse", "handlers", "finalbody"):
            if type(node).__name__ in ("If", "Try", "ExceptHandler"):
                found += statements(getattr(node, part, []))
    return found


def takes_contract(args: Any) -> bool:
    """Say whether a function can be called with the contract's four arguments."""
    positional = len(args.posonlyargs) + len(args.args)
    needed = positional - len(args.defaults)
    enough = positional >= CONTRACT_ARGUMENTS or args.vararg is not None
    return enough and needed <= CONTRACT_ARGUMENTS


def load(script: str, tree: Any, name: str) -> ModuleType:
    """Execute the script as the module of that name, within its package."""
    from importlib.machinery import ModuleSpec, SourceFileLoader
    from types import ModuleType

    module = ModuleType(name)
    module.__file__ = script
    module.__package__ = enter_package(script)
    if name != "__main__":
        full = f"{module.__package__}.{name}"
        module.__spec__ = ModuleSpec(full, SourceFileLoader(full, script), origin=script)
    sys.modules[name] = module
    exec(compile(tree, script, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - what this program is for
    return module


def stem_of(script: str) -> str:
    """Give a file's name without its suffix."""
    return os.path.splitext(os.path.basename(script))[0]


def enter_package(script: str) -> str:
    """Put the script's folder, and its package's, on the path; give the package for relative imports."""
    folder = root = os.path.dirname(script)
    names: list[str] = []
    while os.path.isfile(os.path.join(root, "__init__.py")):
        names.insert(0, os.path.basename(root))
        root = os.path.dirname(root)
    sys.path[:0] = [folder] if root == folder else [folder, root]
    if names:
        return ".".join(names)
    from types import ModuleType

    package = ModuleType(SCRIPT_FOLDER)
    package.__path__ = [folder]
    sys.modules[SCRIPT_FOLDER] = package
    return SCRIPT_FOLDER


def contract_arguments(order: dict[str, Any]) -> tuple[Any, ...]:
    """Build the four arguments of `main`."""
    mappings = []
    for label in ("input_paths", "output_paths", "environ_vars"):
        keys = Keys(order[label])
        keys.label = label
        mappings.append(keys)
    return (*mappings, parse_arguments(order["arguments"]))


def parse_arguments(arguments: list[str]) -> Any:
    """Turn `--name value` pairs into a Namespace; a name alone is True, several values are a list."""
    from argparse import Namespace

    found: dict[str, list[Any]] = {}
    values: list[Any] = []
    for word in arguments:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            values = found.setdefault(name.replace("-", "_"), [])
            values[:] = [typed(value)] if equals else []
        elif not found:
            raise ValueError(f"argument {word!r} has no name before it")
        else:
            values.append(typed(word))
    return Namespace(**{name: single(members) for name, members in found.items()})


def single(values: list[Any]) -> Any:
    """Give no value as True, one as itself."""
    return values[0] if len(values) == 1 else (values or True)


def typed(word: str) -> Any:
    """Read a number or a boolean; what has leading zeros or anything else is text."""
    if word in ("true", "false"):
        return word == "true"
    digits = word.lstrip("-")
    if digits.isdigit():
        return int(word) if str(int(digits)) == digits else word
    try:
        return float(word) if digits[:1].isdigit() and "_" not in word else word
    except ValueError:
        return word


def exit_facts(exc: SystemExit) -> dict[str, Any]:
    """Describe a SystemExit: a text as its code is an error message."""
    if exc.code is None or isinstance(exc.code, int):
        return {"code": int(exc.code or 0)}
    return {"code": 1, "message": str(exc.code)[:2000]}


def exception_facts(exc: BaseException, order: dict[str, Any]) -> dict[str, Any]:
    """Describe an exception by what a hint can be made of."""
    places = frames(exc.__traceback__)
    folder = os.path.dirname(order["script"])
    own = [place for place in places if mounts.is_below(place["file"], folder)]
    facts: dict[str, Any] = {
        "type": type(exc).__name__,
        "bases": [base.__name__ for base in type(exc).__mro__],
        "message": str(exc)[:2000],
        "where": own[-1] if own else (places[-1] if places else None),
        "innermost": places[-1]["file"] if places else "",
    }
    for name in ("filename", "name", "errno", "mapping", "lineno"):
        value = getattr(exc, name, None)
        if isinstance(value, (str, int)):
            facts[name] = value[:2000] if isinstance(value, str) else value
    if isinstance(exc, KeyError) and exc.args:
        facts["key"] = str(exc.args[0])[:2000]
    return facts


def frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    """List the places on a traceback, without those of this file."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename != THIS_FILE:
            place = {"file": code.co_filename, "line": trace.tb_lineno, "function": code.co_name}
            found.append(place)
        trace = trace.tb_next
    return found


def print_exception(exc: BaseException) -> None:
    """Print the traceback as Python would, without the frames of this file."""
    import traceback

    told = traceback.TracebackException(type(exc), exc, exc.__traceback__)
    told.stack[:] = [place for place in told.stack if place.filename != THIS_FILE]
    sys.stderr.write("".join(told.format()))
