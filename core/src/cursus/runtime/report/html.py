"""The report as one HTML file: everything inside, nothing fetched, no script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cursus.drawing.wording import shortened
from cursus.errors import MissingExtraError
from cursus.files import write_text
from cursus.runtime.report import page, wording
from cursus.runtime.report.facts import read_facts
from cursus.runtime.report.graph import draw_steps
from cursus.runtime.report.logs import read_tails
from cursus.runtime.report.plots import PlotReader
from cursus.runtime.report.quality import is_judge, make_cards
from cursus.runtime.report.timeline import draw_timeline

if TYPE_CHECKING:
    import jinja2

    from cursus.runtime.report.facts import Run
    from cursus.runtime.result import RunResult

LARGEST = 1_500_000
TEMPLATES = Path(__file__).with_name("templates")
FILTERS = (
    *(wording.seconds, wording.size, wording.memory, wording.count),
    *(wording.metric, wording.moment, wording.plural, shortened),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of what may be large is shown: bytes of plots in all, characters of a log, files of an output."""

    plots: int
    log: int
    failed_log: int
    files: int


# Each is tried in turn until the page is small enough.
LIMITS = (
    Limits(plots=800_000, log=6_000, failed_log=20_000, files=40),
    Limits(plots=300_000, log=1_500, failed_log=8_000, files=10),
    Limits(plots=0, log=0, failed_log=2_000, files=0),
)


def write_report(result: RunResult, run_folder: Path, path: Path) -> None:
    """Write the report of a run, whatever became of it; plots and logs are read from its folder."""
    run = read_facts(result, run_folder)
    for limits in LIMITS:
        text = render(run, run_folder, limits)
        if len(text.encode()) <= LARGEST:
            break
    write_text(path, text)


def render(run: Run, folder: Path, limits: Limits = LIMITS[0]) -> str:
    """Give the report's HTML."""
    reader = PlotReader(folder=folder, budget=limits.plots)
    # What judges a model comes first where the plots do not all fit.
    judged = sorted(run.steps, key=lambda step: not is_judge(step))
    cards = make_cards(run.steps, {step.node: reader.read(step) for step in judged})
    content = {
        "run": run,
        "limits": limits,
        "verdict": page.make_verdict(run),
        "figures": page.make_key_figures(run),
        "shares": page.make_shares(run.steps),
        "failures": page.find_failures(run),
        "cards": cards,
        "graphs": [draw_steps(run.steps, is_down=is_down) for is_down in (False, True)],
        "timeline": draw_timeline(run),
        "tails": {
            step.node: read_tails(step, folder, _log_limit(step.status, limits))
            for step in run.steps
        },
    }
    return _templates().get_template("report.html.j2").render(content)


def breakable(name: str) -> str:
    """Let a browser break a name after its underscores, without changing what is copied from it."""
    from markupsafe import Markup, escape

    return escape(name).replace("_", Markup("_<wbr>"))


def _log_limit(status: str, limits: Limits) -> int:
    return limits.failed_log if status in ("failed", "error", "timeout") else limits.log


def _templates() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError as exc:
        raise MissingExtraError("jinja2", "runtime") from exc
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    named: dict[str, Any] = {function.__name__: function for function in (*FILTERS, breakable)}
    environment.filters.update(named)
    return environment
