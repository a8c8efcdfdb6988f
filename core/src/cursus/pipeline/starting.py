"""Start a deployed pipeline: every parameter's value is checked against the deployed definition first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from cursus.errors import DeployError, Problem
from cursus.paths import PREFIX, s3_fault
from cursus.pipeline.aws import connect
from cursus.pipeline.aws_errors import asking
from cursus.pipeline.deploy_order import parallelism_member, read_text, refusals

if TYPE_CHECKING:
    from cursus.pipeline.aws import Aws

Value = str | int | float | bool

FITTING = {
    "Integer": re.compile(r"[+-]?\d+"),
    "Float": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"),
    "Boolean": re.compile(r"(?i:true|false)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """How an execution is started, where the defaults do not fit.

    Two starts with one `client_token` (32 to 128 characters) are one execution; None makes a new token, which all
    attempts of this start share.
    """

    display_name: str | None = None
    client_token: str | None = None
    parallelism: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A started execution; `values` are those that were sent, and `client_token` lets the start be repeated."""

    pipeline: str
    arn: str
    region: str
    values: Mapping[str, str]
    client_token: str


def start(
    pipeline: str,
    *,
    prefix: str | None = None,
    values: Mapping[str, Value] | None = None,
    session: Any = None,
    options: StartOptions | None = None,
) -> Start:
    """Start a deployed pipeline with values for its parameters.

    `prefix` is the S3 URI below which everything is written: the value of the prefix parameter, whatever its name is.
    `session` is as in `deploy`. DeployError names every parameter that has no value, is unknown or does not fit, before
    anything is started; AwsError says what AWS refused.
    """
    options = options or StartOptions()
    aws = connect(session)
    declared, bases = _read_parameters(pipeline, aws)
    given = {name: _text(value) for name, value in (values or {}).items()}
    problems: list[Problem] = []
    if prefix is not None:
        given |= _prefix(prefix, given, bases, problems)
    given = {name: _without_slash(name, value, bases) for name, value in given.items()}
    problems += _value_problems(given, declared, bases)
    token = options.client_token or token_hex(16)
    request = _request(pipeline, given, options, token)
    # Later than the values' own checks, which say it better.
    problems += [] if problems else refusals("StartPipelineExecution", request)
    if problems:
        raise DeployError(problems)
    with asking(f"start the pipeline {pipeline} in {aws.region}"):
        answer = aws.sagemaker.start_pipeline_execution(**request)
    return Start(
        pipeline=pipeline,
        arn=answer["PipelineExecutionArn"],
        region=aws.region,
        values=given,
        client_token=token,
    )


def _read_parameters(pipeline: str, aws: Aws) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Read the deployed definition: its parameters by name, and those that are the base of a location."""
    with asking(f"read the pipeline {pipeline} in {aws.region}"):
        data = read_text(aws.sagemaker.describe_pipeline(PipelineName=pipeline))
    if data is None:
        message = f"the definition of the deployed pipeline {pipeline} is no JSON object"
        raise DeployError([_problem("CUR0814", message, "deploy it again")])
    declared = {parameter["Name"]: parameter for parameter in data.get("Parameters", ())}
    bases = {name for name in _bases(data) if name in declared}
    return declared, sorted(bases, key=lambda name: (name != PREFIX.name, name))


def _bases(value: Any) -> Iterator[str]:
    """Walk the parameters that stand first in a Join of a location."""
    if isinstance(value, Mapping):
        join = value.get("Std:Join")
        if isinstance(join, Mapping) and join.get("On") == "/" and join.get("Values"):
            first = join["Values"][0]
            named = str(first.get("Get", "")) if isinstance(first, Mapping) else ""
            if named.startswith("Parameters."):
                yield named.removeprefix("Parameters.")
        for member in value.values():
            yield from _bases(member)
    elif isinstance(value, list):
        for member in value:
            yield from _bases(member)


def _prefix(
    prefix: str, given: Mapping[str, str], bases: list[str], problems: list[Problem]
) -> dict[str, str]:
    """Find the parameter that a prefix is the value of."""
    if len(bases) == 1 or PREFIX.name in bases[:1]:
        if bases[0] in given:
            message = f"{bases[0]} is given twice: as the prefix and as a value"
            problems.append(_problem("CUR0819", message, "give it once"))
        return {bases[0]: prefix}
    if bases:
        named = ", ".join(bases)
        message = f"several parameters are the base of locations: {named}"
        problems.append(
            _problem("CUR0818", message, "give each as NAME=s3://... instead of a prefix")
        )
    else:
        message = "no location of the pipeline begins with a parameter; a prefix would move nothing"
        fix = "leave the prefix out, or compile with --parameters EXECUTION_S3_PREFIX and deploy again"
        problems.append(_problem("CUR0818", message, fix))
    return {}


def _without_slash(name: str, value: str, bases: list[str]) -> str:
    """Strip what would make `//` in the service's Join."""
    return value.rstrip("/") if name in bases and s3_fault(value) is None else value


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value_problems(
    given: Mapping[str, str], declared: Mapping[str, Mapping[str, Any]], bases: list[str]
) -> Iterator[Problem]:
    for name, parameter in declared.items():
        if name not in given and parameter.get("DefaultValue") is None:
            fix = (
                "give --prefix s3://bucket/folder"
                if name in bases[:1]
                else f"give --param {name}=..."
            )
            message = f"parameter {name} ({parameter['Type']}) has no default and no value"
            yield _problem("CUR0817", message, fix)
    for name, value in given.items():
        if name not in declared:
            yield _unknown(name, list(declared))
        else:
            why = _misfit(value, declared[name], is_base=name in bases)
            if why:
                message = f"parameter {name}: {value!r:.80} {why}"
                yield _problem("CUR0819", message, "give a value that fits")


def _misfit(value: str, parameter: Mapping[str, Any], *, is_base: bool) -> str | None:
    """Say why a value does not fit its parameter; None: it does."""
    kind = parameter["Type"]
    if kind in FITTING and not FITTING[kind].fullmatch(value):
        return f"is no {kind}"
    fault = s3_fault(value) if is_base else None
    if fault is not None:
        return fault
    allowed = parameter.get("EnumValues")
    if allowed and value not in allowed:
        return f"is none of {', '.join(allowed)}"
    return None


def _unknown(name: str, declared: list[str]) -> Problem:
    from difflib import get_close_matches

    close = get_close_matches(name, declared, n=1)
    known = ", ".join(declared) or "none"
    fix = f"did you mean {close[0]}?" if close else f"its parameters are: {known}"
    return _problem("CUR0818", f"the pipeline has no parameter {name}", fix)


def _request(
    pipeline: str, given: Mapping[str, str], options: StartOptions, token: str
) -> dict[str, Any]:
    name = options.display_name
    return {
        "PipelineName": pipeline,
        "PipelineParameters": [{"Name": key, "Value": given[key]} for key in sorted(given)],
        "ClientRequestToken": token,
        **({} if name is None else {"PipelineExecutionDisplayName": name}),
        **parallelism_member(options.parallelism),
    }


def _problem(code: str, message: str, fix: str) -> Problem:
    return Problem(code=code, message=message, fix=fix)
