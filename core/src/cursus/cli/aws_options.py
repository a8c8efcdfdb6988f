"""The options by which commands reach AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from cursus.pipeline.aws import AwsAccess

Command = TypeVar("Command", bound="Callable[..., Any]")


def aws_options(command: Command) -> Command:
    """Add region, profile, endpoint and attempts."""
    options = [
        click.option("--region", help="AWS region; default: that of the environment or profile."),
        click.option("--profile", help="Profile of the AWS configuration."),
        click.option("--endpoint-url", metavar="URL", help="Another server for all AWS requests, for tests."),
        click.option("--attempts", type=click.IntRange(1, 20), default=5, show_default=True,
                     help="How often a request is sent at most."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def access_of(values: dict[str, Any]) -> AwsAccess:
    """Take the values of `aws_options` out of a command's values."""
    from cursus.pipeline.aws import AwsAccess

    names = ("region", "profile", "endpoint_url", "attempts")
    return AwsAccess(**{name: values.pop(name) for name in names})


def pairs_of(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """Read `NAME=VALUE` texts; a name that is given twice is refused."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", param_hint=option)
        if name in pairs:
            raise click.BadParameter(f"{name} is given twice", param_hint=option)
        pairs[name] = value
    return pairs
