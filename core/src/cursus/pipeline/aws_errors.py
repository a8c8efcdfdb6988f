"""What AWS refuses or what keeps it from being reached, as one AwsError with its fix."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cursus.errors import AwsError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import BotoCoreError, ClientError

SERVER_FAULT = 500
SHOWN = 400
ABSENT = ("ResourceNotFound", "ResourceNotFoundException")
# What moto's server says instead; the service says ResourceNotFound.
ABSENT_MESSAGE = "Could not find pipeline"
# Actions whose names are not those of their operations.
ACTIONS = {
    "HeadObject": "s3:GetObject and s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "CreateMultipartUpload": "s3:PutObject and s3:AbortMultipartUpload",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CreatePipeline": "sagemaker:CreatePipeline (and iam:PassRole for the pipeline's role)",
    "UpdatePipeline": "sagemaker:UpdatePipeline (and iam:PassRole for the pipeline's role)",
}
# What `cursus deploy` asks for while it uploads and after that.
DEPLOYING = frozenset(
    (
        *("HeadObject", "PutObject", "CreateMultipartUpload", "UploadPart"),
        *("CompleteMultipartUpload", "CreatePipeline", "UpdatePipeline", "ListTags", "AddTags"),
    )
)
S3_ACTIONS = ("GetObject", "PutObject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of refusal: the codes by which services name it, our code, what happened, the fix."""

    codes: frozenset[str]
    code: str
    title: str
    fix: str


WRONG = "AWS does not know these credentials"
KINDS = (
    Kind(
        codes=frozenset(
            ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
        ),
        code="CUR0802",
        title="the AWS credentials have expired",
        fix="log in again, then repeat the command{kept}",
    ),
    Kind(
        codes=frozenset(
            (
                *("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"),
                *("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"),
                *("MissingAuthenticationToken", "IncompleteSignature", "InvalidToken"),
            )
        ),
        code="CUR0801",
        title=WRONG,
        fix="mend AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or give --profile",
    ),
    Kind(
        codes=frozenset(
            ("AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation")
        ),
        code="CUR0803",
        title="AWS denied access",
        fix="allow {action} to this identity",
    ),
    Kind(
        codes=frozenset(("NoSuchBucket",)),
        code="CUR0807",
        title="the bucket does not exist",
        fix="make the bucket, or give another --code-location",
    ),
    Kind(
        codes=frozenset(
            (
                *("Throttling", "ThrottlingException", "ThrottledException", "SlowDown"),
                *("RequestThrottled", "RequestThrottledException", "TooManyRequestsException"),
                *("RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException"),
            )
        ),
        code="CUR0806",
        title="AWS throttled {attempts}",
        fix="repeat the command later, or give more --attempts{kept}",
    ),
    Kind(
        codes=frozenset(
            ("ConflictException", "ResourceInUse", "ResourceLimitExceeded", "OperationAborted")
        ),
        code="CUR0810",
        title="the pipeline is busy, or a quota is used up",
        fix="wait until the other change has ended, or ask for a higher quota",
    ),
    Kind(
        codes=frozenset(ABSENT),
        code="CUR0811",
        title="there is no such pipeline or execution",
        fix="mend the name, or give the --region in which it was deployed",
    ),
)


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn what goes wrong with requests into an AwsError that says what was being done."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as exc:
        raise refused(exc, what) from exc
    except (BotoCoreError, Boto3Error) as exc:
        raise AwsError(_unreached(exc, what)) from exc


def error_code(exc: ClientError) -> str:
    """Give the service's own code of a refusal."""
    return str(exc.response.get("Error", {}).get("Code", ""))


def is_absent(exc: ClientError) -> bool:
    """Say whether the service knows no pipeline of the name."""
    return error_code(exc) in ABSENT or ABSENT_MESSAGE in str(exc)


def refused(exc: ClientError, what: str) -> AwsError:
    """Make the error of a request that was answered with a refusal."""
    code = ABSENT[0] if is_absent(exc) else error_code(exc)
    kind = next((kind for kind in KINDS if code in kind.codes), None) or _rest(exc)
    facts = {
        "action": _action(exc.operation_name),
        "attempts": _attempts(exc),
        "kept": "; what is uploaded stays" if exc.operation_name in DEPLOYING else "",
    }
    said = " ".join((exc.response.get("Error", {}).get("Message") or "no message").split())
    problem = Problem(
        code=kind.code,
        message=f"cannot {what}: {kind.title.format(**facts)} ({error_code(exc)}: {said:.{SHOWN}})",
        fix=kind.fix.format(**facts),
        place=Place(path=f"the request {exc.operation_name}"),
    )
    return AwsError(problem)


def _rest(exc: ClientError) -> Kind:
    if _metadata(exc).get("HTTPStatusCode", 0) >= SERVER_FAULT:
        title, code = "AWS failed in {attempts}", "CUR0809"
        fix = "repeat the command later{kept}"
    else:
        title, code = "AWS refused the request", "CUR0808"
        fix = "mend what the message names, then repeat the command"
    return Kind(codes=frozenset(), code=code, title=title, fix=fix)


def _action(operation: str) -> str:
    if operation in ACTIONS:
        return ACTIONS[operation]
    return f"{'s3' if operation in S3_ACTIONS else 'sagemaker'}:{operation}"


def _metadata(exc: ClientError) -> dict[str, Any]:
    found: dict[str, Any] = exc.response.get("ResponseMetadata", {})
    return found


def _attempts(exc: ClientError) -> str:
    count = _metadata(exc).get("RetryAttempts", 0) + 1
    return "the only attempt" if count == 1 else f"all {count} attempts"


def _unreached(exc: BotoCoreError | Exception, what: str) -> Problem:
    from botocore import exceptions as known

    text = " ".join(str(exc).split())
    absent = (
        known.NoCredentialsError,
        known.PartialCredentialsError,
        known.CredentialRetrievalError,
    )
    if isinstance(
        exc, (known.UnauthorizedSSOTokenError, known.SSOTokenLoadError, known.TokenRetrievalError)
    ):
        code, cause = "CUR0802", "the AWS login has ended"
        fix = "log in again (`aws sso login`), then repeat the command"
    elif isinstance(exc, absent):
        code, cause = "CUR0801", "there are no usable AWS credentials"
        fix = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile"
    elif isinstance(exc, (known.HTTPClientError, known.ConnectionError)):
        code, cause = "CUR0805", "AWS could not be reached in any attempt"
        fix = "check network, proxy, region and --endpoint-url, then repeat the command"
    else:
        code, cause = "CUR0808", "the request could not be made"
        fix = "mend what the message names"
    return Problem(code=code, message=f"cannot {what}: {cause} ({text})", fix=fix)
