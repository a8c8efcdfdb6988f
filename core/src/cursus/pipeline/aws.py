"""The connection to AWS: clients whose attempts and waits are bounded."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.errors import DeployError, MissingExtraError, Problem
from cursus.pipeline.aws_errors import asking

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTEMPTS = 5
CONNECT_SECONDS = 10
READ_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccess:
    """How AWS is reached where the environment's own settings are not meant; None: as the environment says.

    `attempts` is how often a request is sent at most, the first time included.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    attempts: int = ATTEMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """The clients of one account and region; boto3 clients may be used by several threads."""

    sagemaker: Any
    s3: Any
    region: str


def connect(session: Any = None) -> Aws:
    """Make the clients from a boto3 session, a session of the SageMaker SDK, an AwsAccess, or the environment.

    DeployError says that region or profile are missing; nothing is sent.
    """
    access = session if isinstance(session, AwsAccess) else AwsAccess()
    boto_session = _boto_session(session, access)
    region = access.region or _own_region(session, access) or boto_session.region_name
    if region is None:
        raise DeployError([_problem("no AWS region is set", "give --region, or set AWS_REGION")])
    return Aws(
        sagemaker=_client(boto_session, "sagemaker", region, access),
        s3=_client(boto_session, "s3", region, access),
        region=region,
    )


def _own_region(session: Any, access: AwsAccess) -> str | None:
    """Give AWS_REGION, which the AWS CLI and Lambda know and boto3 does not, unless a session has been given."""
    import os

    return os.environ.get("AWS_REGION") if session is None or session is access else None


def _boto_session(session: Any, access: AwsAccess) -> Any:
    try:
        import boto3
        import tenacity  # noqa: F401 - said now, not when an upload is to be repeated
    except ImportError as exc:
        raise MissingExtraError(exc.name or "boto3", "deploy") from exc
    if session is not None and session is not access:
        return getattr(session, "boto_session", session)
    with _connecting():
        return boto3.Session(profile_name=access.profile, region_name=access.region)


@contextmanager
def _connecting() -> Iterator[None]:
    """Tell settings that cannot be used from credentials that cannot be had; both are found before a request."""
    from botocore import exceptions as known

    with asking("connect to AWS"):
        try:
            yield
        except (known.ProfileNotFound, known.ConfigParseError, known.ConfigNotFound) as exc:
            fix = "mend it, or give --profile a profile that `aws configure list-profiles` lists"
            message = f"the AWS configuration cannot be used: {exc}"
            raise DeployError([_problem(message, fix)]) from exc
        except (known.InvalidRegionError, ValueError) as exc:
            fix = "give --region a name such as us-east-1, and --endpoint-url an http(s) URL"
            message = f"the AWS region or endpoint cannot be used: {exc}"
            raise DeployError([_problem(message, fix)]) from exc


def _client(boto_session: Any, service: str, region: str, access: AwsAccess) -> Any:
    """Make a client that retries by itself.

    botocore's standard mode is taken rather than a loop around the calls: it knows every service's throttling and
    transient codes, backs off with jitter, keeps one client token over all attempts, and rewinds a body.
    """
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": access.attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        s3={"addressing_style": "path"} if _has_other_server(access) else None,
    )
    with _connecting():
        return boto_session.client(
            service, region_name=region, endpoint_url=access.endpoint_url, config=config
        )


def _has_other_server(access: AwsAccess) -> bool:
    """Say whether another server stands in for S3; it has no bucket names before its own name."""
    import os

    named = (os.environ.get("AWS_ENDPOINT_URL_S3"), os.environ.get("AWS_ENDPOINT_URL"))
    return any((access.endpoint_url, *named))


def _problem(message: str, fix: str) -> Problem:
    return Problem(code="CUR0804", message=message, fix=fix)
