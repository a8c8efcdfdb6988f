"""Plugin code, called in one guard: what it raises or wrongly answers becomes an error that names the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cursus.distributions import CORE
from cursus.errors import CursusError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pluggy

    from cursus.kernel.plan import PlannedStep


def ask(plugin: str, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a plugin; PluginError where it raises anything but an error of ours."""
    try:
        return function(*arguments)
    except CursusError:
        raise
    except (Exception, SystemExit) as exc:  # the guard around plugin code
        raise PluginError(plugin, what, exc) from exc


def checked(plugin: str, what: str, answer: Any, *types: type) -> Any:
    """Give an answer that is of one of the types; PluginError where it is of none."""
    if isinstance(answer, types):
        return answer
    names = " or ".join("None" if kind is type(None) else kind.__name__ for kind in types)
    cause = TypeError(f"it gave {type(answer).__name__} {answer!r:.60} instead of {names}")
    raise PluginError(plugin, what, cause)


def ask_hook(
    hook: pluggy.HookCaller, types: tuple[type, ...], step: PlannedStep, **arguments: Any
) -> Any:
    """Call a hook for a step and check its answer; PluginError names the plugin whose code is at fault."""
    try:
        answer = hook(step=step, **arguments)
    except CursusError:
        raise
    except (Exception, SystemExit) as exc:  # the guard around plugin code
        raise PluginError(_raiser(hook, exc, step), hook.name, exc) from exc
    if isinstance(answer, types):
        return answer
    return checked(_answerer(hook, {"step": step, **arguments}), hook.name, answer, *types)


def _raiser(hook: pluggy.HookCaller, exc: BaseException, step: PlannedStep) -> str:
    """Find whose code raised, by the functions on the traceback; the built-in one acts for the step's owner."""
    owners = {
        getattr(found.function, "__code__", None): distribution_of(found.plugin_name)
        for found in hook.get_hookimpls()
    }
    trace = exc.__traceback__
    raiser = CORE
    while trace is not None:
        raiser = owners.get(trace.tb_frame.f_code, raiser)
        trace = trace.tb_next
    return step.plugin if raiser == CORE else raiser


def _answerer(hook: pluggy.HookCaller, arguments: dict[str, Any]) -> str:
    """Find who gave the answer, by asking each implementation again in turn; the last one else."""
    for found in reversed(hook.get_hookimpls()):
        given = [arguments[name] for name in found.argnames]
        owner = distribution_of(found.plugin_name)
        if not (found.wrapper or found.hookwrapper) and found.function(*given) is not None:
            return str(arguments["step"].plugin) if owner == CORE else owner
    return str(arguments["step"].plugin)


def warn(failure: CursusError) -> None:
    """Log a failure that others need not suffer from; without a logging set-up it goes to stderr."""
    import logging

    logging.getLogger(__name__).warning("%s", failure)


def distribution_of(plugin_name: str) -> str:
    """Give the distribution of a registered plugin: what stands before the slash of its name."""
    return plugin_name.partition("/")[0]
