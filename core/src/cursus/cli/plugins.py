"""`cursus plugins`: what is installed, what it owns, what is broken and why."""

from __future__ import annotations

import click

from cursus.cli import echo_data
from cursus.cli.inputs import format_option
from cursus.kernel.plugins import PluginReport, load_plugins


@click.command("plugins")
@format_option
def command(output_format: str) -> None:
    """List installed plugins, their step types and their faults.

    \b
    Example:
      cursus plugins
      cursus plugins --format json
    """
    plugins = load_plugins()
    if output_format == "json":
        echo_data([_as_data(report) for report in plugins.reports])
        return
    for report in plugins.reports:
        click.echo(f"{report.distribution} {report.version}  {report.status}")
        click.echo(f"    {report.reason or ', '.join(report.step_types) or 'no step types'}")
    for name, owned in sorted(plugins.owners.items()):
        if len(owned) > 1:
            claims = " and ".join(f"{own.plugin} {own.version}" for own in owned)
            click.echo(f"step type {name} is claimed by {claims}; using it is an error")
    click.echo(_summary(plugins.reports))


def _as_data(report: PluginReport) -> dict[str, object]:
    return {
        "distribution": report.distribution,
        "version": report.version,
        "entry_point": report.entry_point,
        "status": report.status,
        "step_types": list(report.step_types),
        "reason": report.reason,
    }


def _summary(reports: tuple[PluginReport, ...]) -> str:
    if not reports:
        return "no plugins are installed; the project's own: pip install cursus-cradle cursus-processing cursus-training cursus-registration"
    counts = {
        status: sum(r.status == status for r in reports)
        for status in ("active", "broken", "disabled")
    }
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count)
