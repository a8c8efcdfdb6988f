"""`cursus explain`: what a problem code means."""

from __future__ import annotations

import textwrap

import click

from cursus.codes import CODES


@click.command("explain")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
def command(codes: tuple[str, ...]) -> None:
    """Describe problem codes; without one, list them all.

    \b
    Example:
      cursus explain CUR0104
    """
    unknown = [code for code in codes if code.upper() not in CODES]
    if unknown:
        raise click.UsageError(f"no such code: {', '.join(unknown)}; `cursus explain` lists all")
    for name in [code.upper() for code in codes] or sorted(CODES):
        click.echo(f"{name}  {CODES[name].title}")
        if codes:
            click.echo(textwrap.indent(textwrap.fill(CODES[name].meaning, 92), "    "))
